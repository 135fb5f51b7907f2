"""The inbox of a connection: who shall be looked at first, because a webhook, a button or a command said so.

An event is put here before the run is asked for. A run takes entries between its chunks and clears them once those
people are remembered: a run that dies in between finds them again. The same said twice is one entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from listloop.store.installation import inbox


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said about one record; ``key`` or ``address`` names it, whichever the event told.

    ``times`` is how often it was said by then: an entry that was said again while a run looked is not cleared.
    """

    id: int
    side: str
    key: str
    address: str
    source: str
    at: datetime
    times: int


_OLDEST = (
    select(inbox.c.id, inbox.c.side, inbox.c.key, inbox.c.address, inbox.c.source, inbox.c.at, inbox.c.times)
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
    same = (
        (inbox.c.connection_id == connection_id)
        & (inbox.c.side == side)
        & (inbox.c.address == address)
        & (inbox.c.key == key)
    )
    again = update(inbox).where(same).values(times=inbox.c.times + 1, at=at).returning(inbox.c.id)
    if transaction.execute(again).first() is None:  # two at once may put two entries; that costs a reading, no more
        row = {"connection_id": connection_id, "side": side, "key": key, "address": address, "source": source, "at": at}
        transaction.execute(insert(inbox).values(row))


def take(transaction: Connection, connection_id: int, limit: int = 500) -> list[Entry]:
    """The oldest entries, which stay until they are cleared."""
    return [Entry(*row) for row in transaction.execute(_OLDEST, {"of": connection_id, "most": limit})]


def clear(transaction: Connection, entries: Sequence[Entry]) -> None:
    """Remove entries that are worked off, in the transaction that remembers their people."""
    if entries:
        done = delete(inbox).where(inbox.c.id == bindparam("entry"), inbox.c.times == bindparam("said"))
        transaction.execute(done, [{"entry": one.id, "said": one.times} for one in entries])
