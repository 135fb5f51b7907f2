"""A thousand connections on the tick cost rows, not threads."""

from __future__ import annotations

import threading

from sqlalchemy import Engine, func, insert, select

from listloop.service.jobs import DbosJobs
from listloop.store.tables import connections
from tests.service.conftest import NOON, PATIENCE, Clock, Runs, wait_until

CONNECTIONS = 1000

#: Runs at once; and the queue's own threads, however many wait.
THREADS, BESIDES = 2, 8


def add_many(engine: Engine, names: range) -> None:
    rows = [{"name": f"Shop {n}", "crm": "local", "audience": f"a{n}"} for n in names]
    with engine.begin() as db:
        db.execute(insert(connections), [{**row, "created_at": NOON, "next_run": NOON, "facts": ""} for row in rows])


def claimed(engine: Engine) -> int:
    with engine.connect() as db:
        return int(db.scalar(select(func.count()).where(connections.c.next_run > NOON)) or 0)


def test_a_thousand_due_connections_take_no_thread_each(engine: Engine, runs: Runs, clock: Clock) -> None:
    """All are claimed by one tick, two run, the others wait as rows; and every one that waits has its turn."""
    jobs = DbosJobs(engine, runs, every=0.2, now=clock, threads=THREADS)
    quiet = threading.active_count()
    jobs.start()
    try:
        with runs.held():
            add_many(engine, range(CONNECTIONS))
            begun = {runs.next()[0] for _ in range(THREADS)}
            wait_until(lambda: claimed(engine) == CONNECTIONS)
            assert runs.none_left()
            assert threading.active_count() - quiet <= THREADS + BESIDES, [one.name for one in threading.enumerate()]
        begun |= {runs.next()[0] for _ in range(THREADS)}
        assert len(begun) == 2 * THREADS
    finally:
        jobs.stop(PATIENCE)
