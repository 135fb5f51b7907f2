"""Thunderbird's three columns are one date of birth."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.side import FieldType
from listloop.files.contacts import Contacts, open_contacts
from tests.files.exports import write

HEADERS = {
    "en": "Birth Year,Birth Month,Birth Day",
    "de": "Geburtsjahr,Geburtsmonat,Geburtstag",
    "es": "Año de nacimiento,Mes de nacimiento,Día de nacimiento",
}


def opened(folder: Path, *births: str, language: str = "en") -> Contacts:
    lines = [f"p{at}@x.example,{birth},x" for at, birth in enumerate(births)]
    return open_contacts(write(folder, "\n".join([f"Primary Email,{HEADERS[language]},Notes", *lines]) + "\n"))


@pytest.mark.parametrize("language", HEADERS)
def test_year_month_and_day_are_one_date(tmp_path: Path, language: str) -> None:
    found = opened(tmp_path, "1970,11,15", "1980,2,3", ",,", language=language)
    assert found.forms["Date of birth"].type is FieldType.DATE
    assert [one.person.fields["Date of birth"] for one in found.records()] == ["1970-11-15", "1980-02-03", ""]
    assert list(found.forms) == ["Notes", "Date of birth", "Birthday (no year)"]


def test_a_birthday_may_lack_its_year(tmp_path: Path) -> None:
    found = opened(tmp_path, ",11,15", ",2,3")
    assert [one.person.fields["Birthday (no year)"] for one in found.records()] == ["11-15", "02-03"]


def test_a_line_with_cells_too_many_is_told_as_before(tmp_path: Path) -> None:
    text = f"Primary Email,{HEADERS['en']}\na@x.example,1970,11,15,more,and more\nb@x.example,1970,11,15\n"
    found = open_contacts(write(tmp_path, text), lenient=True)
    assert [bool(problem) for _, _, problem in found.lines()] == [True, False]
