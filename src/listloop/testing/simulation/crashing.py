"""A database in memory for one world after the other, which may be killed at any begin and commit."""

from __future__ import annotations

from functools import partial
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

from listloop.testing.memory import Crash
from listloop.testing.memory import Fault as Happening
from listloop.testing.simulation.lean import LeanEngine
from listloop.testing.simulation.line import Schedule

#: The schedule of the world that plays on a database at the moment.
_SCHEDULES: WeakKeyDictionary[Engine, Schedule] = WeakKeyDictionary()

LONGEST = 3_000
"""So many transactions need no run of a handful of people; one that goes on would go on for ever."""


class EndlessError(Exception):
    """A run goes on and on."""


def database() -> Engine:
    """A database in memory with every table, for many worlds one after the other."""
    return cast("Engine", LeanEngine())


def may_crash(engine: Engine | LeanEngine, schedule: Schedule) -> None:
    """Let this schedule's crashes happen at any begin and commit of the database, too."""
    if isinstance(engine, LeanEngine):
        engine.trip = partial(_strike, schedule)
        return
    if engine not in _SCHEDULES:
        event.listen(engine, "begin", lambda _db: _trip(engine, "database, before a transaction"), insert=True)
        event.listen(engine, "commit", lambda _db: _trip(engine, "database, before a commit"), insert=True)
    _SCHEDULES[engine] = schedule


def _trip(engine: Engine, place: str) -> None:
    schedule = _SCHEDULES.get(engine)
    if schedule is not None:
        _strike(schedule, place)


def _strike(schedule: Schedule, place: str) -> None:
    schedule.transactions += 1
    if schedule.transactions > LONGEST:
        raise EndlessError
    if schedule.faults and schedule.strikes(Happening.CRASH, place):
        raise Crash(place)
