"""``listloop audit``: both sides read in full and compared with what Listloop believed."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, WAITS, out, print_json, print_run, progress_bar, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.turn import at_work
from listloop.core.drift import CAUSES
from listloop.core.people import SideName
from listloop.store.database import reading
from listloop.store.drifts import Found, count_drifts, drifts_in
from listloop.sync.context import Scope
from listloop.sync.run import run_once

SIDES = {SideName.CRM: "CRM", SideName.MAILCHIMP: "Mailchimp"}


def audit(
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=0), help="How many drifts to list.")] = 20,
    hold: Annotated[bool, Parameter(negative=(), help="Heal nothing yet: the plan waits for your yes.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Read both sides in full, list what had drifted and why, and heal it by the ordinary plan.

    The service does this by itself at night; “listloop schedule audit” says when.
    """
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with at_work(listloop, row.id) as work, progress_bar() as work.progress:
            done = run_once(work, "audit", Scope(full=True, sweep=True, audit=True), hold=hold)
        with reading(listloop.engine).begin() as db:
            counts, found = count_drifts(db, done.id), drifts_in(db, done.id, limit=limit)
    if json:
        drifts = [_entry(one) for one in found]
        print_json({"run": done.number, "state": done.state, "drift": counts, "drifts": drifts, "counts": done.counts})
    else:
        if counts:
            shown = table("#", "what had drifted")
            for cause, count in counts.items():
                shown.add_row(f"{count:,}", CAUSES[cause])
            out.print(shown)
            _print_drifts(found)
        else:
            out.print("Nothing had drifted.")
        print_run(done)
    return WAITS if done.state == "waiting" else OK


def _entry(one: Found) -> dict[str, object]:
    drift = one.drift
    return {
        "who": one.name,
        "side": drift.side,
        "cause": drift.cause,
        "field": drift.field or None,
        "known": drift.known,
        "shows": drift.shows,
    }


def _print_drifts(found: list[Found]) -> None:
    if not found:
        return
    shown = table("who", "where", "field", "we knew", "it shows", "why")
    for one in found:
        drift = one.drift
        shown.add_row(one.name, SIDES[drift.side], drift.field, drift.known, drift.shows, CAUSES[drift.cause])
    out.print(shown)
