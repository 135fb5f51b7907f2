"""What a report tells is read part by part, only where there is something, and from where a reading broke off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import pytest

from listloop.core.facts import Campaign, Event, Sums
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.facts import campaigns_of, events_of

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
SENT = "2026-02-01T09:00:00+00:00"
KINDS = {
    "sent-to": "sent_to",
    "email-activity": "emails",
    "unsubscribed": "unsubscribes",
    "abuse-reports": "abuse_reports",
    "open-details": "members",
}
CAMPAIGN = Campaign("c1", "May", "May", "sent", SENT, 2, sums=Sums(sent=2))


@dataclass
class Reports:
    """Mailchimp's reports, as far as we read them; ``parts`` are the rows of each part of a campaign's report."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        path, params = request.url.path.removeprefix("/3.0/"), request.url.params
        if path in {"reports", "campaigns"}:
            rows, key = getattr(self, path), path
        else:
            _, campaign, part = path.split("/")
            rows, key = self.parts.get((campaign, part), []), KINDS[part]
            self.asked.append(f"{part} {params.get('since', '')}".strip())
        offset, count = int(params.get("offset", 0)), int(params.get("count", 1000))
        body = {key: rows[offset : offset + count], "total_items": len(rows)}
        return httpx2.Response(200, text=json.dumps(body), headers={"Date": DATE})

    def mailed(self, *people: str) -> None:
        self.parts["c1", "email-activity"] = [{"email_address": one, "activity": []} for one in people]


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def client(reports: Reports) -> Iterator[MailchimpClient]:
    with MailchimpClient(
        "0123456789abcdef-us1", "http://test/3.0", transport=httpx2.MockTransport(reports.handle)
    ) as one:
        yield one


def read(client: MailchimpClient, campaign: Campaign = CAMPAIGN, since: str = "") -> list[Event]:
    return [event for page, _ in events_of(client, campaign, since, "") for event in page]


def test_what_came_of_a_campaign_is_told_in_six_kinds(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed("ann@acme.test", "bob@acme.test")
    reports.parts["c1", "email-activity"][0]["activity"] = [
        {"action": "open", "timestamp": "2026-02-01T10:00:00+00:00"},
        {"action": "click", "timestamp": "2026-02-01T10:01:00+00:00", "url": "https://acme.test/"},
        {"action": "bounce", "timestamp": "2026-02-01T10:02:00+00:00", "type": "soft"},
        {"action": "something new", "timestamp": "2026-02-01T10:03:00+00:00"},
    ]
    left = {"email_address": "bob@acme.test", "timestamp": "2026-02-02T08:00:00+00:00", "reason": "None given"}
    reports.parts["c1", "unsubscribed"] = [left]
    reports.parts["c1", "abuse-reports"] = [{"email_address": "bob@acme.test", "date": "2026-02-02T08:00:01+00:00"}]
    events = read(client, replace(CAMPAIGN, sums=Sums(sent=2, unsubscribed=1, complained=1)))
    assert [(one.email[:3], one.kind, one.detail) for one in events] == [
        ("ann", "sent", ""),
        ("ann", "opened", ""),
        ("ann", "clicked", "https://acme.test/"),
        ("ann", "bounced", "soft"),
        ("bob", "sent", ""),
        ("bob", "unsubscribed", "None given"),
        ("bob", "complained", ""),
    ]


def test_parts_in_which_the_sums_say_there_is_nothing_are_not_read(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed("ann@acme.test", "bob@acme.test")
    read(client)
    assert reports.asked == ["email-activity"]


def test_recipients_that_the_activity_leaves_out_are_read_apart(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed("ann@acme.test")
    reports.parts["c1", "sent-to"] = [{"email_address": "ann@acme.test"}, {"email_address": "bob@acme.test"}]
    assert {one.email for one in read(client)} == {"ann@acme.test", "bob@acme.test"}


def test_two_alike_events_of_one_second_are_two(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed("ann@acme.test", "bob@acme.test")
    twice = {"action": "open", "timestamp": "2026-02-01T10:00:00+00:00"}
    reports.parts["c1", "email-activity"][0]["activity"] = [twice, twice]
    assert [one.place for one in read(client) if one.kind == "opened"] == [0, 1]


@pytest.mark.parametrize("told", [True, False])
def test_machine_opens_are_named_or_guessed(client: MailchimpClient, reports: Reports, *, told: bool) -> None:
    """Where a report counts the machine opens but does not name them, they are the earliest."""
    reports.mailed("ann@acme.test", "bob@acme.test")
    times = ["2026-02-01T12:00:00+00:00", "2026-02-01T09:00:05+00:00"]
    flags = [{"is_proxy_open": one == times[1]} if told else {} for one in times]
    opens = [{"timestamp": one, **flag} for one, flag in zip(times, flags, strict=True)]
    row = {"email_address": "ann@acme.test", "opens": opens, "opens_count": 2, "proxy_excluded_opens_count": 1}
    reports.parts["c1", "open-details"] = [row]
    sums = Sums(sent=2, opens=2, openers=1, own_opens=1, own_openers=1)
    machine = [one.at for one in read(client, replace(CAMPAIGN, sums=sums)) if one.machine]
    assert machine == [times[1]]


def test_what_is_read_since_a_moment_begins_an_hour_before_it(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed("ann@acme.test", "bob@acme.test")
    read(client, since="2026-03-01T12:00:00+00:00")
    assert reports.asked == ["email-activity 2026-03-01T11:00:00+00:00"]


def test_a_reading_goes_on_from_each_of_its_pages(client: MailchimpClient, reports: Reports) -> None:
    reports.mailed(*(f"p{number}@acme.test" for number in range(2300)))
    reports.parts["c1", "unsubscribed"] = [{"email_address": "p7@acme.test", "timestamp": "2026-02-05T10:00:00+00:00"}]
    campaign = replace(CAMPAIGN, sums=Sums(sent=2300, unsubscribed=1))
    pages = list(events_of(client, campaign, "", ""))
    everything = {event for page, _ in pages for event in page}
    assert len(everything) == 2301
    assert pages[-1][1] == ""
    seen = set[Event]()
    for page, cursor in pages[:-1]:
        seen |= set(page)
        rest = {event for later, _ in events_of(client, campaign, "", cursor) for event in later}
        assert seen | rest == everything
        assert len(rest) < len(everything)


def test_campaigns_are_told_with_the_sums_of_their_reports(client: MailchimpClient, reports: Reports) -> None:
    """Newest first, drafts too; a report of another audience is none of ours, one without a campaign is a mail."""
    reports.campaigns = [
        {"id": "c2", "status": "save", "send_time": "", "settings": {"title": "Draft"}, "recipients": {}},
        {"id": "c1", "status": "sent", "send_time": SENT, "emails_sent": 7, "settings": {"subject_line": "Spring"}},
    ]
    reports.reports = [
        {"id": "c1", "list_id": "L", "emails_sent": 7, "opens": {"opens_total": 3, "unique_opens": 2}},
        {"id": "c9", "list_id": "other", "emails_sent": 9},
        {"id": "a1", "list_id": "L", "emails_sent": 4, "type": "automation-email", "campaign_title": "Welcome"},
    ]
    draft, sent, welcome = campaigns_of(client, "L")
    assert (draft.key, draft.title, draft.sent, draft.recipients, draft.sums) == ("c2", "Draft", "", 0, None)
    assert (sent.title, sent.status, sent.recipients, sent.sums) == ("Spring", "sent", 7, Sums(7, 3, 2))
    assert (welcome.title, welcome.kind, welcome.recipients) == ("Welcome", "automation-email", 4)
