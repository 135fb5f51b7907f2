"""A person's yes or no to a plan that waits: to all of it, or to some kinds and some people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, update

from listloop.core.errors import NeedsAttention
from listloop.core.plan import Rule, Standing
from listloop.store import decisions as plan_store
from listloop.store import holding
from listloop.store.connections import change_connection, connection
from listloop.store.holding import ALL, Chosen
from listloop.store.people import mark_dirty
from listloop.store.records import chunks
from listloop.store.runs import ORDERED, REST, RunRow, change_run, run, save_counts, start_run
from listloop.store.tables import people

#: What is said of people whose part of a plan got a no after the rest of it had got a yes.
ASIDE = "you said no to this change; it is decided anew once somebody edits this person"


def say_yes(engine: Engine, run_id: int, who: str, now: datetime, chosen: Chosen = ALL) -> RunRow:
    """Note a person's yes to a waiting plan; the next run of its connection writes it.

    Of a plan that got its yes only in part, the rest becomes a plan of its own, which waits on. Raises NeedsAttention
    where the plan does not wait, or nobody in it is meant.
    """
    with engine.begin() as db:
        waiting = _waiting(db, run_id)
        row = connection(db, waiting.connection_id)
        rest = _set_apart(db, waiting, chosen, now) if chosen != ALL else 0
        if not rest and waiting.trigger not in ORDERED:
            change_connection(db, row.id, approved_rules=row.digest)
        change_run(db, run_id, approved_at=now, approved_by=who, wait="")
        holding.release(db, run_id)
        return run(db, run_id)


def _waiting(db: Connection, run_id: int) -> RunRow:
    found = run(db, run_id)
    if found.state != "waiting" or found.approved_at is not None:
        raise NeedsAttention(
            f"Run {found.number} does not wait for a yes.", "Look for the one that does.", code="not-waiting"
        )
    return found


def _set_apart(db: Connection, waiting: RunRow, chosen: Chosen, now: datetime) -> int:
    """Move what was not chosen into a plan of its own; how many people are in there."""
    if not holding.count_chosen(db, waiting.id, chosen):
        raise NeedsAttention(
            f"Nobody in run {waiting.number} is of what you chose, so nothing was approved.",
            "Look at the plan again, and choose a kind or people that it lists.",
            code="nobody-chosen",
        )
    rest = start_run(db, waiting.connection_id, REST, now)
    holding.move_unchosen(db, waiting.id, rest, chosen)
    counted = holding.counts(db, rest)
    wait = f"The rest of run {waiting.number}, of which a part got its yes. {waiting.wait}"
    save_counts(db, rest, counted)
    change_run(db, rest, state="waiting", finished_at=now, wait=wait)
    if not counted["people"]:  # all was chosen after all
        change_run(db, rest, state="dropped", wait="")
    return counted["people"]


def drop(engine: Engine, run_id: int, now: datetime) -> None:
    """A person's no: the plan is put aside; the next run decides anew and waits again where it must.

    People of the rest of a plan stay as they are until somebody edits them: decided anew, they would be few enough to
    be written without a yes.
    """
    with engine.begin() as db:
        dropped = run(db, run_id)
        concerned = plan_store.leave_runs(db, [run_id])
        if dropped.trigger == REST:
            for some in chunks(concerned):
                aside = {"standing": Standing.WAITING, "rule": Rule.HELD, "reason": ASIDE}
                db.execute(update(people).where(people.c.id.in_(some)).values(aside))
        elif dropped.trigger not in ORDERED:
            mark_dirty(db, concerned)
        change_run(db, run_id, state="dropped", finished_at=now, wait="")
