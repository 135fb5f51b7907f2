"""Troubles that are there, or were a moment ago, with when people were told of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from listloop.core.alerts import Alert, Kind, Trouble
from listloop.store.bulk import upsert
from listloop.store.installation import alerts, options

#: Under which name it is kept when troubles are looked for next.
_NEXT = "alerts-next"


def known_alerts(db: Connection) -> dict[str, Alert]:
    """All of them, by key."""
    return {
        row.key: Alert(
            Trouble(row.key, Kind(row.kind), row.about, row.text, row.fix), row.first_at, row.last_at, row.told_at
        )
        for row in db.execute(select(alerts).order_by(alerts.c.key))
    }


def save_alerts(db: Connection, kept: Iterable[Alert], over: Iterable[str]) -> None:
    """Keep what is known, and forget what is over."""
    rows = [
        {
            "key": one.trouble.key,
            "kind": one.trouble.kind,
            "about": one.trouble.about[:200],
            "text": one.trouble.text,
            "fix": one.trouble.fix,
            "first_at": one.first,
            "last_at": one.last,
            "told_at": one.told,
        }
        for one in kept
    ]
    if rows:
        upsert(db, alerts, rows, ("key",))
    db.execute(delete(alerts).where(alerts.c.key.in_(list(over))))


def claim(engine: Engine, now: datetime, every: timedelta, name: str = _NEXT) -> bool:
    """Is it this process's turn? Of any number that ask, one is told yes, once in ``every``."""
    following = (now + every).isoformat()
    with engine.begin() as db:
        known = select(options.c.value).where(options.c.name == name).with_for_update()
        at = db.execute(known).scalar()
        if at is not None and at > now.isoformat():
            return False
        upsert(db, options, [{"name": name, "value": following}], ("name",))
        return True
