"""Carry out what people ordered: each becomes a plan like any other, which waits for its yes."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, Patch, SideName
from listloop.core.side import Change
from listloop.store import decisions as plan_store
from listloop.store import holding
from listloop.store.choosing import chosen
from listloop.store.connections import ConnectionRow, connection
from listloop.store.database import reading
from listloop.store.decisions import Hold
from listloop.store.orders import OrderRow, What, change_order, forgotten_since, open_orders
from listloop.store.people import load
from listloop.store.runs import RunRow, change_run, run, save_counts, start_run
from listloop.sync.approval import say_yes
from listloop.sync.context import Scope, Sync
from listloop.sync.ends import check_ends
from listloop.sync.forget import forget
from listloop.sync.reading import ask, read
from listloop.sync.recovery import recover
from listloop.sync.run import noting, run_once
from listloop.sync.undo import concerned, decide_order


def carry_out(sync: Sync) -> list[RunRow]:
    """Carry out every open order of a connection, oldest first; returns their runs. Raises as ``run_once`` does.

    What was under way when a process died is begun anew.
    """
    with reading(sync.engine).begin() as db:
        waiting = open_orders(db, sync.connection_id)
    return [_carry_out(sync, one) for one in waiting]


def _carry_out(sync: Sync, order: OrderRow) -> RunRow:
    if order.what is What.AUDIT:
        done = run_once(sync, order.what, Scope(full=True, sweep=True, audit=True))
        with sync.engine.begin() as db:
            if done.trigger == order.what:  # else a plan that got its yes went first, or the first one still waits
                change_order(db, order.id, run_id=done.id, done_at=sync.now())
        return done
    if order.what is What.FLAG:
        return _flag(sync, order)
    with sync.engine.begin() as db:
        row = connection(db, sync.connection_id)
        run_id = start_run(db, sync.connection_id, order.what, sync.now())
        change_order(db, order.id, run_id=run_id)
    work = _forget if order.what is What.FORGET else _plan
    try:
        made = noting(sync, row, run_id, partial(work, sync, row, run_id, order))
    except RecordRejected as error:  # of one person, who is told on the run; the connection goes on
        with sync.engine.begin() as db:
            change_order(db, order.id, done_at=sync.now(), problem=error.problem)
            return run(db, run_id)
    if order.what is What.RESTORE and made.state == "waiting":
        say_yes(sync.engine, run_id, order.who, sync.now())  # one value, chosen by its sight: that was the yes
        run_once(sync, "yes")
        with reading(sync.engine).begin() as db:
            return run(db, run_id)
    return made


def _plan(sync: Sync, row: ConnectionRow, run_id: int, order: OrderRow) -> RunRow:
    check_ends(sync, row)
    recover(sync, run_id)
    read(sync, run_id, Scope())
    done = 0
    with reading(sync.engine).begin() as db:
        batches = list(concerned(db, sync, order))
    total = sum(len(ids) for ids in batches)
    for ids in batches:
        _read_again(sync, run_id, ids)
        made = decide_order(sync, order, ids)
        with sync.engine.begin() as db:
            sync.fence(db)
            plan_store.save_decisions(db, run_id, made, Hold.ALL)
        done += len(ids)
        sync.progress("decide", done, total, "")
    with sync.engine.begin() as db:
        counted = holding.counts(db, run_id)
        save_counts(db, run_id, counted)
        waits = {"state": "waiting", "wait": _why(db, order)} if counted["held"] else {"state": "done"}
        change_run(db, run_id, finished_at=sync.now(), **waits)
        change_order(db, order.id, done_at=sync.now())
        return run(db, run_id)


def _forget(sync: Sync, row: ConnectionRow, run_id: int, order: OrderRow) -> RunRow:
    check_ends(sync, row)
    recover(sync, run_id)
    return forget(sync, run_id, order)


def _flag(sync: Sync, order: OrderRow) -> RunRow:
    """Set the CRM's flag of the people in question, then run: what follows is decided as after any edit in the CRM."""
    refused: list[str] = []
    done, after = 0, 0
    while True:
        with sync.engine.begin() as db:
            sync.fence(db)
            ids = chosen(db, order.connection_id, order.wish.question, order.wish.people, after, sync.chunk)
            people = load(db, ids)
        if not ids:
            break
        wanted = order.wish.takes_part
        here = [one.crm for one in people if one.crm is not None and not one.crm_gone]
        changes = [Change(one.key, one.key, Patch(takes_part=wanted)) for one in here if one.takes_part is not wanted]
        refused += [outcome.error.problem for outcome in sync.crm.write(changes) if outcome.error]
        done, after = done + len(ids), ids[-1]
        sync.progress("write", done, None, "")
    with sync.engine.begin() as db:
        change_order(db, order.id, done_at=sync.now(), problem="; ".join(refused[:3]))
    return run_once(sync, order.what)


def _why(db: Connection, order: OrderRow) -> str:
    if order.what is What.RESTORE:
        return "A value of the history is put back on both sides."
    why = "What was written is taken back where it is still ours. Nothing is written before your yes."
    since = run(db, order.wish.run_id).started_at if order.wish.run_id else None
    erased = forgotten_since(db, order.connection_id, since) if since else 0
    who = "1 person was" if erased == 1 else f"{erased:,} people were"
    return f"{why} {who} erased for good since then and can't be brought back." if erased else why


def _read_again(sync: Sync, run_id: int, ids: list[int]) -> None:
    """What is taken back is decided on how both sides look now, whatever a stream of changes tells."""
    keys: dict[SideName, list[Key]] = {side: [] for side in SideName}
    with reading(sync.engine).begin() as db:
        for person in load(db, ids):
            for side, record, gone in (
                (SideName.CRM, person.crm, person.crm_gone),
                (SideName.MAILCHIMP, person.mailchimp, person.mailchimp_gone),
            ):
                if record is not None and not gone:
                    keys[side].append(record.key)
    for side in SideName:
        ask(sync, side, run_id, keys[side])
