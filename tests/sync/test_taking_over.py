"""Who was kept in step by an earlier connector is recognised by the ID that it stored, which stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.core.side import Crm, Field, Schema
from listloop.crm.view import View
from listloop.testing.builders import CRM_SCHEMA
from listloop.testing.memory import MemoryAudience
from tests.sync.stage import RULES, Stage, make_stage

EMAIL = "ann@x.example"
KINDS: dict[str, Callable[[str], str]] = {
    "contact_id": lambda key: key,
    "hash": lambda _: hashlib.md5(EMAIL.encode()).hexdigest(),  # noqa: S324 - as Mailchimp does
    "unique_email_id": lambda _: "0123456789",
    "web_id": lambda _: "400751728",
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A CRM with the ID field of an earlier connector, and Ann in the audience under another address."""
    stage = make_stage(tmp_path, replace(RULES, older_id="MailChimp ID"))
    stage.crm.fields = Schema(
        (*CRM_SCHEMA.fields, Field("MailChimp ID", "MailChimp ID", max_chars=29)), CRM_SCHEMA.labels
    )
    crm: Crm = View(stage.crm, "MailChimp ID")
    stage.sync.crm = crm
    return stage


def member(audience: MemoryAudience) -> str:
    key = audience.add(EMAIL, {"LNAME": "Lee"}, consent=Consent.SUBSCRIBED)
    known = tuple(kind(key) for kind in KINDS.values())
    audience.edit(key, older_ids=known)
    return key


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_id_is_understood_ours_is_added_and_theirs_stays(stage: Stage, kind: str) -> None:
    key = member(stage.audience)
    theirs = KINDS[kind](key)
    person = stage.crm.add("new@x.example", {"Last": "Lee", "MailChimp ID": theirs}, takes_part=True)
    stage.settle()
    assert [one.key for one in stage.audience.records()] == [key]
    record = stage.crm.record(person)
    assert record.mailchimp_id == key
    assert record.person.fields["MailChimp ID"] == theirs
    (linked,) = stage.people().values()
    assert linked.linked_by == "an earlier connector's id"


def test_an_older_id_goes_before_the_address_and_ours_before_both(stage: Stage) -> None:
    key = member(stage.audience)
    other = stage.audience.add("bob@x.example", {"LNAME": "Bow"}, consent=Consent.SUBSCRIBED)
    ann = stage.crm.add("bob@x.example", {"Last": "Lee", "MailChimp ID": "0123456789"}, takes_part=True)
    bob = stage.crm.add(
        "x@x.example", {"Last": "Bow", "MailChimp ID": "0123456789"}, takes_part=True, mailchimp_id=other
    )
    stage.run()
    linked = {one.crm.key: one.mailchimp.key for one in stage.people().values() if one.crm and one.mailchimp}
    assert linked == {ann: key, bob: other}


def test_an_id_that_was_copied_with_a_record_belongs_to_the_one_whose_address_fits(stage: Stage) -> None:
    key = member(stage.audience)
    stage.crm.add("copy@x.example", {"Last": "Lee", "MailChimp ID": "0123456789"}, takes_part=True)
    ann = stage.crm.add(EMAIL, {"Last": "Lee", "MailChimp ID": "0123456789"}, takes_part=True)
    stage.settle()
    assert stage.crm.record(ann).mailchimp_id == key


def test_an_id_on_two_records_of_which_none_fits_is_held(stage: Stage) -> None:
    member(stage.audience)
    for at in range(2):
        stage.crm.add(f"copy{at}@x.example", {"Last": "Lee", "MailChimp ID": "0123456789"}, takes_part=True)
    stage.run()
    held = [one.reason for one in stage.people().values() if one.mailchimp and not one.crm]
    assert held == [f"2 records in the CRM carry the Mailchimp ID of {EMAIL}"]


@pytest.mark.parametrize("theirs", ["", "none", "9999999999", "12"])
def test_what_is_no_id_of_anybody_is_passed_over(stage: Stage, theirs: str) -> None:
    key = member(stage.audience)
    person = stage.crm.add(EMAIL, {"Last": "Lee", "MailChimp ID": theirs}, takes_part=True)
    stage.settle()
    assert stage.crm.record(person).mailchimp_id == key
    assert stage.crm.record(person).person.fields["MailChimp ID"] == theirs


def test_fillers_of_the_earlier_connector_fill_and_erase_nothing(stage: Stage) -> None:
    key = stage.audience.add(EMAIL, {"LNAME": "Lee", "FNAME": "-"}, consent=Consent.SUBSCRIBED)
    person = stage.crm.add(EMAIL, {"Last": "Lee", "First": ""}, takes_part=True)
    stage.settle()
    assert stage.crm.record(person).person.fields["First"] == ""
    assert stage.audience.record(key).person.fields["FNAME"] == "-"
