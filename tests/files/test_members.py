"""A Mailchimp export is read as Mailchimp writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Origin
from listloop.core.side import FieldType
from listloop.files.members import id_column, open_members
from listloop.files.survey import split_list, split_quoted
from tests.files.exports import DATA, members, write


def test_each_file_of_the_zip_tells_the_status_of_its_members() -> None:
    assert {one.email: one.person.consent for one in members().records()} == {
        "ADA@analytical.example": Consent.SUBSCRIBED,
        "bob@stone.example": Consent.SUBSCRIBED,
        "new@signup.example": Consent.SUBSCRIBED,
        "cy@twombly.example": Consent.UNSUBSCRIBED,
        "gone@bounce.example": Consent.CLEANED,
        "buyer@shop.example": Consent.UNKNOWN,
    }


def test_what_mailchimp_adds_is_no_merge_field_and_tags_are_labels() -> None:
    found = members()
    assert [one.name for one in found.schema().fields] == ["First Name", "Last Name", "Company", "City", "Birthday"]
    assert {one.title for one in found.schema().labels} == {"vip", "news"}
    ada = next(one for one in found.records() if one.name == "Ada King")
    assert ada.key == "aaaaaaaa01"
    assert ada.person.labels == {"vip", "news"}
    assert ada.person.fields["Birthday"] == "12-10"


def test_a_single_file_is_known_by_its_name() -> None:
    found = open_members(DATA / "subscribed_members_export_5f0c9a1b2d.csv")
    assert {one.person.consent for one in found.records()} == {Consent.SUBSCRIBED}
    assert found.parts[0].sure


@pytest.mark.parametrize(
    ("name", "column", "consent"),
    [
        ("x.csv", "UNSUB_TIME", Consent.UNSUBSCRIBED),
        ("x.csv", "CLEAN_TIME", Consent.CLEANED),
        ("unsubscribed_segment_export_1.csv", "LEID", Consent.UNSUBSCRIBED),
        ("nonsubscribed_members_export_1.csv", "LEID", Consent.UNKNOWN),
        ("cleaned_email_audience_export_1.csv", "LEID", Consent.CLEANED),
    ],
)
def test_names_and_columns_tell_a_status(tmp_path: Path, name: str, column: str, consent: Consent) -> None:
    path = write(tmp_path, f"Email Address,{column}\na@x.example,1\n", name)
    (one,) = open_members(path).records()
    assert one.person.consent is consent


def test_a_file_that_tells_no_status_is_taken_for_subscribed_and_says_so(tmp_path: Path) -> None:
    found = open_members(write(tmp_path, "Email Address,First Name\na@x.example,A\n"))
    assert not found.parts[0].sure


def test_one_file_may_tell_everybodys_status(tmp_path: Path) -> None:
    text = "Email Address,Consent\na@x.example,subscribed\nb@x.example,unsubscribed\nc@x.example,unknown\n"
    found = open_members(write(tmp_path, text))
    assert found.parts[0].sure
    assert [one.person.consent for one in found.records()] == [
        Consent.SUBSCRIBED,
        Consent.UNSUBSCRIBED,
        Consent.UNKNOWN,
    ]


def test_a_time_of_unsubscribing_is_a_no_in_any_file(tmp_path: Path) -> None:
    text = "Email Address,UNSUB_TIME,CLEAN_TIME\na@x.example,,\nb@x.example,2022-01-01,\nc@x.example,,2022-01-01\n"
    found = open_members(write(tmp_path, text, "subscribed_members_export_1.csv"))
    assert [one.person.consent for one in found.records()] == [
        Consent.SUBSCRIBED,
        Consent.UNSUBSCRIBED,
        Consent.CLEANED,
    ]


def test_a_complaint_is_known_by_its_reason(tmp_path: Path) -> None:
    text = "Email Address,UNSUB_TIME,UNSUB_REASON\na@x.example,2022-01-01,ABUSE\nb@x.example,2022-01-01,NORMAL\n"
    first, second = open_members(write(tmp_path, text)).records()
    assert (first.origin, second.origin) == (Origin.COMPLAINT, Origin.PERSON)


def test_without_ids_a_member_is_keyed_by_mailchimps_hash(tmp_path: Path) -> None:
    (one,) = open_members(write(tmp_path, "Email Address,X\nUrist.McVankab@freddiesjokes.com,1\n")).records()
    assert one.key == "62eeb292278cc15f5817cb78f7790b08"


def test_other_files_are_refused() -> None:
    with pytest.raises(NeedsAttention, match="no column of e-mail addresses"):
        open_members(DATA / "wrong_columns.csv")


def test_moments_and_money_are_what_a_merge_field_can_hold(tmp_path: Path) -> None:
    found = open_members(write(tmp_path, "Email Address,Joined,Paid\na@x.example,2024-01-05 10:00:00,$5.00\n"))
    assert [one.type for one in found.schema().fields] == [FieldType.DATE, FieldType.NUMBER]
    (one,) = found.records()
    assert one.person.fields == {"Joined": "2024-01-05", "Paid": "5"}


@pytest.mark.parametrize(
    ("stored", "column"),
    [(["12", ""], "LEID"), (["aaaaaaaa01"], "EUID"), (["62eeb292278cc15f5817cb78f7790b08"], ""), ([], "")],
)
def test_the_kind_of_a_stored_id_is_told_by_its_form(stored: list[str], column: str) -> None:
    assert id_column(stored) == column


def test_labels_come_apart_as_each_program_joins_them() -> None:
    assert split_quoted('"vip","a, b"') == ["vip", "a, b"]
    assert split_list("* myContacts ::: A;B ::: * friends") == ["A;B", "friends"]
    assert split_list("A; B") == ["A", "B"]
    assert split_list("") == []
