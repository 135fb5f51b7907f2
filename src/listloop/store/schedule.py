"""When a connection runs next, and who asked for it: the due table behind the one tick.

``connections.next_run`` says when a run is due, ``wanted`` that one was asked for and has not begun, ``not_before`` how
long a side asked us to wait. Asking is a row that survives a crash; the job queue is filled from it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.jobs import State
from listloop.store.database import reading
from listloop.store.installation import inbox
from listloop.store.rhythm import Rhythm
from listloop.store.tables import connections

T = TypeVar("T")

#: The trigger of a run that nobody but the clock asked for, and of one that a webhook asked for.
SCHEDULE, WEBHOOK = "schedule", "webhook"

_due = (connections.c.next_run, connections.c.every_minutes, connections.c.cron, connections.c.zone)
_audit = (connections.c.audit, connections.c.next_audit)
_wish = (connections.c.wanted, connections.c.not_before, connections.c.paused)


def set_rhythm(engine: Engine, connection_id: int, rhythm: Rhythm | None, now: datetime) -> None:
    """Run in this rhythm from the next tick on; an interval counts from the run that was due last.

    None takes the connection off the schedule: it then runs only when somebody asks.
    """
    with engine.begin() as transaction:
        chosen = select(*_due).where(connections.c.id == connection_id).with_for_update()
        row = _existing(transaction.execute(chosen).one_or_none())
        change = update(connections).where(connections.c.id == connection_id)
        if rhythm is None:
            transaction.execute(change.values(next_run=None))
            return
        next_run = now
        if rhythm.cron:
            next_run = rhythm.after(now, now)
        elif row.next_run is not None and not row.cron:
            next_run = max(now, row.next_run + timedelta(minutes=rhythm.minutes - row.every_minutes))
        values = {"every_minutes": rhythm.minutes, "cron": rhythm.cron, "next_run": next_run}
        transaction.execute(change.values(**values, zone=rhythm.zone))


def set_audit(engine: Engine, connection_id: int, at: Rhythm | None, now: datetime) -> None:
    """Compare both sides in full at these times; None: never by itself.

    ``at`` has a cron line; its zone becomes that of all times of the connection.
    """
    values: dict[str, Any] = {"audit": "", "next_audit": None}
    if at is not None:
        values = {"audit": at.cron, "next_audit": at.after(now, now), "zone": at.zone}
    with engine.begin() as transaction:
        changed = update(connections).where(connections.c.id == connection_id).values(**values)
        _existing(transaction.execute(changed.returning(connections.c.id)).scalar())


def claim_due(engine: Engine, now: datetime) -> None:
    """Mark every due connection as wanted, once however many of its times were missed, and set its next time.

    Two workers that tick at once claim different connections. A time that comes while the connection is paused or
    already wanted is passed over. A full comparison that is due stays so until one was made.
    """
    with engine.begin() as transaction:
        due = (
            select(connections.c.id, *_due)
            .where(or_(connections.c.next_run <= now, connections.c.next_audit <= now))
            .where(connections.c.paused == "", connections.c.wanted == "")
            .with_for_update(skip_locked=True)
        )
        claims = [{"claimed": row.id, "next": _next(row, now)} for row in transaction.execute(due)]
        if claims:
            mark = update(connections).where(connections.c.id == bindparam("claimed"))
            transaction.execute(mark.values(next_run=bindparam("next"), wanted=SCHEDULE), claims)


def _next(row: Any, now: datetime) -> datetime | None:
    if row.next_run is None or row.next_run > now:
        return row.next_run  # type: ignore[no-any-return]  # a column of our own
    return Rhythm(row.every_minutes, row.cron, row.zone).after(row.next_run, now)


def is_audit_due(engine: Engine, connection_id: int, now: datetime) -> bool:
    """Is the run that begins to read both sides in full?"""
    with reading(engine).connect() as connection:
        due = select(connections.c.id).where(connections.c.id == connection_id, connections.c.next_audit <= now)
        return connection.execute(due).first() is not None


def audited(engine: Engine, connection_id: int, now: datetime) -> None:
    """The full comparison was made; the next one is due at its next time."""
    with engine.begin() as transaction:
        row = transaction.execute(
            select(*_audit, connections.c.zone).where(connections.c.id == connection_id)
        ).one_or_none()
        if row is not None and row.audit:
            following = Rhythm(cron=row.audit, zone=row.zone).after(now, now)
            transaction.execute(
                update(connections).where(connections.c.id == connection_id).values(next_audit=following)
            )


def wanted(engine: Engine, now: datetime, limit: int = 500) -> list[tuple[int, str]]:
    """The connections whose run may begin now, with the trigger of each; whoever was due longest comes first.

    No more than ``limit``, so that after a downtime of many connections the queue is filled bit by bit.
    """
    with reading(engine).connect() as connection:
        rows = connection.execute(
            select(connections.c.id, connections.c.wanted)
            .where(
                connections.c.wanted != "",
                connections.c.paused == "",
                or_(connections.c.not_before.is_(None), connections.c.not_before <= now),
            )
            .order_by(connections.c.next_run, connections.c.id)
            .limit(limit)
        )
        return [(row.id, row.wanted) for row in rows]


def ask(engine: Engine, connection_id: int, trigger: str, now: datetime) -> State:
    """Note that a run is wanted: queued, delayed or paused. Raises NeedsAttention where there is no such connection."""
    with engine.begin() as transaction:
        noted = update(connections).where(connections.c.id == connection_id).values(wanted=trigger).returning(*_wish)
        return _state(_existing(transaction.execute(noted).one_or_none()), now)


def wish(transaction: Connection, connection_id: int, trigger: str) -> None:
    """Note that a run is wanted, where none is wanted yet: in the transaction that holds what it is wanted for."""
    nobody = (connections.c.id == connection_id) & (connections.c.wanted == "")
    transaction.execute(update(connections).where(nobody).values(wanted=trigger))


def state(engine: Engine, connection_id: int, now: datetime) -> State:
    """What is known without the job queue: idle, queued, delayed or paused."""
    with reading(engine).connect() as connection:
        chosen = select(*_wish).where(connections.c.id == connection_id)
        return _state(_existing(connection.execute(chosen).one_or_none()), now)


def begin(engine: Engine, connection_id: int, *, resumed: bool = False) -> bool:
    """A run begins and answers all who asked so far.

    False, and nothing changes, where the connection is paused or nobody asked; a run that is ``resumed`` was asked for
    before.
    """
    with engine.begin() as transaction:
        may = (connections.c.id == connection_id) & (connections.c.paused == "")
        begun = update(connections).where(may if resumed else may & (connections.c.wanted != ""))
        begun = begun.values(wanted="", not_before=None)
        return transaction.execute(begun.returning(connections.c.id)).scalar() is not None


def asked_meanwhile(engine: Engine, connection_id: int) -> str:
    """The trigger of who asked during the run, or "".

    A time that fell due meanwhile was served by that run, and so was a webhook whose people it looked at.
    """
    with engine.begin() as transaction:
        mine = connections.c.id == connection_id
        transaction.execute(update(connections).where(mine, connections.c.wanted == SCHEDULE).values(wanted=""))
        open_entries = select(inbox.c.id).where(inbox.c.connection_id == connection_id).exists()
        served = update(connections).where(mine, connections.c.wanted == WEBHOOK, ~open_entries)
        transaction.execute(served.values(wanted=""))
        return str(transaction.execute(select(connections.c.wanted).where(mine)).scalar() or "")


def put_off(engine: Engine, connection_id: int, trigger: str, until: datetime) -> None:
    """Want the run again, but not before that moment: every run of the connection waits for it."""
    with engine.begin() as transaction:
        transaction.execute(
            update(connections).where(connections.c.id == connection_id).values(wanted=trigger, not_before=until)
        )


def forget(engine: Engine, connection_id: int) -> None:
    """Nobody wants a run any more; the schedule goes on."""
    with engine.begin() as transaction:
        transaction.execute(
            update(connections).where(connections.c.id == connection_id).values(wanted="", not_before=None)
        )


def _state(row: Any, now: datetime) -> State:
    if row.paused:
        return "paused"
    if not row.wanted:
        return "idle"
    return "queued" if row.not_before is None or row.not_before <= now else "delayed"


def _existing(row: T | None) -> T:
    if row is None:
        raise NeedsAttention(
            "There is no such connection.",
            "It may have been removed meanwhile; `listloop status` lists all.",
            code="connection-unknown",
        )
    return row
