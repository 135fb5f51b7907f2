"""vCards of all versions are read as phones, Outlook, Apple and Google write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Record
from listloop.files.contacts import open_contacts


def cards(folder: Path, *cards: str, end: str = "\r\n") -> list[Record]:
    path = folder / "cards.vcf"
    lines = [line for card in cards for line in ("BEGIN:VCARD", *card.split("|"), "END:VCARD")]
    path.write_bytes((end.join(lines) + end).encode())
    return list(open_contacts(path).records())


def fields(record: Record) -> dict[str, str]:
    return {name: value for name, value in record.person.fields.items() if value and name != "vCard version"}


def test_version_2_1_has_bare_types_charsets_and_soft_breaks(tmp_path: Path) -> None:
    (one,) = cards(
        tmp_path,
        "VERSION:2.1|N;LANGUAGE=de;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg"
        "|FN;CHARSET=UTF-8;QUOTED-PRINTABLE:J=C3=B6rg M=C3=|=BCller"
        "|ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:B=C3=A4r"
        "|ADR;WORK;PREF;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;Stra=C3=9Fe 1;K=C3=B6ln;;50667;D|TEL;WORK;FAX:+49 2"
        "|TEL;WORK;VOICE:+49 3|TEL;CELL:+49 1|EMAIL;PREF;INTERNET:j@x.example|BDAY:19800131"
        "|PHOTO;TYPE=JPEG;ENCODING=BASE64:| /9j/4AAQSkZJRgABAQEAYABgAAD|",
    )
    assert (one.name, one.email) == ("Jörg Müller", "j@x.example")
    assert fields(one) == {
        "Full name": "Jörg Müller", "First name": "Jörg", "Last name": "Müller", "Phone": "+49 3", "Mobile": "+49 1",
        "Company": "Bär", "Street": "Straße 1", "City": "Köln", "Postal code": "50667", "Country": "D",
        "Birthday": "1980-01-31",
    }  # fmt: skip


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_version_3_is_folded_escaped_and_grouped(tmp_path: Path, end: str) -> None:
    (one,) = cards(
        tmp_path,
        "VERSION:3.0|item1.EMAIL;type=INTERNET;type=pref:a@x.example|item1.X-ABLabel:_$!<Work>!$_|N:O'Hara;Ann;;;"
        "|FN:Ann O'Ha| ra|ORG:Roux\\, Fils\\; Cie;Ventes|TEL;type=HOME;type=FAX:+1 9|CATEGORIES:A\\,B,C|NOTE:x\\ny",
        end=end,
    )
    assert (one.name, one.email) == ("Ann O'Hara", "a@x.example")
    assert one.person.fields["Company"] == "Roux, Fils; Cie"
    assert one.person.fields["Phone"] == ""
    assert one.person.labels == {"A,B", "C"}


def test_version_4_orders_by_preference_and_has_addresses_with_schemes(tmp_path: Path) -> None:
    (one,) = cards(
        tmp_path,
        "VERSION:4.0|FN:Zoë Núñez|EMAIL;PREF=1:first@x.example|EMAIL;PREF=2:mailto:second@x.example"
        '|TEL;TYPE="voice,cell";VALUE=uri:tel:+1-2|ADR;LABEL="1 Rue; Paris: x":;;1 Rue;Paris;;75001;France|LANG:fr',
    )
    assert (one.name, one.email, one.emails) == ("Zoë Núñez", "first@x.example", ("second@x.example",))
    assert (one.person.fields["Mobile"], one.person.fields["City"]) == ("+1-2", "Paris")


@pytest.mark.parametrize("born", ["BDAY:--1224", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-12-24"])
def test_a_birthday_may_have_no_year(tmp_path: Path, born: str) -> None:
    (one,) = cards(tmp_path, f"VERSION:3.0|FN:Ann O'Hara|{born}")
    assert (one.person.fields["Birthday"], one.person.fields["Birthday (no year)"]) == ("", "12-24")


def test_a_card_inside_another_is_not_taken_for_it(tmp_path: Path) -> None:
    (one,) = cards(tmp_path, "VERSION:2.1|FN:Ann O'Hara|AGENT:|BEGIN:VCARD|FN:Bob Stone|END:VCARD|EMAIL:a@x.example")
    assert (one.name, one.email) == ("Ann O'Hara", "a@x.example")


@pytest.mark.parametrize("mark", ["KIND:org", "ORG:Roux SA;|X-ABShowAs:COMPANY"])
def test_a_companys_card_is_a_company_and_nobody_in_it(tmp_path: Path, mark: str) -> None:
    assert cards(tmp_path, f"VERSION:3.0|FN:Roux SA|{mark}|EMAIL:info@x.example") == []
    (line,) = open_contacts(tmp_path / "cards.vcf").rows.lines()
    assert "Roux SA" in line.cells


def test_a_person_at_a_company_stays_a_person(tmp_path: Path) -> None:
    (one,) = cards(tmp_path, "VERSION:3.0|FN:Roux SA|N:O'Hara;Ann;;;|ORG:Roux SA;|X-ABShowAs:COMPANY")
    assert (one.name, one.kind) == ("Ann O'Hara", "Contact")


def test_quoted_letters_that_are_not_what_they_say_stay_letters(tmp_path: Path) -> None:
    (one,) = cards(tmp_path, "VERSION:2.1|N;ENCODING=QUOTED-PRINTABLE:M=FCller;Ann|NOTE;QUOTED-PRINTABLE:a=0D=0Ab")
    assert (one.name, one.person.fields["Note"]) == ("Ann Müller", "a\nb")


def test_a_birthday_in_words_is_kept_as_it_is(tmp_path: Path) -> None:
    (one,) = cards(tmp_path, "VERSION:4.0|FN:Ann O'Hara|BDAY;VALUE=text:circa 1800")
    assert one.person.fields["Birthday"] == "circa 1800"


def test_an_address_in_one_piece_is_the_street(tmp_path: Path) -> None:
    (one,) = cards(tmp_path, "VERSION:3.0|FN:Ann O'Hara|ADR;TYPE=HOME:;1 Rue\\n75001 Paris;;;;;")
    assert one.person.fields["Street"] == "1 Rue\n75001 Paris"


def test_groups_and_empty_cards_are_nobody(tmp_path: Path) -> None:
    found = cards(tmp_path, "VERSION:4.0|KIND:group|FN:All", "", "VERSION:4.0|FN:Ann O'Hara")
    assert [one.name for one in found] == ["Ann O'Hara"]


def test_a_card_without_an_end_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.vcf"
    path.write_text("BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\n")
    with pytest.raises(NeedsAttention, match="begins on line 4"):
        open_contacts(path)
