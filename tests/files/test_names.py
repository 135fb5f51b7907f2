"""Who has a whole name only gets a first and a last one, and nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.files.contacts import Contacts, open_contacts
from listloop.files.names import split_name
from listloop.files.words import Meaning
from tests.files.exports import write


@pytest.mark.parametrize(
    ("whole", "first", "last"),
    [
        ("Ann O'Hara", "Ann", "O'Hara"),
        ("Müller, Jörg", "Jörg", "Müller"),
        ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
        ("Dr. Juan de la Vega", "Juan", "de la Vega"),
        ("José García López", "José García", "López"),
        ("Mona", "", "Mona"),
        ("山田 太郎", "太郎", "山田"),
        ("김 민수", "민수", "김"),
    ],
)
def test_whole_names_come_apart(whole: str, first: str, last: str) -> None:
    assert split_name(whole) == (first, last)


def names(found: Contacts) -> list[tuple[str, str]]:
    columns = found.column(Meaning.FIRST), found.column(Meaning.LAST)
    return [(one.person.fields[columns[0]], one.person.fields[columns[1]]) for one in found.records()]


def test_a_column_of_whole_names_is_split(tmp_path: Path) -> None:
    found = open_contacts(write(tmp_path, "Name,Email\nAnn O'Hara,a@x.example\n,b@x.example\n"))
    assert names(found) == [("Ann", "O'Hara"), ("", "")]
    assert [one.name for one in found.records()] == ["Ann O'Hara", ""]


def test_own_names_go_before_the_whole_one(tmp_path: Path) -> None:
    text = "Display Name,First Name,Last Name,Email\nThe Boss,Ann,O'Hara,a@x.example\nBob Stone,,,b@x.example\n"
    assert names(open_contacts(write(tmp_path, text))) == [("Ann", "O'Hara"), ("Bob", "Stone")]


def test_beside_a_first_name_the_name_is_the_last_one(tmp_path: Path) -> None:
    text = "Vorname;Name;E-Mail\nJörg;Groß;a@x.example\nAnn;Ann O'Hara;b@x.example\n"
    assert names(open_contacts(write(tmp_path, text))) == [("Jörg", "Groß"), ("Ann", "O'Hara")]


def test_a_companys_name_is_nobodys(tmp_path: Path) -> None:
    text = "Name,Company,Email\nSmith & Sons,Smith & Sons,a@x.example\n"
    assert names(open_contacts(write(tmp_path, text))) == [("", "")]


def test_what_separates_the_cells_still_tells_the_decimal_sign(tmp_path: Path) -> None:
    found = open_contacts(write(tmp_path, "Name;E-Mail;Umsatz\nJörg Müller;j@x.example;1.234\n"))
    assert (found.forms["Umsatz"].decimal, found.forms["Umsatz"].sure) == (",", False)
