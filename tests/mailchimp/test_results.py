"""What came of the sandbox's campaigns is imported person by person, once, and agrees with its reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from listloop.mailchimp.audience import MailchimpAudience
from listloop.store.tables import responses
from listloop.sync.facts import Imported, import_facts
from listloop.sync.run import approve, run_once
from tests.mailchimp.conftest import LIST, SandboxHands
from tests.mailchimp.desk import BUSY, Desk, agree, opened_desk


@pytest.fixture
def desk(audience: MailchimpAudience, hands: SandboxHands, tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(audience, hands, tmp_path) as made:
        yield made


def test_sums_over_people_equal_the_report(desk: Desk) -> None:
    """Everything that people do is counted as the report counts it."""
    desk.hands.seed(300)
    desk.hands.rates(**BUSY)
    desk.hands.send("May")
    desk.hands.wait(5 * 86400)
    desk.read()
    sums = agree(desk.campaigns()["May"])
    assert sums.sent == 300
    assert min(sums.openers, sums.clickers, sums.hard, sums.soft, sums.unsubscribed, sums.complained) > 0


def test_a_second_reading_asks_nothing_and_changes_nothing(desk: Desk) -> None:
    """While no report moved, only the two lists are asked for."""
    desk.hands.seed(50)
    desk.hands.rates(**BUSY)
    desk.hands.send("May", wait=5 * 86400)
    desk.read()
    stored = desk.rows()
    desk.asked()
    assert desk.read() == Imported()
    assert desk.asked() == []
    assert desk.rows() == stored


def test_only_what_moved_is_read_again(desk: Desk) -> None:
    """A campaign whose report moved is read since the last time; the others are left alone."""
    desk.hands.seed(20)
    desk.hands.rates()
    may, june = desk.hands.send("May"), desk.hands.send("June")
    desk.read()
    desk.asked()
    desk.hands.wait(7200)
    desk.hands.act("open", "p3@acme.example", june)
    desk.read()
    paths = desk.asked()
    assert paths
    assert not any(may in one for one in paths)
    assert agree(desk.campaigns()["June"]).openers == 1
    assert agree(desk.campaigns()["May"]).openers == 0


def test_machine_opens_are_told_apart(desk: Desk) -> None:
    """What a mail program opened by itself is counted as Mailchimp counts it, and is no person's open."""
    desk.hands.seed(100)
    desk.hands.rates(open=0.3, proxy=0.4)
    desk.hands.send("May", wait=5 * 86400)
    desk.read()
    sums = agree(desk.campaigns()["May"])
    assert sums.own_openers is not None
    assert 0 < sums.own_openers < sums.openers


def test_an_address_change_counts_nobody_twice(desk: Desk) -> None:
    """Whatever address the report shows, a recipient is one person."""
    desk.hands.seed(10)
    desk.hands.rates()
    may = desk.hands.send("May")
    approve(desk.sync, run_once(desk.sync, "first").id, "test")  # so that the members are known
    desk.read()
    desk.hands.wait(60)
    desk.hands.act("change-address", "p1@acme.example", "", new_email="new@acme.example")
    desk.hands.running.control("switches", {"reports_keep_address": False})
    run_once(desk.sync, "schedule")
    desk.hands.wait(7200)
    desk.hands.act("open", "new@acme.example", may)
    desk.read()
    assert desk.rows()[0] == 10
    assert agree(desk.campaigns()["May"]).openers == 1


def test_forgotten_and_archived_members_still_count(desk: Desk) -> None:
    """The numbers of a report stay when a member is archived or deleted for good."""
    desk.hands.seed(10)
    desk.hands.rates()
    may = desk.hands.send("May")
    for number in (1, 2):
        desk.hands.act("open", f"p{number}@acme.example", may)
    run_once(desk.sync, "first")
    desk.read()
    key = desk.hands.call("GET", f"/lists/{LIST}/members/p1@acme.example")["contact_id"]
    desk.hands.delete(key)
    desk.hands.call("DELETE", f"/lists/{LIST}/members/p2@acme.example")
    desk.hands.wait(7200)
    desk.hands.act("open", "p3@acme.example", may)
    desk.read()
    assert agree(desk.campaigns()["May"]).openers == 3
    assert desk.rows()[0] == 10


def test_a_campaign_with_several_versions_is_counted_once(desk: Desk) -> None:
    """A variate campaign is one campaign, and tells which version each person got."""
    desk.hands.seed(100)
    desk.hands.rates(**BUSY)
    variate = {"winner_criteria": "opens", "wait_time": 60, "test_size": 50, "subject_lines": ["One", "Two"]}
    desk.hands.send("Which", wait=5 * 86400, type="variate", variate_settings=variate)
    desk.read()
    assert agree(desk.campaigns()["Which"]).sent == 100
    assert set(desk.campaigns()) == {"Which"}
    with desk.engine.begin() as db:
        versions = set(db.scalars(select(responses.c.version)))
    assert versions == {"a", "b", "winner"}


def test_tests_are_no_campaigns(desk: Desk) -> None:
    """A test mail is nobody's result."""
    desk.hands.seed(5)
    desk.hands.rates(open=1.0)
    may = desk.hands.send("May", wait=5 * 86400)
    desk.hands.call("POST", f"/campaigns/{may}/actions/replicate")
    copy = desk.hands.call("GET", "/campaigns?status=save")["campaigns"][0]["id"]
    desk.hands.call(
        "POST", f"/campaigns/{copy}/actions/test", {"test_emails": ["p1@acme.example"], "send_type": "html"}
    )
    desk.read()
    assert desk.rows()[0] == 5
    assert sorted(one.counted.sent for one in desk.campaigns().values()) == [0, 5]


def test_a_slice_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    """A reading in slices of one page ends where one in a single piece does."""
    desk.hands.seed(2500)
    desk.hands.rates(open=0.1, unsubscribe=0.01)
    desk.hands.send("May", wait=5 * 86400)
    done = import_facts(desk.sync, pages=1)
    assert (done.pages, done.left) == (1, 1500)
    slices = 1
    while done.more:
        done = import_facts(desk.sync, pages=1)
        slices += 1
    assert slices == 4  # three of activity, one of opt-outs
    assert agree(desk.campaigns()["May"]).sent == 2500
