"""Workers of one account want more calls at once than its budget allows: they get all of it, and never more."""

from __future__ import annotations

import os

import pytest

from listloop.testing.crash.rig import Sandbox
from listloop.wiring import utc_now
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
