"""The audit log: who changed or approved what, when and from where. Only ever added to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from listloop.store.installation import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log. ``address`` is the network address that it came from, or “command line”.

    "": nobody asked, Listloop did it itself.
    """

    id: int
    at: datetime
    who: str
    what: str
    connection_id: int | None
    address: str


#: From where what happens now was asked for. The pages set it for each request, so that no act can forget to say it.
_ADDRESS: ContextVar[str] = ContextVar("address", default="")


@contextmanager
def asked_from(address: str) -> Iterator[None]:
    """Whatever is noted in this block, and in the threads that a request hands it to, came from this address."""
    before = _ADDRESS.set(address)
    try:
        yield
    finally:
        _ADDRESS.reset(before)


def note(database: Connection, at: datetime, who: str, what: str, *, connection_id: int | None = None) -> None:
    """Add a line, in the caller's transaction: what is rolled back was not done. ``what`` never holds a secret."""
    row = {"at": at, "who": who[:400], "what": what, "connection_id": connection_id, "address": _ADDRESS.get()[:100]}
    database.execute(insert(audit).values(row))


def entries(database: Connection, *, before: int | None = None, limit: int = 50) -> tuple[Entry, ...]:
    """The newest lines first; ``before`` is the id of the last line of the page above."""
    query = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.id < before)
    return tuple(
        Entry(row.id, row.at, row.who, row.what, row.connection_id, row.address) for row in database.execute(query)
    )
