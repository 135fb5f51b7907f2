"""Where each side's stream was read to, and where an interrupted reading resumes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from listloop.core.people import SideName
from listloop.store.bulk import upsert
from listloop.store.tables import cursors


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a side's stream.

    ``cursor`` is where the next reading starts ("": a full one); ``reading`` resumes one that was interrupted, of
    which ``full`` and ``run`` (that started it) tell more. ``read_at`` is when the last finished
    reading began (None: it was resumed),
    ``swept_at`` when every key was last counted.
    """

    cursor: str = ""
    reading: str = ""
    full: bool = True
    run: int = 0
    read_at: datetime | None = None
    swept_at: datetime | None = None


_OF = select(cursors).where(cursors.c.connection_id == bindparam("of"), cursors.c.side == bindparam("on"))


def place(db: Connection, connection_id: int, side: SideName) -> Place:
    """The place of a side; a new one reads everything."""
    row = db.execute(_OF, {"of": connection_id, "on": side}).first()
    return Place(row.cursor, row.reading, row.full, row.reading_run, row.read_at, row.swept_at) if row else Place()


def read_again(db: Connection, connection_id: int) -> None:
    """Let the next run read both sides in full."""
    db.execute(update(cursors).where(cursors.c.connection_id == connection_id).values(cursor="", reading=""))


def save_place(db: Connection, connection_id: int, side: SideName, place: Place) -> None:
    """Keep the place of a side."""
    row = {
        "connection_id": connection_id,
        "side": side,
        "cursor": place.cursor,
        "reading": place.reading,
        "full": place.full,
        "reading_run": place.run,
        "read_at": place.read_at,
        "swept_at": place.swept_at,
    }
    upsert(db, cursors, [row], ("connection_id", "side"))
