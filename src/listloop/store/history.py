"""What was written, what lost, and why: kept for each person, never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from listloop.core.people import SideName
from listloop.store.bulk import insert_many
from listloop.store.tables import history


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a person's history. ``what`` is field, e-mail, label, consent, flag, link, created or lost."""

    person_id: int
    side: SideName
    what: str
    field: str = ""
    old: str = ""
    new: str = ""
    why: str = ""


def add_history(
    db: Connection, connection_id: int, run_id: int | None, at: datetime, entries: Collection[Entry]
) -> None:
    """Append lines."""
    if entries:
        shared = {"connection_id": connection_id, "run_id": run_id, "at": at}
        insert_many(db, history, [{name: getattr(one, name) for name in _COLUMNS} | shared for one in entries])


_COLUMNS = tuple(one.name for one in fields(Entry))


def history_of(db: Connection, person_id: int, limit: int = 200) -> Sequence[Row[Any]]:
    """A person's history, newest first."""
    query = select(history).where(history.c.person_id == person_id).order_by(history.c.id.desc()).limit(limit)
    return db.execute(query).all()
