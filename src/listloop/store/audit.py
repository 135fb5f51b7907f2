"""The audit log: who changed or approved what, when and from where. Only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from listloop.store.installation import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. ``address`` is the network address it came from, "" for the command line."""

    id: int
    at: datetime
    who: str
    what: str
    connection_id: int | None
    address: str


def note(
    database: Connection, at: datetime, who: str, what: str, *, connection_id: int | None = None, address: str = ""
) -> None:
    """Add a line, in the caller's transaction: what is rolled back was not done. ``what`` never holds a secret."""
    row = {"at": at, "who": who[:400], "what": what, "connection_id": connection_id, "address": address[:100]}
    database.execute(insert(audit).values(row))


def entries(database: Connection, *, before: int | None = None, limit: int = 50) -> tuple[Entry, ...]:
    """The newest lines first; ``before`` is the id of the last line of the page above."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    return tuple(
        Entry(row.id, row.at, row.who, row.what, row.connection_id, row.address) for row in database.execute(query)
    )
