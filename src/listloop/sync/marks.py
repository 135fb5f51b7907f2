"""The mark that each Listloop leaves in its audience, so that a second one on the same audience is noticed.

Two of them would create each other's people. A second one is refused unless a person says that it is meant; it then
leaves its own mark beside the first.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from listloop.core.errors import NeedsAttention
from listloop.store.connections import ConnectionRow, all_connections, change_connection, connection
from listloop.store.database import reading
from listloop.sync.context import Sync


def check_mark(sync: Sync, row: ConnectionRow) -> None:
    """Raise NeedsAttention where only other Listloops have left their marks in the audience."""
    there = set(sync.audience.marks())
    if not there:
        return
    with reading(sync.engine).begin() as db:
        ours = {one.mark for one in all_connections(db)} - {""}
    if there.isdisjoint(ours):
        raise NeedsAttention(
            f"Another Listloop keeps the audience of “{row.name}” in step. Two at once create each other's people.",
            "Stop the other one for good; or, if both are meant, say so with “listloop sync --share-audience”.",
            code="second-listloop",
        )


def leave_mark(sync: Sync) -> None:
    """Leave our mark where it is not there yet; called only where something may be written."""
    there = sync.audience.marks()
    with reading(sync.engine).begin() as db:
        if connection(db, sync.connection_id).mark in there:
            return
    with sync.engine.begin() as db:
        mark = mark_of(db, sync.connection_id)
    sync.audience.leave_mark(mark)


def mark_of(db: Connection, connection_id: int) -> str:
    """The mark of a connection, made on first use."""
    mark = connection(db, connection_id).mark
    if not mark:
        mark = secrets.token_hex(8)
        change_connection(db, connection_id, mark=mark)
    return mark
