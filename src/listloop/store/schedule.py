"""When a connection runs next, and who asked for it: the due table behind the one tick.

``connections.next_run`` says when a run is due, ``wanted`` that one was asked for and has not begun, ``not_before`` how
long a side asked us to wait. Asking is a row that survives a crash; the job queue is filled from it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.jobs import State
from listloop.store.database import reading
from listloop.store.tables import connections, inbox

T = TypeVar("T")

#: The trigger of a run that nobody but the clock asked for, and of one that a webhook asked for.
SCHEDULE, WEBHOOK = "schedule", "webhook"

_due = (connections.c.next_run, connections.c.every_minutes)
_wish = (connections.c.wanted, connections.c.not_before, connections.c.paused)


def every(engine: Engine, connection_id: int, minutes: int, now: datetime) -> None:
    """Run every so many minutes (at least 1) from the next tick on, counted from the run that was due last.

    0 takes the connection off the schedule: it then runs only when somebody asks.
    """
    with engine.begin() as transaction:
        chosen = select(*_due).where(connections.c.id == connection_id).with_for_update()
        row = _existing(transaction.execute(chosen).one_or_none())
        change = update(connections).where(connections.c.id == connection_id)
        if minutes <= 0:
            transaction.execute(change.values(next_run=None))
            return
        next_run = now
        if row.next_run is not None:
            next_run = max(now, row.next_run + timedelta(minutes=minutes - row.every_minutes))
        transaction.execute(change.values(every_minutes=minutes, next_run=next_run))


def claim_due(engine: Engine, now: datetime) -> None:
    """Mark every due connection as wanted, once however many of its times were missed, and set its next time.

    Two workers that tick at once claim different connections. A time that comes while the connection is paused or
    already wanted is passed over.
    """
    with engine.begin() as transaction:
        due = (
            select(connections.c.id, *_due)
            .where(connections.c.next_run <= now, connections.c.paused == "", connections.c.wanted == "")
            .with_for_update(skip_locked=True)
        )
        claims = [
            {"claimed": row.id, "next": _next(row.next_run, row.every_minutes, now)} for row in transaction.execute(due)
        ]
        if claims:
            mark = update(connections).where(connections.c.id == bindparam("claimed"))
            transaction.execute(mark.values(next_run=bindparam("next"), wanted=SCHEDULE), claims)


def _next(due: datetime, minutes: int, now: datetime) -> datetime:
    """The first time after now in step with ``due``: connections keep the distance that spreads their load."""
    interval = timedelta(minutes=max(1, minutes))
    return due + interval * max(1, ceil((now - due) / interval))


def wanted(engine: Engine, now: datetime) -> list[tuple[int, str]]:
    """The connections whose run may begin now, with the trigger of each; whoever was due longest comes first."""
    with reading(engine).connect() as connection:
        rows = connection.execute(
            select(connections.c.id, connections.c.wanted)
            .where(
                connections.c.wanted != "",
                connections.c.paused == "",
                or_(connections.c.not_before.is_(None), connections.c.not_before <= now),
            )
            .order_by(connections.c.next_run, connections.c.id)
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
