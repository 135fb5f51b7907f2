"""What needs a person: plans that wait for a yes, paused connections, failures; sorted by harm."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from listloop.core.people import SideName
from listloop.core.questions import Topic
from listloop.store.plans import ConnectionLine, RunLine, connection_lines, open_runs, run_lines
from listloop.store.questions import sums
from listloop.store.stale import count_stale
from listloop.store.tables import people


@dataclass(frozen=True, slots=True)
class Failure:
    """People of one connection who failed by the same rule. ``reason`` is the first one's, ``alike``: everyone's."""

    connection: ConnectionLine
    rule: str
    people: int
    reason: str
    alike: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """How many open questions of one kind a connection has."""

    connection: ConnectionLine
    topic: Topic
    number: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """How many people a side shows as they were before: was it put back from a backup?"""

    connection: ConnectionLine
    side: SideName
    people: int


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """The connections that stand still, runs that failed, plans that wait, open questions, the people who failed."""

    paused: tuple[ConnectionLine, ...] = ()
    broken: tuple[RunLine, ...] = ()
    waiting: tuple[RunLine, ...] = ()
    failures: tuple[Failure, ...] = ()
    questions: tuple[Asked, ...] = ()
    put_back: tuple[PutBack, ...] = ()

    def __len__(self) -> int:
        """How many things need a person."""
        parts = (self.paused, self.broken, self.waiting, self.failures, self.questions, self.put_back)
        return sum(len(part) for part in parts)


def needs_person(database: Connection) -> NeedsPerson:
    """Everything that waits for somebody to act. Reads the failed people only, by index."""
    lines = connection_lines(database)
    paused = tuple(line for line in lines if line.paused)
    last = [run for line in lines for run in run_lines(database, connection_id=line.id, limit=1)]
    broken = tuple(
        run for run in last if run.state == "failed" and not any(line.id == run.connection_id for line in paused)
    )
    # What the guard holds is told at once, while the rest of its run is still being written.
    waiting = tuple(run for run in open_runs(database) if run.waits or (run.state == "writing" and run.wait))
    failures = tuple(failure for line in lines for failure in _failures(database, line))
    named = {line.id: line for line in lines}
    asked = tuple(
        Asked(named[one.connection_id], one.topic, one.number) for one in sums(database) if one.connection_id in named
    )
    older = tuple(
        PutBack(named[one], side, number) for (one, side), number in count_stale(database).items() if one in named
    )
    return NeedsPerson(paused, broken, waiting, failures, asked, older)


def _failures(database: Connection, line: ConnectionLine) -> list[Failure]:
    reason = people.c.reason
    query = (
        select(people.c.rule, func.count(), func.min(reason), func.max(reason))
        .where(people.c.connection_id == line.id, people.c.counted, people.c.standing == "failed")
        .group_by(people.c.rule)
        .order_by(func.count().desc(), people.c.rule)
    )
    return [Failure(line, rule, number, first, first == last) for rule, number, first, last in database.execute(query)]
