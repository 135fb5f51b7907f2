"""Three workers, many connections of one account, one worker killed: nothing is lost, doubled, or too much at once."""

from __future__ import annotations

import os
import time

import pytest
from sqlalchemy import select

from listloop.store.installation import leases
from listloop.store.tables import runs
from listloop.testing.crash.rig import Sandbox
from listloop.wiring import Listloop, utc_now
from tests.endure.town import PATIENCE, done, overlaps, settled, town_on, wait_until

pytestmark = pytest.mark.postgres

#: With CONNECTIONS=30 it takes a minute on a busy laptop.
CONNECTIONS = int(os.environ.get("CONNECTIONS", "200"))


def held_by(listloop: Listloop, process: int) -> set[int]:
    """The connections that a process runs now."""
    with listloop.engine.connect() as db:
        rows = db.execute(select(leases.c.connection_id, leases.c.owner))
        return {row.connection_id for row in rows if f"-{process}-" in row.owner}


def test_one_of_three_workers_is_killed_in_mid_run(postgresql_url: str, sandbox: Sandbox) -> None:
    """Within ten seconds others have finished its runs; no call too many, no overlap, nobody doubled."""
    with town_on(postgresql_url, sandbox, CONNECTIONS) as (town, listloop):
        for _ in range(3):
            town.start()
        town.all_due(listloop, utc_now())
        wait_until(lambda: done(listloop) >= CONNECTIONS // 4)
        victim = next(one for one in town.workers if held_by(listloop, one.pid))
        victim.kill()
        killed = utc_now()
        orphans = held_by(listloop, victim.pid)
        assert orphans
        begun = time.monotonic()
        wait_until(lambda: finished_since(listloop, killed) >= orphans, 60)
        took = time.monotonic() - begun
        wait_until(lambda: done(listloop) == CONNECTIONS, PATIENCE)
        journal = sandbox.control("journal?last=0")
        print(f"{len(orphans)} runs of the killed worker finished by others in {took:.1f} s; {journal}")  # noqa: T201
        assert took < 10
        assert journal["highest"] <= 8
        assert "429" not in journal["by_status"]
        assert overlaps(listloop) == []
        for worker in town.workers[1:]:
            worker.terminate()
        settled(town, listloop)


def finished_since(listloop: Listloop, moment: object) -> set[int]:
    with listloop.engine.connect() as db:
        ended = select(runs.c.connection_id).where(runs.c.state == "done", runs.c.finished_at > moment)
        return set(db.execute(ended).scalars())
