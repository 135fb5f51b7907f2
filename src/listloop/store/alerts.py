"""Troubles that are there or were a moment ago, with when people were told; what was told before; the limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update

from listloop.core.alerts import LEAST, MOST, Alert, Kind, Limits, Trouble
from listloop.core.errors import NeedsAttention
from listloop.store.bulk import upsert
from listloop.store.codec import decode, encode
from listloop.store.installation import alert_history, alerts, options
from listloop.store.options import option, set_option
from listloop.store.rhythm import Rhythm, parse

#: Under which name it is kept when troubles are looked for next.
_NEXT = "alerts-next"

#: Under which name the limits are kept, and when the next digest is due.
_LIMITS, DIGEST = "alert-limits", "digest-next"


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


@dataclass(frozen=True, slots=True)
class Past:
    """A trouble that was told: since when, and until when (None: it lasts)."""

    id: int
    kind: Kind
    about: str
    text: str
    first: datetime
    over: datetime | None


def raise_alerts(db: Connection, raised: Iterable[Alert]) -> None:
    """Write into the history that these are told now."""
    rows = [
        {
            "key": one.trouble.key,
            "kind": one.trouble.kind,
            "about": one.trouble.about[:200],
            "text": one.trouble.text,
            "first_at": one.first,
        }
        for one in raised
    ]
    if rows:
        db.execute(insert(alert_history), rows)


def end_alerts(db: Connection, over: Iterable[str], now: datetime) -> None:
    """Write into the history that the troubles with these keys are over."""
    mine = alert_history.c.key.in_(list(over)) & alert_history.c.over_at.is_(None)
    db.execute(update(alert_history).where(mine).values(over_at=now))


def past_alerts(db: Connection, *, before: int | None = None, limit: int = 50) -> list[Past]:
    """What was told, the newest first; ``before`` is the id of the last line of the page above."""
    query = select(alert_history).order_by(alert_history.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(alert_history.c.id < before)
    return [Past(row.id, Kind(row.kind), row.about, row.text, row.first_at, row.over_at) for row in db.execute(query)]


def limits_of(db: Connection) -> Limits:
    """The limits, as set on the pages."""
    kept = option(db, _LIMITS)
    return decode(Limits, kept) if kept else Limits()


def set_limits(db: Connection, limits: Limits) -> None:
    """Keep limits; the digest comes at its new time next."""
    set_option(db, _LIMITS, encode(limits))
    set_option(db, DIGEST, "")


def checked(limits: Limits) -> Limits:
    """Limits that can be kept. Raises NeedsAttention naming the first that can't."""
    for name, most in MOST.items():
        if not LEAST[name] <= getattr(limits, name) <= most:
            raise NeedsAttention(
                f"“{name}” takes {LEAST[name]:,} to {most:,}.", "Give another number.", code="alert-limit"
            )
    rhythm = parse(limits.digest or "off", limits.zone)
    if rhythm is not None and not rhythm.nightly:
        raise NeedsAttention(
            f"“{limits.digest}” is no time of day.", "Say for example 07:00, or nothing at all.", code="alert-limit"
        )
    return limits


def due(engine: Engine, now: datetime, rhythm: Rhythm, name: str) -> bool:
    """Is it time for something that is done in this rhythm, and this process's turn? At the first asking it is not."""
    following = rhythm.after(now, now).isoformat()
    with engine.begin() as db:
        known = select(options.c.value).where(options.c.name == name).with_for_update()
        at = db.execute(known).scalar()
        if at is not None and at > now.isoformat():
            return False
        upsert(db, options, [{"name": name, "value": following}], ("name",))
        return at is not None


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
