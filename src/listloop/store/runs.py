"""Runs: one pass over a connection each, with its state, its counts and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select

from listloop.core.errors import NeedsAttention
from listloop.store.bulk import among
from listloop.store.codec import decode, encode
from listloop.store.database import changing
from listloop.store.tables import runs

#: States of a run that has not ended. A waiting run has ended but for what waits for a yes.
UNDER_WAY = ("reading", "deciding", "writing")


#: The part of a plan that a person has not said yes to yet; it waits on its own while the loop goes on.
REST = "rest"

#: Plans that a person ordered. As the rest of a plan, they wait for their yes however many runs come meanwhile.
ORDERED = ("undo", "restore")
KEPT = (REST, *ORDERED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: ``stage`` is read, match, decide, guard, write or remember; ``done`` of ``of`` people.

    ``of`` is None while the run can't know; ``note`` is a sentence for people. At ``since`` it had done ``began`` of
    what it is at now, and at ``at`` it was as told here.
    """

    stage: str = ""
    done: int = 0
    of: int | None = None
    note: str = ""
    began: int = 0
    since: datetime | None = None
    at: datetime | None = None

    def then(self, stage: str, done: int, of: int | None, note: str, now: datetime) -> Progress:
        """What follows; another stage, or the same stage of the other side, is begun at this moment."""
        if self.since is None or (stage, note) != (self.stage, self.note) or done < self.done:
            return Progress(stage, done, of, note, done, now, now)
        return Progress(stage, done, of, note, self.began, self.since, now)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as stored."""

    id: int
    connection_id: int
    number: int
    trigger: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    wait: str
    approved_at: datetime | None
    approved_by: str
    counts: dict[str, int]
    problem: str
    fix: str


_LAST = select(func.max(runs.c.number)).where(runs.c.connection_id == bindparam("of"))
_MADE = insert(runs).returning(runs.c.id)
_ONE = select(runs).where(runs.c.id == bindparam("id"))
_IN_STATES = (
    select(runs)
    .where(runs.c.connection_id == bindparam("of"), among(runs.c.state, "states"))
    .order_by(runs.c.id.desc())
)


def last_number(db: Connection, connection_id: int) -> int:
    """The number of the last run; 0: there was none."""
    return int(db.scalar(_LAST, {"of": connection_id}) or 0)


def start_run(db: Connection, connection_id: int, trigger: str, now: datetime, after: int = 0) -> int:
    """Begin a run and return its id; its number follows the last one and ``after``."""
    last = max(last_number(db, connection_id), after)
    values = {"connection_id": connection_id, "number": last + 1, "trigger": trigger}
    return int(db.execute(_MADE, {**values, "state": "reading", "started_at": now}).scalar_one())


def change_run(db: Connection, run_id: int, **values: Any) -> None:
    """Change columns of a run."""
    db.execute(changing(runs, tuple(values)), {"_id": run_id, **values})


def save_progress(db: Connection, run_id: int, progress: Progress) -> None:
    """Keep where a run is, for the pages."""
    change_run(db, run_id, progress=encode(progress))


def save_counts(db: Connection, run_id: int, counts: Mapping[str, int]) -> None:
    """Keep what a run did."""
    change_run(db, run_id, counts=encode(dict(counts)))


def run(db: Connection, run_id: int) -> RunRow:
    """One run. Raises NeedsAttention where there is none of that id."""
    row = db.execute(_ONE, {"id": run_id}).first()
    if row is None:
        raise NeedsAttention(
            f"There is no run {run_id}.", "“listloop history” lists the runs there are.", code="no-run"
        )
    return _run(row)


def run_numbered(db: Connection, connection_id: int, number: int) -> RunRow:
    """The run that people call by this number. Raises NeedsAttention where there is none."""
    row = db.execute(select(runs).where(runs.c.connection_id == connection_id, runs.c.number == number)).first()
    if row is None:
        raise NeedsAttention(
            f"There is no run {number}.", "“listloop history” lists the runs there are.", code="no-run"
        )
    return _run(row)


def latest_runs(db: Connection, connection_id: int, limit: int = 20) -> list[RunRow]:
    """The last runs, newest first."""
    query = select(runs).where(runs.c.connection_id == connection_id).order_by(runs.c.id.desc()).limit(limit)
    return [_run(row) for row in db.execute(query)]


def runs_in(db: Connection, connection_id: int, states: tuple[str, ...]) -> list[RunRow]:
    """Runs in one of these states, newest first."""
    return [_run(row) for row in db.execute(_IN_STATES, {"of": connection_id, "states": states})]


def _run(row: Row[Any]) -> RunRow:
    return RunRow(
        row.id,
        row.connection_id,
        row.number,
        row.trigger,
        row.state,
        row.started_at,
        row.finished_at,
        row.wait,
        row.approved_at,
        row.approved_by,
        decode(dict[str, int], row.counts),
        row.problem,
        row.fix,
    )
