"""What needs a person: plans that wait for a yes, paused connections, failures; sorted by harm."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from listloop.store.plans import ConnectionLine, RunLine, connection_lines, open_runs, run_lines
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
class NeedsPerson:
    """The connections that stand still, the last runs that failed, the plans that wait, the people who failed."""

    paused: tuple[ConnectionLine, ...] = ()
    broken: tuple[RunLine, ...] = ()
    waiting: tuple[RunLine, ...] = ()
    failures: tuple[Failure, ...] = ()

    def __len__(self) -> int:
        """How many things need a person."""
        return len(self.paused) + len(self.broken) + len(self.waiting) + len(self.failures)


def needs_person(database: Connection) -> NeedsPerson:
    """Everything that waits for somebody to act. Reads the failed people only, by index."""
    lines = connection_lines(database)
    paused = tuple(line for line in lines if line.paused)
    last = [run for line in lines for run in run_lines(database, connection_id=line.id, limit=1)]
    broken = tuple(
        run for run in last if run.state == "failed" and not any(line.id == run.connection_id for line in paused)
    )
    waiting = tuple(run for run in open_runs(database) if run.waits)
    failures = tuple(failure for line in lines for failure in _failures(database, line))
    return NeedsPerson(paused, broken, waiting, failures)


def _failures(database: Connection, line: ConnectionLine) -> list[Failure]:
    reason = people.c.reason
    query = (
        select(people.c.rule, func.count(), func.min(reason), func.max(reason))
        .where(people.c.connection_id == line.id, people.c.counted, people.c.standing == "failed")
        .group_by(people.c.rule)
        .order_by(func.count().desc(), people.c.rule)
    )
    return [Failure(line, rule, number, first, first == last) for rule, number, first, last in database.execute(query)]
