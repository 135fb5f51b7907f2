"""A mapping is proposed by what names mean, and only where values of one field always have a form in the other."""

from __future__ import annotations

import pytest

from listloop.core.proposals import propose
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema


def pairs(crm: Field, audience: Field) -> list[tuple[str, str]]:
    rows, _ = propose(Schema((crm,)), Schema((audience,)))
    return [(row.crm.name, row.mailchimp.name) for row in rows]


@pytest.mark.parametrize(
    ("crm", "tag", "title"),
    [
        ("first_name", "FNAME", "First Name"),
        ("Vorname", "FNAME", "First Name"),
        ("pers_lastname", "LNAME", "Last Name"),
        ("Postleitzahl", "MMERGE7", "ZIP"),
        ("Ville", "MMERGE5", "City"),
    ],
)
def test_fields_that_mean_the_same_are_paired_in_any_language(crm: str, tag: str, title: str) -> None:
    assert pairs(Field(crm, crm), Field(tag, title)) == [(crm, tag)]


def test_fields_that_mean_something_else_are_left_alone() -> None:
    assert pairs(Field("notes", "Notes"), Field("FNAME", "First Name")) == []


@pytest.mark.parametrize("listed", [FieldType.CHOICE, FieldType.CHOICES])
def test_free_text_and_a_list_are_never_paired_without_being_asked_for(listed: FieldType) -> None:
    text, among = Field("language", "Language"), Field("LANG", "Language", listed, choices=("English", "Deutsch"))
    assert pairs(text, among) == []
    assert pairs(Field("language", "Language", listed, choices=("English",)), Field("LANG", "Language")) == []


def test_two_lists_are_paired() -> None:
    here = Field("language", "Language", FieldType.CHOICE, choices=("English",))
    assert pairs(here, Field("LANG", "Language", FieldType.CHOICE, choices=("English",))) == [("language", "LANG")]


def test_a_pair_of_types_that_can_not_be_kept_in_step_is_not_proposed() -> None:
    assert pairs(Field("birthday", "Birthday", FieldType.MONEY), Field("BDAY", "Birthday", FieldType.BIRTHDAY)) == []


def test_a_field_of_the_crm_goes_with_one_merge_field_only() -> None:
    rows, _ = propose(Schema((Field("phone", "Phone"),)), Schema((Field("PHONE", "Phone"), Field("TEL", "Telephone"))))
    assert [row.mailchimp.name for row in rows] == ["PHONE"]


def test_a_tag_is_paired_with_the_group_of_its_name_and_a_mailchimp_group_is_not() -> None:
    group = Label("g1", "Trade Fair", LabelKind.GROUP)
    tag, interest = Label("t1", "trade fair", LabelKind.TAG), Label("i1", "Trade fair", LabelKind.INTEREST)
    _, labels = propose(Schema((), (group,)), Schema((), (tag, interest)))
    assert [(row.crm.name, row.mailchimp.name) for row in labels] == [("g1", "t1")]
