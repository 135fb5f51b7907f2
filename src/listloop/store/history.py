"""What was written, what lost, and why: kept for each person, never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import frozen
from listloop.core.people import SideName
from listloop.store.bulk import among, insert_many
from listloop.store.tables import history


@frozen
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


def entry(db: Connection, history_id: int) -> Row[Any]:
    """One line. Raises NeedsAttention where there is none of that number."""
    found = db.execute(select(history).where(history.c.id == history_id)).first()
    if found is None:
        raise NeedsAttention(
            "This line of the history is no longer there.", "Look at the person's history again.", code="no-history"
        )
    return found


def last_lost(db: Connection, person_id: int, names: Collection[str], value: str | None = None) -> int:
    """The newest line in which a value of one of these fields lost or was overwritten (this one, where it is given).

    Raises NeedsAttention where there is none.
    """
    query = select(history.c.id).where(
        history.c.person_id == person_id, history.c.field.in_(list(names)), history.c.old != ""
    )
    if value is None:
        query = query.where(history.c.what == "lost")
    else:
        query = query.where(history.c.what.in_(("lost", "field")), history.c.old == value)
    found = db.scalar(query.order_by(history.c.id.desc()).limit(1))
    if found is None:
        raise NeedsAttention(
            "The history holds no such value of this field.",
            "“listloop history EMAIL” lists what was written and what lost.",
            code="no-history",
        )
    return int(found)


def people_written(
    db: Connection, connection_id: int, run_id: int, person_id: int, after: int, limit: int
) -> list[int]:
    """The people for whom something was written, by id: of one run or of all (0), one person or everybody (0)."""
    query = select(history.c.person_id).where(history.c.connection_id == connection_id, history.c.person_id > after)
    if run_id:
        query = query.where(history.c.run_id == run_id)
    if person_id:
        query = query.where(history.c.person_id == person_id)
    return list(db.scalars(query.distinct().order_by(history.c.person_id).limit(limit)))


def written_for(db: Connection, ids: Collection[int], run_id: int = 0) -> Iterator[Row[Any]]:
    """What a run (0: any) wrote for these people, in the order of writing; what was only noted is left out."""
    query = select(history).where(among(history.c.person_id, "ids"), history.c.run_id.is_not(None))
    if run_id:
        query = query.where(history.c.run_id == run_id)
    yield from db.execute(query.order_by(history.c.id), {"ids": ids})
