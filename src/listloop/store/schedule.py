"""When a connection runs next, and who asked for it: the due table behind the one tick.

``connections.next_run`` says when a run is due, ``wanted`` that one was asked for and has not begun, ``not_before`` how
long a side asked us to wait. Asking is a row that survives a crash; the job queue is filled from it again.

Campaign results have times of their own: ``next_facts`` says when they are due, ``facts_asked`` that they are to be
read and not all of them are. A connection has one job at a time for both: people come first, results in slices.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, and_, bindparam, case, or_, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.jobs import State
from listloop.store.database import reading
from listloop.store.installation import inbox
from listloop.store.rhythm import Rhythm, parse
from listloop.store.tables import connections

T = TypeVar("T")

#: The trigger of a run that nobody but the clock asked for, and of one that a webhook asked for.
SCHEDULE, WEBHOOK = "schedule", "webhook"

#: The triggers of jobs that are no run of people: what a person ordered, and campaign results.
ORDER, FACTS = "order", "results"
ASIDE = frozenset({ORDER, FACTS})

#: Wishes that a stronger one takes the place of, and never the other way round; what a person asks for is strongest.
#: A run that answers a weak wish may drop it as served, and must not drop a yes with it.
_WEAKEST_FIRST = (FACTS, ORDER, SCHEDULE, WEBHOOK)

_due = (connections.c.next_run, connections.c.every_minutes, connections.c.cron, connections.c.zone)
_facts = (connections.c.facts, connections.c.next_facts, connections.c.facts_asked)
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


def set_facts(engine: Engine, connection_id: int, rhythm: Rhythm | None, now: datetime) -> None:
    """Read campaign results in this rhythm; an interval begins at once. None: only when somebody asks.

    Its zone becomes that of all times of the connection where it has a cron line.
    """
    values: dict[str, Any] = {"facts": "", "next_facts": None}
    if rhythm is not None:
        values = {"facts": rhythm.text, "next_facts": rhythm.after(now, now) if rhythm.cron else now}
        values |= {"zone": rhythm.zone} if rhythm.cron else {}
    with engine.begin() as transaction:
        changed = update(connections).where(connections.c.id == connection_id).values(**values)
        _existing(transaction.execute(changed.returning(connections.c.id)).scalar())


def claim_due(engine: Engine, now: datetime) -> None:
    """Mark every due connection as wanted, once however many of its times were missed, and set its next time.

    Two workers that tick at once claim different connections. A time that comes while the connection is paused,
    already wanted or still being set up is passed over. A full comparison that is due stays so until one was made, and
    so do results.
    """
    people = or_(connections.c.next_run <= now, connections.c.next_audit <= now)
    first = connections.c.next_facts.is_(None) & (connections.c.next_run <= now)
    results = and_(connections.c.facts != "", or_(connections.c.next_facts <= now, first))
    with engine.begin() as transaction:
        due = (
            select(connections.c.id, people.label("people"), results.label("results"), *_due, *_facts)
            .where(or_(people, results, connections.c.facts_asked))
            .where(connections.c.paused == "", connections.c.wanted == "", connections.c.setup_step == "")
            .with_for_update(skip_locked=True)
        )
        claims = [_claim(row, now) for row in transaction.execute(due)]
        if claims:
            mark = update(connections).where(connections.c.id == bindparam("claimed"))
            names = ("wanted", "next_run", "next_facts", "facts_asked")
            transaction.execute(mark.values({name: bindparam(f"new_{name}") for name in names}), claims)


def _claim(row: Any, now: datetime) -> dict[str, Any]:
    following = row.next_facts
    if row.results:
        following = parse(row.facts, row.zone).after(row.next_facts or now, now)  # type: ignore[union-attr]  # not off
    return {
        "claimed": row.id,
        "new_wanted": SCHEDULE if row.people else FACTS,
        "new_next_run": _next(row, now),
        "new_next_facts": following,
        "new_facts_asked": row.facts_asked or bool(row.results),
    }


def _next(row: Any, now: datetime) -> datetime | None:
    if row.next_run is None or row.next_run > now:
        return row.next_run  # type: ignore[no-any-return]  # a column of our own
    return Rhythm(row.every_minutes, row.cron, row.zone).after(row.next_run, now)


def ask_facts(engine: Engine, connection_id: int, now: datetime) -> State:
    """Note that campaign results are to be read now; as ``ask``."""
    with engine.begin() as transaction:
        mark_facts(transaction, connection_id)
    return ask(engine, connection_id, FACTS, now)


def mark_facts(transaction: Connection, connection_id: int) -> None:
    """Note that campaign results are to be read; the next tick sees it, if nobody asks for the run."""
    transaction.execute(update(connections).where(connections.c.id == connection_id).values(facts_asked=True))


def are_facts_asked(engine: Engine, connection_id: int) -> bool:
    """Are campaign results to be read, of which not all are yet?"""
    with reading(engine).connect() as db:
        mine = select(connections.c.facts_asked).where(connections.c.id == connection_id, connections.c.paused == "")
        return bool(db.execute(mine).scalar())


def facts_read(engine: Engine, connection_id: int, problem: str = "") -> None:
    """All results are read, or a problem stopped it that only a person can mend: they come again at their next time."""
    with engine.begin() as transaction:
        mine = update(connections).where(connections.c.id == connection_id)
        transaction.execute(mine.values(facts_asked=False, facts_problem=problem))
        transaction.execute(mine.where(connections.c.wanted == FACTS).values(wanted=""))


def is_run_wanted(engine: Engine, connection_id: int) -> bool:
    """Does somebody wait for a run of people, or for an order?"""
    with reading(engine).connect() as db:
        found = db.execute(select(connections.c.wanted).where(connections.c.id == connection_id)).scalar()
        return bool(found) and found != FACTS


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
    """Note that a run is wanted: queued, delayed or paused. Raises NeedsAttention where there is no such connection.

    A person does not wait for what was only our guess of when to try again; what a side said holds for everybody.
    """
    with engine.begin() as transaction:
        values = {"wanted": _stronger(trigger)}
        if trigger not in _WEAKEST_FIRST or trigger == ORDER:
            values["not_before"] = case((connections.c.told_to_wait, connections.c.not_before), else_=None)
        noted = update(connections).where(connections.c.id == connection_id).values(values).returning(*_wish)
        return _state(_existing(transaction.execute(noted).one_or_none()), now)


def wish(transaction: Connection, connection_id: int, trigger: str) -> None:
    """Note that a run is wanted, where none is wanted yet: in the transaction that holds what it is wanted for."""
    nobody = (connections.c.id == connection_id) & connections.c.wanted.in_(("", *sorted(ASIDE)))
    transaction.execute(update(connections).where(nobody).values(wanted=trigger))


def state(engine: Engine, connection_id: int, now: datetime) -> State:
    """What is known without the job queue: idle, queued, delayed or paused."""
    with reading(engine).connect() as connection:
        chosen = select(*_wish).where(connections.c.id == connection_id)
        return _state(_existing(connection.execute(chosen).one_or_none()), now)


def begin(engine: Engine, connection_id: int, trigger: str, *, resumed: bool = False) -> str:
    """A run begins and answers all who asked so far; its trigger is that of the strongest of them.

    "", and nothing changes, where the connection is paused or nobody asked; a run that is ``resumed`` was asked for
    before, by ``trigger``.
    """
    with engine.begin() as transaction:
        mine = (connections.c.id == connection_id) & (connections.c.paused == "")
        found = transaction.execute(select(connections.c.wanted).where(mine).with_for_update()).scalar()
        if found is None or not (found or resumed):
            return ""
        transaction.execute(update(connections).where(mine).values(wanted="", not_before=None))
        return trigger if resumed and (not found or found in ASIDE) else str(found)


def asked_meanwhile(engine: Engine, connection_id: int, ran: str) -> str:
    """The trigger of who asked during the run with the trigger ``ran``, or "".

    A time that fell due meanwhile was served by that run, if it was one of people, and so was a webhook whose people
    it looked at.
    """
    with engine.begin() as transaction:
        mine = connections.c.id == connection_id
        if ran not in ASIDE:
            transaction.execute(update(connections).where(mine, connections.c.wanted == SCHEDULE).values(wanted=""))
        open_entries = select(inbox.c.id).where(inbox.c.connection_id == connection_id).exists()
        served = update(connections).where(mine, connections.c.wanted == WEBHOOK, ~open_entries)
        transaction.execute(served.values(wanted=""))
        return str(transaction.execute(select(connections.c.wanted).where(mine)).scalar() or "")


def put_off(engine: Engine, connection_id: int, trigger: str, until: datetime, *, told: bool = False) -> None:
    """Want the run again, but not before that moment: every run of the connection waits for it.

    Unless a side ``told`` us so, what a person asks for after this goes before.
    """
    with engine.begin() as transaction:
        values = {"wanted": _stronger(trigger), "not_before": until, "told_to_wait": told}
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(values))


def forget(engine: Engine, connection_id: int) -> None:
    """Nobody wants a run any more; the schedule goes on."""
    with engine.begin() as transaction:
        transaction.execute(
            update(connections).where(connections.c.id == connection_id).values(wanted="", not_before=None)
        )


def _stronger(trigger: str) -> Any:
    """What is wanted once this is, too: every run carries out orders and reads results, but not the other way round."""
    if trigger not in _WEAKEST_FIRST:
        return trigger
    weaker = ("", *_WEAKEST_FIRST[: _WEAKEST_FIRST.index(trigger)])
    return case((connections.c.wanted.in_(weaker), trigger), else_=connections.c.wanted)


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
