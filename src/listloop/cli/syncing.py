"""``listloop preview`` and ``listloop sync``."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import (
    FAILED,
    OK,
    WAITS,
    me,
    out,
    print_json,
    print_plan,
    print_run,
    progress_bar,
    standings_line,
)
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.plan import plan_people, print_plan_people
from listloop.cli.turn import at_work
from listloop.core.people import SideName
from listloop.store.database import reading
from listloop.store.people import standings
from listloop.sync.context import Scope
from listloop.sync.marks import leave_mark
from listloop.sync.restored import believe
from listloop.sync.run import approve, run_once


def preview(
    *,
    people: Annotated[int, Parameter(validator=Number(gte=0), help="How many people to list with their changes.")] = 10,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show exactly what the next run would write, and why, without writing anything."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as sync, progress_bar() as sync.progress:
            made = run_once(sync, "preview", hold=True)
        if json:
            plan_people(listloop.engine, row.id, made.id)
        else:
            print_plan(made.counts, f"What the next run of “{row.name}” would do")
            print_plan_people(listloop.engine, row.id, made.id, people)
            with reading(listloop.engine).begin() as db:
                out.print(standings_line(standings(db, row.id)))
            if made.state == "waiting":
                out.print("→ Say yes with “listloop sync --yes”.")
    return OK


def sync(
    *,
    yes: Annotated[bool, Parameter(negative=(), help="Say yes to a plan that waits, or to the first one.")] = False,
    full: Annotated[bool, Parameter(negative=(), help="Read everybody, not just what changed.")] = False,
    believe_empty: Annotated[bool, Parameter(negative=(), help="A side that reads almost empty is meant so.")] = False,
    believe_older: Annotated[
        SideName | None, Parameter(help="This side was put back from a backup: take what it shows; the plan waits.")
    ] = None,
    share_audience: Annotated[
        bool, Parameter(negative=(), help="Another Listloop keeps this audience in step, and both are meant.")
    ] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Run once: read both sides, decide, write, remember. The first plan waits for your yes."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if believe_older is not None:
            believe(listloop.engine, row.id, believe_older, listloop.now())
        scope = Scope(full=full, sweep=full, believe_empty=believe_empty)
        with at_work(listloop, row.id) as work, progress_bar() as work.progress:
            if share_audience:
                leave_mark(work)
            done = run_once(work, "command", scope)
            if yes and done.state == "waiting":
                done = approve(work, done.id, me())
        with reading(listloop.engine).begin() as db:
            counts = standings(db, row.id)
    if json:
        print_json({"run": done.number, "state": done.state, "counts": done.counts, "standings": counts})
    else:
        print_run(done)
        out.print(standings_line(counts))
    return WAITS if done.state == "waiting" else (FAILED if done.state == "failed" else OK)
