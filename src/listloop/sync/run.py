"""One run over a connection: check, recover, read, match, decide, guard, write, remember.

First sync, delta, webhook, "sync now" and preview are the same call with another scope. Plans under rules that got no
yes yet wait, whole; the guard makes single kinds wait while the rest goes on.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select, update

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.guard import guard
from listloop.core.plan import Rule
from listloop.store import decisions as plan_store
from listloop.store.connections import change_connection, connection, pause
from listloop.store.database import reading
from listloop.store.people import count_links, mark_dirty, mark_due
from listloop.store.runs import RunRow, change_run, run, runs_in, save_counts, save_progress, start_run
from listloop.store.tables import decisions, people
from listloop.sync.context import Progress, Scope, Sync
from listloop.sync.ends import check_ends
from listloop.sync.planning import plan
from listloop.sync.reading import read
from listloop.sync.recovery import recover
from listloop.sync.writing import refresh, write

FIRST = "The first plan under these rules waits for your yes; nothing is written before."


def run_once(sync: Sync, trigger: str, scope: Scope | None = None, *, hold: bool = False) -> RunRow:
    """Run a connection once and return the run: done, or waiting for a yes.

    ``hold`` makes a preview: the whole plan waits. While the first plan waits, a run returns it as it is. Raises
    TryLater and NeedsAttention; the run is then noted as failed, and after NeedsAttention the connection is paused.
    """
    with reading(sync.engine).begin() as db:
        row = connection(db, sync.connection_id)
        waiting = runs_in(db, sync.connection_id, ("waiting",))
    approved = row.approved_rules == row.digest
    if waiting and not approved and not hold:
        return waiting[0]
    with sync.engine.begin() as db:
        run_id = start_run(db, sync.connection_id, trigger, sync.now())
        _supersede(db, sync, waiting)
    inner = sync.progress
    sync.progress = _kept(sync, run_id)
    try:
        resting = check_ends(sync, row)
        recover(sync, run_id)
        read(sync, run_id, scope or Scope())
        with sync.engine.begin() as db:
            mark_due(db, sync.connection_id, sync.now())
            change_run(db, run_id, state="deciding", problem="; ".join(resting))
        plan(sync, run_id, held=hold or not approved)
        _guard(sync, run_id)
        return _finish(sync, run_id) if hold or not approved else _carry_out(sync, run_id)
    except ListloopError as error:
        _failed(sync, run_id, error)
        raise
    finally:
        sync.progress = inner


def approve(sync: Sync, run_id: int, who: str) -> RunRow:
    """A person's yes: write exactly what the plan shows, less the people who moved since."""
    with sync.engine.begin() as db:
        waiting = run(db, run_id)
        if waiting.state != "waiting":
            raise NeedsAttention(
                f"Run {waiting.number} does not wait for a yes.",
                "Look at the runs for the one that does.",
                code="not-waiting",
            )
        row = connection(db, sync.connection_id)
        change_connection(db, row.id, approved_rules=row.digest)
        change_run(db, run_id, approved_at=sync.now(), approved_by=who, wait="")
        plan_store.release(db, run_id)
    inner = sync.progress
    sync.progress = _kept(sync, run_id)
    try:
        check_ends(sync, row)
        refresh(sync, run_id, now=True)
        return _carry_out(sync, run_id)
    except ListloopError as error:
        _failed(sync, run_id, error)
        raise
    finally:
        sync.progress = inner


def drop(sync: Sync, run_id: int) -> None:
    """A person's no: the plan is put aside; the next run decides anew and waits again where it must."""
    with sync.engine.begin() as db:
        mark_dirty(db, plan_store.leave_runs(db, [run_id]))
        change_run(db, run_id, state="dropped", finished_at=sync.now(), wait="")


def _carry_out(sync: Sync, run_id: int) -> RunRow:
    with sync.engine.begin() as db:
        change_run(db, run_id, state="writing")
        total = plan_store.counts(db, run_id)["people"]
    write(sync, run_id, total)
    return _finish(sync, run_id)


def _finish(sync: Sync, run_id: int) -> RunRow:
    with sync.engine.begin() as db:
        counted = plan_store.counts(db, run_id)
        save_counts(db, run_id, counted)
        state = "waiting" if counted["held"] else "done"
        values = {"wait": FIRST} if counted["held"] and not run(db, run_id).wait else {}
        change_run(db, run_id, state=state, finished_at=sync.now(), **values)
        return run(db, run_id)


def _guard(sync: Sync, run_id: int) -> None:
    """Hold the destructive kinds that are too many, and say so on the run."""
    with sync.engine.begin() as db:
        holds = guard(
            plan_store.count_kinds(db, run_id),
            plan_store.count_written(db, sync.connection_id, sync.now() - timedelta(hours=24)),
            count_links(db, sync.connection_id),
            sync.rules,
        )
        if not holds:
            return
        plan_store.hold(db, run_id, [one.kind for one in holds])
        change_run(db, run_id, wait="; ".join(one.reason for one in holds))
        waiting = select(decisions.c.person_id).where(decisions.c.run_id == run_id, decisions.c.held.is_(True))
        db.execute(update(people).where(people.c.id.in_(waiting)).values(rule=Rule.HELD))


def _supersede(db: Connection, sync: Sync, waiting: list[RunRow]) -> None:
    """A newer plan takes the place of those that wait: their people are decided anew."""
    mark_dirty(db, plan_store.leave_runs(db, [one.id for one in waiting]))
    for one in waiting:
        written = one.counts.get("crm_done", 0) + one.counts.get("mailchimp_done", 0)
        change_run(db, one.id, state="done" if written else "dropped", finished_at=sync.now(), wait="")


def _failed(sync: Sync, run_id: int, error: ListloopError) -> None:
    with sync.engine.begin() as db:
        mark_dirty(db, plan_store.leave_runs(db, [run_id]))
        save_counts(db, run_id, plan_store.counts(db, run_id))
        change_run(db, run_id, state="failed", finished_at=sync.now(), problem=error.problem, fix=error.fix)
        if isinstance(error, NeedsAttention):
            pause(db, sync.connection_id, error.problem, error.fix)


def _kept(sync: Sync, run_id: int) -> Progress:
    inner = sync.progress

    def progress(stage: str, done: int, of: int | None, note: str) -> None:
        with sync.engine.begin() as db:
            save_progress(db, run_id, stage, done, of, note)
        inner(stage, done, of, note)

    return progress
