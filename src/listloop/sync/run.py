"""One run over a connection: check, recover, read, match, decide, guard, write, remember.

First sync, delta, webhook, "sync now" and preview are the same call with another scope. Plans under rules that got no
yes yet wait, whole; the guard makes single kinds wait while the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select, update
from structlog.contextvars import bound_contextvars

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.guard import guard
from listloop.core.plan import Rule
from listloop.store import decisions as plan_store
from listloop.store import holding
from listloop.store import runs as store_runs
from listloop.store.connections import ConnectionRow, connection, pause, resume
from listloop.store.database import reading
from listloop.store.decisions import Hold
from listloop.store.holding import ALL, Chosen
from listloop.store.leases import LeaseLost
from listloop.store.orders import order_of
from listloop.store.people import count_links, mark_dirty, mark_due
from listloop.store.restored import RESTORED_RULES
from listloop.store.runs import KEPT, ORDERED, RunRow, change_run, run, runs_in, save_counts, save_progress, start_run
from listloop.store.tables import decisions, people
from listloop.sync.approval import say_yes
from listloop.sync.audit import read_all
from listloop.sync.context import Progress, Scope, Sync
from listloop.sync.ends import check_ends
from listloop.sync.everywhere import take_nos, tell_others
from listloop.sync.looks import Looks
from listloop.sync.marks import leave_mark
from listloop.sync.moving import carry_out
from listloop.sync.planning import plan
from listloop.sync.reading import IN_PART, read, read_inbox
from listloop.sync.recovery import recover
from listloop.sync.restored import RESTORED, keep, notice
from listloop.sync.undo import moved
from listloop.sync.writing import Recheck, refresh, write

#: How often links may move in one run; whoever still has to move then is moved by the next one.
MOVES = 3

SECOND = timedelta(seconds=1)

FIRST = "The first plan under these rules waits for your yes; nothing is written before."


def run_once(sync: Sync, trigger: str, scope: Scope | None = None, *, hold: bool = False) -> RunRow:
    """Run a connection once and return the run: done, or waiting for a yes.

    A plan that got its yes meanwhile is written first. While the first plan waits, a run returns it as it is; ``hold``
    makes a new one that waits whole, a preview. Raises TryLater and NeedsAttention; the run is then noted as failed,
    and after NeedsAttention the connection is paused.
    """
    with reading(sync.engine).begin() as db:
        row = connection(db, sync.connection_id)
    if notice(sync, row):
        with reading(sync.engine).begin() as db:
            row = connection(db, sync.connection_id)
    with reading(sync.engine).begin() as db:
        waiting = runs_in(db, sync.connection_id, ("waiting",))
    agreed = [one.id for one in waiting if one.approved_at]
    if agreed:
        return [noting(sync, row, one, partial(_write_agreed, sync, row, one)) for one in sorted(agreed)][-1]
    approved = row.approved_rules == row.digest
    first = [one for one in waiting if one.trigger not in ORDERED]
    if first and not row.approved_rules and not hold:
        return first[0]
    with sync.engine.begin() as db:
        run_id = start_run(db, sync.connection_id, trigger, sync.now())
        _supersede(db, sync, [one for one in waiting if one.trigger not in KEPT])
    # Under changed rules the plan waits, but for the nos: they are no matter of a mapping.
    waits = Hold.NOTHING if approved else Hold.BUT_NOS
    if hold or not row.approved_rules:
        waits = Hold.ALL
    return noting(sync, row, run_id, lambda: _run(sync, row, run_id, scope or Scope(), waits))


def _run(sync: Sync, row: ConnectionRow, run_id: int, scope: Scope, waits: Hold) -> RunRow:
    resting = check_ends(sync, row)
    recover(sync, run_id)
    try:
        (read_all if scope.audit else read)(sync, run_id, scope)
    except NeedsAttention as error:
        if error.code in IN_PART and waits is not Hold.ALL:
            _write_nos(sync, run_id)
        raise
    read_inbox(sync, run_id)
    take_nos(sync, run_id)
    with sync.engine.begin() as db:
        mark_due(db, sync.connection_id, sync.now())
        change_run(db, run_id, state="deciding", problem="; ".join(resting))
    plan(sync, run_id, waits)
    if waits is not Hold.ALL:
        _guard(sync, run_id)
        leave_mark(sync)
        _write(sync, run_id, waits)
    return _finish(sync, run_id)


def _write_nos(sync: Sync, run_id: int) -> None:
    """A side that reads empty or truncated stops the run, but for the nos that were read."""
    plan(sync, run_id, Hold.BUT_NOS)
    _guard(sync, run_id)
    with sync.engine.begin() as db:
        total = holding.counts(db, run_id)["opt_out"]
    for _ in write(sync, run_id, total, refreshes=False):
        pass


def _write_agreed(sync: Sync, row: ConnectionRow, run_id: int) -> RunRow:
    """Write what got its yes, less the people who moved since."""
    check_ends(sync, row)
    recover(sync, run_id)
    leave_mark(sync)
    refresh(sync, run_id, now=True)
    with reading(sync.engine).begin() as db:
        order = order_of(db, run_id)
    # A yes to a part of the first plan is none to the rules: who moved meanwhile waits for a plan of its own.
    looks = row.approved_rules == row.digest
    _write(sync, run_id, recheck=partial(moved, sync, order) if order else None, agreed=True, looks=looks)
    return _finish(sync, run_id)


def _write(
    sync: Sync,
    run_id: int,
    waits: Hold = Hold.NOTHING,
    recheck: Recheck | None = None,
    *,
    agreed: bool = False,
    looks: bool = True,
) -> None:
    """Write, and look into the inbox between chunks and at the end: an opt-out never waits for a long run.

    Unless ``looks``, the inbox is left for the next run; with them they are bounded, or deliveries that never end
    would keep the run from its end.

    Last, links move, and what follows for their people is decided and written; what was ``agreed`` to ends there.
    """
    moves = 0 if agreed else MOVES
    inbox = Looks.of(sync, run_id)
    while True:
        with sync.engine.begin() as db:
            change_run(db, run_id, state="writing")
            total = holding.counts(db, run_id)["people"]
        for _ in write(sync, run_id, total, recheck=recheck):
            if looks and inbox.look():
                plan(sync, run_id, waits)
                _guard(sync, run_id)
        went = carry_out(sync, run_id)
        moves -= bool(went)
        if not (looks and inbox.look()) and (not went or moves < 0):
            return
        plan(sync, run_id, waits)
        _guard(sync, run_id)


def approve(sync: Sync, run_id: int, who: str, chosen: Chosen = ALL) -> RunRow:
    """A person's yes, and at once the writing of exactly what the plan shows, less the people who moved since."""
    say_yes(sync.engine, run_id, who, sync.now(), chosen)
    run_once(sync, "yes")
    with reading(sync.engine).begin() as db:
        return run(db, run_id)


def noting(sync: Sync, row: ConnectionRow, run_id: int, work: Callable[[], RunRow]) -> RunRow:
    """Do a run's work while its progress is kept for the pages, and note what stopped it."""
    inner = sync.progress
    sync.progress = _kept(sync, run_id)
    try:
        with bound_contextvars(connection=sync.connection_id, run=run_id):
            done = work()
    except LeaseLost:
        raise  # somebody else runs this connection by now, and finds this run interrupted
    except ListloopError as error:
        _failed(sync, run_id, error)
        keep(sync)
        raise
    else:
        if row.paused:
            _go_on(sync)
        keep(sync)
        return done
    finally:
        sync.progress = inner


def _go_on(sync: Sync) -> None:
    """A connection that an error had paused goes on once a run succeeds; one that a person paused stays so."""
    with sync.engine.begin() as db:
        row = connection(db, sync.connection_id)
        failed = next(iter(runs_in(db, sync.connection_id, ("failed",))), None) if row.paused else None
        if failed is not None and failed.problem == row.paused:
            resume(db, sync.connection_id)


def _finish(sync: Sync, run_id: int) -> RunRow:
    with sync.engine.begin() as db:
        counted = holding.counts(db, run_id)
        save_counts(db, run_id, counted)
        state = "waiting" if counted["held"] else "done"
        values = {"wait": _why(db, sync)} if counted["held"] and not run(db, run_id).wait else {}
        change_run(db, run_id, state=state, finished_at=sync.now(), **values)
        done = run(db, run_id)
        tell_others(db, sync.connection_id, done.started_at)
        return done


def _why(db: Connection, sync: Sync) -> str:
    """Why a whole plan waits."""
    return RESTORED if connection(db, sync.connection_id).approved_rules == RESTORED_RULES else FIRST


def _guard(sync: Sync, run_id: int) -> None:
    """Hold the destructive kinds that are too many, and say so on the run."""
    with sync.engine.begin() as db:
        planned = holding.count_kinds(db, run_id)
        if not planned:
            return
        holds = guard(
            planned,
            holding.count_written(db, sync.connection_id, sync.now() - timedelta(hours=24)),
            count_links(db, sync.connection_id),
            sync.rules,
        )
        if not holds:
            return
        holding.hold_kinds(db, run_id, [one.kind for one in holds])
        wait = "; ".join(one.reason for one in holds)
        told = run(db, run_id).wait == wait
        change_run(db, run_id, wait=wait)
        waiting = select(decisions.c.person_id).where(decisions.c.run_id == run_id, decisions.c.held.is_(True))
        db.execute(update(people).where(people.c.id.in_(waiting)).values(rule=Rule.HELD))
    if not told:
        sync.announce(wait)


def _supersede(db: Connection, sync: Sync, waiting: list[RunRow]) -> None:
    """A newer plan takes the place of those that wait: their people are decided anew."""
    mark_dirty(db, plan_store.leave_runs(db, [one.id for one in waiting]))
    for one in waiting:
        written = one.counts.get("crm_done", 0) + one.counts.get("mailchimp_done", 0)
        change_run(db, one.id, state="done" if written else "dropped", finished_at=sync.now(), wait="")


def _failed(sync: Sync, run_id: int, error: ListloopError) -> None:
    with sync.engine.begin() as db:
        mark_dirty(db, plan_store.leave_runs(db, [run_id]))
        save_counts(db, run_id, holding.counts(db, run_id))
        change_run(db, run_id, state="failed", finished_at=sync.now(), problem=error.problem, fix=error.fix)
        if isinstance(error, NeedsAttention):
            pause(db, sync.connection_id, error.problem, error.fix)


def _kept(sync: Sync, run_id: int) -> Progress:
    """Keep the progress for the pages once a second: a run that is over sooner has nothing to show."""
    inner, kept, at = sync.progress, sync.now(), store_runs.Progress()

    def progress(stage: str, done: int, of: int | None, note: str) -> None:
        nonlocal kept, at
        at = at.then(stage, done, of, note, sync.now())
        if sync.now() - kept >= SECOND:
            kept = sync.now()
            with sync.engine.begin() as db:
                save_progress(db, run_id, at)
        inner(stage, done, of, note)

    return progress
