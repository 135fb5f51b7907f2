"""A database with one connection, a run that the test steers, and both kinds of jobs over it."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Engine, insert

from listloop.core.jobs import Jobs
from listloop.service.jobs import DbosJobs
from listloop.service.memory import MemoryJobs
from listloop.store.database import open_database
from listloop.store.migrations import migrate
from listloop.store.tables import connections

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

#: Seconds after which something that should have come will not come.
PATIENCE = 150.0


class Runs:
    """A run that tells when it begins, waits where the test holds it, and fails as the test says."""

    def __init__(self) -> None:
        self.begun: queue.Queue[tuple[int, str]] = queue.Queue()
        self.errors: list[Exception] = []
        self._go = threading.Event()
        self._go.set()

    def __call__(self, connection_id: int, trigger: str) -> None:
        self.begun.put((connection_id, trigger))
        assert self._go.wait(PATIENCE)
        if self.errors:
            raise self.errors.pop(0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Runs that begin inside the block do not end before it."""
        self._go.clear()
        yield
        self._go.set()

    def next(self) -> tuple[int, str]:
        """The next run that begins."""
        return self.begun.get(timeout=PATIENCE)

    def none_left(self) -> bool:
        return self.begun.empty()


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def go(self, **time: float) -> None:
        self.moment += timedelta(**time)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread or process brings about."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def add_connection(engine: Engine, name: str) -> int:
    # No results: these tests are about runs, and nobody here would read them.
    row = insert(connections).values(name=name, crm="local", audience="a1", created_at=NOON, next_run=NOON, facts="")
    with engine.begin() as transaction:
        return int(transaction.execute(row.returning(connections.c.id)).scalar_one())


@pytest.fixture
def connection_id(engine: Engine) -> int:
    return add_connection(engine, "Bakery")


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[MemoryJobs, DbosJobs])
def make_jobs(request: pytest.FixtureRequest, engine: Engine, runs: Runs, clock: Clock) -> Callable[[], Jobs]:
    """Jobs without a tick of their own, not started."""
    return partial(request.param, engine, runs, every=None, now=clock, threads=2)


@pytest.fixture
def jobs(make_jobs: Callable[[], Jobs]) -> Iterator[Jobs]:
    """Jobs at work."""
    made = make_jobs()
    made.start()
    yield made
    made.stop(PATIENCE)
