"""Workers of one account want more calls at once than its budget allows: they get all of it, and never more."""

from __future__ import annotations

import os
import signal

import pytest
from sqlalchemy import select

from listloop.store.installation import allotments
from listloop.testing.crash.rig import Sandbox
from listloop.wiring import Listloop, utc_now
from tests.endure.town import done, overlaps, town_on, wait_until

pytestmark = pytest.mark.postgres

CONNECTIONS = int(os.environ.get("CONNECTIONS", "60"))

#: Runs at the same time in each of three workers, each with a call open nearly all the time.
THREADS = 8

#: Milliseconds that the sandbox takes for each call; long against all else, so that calls pile up.
SLOW = 250

BUDGET = 8


def test_workers_that_want_more_than_the_budget_share_exactly_it(postgresql_url: str, sandbox: Sandbox) -> None:
    with town_on(postgresql_url, sandbox, CONNECTIONS) as (town, listloop):
        sandbox.control("faults", {"kind": "slow", "ms": SLOW, "times": 0})
        for _ in range(3):
            town.start(LISTLOOP_THREADS=str(THREADS))
        town.all_due(listloop, utc_now())
        wait_until(lambda: done(listloop) == CONNECTIONS)
        journal = sandbox.control("journal?last=0")
        sandbox.control("faults", method="DELETE")
        print(f"{CONNECTIONS} connections, 3 workers with {THREADS} runs each; {journal}")  # noqa: T201
        assert journal["highest"] == BUDGET
        assert "429" not in journal["by_status"]
        assert overlaps(listloop) == []


def test_a_worker_that_stood_still_takes_no_call_from_who_got_its_share(postgresql_url: str, sandbox: Sandbox) -> None:
    """Stopped for longer than a share lasts, as on a machine that hangs, and then going on as if nothing had been."""
    connections = min(CONNECTIONS, 40)
    with town_on(postgresql_url, sandbox, connections) as (town, listloop):
        sandbox.control("faults", {"kind": "slow", "ms": SLOW, "times": 0})
        first = town.start(LISTLOOP_THREADS=str(THREADS))
        town.all_due(listloop, utc_now())
        wait_until(lambda: with_all_of_it(listloop) is not None)
        first.send_signal(signal.SIGSTOP)
        stopped = with_all_of_it(listloop)
        town.start(LISTLOOP_THREADS=str(THREADS))
        wait_until(lambda: with_all_of_it(listloop) not in {None, stopped})
        first.send_signal(signal.SIGCONT)
        wait_until(lambda: done(listloop) == connections)
        journal = sandbox.control("journal?last=0")
        sandbox.control("faults", method="DELETE")
        assert journal["highest"] == BUDGET
        assert overlaps(listloop) == []


def with_all_of_it(listloop: Listloop) -> str | None:
    """The process that has the whole budget."""
    with listloop.engine.connect() as db:
        return db.scalar(select(allotments.c.owner).where(allotments.c.granted == BUDGET))
