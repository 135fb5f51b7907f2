"""The tags and groups that both sides have, mapped or not, so that lists can be narrowed by any of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from listloop.core.people import SideName
from listloop.core.side import Label, LabelKind
from listloop.store.tables import labels


@dataclass(frozen=True, slots=True)
class KnownLabel:
    """A label of one side of a connection, as the last run saw it."""

    connection_id: int
    side: SideName
    label: Label


def keep_labels(db: Connection, connection_id: int, side: SideName, there: Collection[Label]) -> None:
    """Keep what a side has now, and forget what it no longer has. Nothing is written where nothing changed."""
    mine = (labels.c.connection_id == connection_id, labels.c.side == side)
    now = {one.name: one for one in there}
    known = {
        row.name: Label(row.name, row.title, LabelKind(row.kind)) for row in db.execute(select(labels).where(*mine))
    }
    changed = [name for name in known.keys() | now.keys() if known.get(name) != now.get(name)]
    if not changed:
        return
    db.execute(delete(labels).where(*mine, labels.c.name.in_(changed)))
    rows = [
        {"connection_id": connection_id, "side": side, "name": one.name, "title": one.title, "kind": one.kind}
        for name in changed
        if (one := now.get(name)) is not None
    ]
    if rows:
        db.execute(insert(labels), rows)


def known_labels(db: Connection, connection_id: int | None = None) -> list[KnownLabel]:
    """Every label of a connection, or of all; by title."""
    query = select(labels).order_by(labels.c.title, labels.c.name)
    if connection_id is not None:
        query = query.where(labels.c.connection_id == connection_id)
    return [
        KnownLabel(row.connection_id, SideName(row.side), Label(row.name, row.title, LabelKind(row.kind)))
        for row in db.execute(query)
    ]
