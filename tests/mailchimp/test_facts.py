"""Campaigns and their events are read once, then only where something moved, and from where a reading broke off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.side import Event
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.facts import campaigns_of, events_of

DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
LATER = "Sun, 01 Mar 2026 14:00:00 GMT"
KINDS = {
    "sent-to": "sent_to",
    "email-activity": "emails",
    "unsubscribed": "unsubscribes",
    "abuse-reports": "abuse_reports",
}


@dataclass
class Reports:
    """Mailchimp's reports, as far as we read them; ``parts`` are the rows of each part of a campaign's report."""

    reports: list[dict[str, Any]] = field(default_factory=list)
    parts: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    campaigns: list[dict[str, Any]] = field(default_factory=list)
    date: str = DATE
    asked: list[str] = field(default_factory=list)

    def sent(self, campaign: str, when: str, *people: str) -> None:
        self.reports.append({
            "id": campaign, "list_id": "L", "send_time": when, "emails_sent": len(people), "opens": {"opens_total": 0},
            "clicks": {"clicks_total": 0}, "bounces": {"hard_bounces": 0}, "unsubscribed": 0, "abuse_reports": 0,
        })  # fmt: skip
        self.parts[campaign, "sent-to"] = [{"email_address": one} for one in people]
        self.parts[campaign, "email-activity"] = [{"email_address": one, "activity": []} for one in people]

    def opened(self, campaign: str, person: str, when: str) -> None:
        report = next(one for one in self.reports if one["id"] == campaign)
        report["opens"]["opens_total"] += 1
        row = next(one for one in self.parts[campaign, "email-activity"] if one["email_address"] == person)
        row["activity"].append({"action": "open", "timestamp": when, "ip": "127.0.0.1"})

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        path, params = request.url.path.removeprefix("/3.0/"), request.url.params
        self.asked.append(path)
        if path in {"reports", "campaigns"}:
            rows, key = getattr(self, path), path
        else:
            _, campaign, part = path.split("/")
            rows, key = self.parts.get((campaign, part), []), KINDS[part]
        offset, count = int(params.get("offset", 0)), int(params.get("count", 1000))
        body = {key: rows[offset : offset + count], "total_items": len(rows)}
        return httpx2.Response(200, text=json.dumps(body), headers={"Date": self.date})


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def client(reports: Reports) -> Iterator[MailchimpClient]:
    with MailchimpClient(
        "0123456789abcdef-us1", "http://test/3.0", transport=httpx2.MockTransport(reports.handle)
    ) as one:
        yield one


def read(client: MailchimpClient, since: str | None = None) -> tuple[list[Event], str]:
    pages = list(events_of(client, "L", since))
    return [event for page, _ in pages for event in page], pages[-1][1]


def test_what_came_of_a_campaign_is_told_in_six_kinds(client: MailchimpClient, reports: Reports) -> None:
    reports.sent("c1", "2026-02-01T09:00:00+00:00", "ann@acme.test", "bob@acme.test")
    reports.parts["c1", "email-activity"][0]["activity"] = [
        {"action": "open", "timestamp": "2026-02-01T10:00:00+00:00"},
        {"action": "click", "timestamp": "2026-02-01T10:01:00+00:00", "url": "https://acme.test/"},
        {"action": "bounce", "timestamp": "2026-02-01T10:02:00+00:00", "type": "soft"},
        {"action": "something new", "timestamp": "2026-02-01T10:03:00+00:00"},
    ]
    reports.parts["c1", "unsubscribed"] = [
        {"email_address": "bob@acme.test", "timestamp": "2026-02-02T08:00:00+00:00", "reason": "None given"}
    ]
    reports.parts["c1", "abuse-reports"] = [{"email_address": "bob@acme.test", "date": "2026-02-02T08:00:01+00:00"}]
    events, _ = read(client)
    assert [(one.email[:3], one.kind, one.detail) for one in events] == [
        ("ann", "sent", ""),
        ("bob", "sent", ""),
        ("ann", "opened", ""),
        ("ann", "clicked", "https://acme.test/"),
        ("ann", "bounced", "soft"),
        ("bob", "unsubscribed", "None given"),
        ("bob", "complained", ""),
    ]


def test_a_quiet_account_costs_one_call(client: MailchimpClient, reports: Reports) -> None:
    reports.sent("c1", "2026-02-01T09:00:00+00:00", "ann@acme.test")
    _, cursor = read(client)
    reports.asked.clear()
    assert read(client, cursor)[0] == []
    assert reports.asked == ["reports"]


def test_only_campaigns_that_moved_are_read_again_and_only_what_is_new(
    client: MailchimpClient, reports: Reports
) -> None:
    reports.sent("c1", "2026-02-01T09:00:00+00:00", "ann@acme.test")
    reports.sent("c2", "2026-02-02T09:00:00+00:00", "ann@acme.test")
    reports.opened("c1", "ann@acme.test", "2026-02-01T10:00:00+00:00")
    _, cursor = read(client)
    reports.asked.clear()
    reports.date = LATER
    reports.opened("c1", "ann@acme.test", "2026-03-01T13:00:00+00:00")
    events, _ = read(client, cursor)
    assert [(one.campaign, one.kind, one.at) for one in events] == [("c1", "opened", "2026-03-01T13:00:00+00:00")]
    assert not any("c2" in path or "sent-to" in path for path in reports.asked)


def test_campaigns_of_another_audience_are_left_out(client: MailchimpClient, reports: Reports) -> None:
    reports.sent("c1", "2026-02-01T09:00:00+00:00", "ann@acme.test")
    reports.reports[0]["list_id"] = "other"
    assert read(client)[0] == []


def test_a_reading_goes_on_from_each_of_its_pages(client: MailchimpClient, reports: Reports) -> None:
    for number in range(3):
        reports.sent(
            f"c{number}", f"2026-02-0{number + 1}T09:00:00+00:00", *(f"p{one}@acme.test" for one in range(2300))
        )
    reports.opened("c1", "p7@acme.test", "2026-02-05T10:00:00+00:00")
    pages = list(events_of(client, "L", None))
    everything = {event for page, _ in pages for event in page}
    assert len(everything) == 3 * 2300 + 1
    seen = set[Event]()
    for page, cursor in pages[:-1]:
        seen |= set(page)
        assert len(cursor) <= 2000
        rest, _ = read(client, cursor)
        assert seen | set(rest) == everything
    assert read(client, pages[-1][1])[0] == []


def test_cursors_stay_short_with_hundreds_of_campaigns(client: MailchimpClient, reports: Reports) -> None:
    for number in range(300):
        reports.sent(f"{number:010x}", f"2026-01-01T09:{number // 60:02}:{number % 60:02}+00:00", "ann@acme.test")
    events, cursor = read(client)
    assert len(events) == 300
    assert len(cursor) <= 2000
    assert read(client, cursor)[0] == []


def test_a_cursor_that_is_none_says_what_to_do(client: MailchimpClient) -> None:
    with pytest.raises(NeedsAttention, match="can't be read"):
        list(events_of(client, "L", "nonsense"))


def test_campaigns_are_told_with_their_subject_and_number_of_recipients(
    client: MailchimpClient, reports: Reports
) -> None:
    reports.campaigns = [
        {
            "id": "c2",
            "status": "save",
            "send_time": "",
            "emails_sent": 0,
            "settings": {"title": "Draft"},
            "recipients": {},
        },
        {
            "id": "c1",
            "status": "sent",
            "send_time": "2026-02-01T09:00:00+00:00",
            "emails_sent": 7,
            "settings": {"title": "", "subject_line": "Spring"},
            "recipients": {"recipient_count": 9},
        },
    ]
    draft, sent = campaigns_of(client, "L")
    assert (draft.key, draft.title, draft.sent, draft.recipients) == ("c2", "Draft", "", 0)
    assert (sent.title, sent.subject, sent.status, sent.recipients) == ("Spring", "Spring", "sent", 7)
