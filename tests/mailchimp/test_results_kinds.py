"""Every kind of campaign is imported whole: what is stored is what the sandbox itself has kept of each mail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from listloop.core.crowd import read_chosen
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.store.campaigns import CampaignRow
from listloop.store.crowds import crowd
from listloop.store.tables import events, responses
from listloop.sync.crowds import keep_responses, write_crowds
from listloop.sync.facts import import_facts
from listloop.sync.run import run_once
from tests.mailchimp.conftest import KEY, LIST, SandboxHands
from tests.mailchimp.desk import BUSY, NOON, Desk, agree, opened_desk

FEED = "https://corp.example/feed"
RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>Blog</title><link>https://corp.example/</link>
<description>All</description>{}</channel></rss>"""
ITEM = "<item><title>{0}</title><link>https://corp.example/{0}</link><pubDate>{1}</pubDate></item>"

#: The sandbox's words for what happened, and ours.
KINDS = {"open": "opened", "click": "clicked", "bounce": "bounced", "unsub": "unsubscribed", "abuse": "complained"}

Line = tuple[str, str, int, str]


@pytest.fixture
def desk(audience: MailchimpAudience, hands: SandboxHands, tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(audience, hands, tmp_path) as made:
        yield made


def stored(desk: Desk, row: CampaignRow) -> Counter[Line]:
    """Whom what happened to and when, as it is kept here."""
    with desk.engine.begin() as db:
        columns = responses.c.who, events.c.kind, events.c.at, events.c.detail, events.c.machine
        query = select(*columns).select_from(events.join(responses, responses.c.id == events.c.response_id))
        found = db.execute(query.where(events.c.campaign_id == row.id))
        return Counter(
            (one.who, one.kind, int(one.at.timestamp()), "proxy" if one.machine else one.detail) for one in found
        )


def kept(desk: Desk, key: str) -> Counter[Line]:
    """The same as the sandbox keeps it, but for the opt-out that comes with a complaint: the report tells only that."""
    standin = desk.hands.running.standin
    assert isinstance(standin, Mailchimp)
    return Counter(
        (to.email, KINDS[event.kind], event.at, event.detail)
        for to, event in standin.state.campaigns[key].happened()
        if event.detail != "Marked as spam"
    )


def test_every_event_of_the_sandboxs_own_store_is_here_once_and_no_other(desk: Desk) -> None:
    """Not only the sums: each event, with whom, what, when and which link."""
    desk.hands.seed(400)
    desk.hands.rates(**BUSY, proxy=0.2)
    may = desk.hands.send("May", wait=5 * 86400)
    desk.read()
    desk.read()
    row = desk.campaigns()["May"]
    assert stored(desk, row) == kept(desk, may)
    assert agree(row).sent == 400
    assert {kind for _, kind, _, _ in kept(desk, may)} == set(KINDS.values())


def test_each_mail_of_a_feed_is_a_campaign_of_its_own(desk: Desk) -> None:
    """What is new in a feed goes out by itself; each run has its people and its numbers."""

    def says(*items: tuple[str, str]) -> None:
        desk.hands.running.control(
            "feeds", {"url": FEED, "xml": RSS.format("".join(ITEM.format(*one) for one in items))}
        )

    desk.hands.seed(60)
    desk.hands.rates(**BUSY)
    says(("First", "Sun, 01 Mar 2026 07:00:00 GMT"))
    settings = {"subject_line": "*|RSSITEM:TITLE|*", "title": "Blog", "from_name": "N", "reply_to": "n@corp.example"}
    body = {
        "type": "rss", "recipients": {"list_id": LIST}, "settings": settings,
        "rss_opts": {"feed_url": FEED, "frequency": "daily", "schedule": {"hour": 14}},
    }  # fmt: skip
    made = desk.hands.call("POST", "/campaigns", body)["id"]
    html = "*|RSSITEMS:|*<a href='*|RSSITEM:URL|*'>*|RSSITEM:TITLE|*</a> *|END:RSSITEMS|*"
    desk.hands.call("PUT", f"/campaigns/{made}/content", {"html": html})
    desk.hands.call("POST", f"/campaigns/{made}/actions/send")
    desk.hands.wait(86400)
    says(("Second", "Mon, 02 Mar 2026 07:00:00 GMT"), ("First", "Sun, 01 Mar 2026 07:00:00 GMT"))
    desk.hands.wait(6 * 86400)
    desk.read()
    runs = [row for row in desk.all_campaigns() if row.parent == made]
    assert sorted(row.subject for row in runs) == ["First", "Second"]
    for row in runs:
        assert agree(row).sent > 50
        assert stored(desk, row) == kept(desk, row.key)
    parents = [row for row in desk.all_campaigns() if row.key == made]
    assert [row.counted.sent for row in parents] == [0]  # nobody got the feed itself


def test_the_mail_of_an_automation_is_read_again_as_it_reaches_more_people(
    desk: Desk,
) -> None:
    """It is in no list of campaigns, only in that of reports; a series goes on for as long as people come in."""
    mails = Automation()
    client = MailchimpClient(KEY, "http://test/3.0", transport=httpx2.MockTransport(mails.handle))
    with MailchimpAudience(client, LIST) as audience:
        desk.sync.audience = audience
        mails.reaches("ann@acme.example", "bob@acme.example")
        desk.read()
        (row,) = desk.all_campaigns()
        assert (row.title, row.kind, agree(row).sent, row.counted.openers) == ("Welcome", "automation-email", 2, 2)
        assert import_facts(desk.sync).pages == 0
        mails.reaches("ann@acme.example", "bob@acme.example", "cleo@acme.example")
        desk.read()
        (row,) = desk.all_campaigns()
        assert (agree(row).sent, row.counted.openers) == (3, 3)


class Automation:
    """Reports of one mail of an automation, which the sandbox has none of."""

    def __init__(self) -> None:
        self.people: tuple[str, ...] = ()

    def reaches(self, *people: str) -> None:
        self.people = people

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        many = len(self.people)
        at = "2026-02-01T10:00:00+00:00"
        answers: dict[str, tuple[str, list[Any]]] = {
            "campaigns": ("campaigns", []),
            "reports": ("reports", [{
                "id": "a1", "list_id": LIST, "type": "automation-email", "campaign_title": "Welcome",
                "emails_sent": many, "opens": {"opens_total": many, "unique_opens": many}, "send_time": at,
            }]),
            "reports/a1/email-activity": ("emails", [
                {"email_address": one, "email_id": one, "activity": [{"action": "open", "timestamp": at}]}
                for one in self.people
            ]),
            "reports/a1/locations": ("locations", []),
        }  # fmt: skip
        path = request.url.path.removeprefix("/3.0/")
        if path == "campaigns/a1/content":
            return httpx2.Response(200, text='{"html": "<p>Welcome</p>"}')
        key, rows = answers[path]
        offset = int(request.url.params.get("offset", 0))
        body = {key: rows[offset:], "total_items": len(rows)}
        return httpx2.Response(200, text=json.dumps(body), headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"})


@pytest.mark.parametrize(("people", "calls"), [(500, 1), (501, 2), (1100, 3)])
def test_a_segment_of_so_many_people_takes_a_call_for_each_500(desk: Desk, people: int, calls: int) -> None:
    """⌈n/500⌉ writing requests arrive at Mailchimp, the one that makes the segment included, and everybody is in it."""
    desk.hands.seed(people)
    desk.hands.rates()
    desk.hands.send("May")
    run_once(desk.sync, "first")  # so that the members are known
    desk.read()
    number = desk.campaigns()["May"].id
    with desk.engine.begin() as db:
        made = keep_responses(db, desk.sync.connection_id, "All", read_chosen(f"sent {number}"), "Ada", NOON, crm=False)
    desk.hands.running.control("journal", method="DELETE")
    write_crowds(desk.sync)
    journal = desk.hands.running.control("journal?last=1000")["entries"]
    assert [one["method"] for one in journal if "/segments" in one["path"]] == ["POST"] * calls
    with desk.engine.begin() as db:
        one = crowd(db, made)
    known = desk.hands.call("GET", f"/lists/{LIST}/segments?type=static&count=100")["segments"]
    (segment,) = [one for one in known if one["name"].startswith("All · ")]
    assert (one.in_segment, segment["member_count"]) == (people, people)
