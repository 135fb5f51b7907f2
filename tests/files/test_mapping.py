"""Columns are paired by meaning, and both hold the same type of text, or the pair says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.side import FieldType
from listloop.files import mapping
from listloop.files.contacts import open_contacts
from listloop.files.mapping import Agreed, Given, agree, mapping_text, parse_form, read_mapping
from listloop.files.members import open_members
from tests.files.exports import contacts, members, write


def agreed(folder: Path, crm: str, audience: str, given: Given | None = None) -> Agreed:
    here = open_contacts(write(folder, crm, "crm.csv"))
    return agree(here, open_members(write(folder, audience, "subscribed_members_export_1.csv")), given)


@pytest.mark.parametrize(
    ("here", "there", "types"),
    [
        ("1985-04-12", "04/12", (FieldType.DATE, FieldType.BIRTHDAY)),
        ("12.04.1985", "1985-04-12", (FieldType.DATE, FieldType.DATE)),
        ("soon", "1985-04-12", (FieldType.TEXT, FieldType.TEXT)),
        ("", "04/25", (FieldType.BIRTHDAY, FieldType.BIRTHDAY)),
        ("04/25", "", (FieldType.BIRTHDAY, FieldType.BIRTHDAY)),
        ("04/25", "1985-04-12", (FieldType.BIRTHDAY, FieldType.DATE)),
    ],
)
def test_a_pair_of_columns_meets_in_types_that_round_trip(
    tmp_path: Path, here: str, there: str, types: tuple[FieldType, FieldType]
) -> None:
    found = agreed(
        tmp_path, f"Email,Birthday,X\na@x.example,{here},x\n", f"Email Address,Birthday,X\na@x.example,{there},x\n"
    )
    row = next(one for one in found.rows if one.crm.name == "Birthday")
    assert (row.crm.type, row.mailchimp.type) == types


def test_numbers_with_commas_and_points_say_the_same(tmp_path: Path) -> None:
    found = agreed(tmp_path, 'Email,Staff\na@x.example,"7,5"\n', "Email Address,Staff\na@x.example,7.5\n")
    (here,), (there,) = found.contacts.records(), found.members.records()
    assert here.person.fields["Staff"] == there.person.fields["Staff"] == "7.5"


def test_groups_go_with_tags_of_the_same_name() -> None:
    found = agree(contacts("cards3.vcf"), members())
    assert [(one.crm.name, one.mailchimp.name) for one in found.labels] == [("VIP", "vip")]


def test_a_mapping_that_was_saved_gives_the_same_mapping(tmp_path: Path) -> None:
    for name in ("maximizer.csv", "cards3.vcf", "google.csv", "outlook.csv"):
        found = agree(contacts(name), members())
        path = write(tmp_path, mapping_text(found), "mapping.toml")
        again = agree(contacts(name), members(), read_mapping(path))
        assert (again.rows, again.labels) == (found.rows, found.labels)


def test_a_given_mapping_is_taken_as_it_is(tmp_path: Path) -> None:
    text = '[fields]\n"Ort" = "Company"\n[types]\n"Ort" = "text"\n'
    given = read_mapping(write(tmp_path, text, "mapping.toml"))
    found = agreed(tmp_path, "Email,Ort\na@x.example,Ulm\n", "Email Address,Company,City\na@x.example,,\n", given)
    assert [(row.crm.name, row.mailchimp.name) for row in found.rows] == [("Ort", "Company")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not toml", "is not understood"),
        ("[crm]\nmail = 'x'\n", "is not understood"),
        ("[fields]\n'Nowhere' = 'City'\n", "no column “Nowhere”"),
        ("[fields]\n'Ort' = 'Nowhere'\n", "no column “Nowhere”"),
        ("[types]\n'Ort' = 'colour'\n", "no type"),
        ("[audience.types]\n'Ort' = 'text'\n", "no column “Ort”"),
        ("[groups]\n'A' = 'B'\n", "has the group or tag “A”"),
        ("[fields]\n'Ort' = 'City'\n[types]\n'Ort' = 'number'\n", "can't be kept in step"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text, "mapping.toml")
    with pytest.raises(NeedsAttention, match=words):
        agreed(tmp_path, "Email,Ort\na@x.example,Ulm\n", "Email Address,City\na@x.example,Bonn\n", read_mapping(path))


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NeedsAttention, match="can't be read"):
        read_mapping(tmp_path / "none.toml")


def test_types_are_written_with_their_order_or_sign() -> None:
    assert parse_form("date dmy").order == "dmy"
    assert parse_form("number ,").decimal == ","
    assert parse_form("one choice").type is FieldType.CHOICE


@pytest.mark.parametrize("text", ["many choices ;", "many choices lines", "many choices ,", "many choices :::"])
def test_many_choices_are_written_and_read_with_what_is_between_them(text: str) -> None:
    assert mapping._form_text(mapping.parse_form(text)) == text
