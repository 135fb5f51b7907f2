"""Reading an audience takes few requests, and cursors go by Mailchimp's clock."""

from __future__ import annotations

import json
from typing import Any

import pytest

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.people import Consent, Origin, Patch
from listloop.core.side import Change
from listloop.mailchimp.audience import MailchimpAudience, audiences
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.payloads import Member, Tag
from listloop.mailchimp.records import record_of
from listloop.sandbox.server import Running

KEY = "0123456789abcdef0123456789abcdef-us1"


def requests(sandbox: Running) -> list[str]:
    return [f"{one['method']} {one['path']}" for one in sandbox.control("journal")["entries"]]


def make(audience: MailchimpAudience, count: int) -> list[str]:
    patches = [Patch(email=f"person{number}@acme.test", consent=Consent.SUBSCRIBED) for number in range(count)]
    outcomes = audience.write([Change(str(number), None, patch) for number, patch in enumerate(patches)])
    return [one.record.key for one in outcomes if one.record]


def last_cursor(audience: MailchimpAudience, since: str | None) -> str:
    return list(audience.changes(since))[-1].cursor


def test_a_reading_without_changes_is_one_request(audience: MailchimpAudience, sandbox: Running) -> None:
    """Once an archived member was seen in a listing without status; before, the archive is asked apart."""
    keys = make(audience, 30)
    list(audience.write([Change("0", keys[0], Patch(takes_part=False))]))
    cursor = last_cursor(audience, None)
    sandbox.control("clock", {"step": 3600})
    sandbox.control("journal", method="DELETE")
    last_cursor(audience, cursor)
    assert requests(sandbox) == ["GET /3.0/lists/a1b2c3d4e5/members"]


def test_a_check_is_one_request_and_names_the_audience(audience: MailchimpAudience, sandbox: Running) -> None:
    sandbox.control("journal", method="DELETE")
    health = audience.check()
    assert health.identity == "a1b2c3d4e5"
    assert health.title.startswith("News")
    assert requests(sandbox) == ["GET /3.0/lists/a1b2c3d4e5"]


def test_a_bulk_change_is_not_read_again_once_an_hour_has_passed(audience: MailchimpAudience, sandbox: Running) -> None:
    """The cursor moves with Mailchimp's time, not with the newest change."""
    make(audience, 500)
    cursor = last_cursor(audience, None)
    sandbox.control("clock", {"step": 3600})
    cursor = last_cursor(audience, cursor)
    sandbox.control("clock", {"step": 3600})
    assert [len(page.records) for page in audience.changes(cursor)] == [0]


def test_the_archive_is_read_apart_where_listings_leave_it_out(audience: MailchimpAudience, sandbox: Running) -> None:
    sandbox.control("switches", {"archived_in_unfiltered": False})
    keys = make(audience, 3)
    sandbox.control("clock", {"step": 3600})
    cursor = last_cursor(audience, None)
    list(audience.write([Change("0", keys[0], Patch(takes_part=False))]))
    changed = [record for page in audience.changes(cursor) for record in page.records]
    assert [(one.key, one.takes_part) for one in changed] == [(keys[0], False)]


def test_a_first_reading_takes_little_more_than_a_request_per_thousand(
    audience: MailchimpAudience, sandbox: Running
) -> None:
    members = [
        {
            "email_address": f"p{number}@acme.test",
            "status": "subscribed",
            "last_changed": f"2026-02-01T{number % 24:02}:00:00",
        }
        for number in range(12_000)
    ]
    sandbox.control("seed", {"lists": [{"id": "a1b2c3d4e5", "members": members}]})
    audience.schema()
    sandbox.control("journal", method="DELETE")
    assert sum(len(page.records) for page in audience.changes(None)) >= 12_000
    assert len(requests(sandbox)) <= 12 * 1.15 + 1


def test_many_are_fetched_by_a_listing_and_few_singly(audience: MailchimpAudience, sandbox: Running) -> None:
    keys = make(audience, 300)
    audience.schema()
    sandbox.control("journal", method="DELETE")
    assert {one.key for one in audience.fetch(keys)} == set(keys)
    assert len(requests(sandbox)) <= 4
    sandbox.control("journal", method="DELETE")
    assert len(list(audience.fetch(keys[:3]))) == 3
    assert len(requests(sandbox)) == 3


def test_a_member_is_found_by_older_kinds_of_id(audience: MailchimpAudience, sandbox: Running) -> None:
    key = make(audience, 2)[0]
    row = audience.client.get(f"lists/a1b2c3d4e5/members/{key}", dict[str, Any])
    for older in (row["id"], row["unique_email_id"]):
        assert [one.key for one in audience.find([], [older])] == [key]


@pytest.mark.parametrize("kind", ["malformed", "truncated", "502", "429", "cut", "html", "403"])
def test_a_broken_page_is_asked_for_again(audience: MailchimpAudience, sandbox: Running, kind: str) -> None:
    keys = make(audience, 5)
    sandbox.control("faults", {"kind": kind, "method": "GET", "times": 2})
    assert {record.key for page in audience.changes(None) for record in page.records} == set(keys)


def test_a_page_that_lost_rows_silently_loses_nobody(audience: MailchimpAudience, sandbox: Running) -> None:
    keys = make(audience, 300)
    sandbox.control("faults", {"kind": "short-page", "method": "GET", "path": "*/members"})
    assert {record.key for page in audience.changes(None) for record in page.records} == set(keys)


def test_a_cursor_that_is_none_says_what_to_do(audience: MailchimpAudience) -> None:
    with pytest.raises(NeedsAttention, match="Read the audience in full once"):
        list(audience.changes("nonsense"))


def test_a_wrong_key_an_unknown_audience_and_no_audience_are_told_in_plain_words(sandbox: Running) -> None:
    with MailchimpClient("not-a-key-of-this-account-us1", f"{sandbox.url}/3.0") as client:
        with pytest.raises(NeedsAttention) as caught:
            MailchimpAudience(client, "a1b2c3d4e5").check()
        assert (caught.value.code, "API key" in caught.value.fix) == ("key-invalid", True)
    with MailchimpClient(KEY, f"{sandbox.url}/3.0") as client:
        with pytest.raises(NeedsAttention) as caught:
            MailchimpAudience(client, "ffffffffff").check()
        assert "News (a1b2c3d4e5)" in caught.value.problem
        assert [one.name for one in audiences(client)] == ["News"]
        sandbox.control("reset", {})
        with pytest.raises(NeedsAttention, match="no audience"):
            audiences(client)


def test_a_host_that_is_not_there_is_to_be_tried_later() -> None:
    with MailchimpClient(KEY, "http://127.0.0.1:9/3.0", attempts=1) as client, pytest.raises(TryLater) as caught:
        MailchimpAudience(client, "a1b2c3d4e5").check()
    assert caught.value.code == "unreachable"


def test_a_persons_return_after_an_unsubscribe_is_told(audience: MailchimpAudience, sandbox: Running) -> None:
    key = make(audience, 1)[0]
    for act in ("unsubscribe", "sign-up"):
        sandbox.control("clock", {"step": 60})
        sandbox.control(f"people/{act}", {"email": "person0@acme.test"})
    acts = [(one.consent, one.origin) for one in audience.acts(key)]
    assert acts[-2:] == [(Consent.UNSUBSCRIBED, Origin.PERSON), (Consent.SUBSCRIBED, Origin.PERSON)]


def test_a_complaint_is_told_as_such(audience: MailchimpAudience, sandbox: Running) -> None:
    key = make(audience, 1)[0]
    sandbox.control("people/complain", {"email": "person0@acme.test"})
    assert Origin.COMPLAINT in {one.origin for one in audience.acts(key)}


@pytest.mark.parametrize(
    ("status", "reason", "consent", "origin"),
    [
        ("subscribed", "", Consent.SUBSCRIBED, Origin.UNKNOWN),
        ("transactional", "", Consent.UNKNOWN, Origin.UNKNOWN),
        ("pending", "", Consent.PENDING, Origin.UNKNOWN),
        ("cleaned", "", Consent.CLEANED, Origin.UNKNOWN),
        ("unsubscribed", "N/A (Unsubscribed by admin)", Consent.UNSUBSCRIBED, Origin.ADMIN),
        ("unsubscribed", "None given", Consent.UNSUBSCRIBED, Origin.PERSON),
        ("unsubscribed", "Reported as abuse", Consent.UNSUBSCRIBED, Origin.COMPLAINT),
        ("unsubscribed", None, Consent.UNSUBSCRIBED, Origin.UNKNOWN),
        ("archived", "", Consent.UNKNOWN, Origin.UNKNOWN),
    ],
)
def test_a_status_is_told_in_our_words(status: str, reason: str | None, consent: Consent, origin: Origin) -> None:
    record = record_of(Member(contact_id="c", status=status, unsubscribe_reason=reason), {})
    assert (record.person.consent, record.origin, record.takes_part) == (consent, origin, status != "archived")


def test_a_row_that_lists_only_fifty_tags_says_so() -> None:
    tags = [Tag(number, f"t{number}") for number in range(50)]
    assert not record_of(Member(contact_id="c", tags=tags, tags_count=51), {}).labels_shown
    assert record_of(Member(contact_id="c", tags=tags, tags_count=50), {}).labels_shown


def test_absent_keys_nulls_and_php_arrays_are_read_as_empty() -> None:
    import msgspec

    text = json.dumps({"contact_id": "c", "status": "subscribed", "merge_fields": [], "interests": [], "source": None})
    record = record_of(msgspec.json.decode(text, type=Member), {})
    assert (record.person.fields, record.person.labels, record.source, record.created) == ({}, frozenset(), "", "")


def test_mailchimps_time_is_the_time_of_its_records(audience: MailchimpAudience, sandbox: Running) -> None:
    """Cursors are made of the Date of answers; it must be of the clock that stamps the members."""
    sandbox.control("clock", {"step": 86_400})
    key = make(audience, 1)[0]
    assert audience.client.last_date == next(audience.fetch([key])).changed
