"""Reading results never has more calls open than the account's budget, and one reading no more than one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.budget import SharedPermits
from listloop.mailchimp.client import MailchimpClient
from listloop.store.allotments import Share, settle
from listloop.store.database import open_database
from listloop.store.migrations import migrate
from tests.mailchimp.conftest import KEY, LIST, SandboxHands
from tests.mailchimp.desk import BUSY, Desk, agree, opened_desk

BUDGET = 2

#: Milliseconds that each call takes: long against all else, so that calls of several readings overlap.
SLOW = 40


@pytest.fixture
def shares(tmp_path: Path) -> Iterator[Engine]:
    """The database in which processes settle who may have how many calls open."""
    made = open_database(tmp_path / "shares.sqlite")
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def mailed(hands: SandboxHands) -> SandboxHands:
    """Three campaigns of which something came; from now on every call is slow, and is noted."""
    hands.seed(30)
    hands.rates(**BUSY)
    for title in ("May", "June", "July"):
        hands.send(title, wait=86400)
    hands.running.control("journal", method="DELETE")
    hands.running.control("faults", {"kind": "slow", "ms": SLOW, "times": 0})
    return hands


def read(desk: Desk) -> None:
    """Import everything; what was counted is what the reports say."""
    desk.read()
    assert [title for title, row in desk.campaigns().items() if agree(row).sent] == ["July", "June", "May"]


def test_one_reading_has_one_call_open(mailed: SandboxHands, tmp_path: Path) -> None:
    """However many campaigns wait, it leaves the rest of the budget to runs and opt-outs."""
    client = MailchimpClient(KEY, f"{mailed.running.url}/3.0")
    with MailchimpAudience(client, LIST) as audience, opened_desk(audience, mailed, tmp_path) as desk:
        read(desk)
    assert mailed.running.control("journal")["highest"] == 1


def test_readings_in_two_processes_share_the_budget(mailed: SandboxHands, shares: Engine, tmp_path: Path) -> None:
    """Two readings in each of two processes want four calls at once; no more than two are ever open."""

    def process(owner: str) -> SharedPermits:
        def ask(wants: int, holds: int) -> Share:
            return settle(shares, "account", owner, wants=wants, holds=holds, budget=BUDGET)

        return SharedPermits(ask, BUDGET)

    processes = [process("one"), process("two")]
    with ExitStack() as opened, ThreadPoolExecutor(2 * len(processes)) as pool:
        desks = []
        for number, permits in enumerate(2 * processes):
            folder = tmp_path / str(number)
            folder.mkdir()
            client = MailchimpClient(KEY, f"{mailed.running.url}/3.0", permits=permits)
            audience = opened.enter_context(MailchimpAudience(client, LIST))
            desks.append(opened.enter_context(opened_desk(audience, mailed, folder)))
        list(pool.map(read, desks))
    for permits in processes:
        permits.close()
    journal = mailed.running.control("journal")
    assert journal["highest"] <= BUDGET
    assert "429" not in journal["by_status"]
