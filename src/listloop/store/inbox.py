"""The inbox of a connection: who shall be looked at first, because a webhook, a button or a command said so.

An event is put here before the run is asked for. A run takes entries between its chunks and clears them once those
people are remembered: a run that dies in between finds them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from listloop.store.tables import inbox


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said about one record; ``key`` or ``address`` names it, whichever the event told."""

    id: int
    side: str
    key: str
    address: str
    source: str
    at: datetime


_OLDEST = (
    select(inbox.c.id, inbox.c.side, inbox.c.key, inbox.c.address, inbox.c.source, inbox.c.at)
    .where(inbox.c.connection_id == bindparam("of"))
    .order_by(inbox.c.id)
    .limit(bindparam("most"))
)


def put(
    transaction: Connection,
    connection_id: int,
    *,
    side: str,
    source: str,
    at: datetime,
    key: str = "",
    address: str = "",
) -> None:
    """Store an event; ``source`` is webhook, button or command."""
    transaction.execute(
        insert(inbox).values(connection_id=connection_id, side=side, key=key, address=address, source=source, at=at)
    )


def take(transaction: Connection, connection_id: int, limit: int = 500) -> list[Entry]:
    """The oldest entries, which stay until they are cleared."""
    return [Entry(*row) for row in transaction.execute(_OLDEST, {"of": connection_id, "most": limit})]


def clear(transaction: Connection, entries: Sequence[Entry]) -> None:
    """Remove entries that are worked off, in the transaction that remembers their people."""
    transaction.execute(delete(inbox).where(inbox.c.id.in_([entry.id for entry in entries])))
