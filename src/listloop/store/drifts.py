"""What audits found: kept with their run, so that a person sees what had drifted and why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from listloop.core.drift import Cause, Drift
from listloop.core.people import SideName
from listloop.store.bulk import insert_many
from listloop.store.tables import drifts


@dataclass(frozen=True, slots=True)
class Found:
    """A drift, and whom it concerns; ``name`` is whatever people would call that person by."""

    person_id: int | None
    name: str
    drift: Drift


def save_drifts(db: Connection, connection_id: int, run_id: int, found: Collection[Found]) -> None:
    """Keep what an audit found."""
    rows = [
        {
            "connection_id": connection_id,
            "run_id": run_id,
            "person_id": one.person_id,
            "name": one.name[:400],
            "side": one.drift.side,
            "cause": one.drift.cause,
            "field": one.drift.field[:200],
            "known": one.drift.known,
            "shows": one.drift.shows,
        }
        for one in found
    ]
    insert_many(db, drifts, rows)


def count_drifts(db: Connection, run_id: int) -> dict[Cause, int]:
    """How many drifts of each cause a run found, the most frequent first."""
    query = select(drifts.c.cause, func.count()).where(drifts.c.run_id == run_id).group_by(drifts.c.cause)
    return {Cause(cause): count for cause, count in sorted(db.execute(query), key=lambda row: (-row[1], row[0]))}


def drifts_in(db: Connection, run_id: int, cause: Cause | None = None, limit: int = 100) -> list[Found]:
    """What a run found, of one cause or of all."""
    query = select(drifts).where(drifts.c.run_id == run_id)
    if cause is not None:
        query = query.where(drifts.c.cause == cause)
    return [
        Found(row.person_id, row.name, Drift(SideName(row.side), Cause(row.cause), row.field, row.known, row.shows))
        for row in db.execute(query.order_by(drifts.c.cause, drifts.c.id).limit(limit))
    ]
