"""``listloop schedule``: when the service runs a connection, and whether it does."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.errors import NeedsAttention
from listloop.store import schedule as store
from listloop.store.audit import note
from listloop.store.connections import ConnectionRow, pause, resume
from listloop.store.rhythm import FORMS, Rhythm, parse
from listloop.wiring import Listloop

schedule = App(name="schedule", help="Say when the service runs a connection.", result_action="return_value")

#: What is said where a run that was asked for does not come with the next tick.
WAITS = {
    "paused": "It is paused, and runs when somebody resumes it.",
    "delayed": "A side asked for patience; it runs as soon as that side allows.",
}

Zone = Annotated[str | None, Parameter(help="The time zone of times of day; else the one it has.")]


@schedule.default
def show(*, json: Json = False, database: Database = None) -> int:
    """Show when each connection runs, when it compares both sides in full, and when it reads campaign results."""
    with opened(database) as listloop:
        rows = listloop.connections()
    if json:
        print_json([_entry(row) for row in rows])
        return OK
    shown = table(
        "Connection", "Runs", "Next run (UTC)", "Full comparison", "Next one (UTC)", "Campaign results", "Next (UTC)"
    )
    for row in rows:
        paused = "paused" if row.paused else ""
        runs = str(row.rhythm) if row.next_run else "only when asked"
        audit = str(Rhythm(cron=row.audit, zone=row.rhythm.zone)) if row.audit else "never by itself"
        times = (row.next_run, row.next_audit, row.next_facts)
        run_next, audit_next, results_next = (paused or _moment(one) for one in times)
        results = str(parse(row.facts, row.rhythm.zone)) if row.facts else "only when asked"
        shown.add_row(row.name, runs, run_next, audit, audit_next, results, results_next)
    out.print(shown)
    for row in rows:
        if row.facts_problem:
            out.print(f"{row.name}: the campaign results could not be read. {row.facts_problem}")
    return OK


@schedule.command(name="set")
def set_(
    when: Annotated[str, Parameter(help="15m, 4h, 02:30 every day, a cron line in quotes, or off.")],
    *,
    zone: Zone = None,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Let the service run a connection at these times, from its next tick on."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        rhythm = parse(when, zone or row.rhythm.zone)
        store.set_rhythm(listloop.engine, row.id, rhythm, listloop.now())
        _note(listloop, row, f"set the schedule: {rhythm or 'off'}")
        row = listloop.connection(str(row.id))
    when_next = f", next at {_moment(row.next_run)} UTC" if rhythm else ""
    out.print(f"“{row.name}” runs {rhythm or 'only when asked'}{when_next}.")
    return OK


@schedule.command
def audit(
    when: Annotated[str, Parameter(help="A time of day such as 02:30, a cron line in quotes, or off.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Compare both sides in full at these times, and heal what differs."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        rhythm = parse(when, row.rhythm.zone)
        if rhythm is not None and not rhythm.cron:
            raise NeedsAttention("A full comparison needs a time of day, not an interval.", FORMS, code="schedule")
        store.set_audit(listloop.engine, row.id, rhythm, listloop.now())
        _note(listloop, row, f"set the full comparison: {rhythm or 'off'}")
    out.print(f"Both sides of “{row.name}” are compared in full {rhythm or 'only when asked (listloop sync --full)'}.")
    return OK


@schedule.command
def results(
    when: Annotated[str, Parameter(help="4h, 02:30 every day, a cron line in quotes, off, or now.")],
    *,
    zone: Zone = None,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Read what came of the audience's campaigns at these times, apart from its people; “now”: once, at once."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if when.strip().lower() == "now":
            state = store.ask_facts(listloop.engine, row.id, listloop.now())
            out.print(WAITS.get(state, f"The service reads the campaign results of “{row.name}” with its next tick."))
            return OK
        rhythm = parse(when, zone or row.rhythm.zone)
        store.set_facts(listloop.engine, row.id, rhythm, listloop.now())
        _note(listloop, row, f"set when campaign results are read: {rhythm or 'off'}")
    out.print(
        f"The campaign results of “{row.name}” are read {rhythm or 'only when asked (listloop schedule results now)'}."
    )
    return OK


@schedule.command
def now(*, connection: Named = None, database: Database = None) -> int:
    """Ask the service for a run; it begins with the next tick, within a quarter of a minute."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        state = store.ask(listloop.engine, row.id, "command", listloop.now())
    out.print(
        WAITS.get(state, f"The service runs “{row.name}” with its next tick. Without a service: “listloop sync”.")
    )
    return OK


@schedule.command(name="pause")
def pause_(*, connection: Named = None, database: Database = None) -> int:
    """Read and write nothing any more until somebody resumes; opt-outs wait as well."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            pause(db, row.id, "Paused on the command line.", "Resume it with “listloop schedule resume”.")
        _note(listloop, row, "paused the connection")
    out.print(f"“{row.name}” is paused. Opt-outs do not cross meanwhile: do not mail from the CRM.")
    return OK


@schedule.command(name="resume")
def resume_(*, connection: Named = None, database: Database = None) -> int:
    """Go on after a pause, at once."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            resume(db, row.id)
        store.ask(listloop.engine, row.id, "command", listloop.now())
        _note(listloop, row, "resumed the connection")
    out.print(f"“{row.name}” goes on with the next tick of the service.")
    return OK


def _note(listloop: Listloop, row: ConnectionRow, what: str) -> None:
    with listloop.engine.begin() as db:
        note(db, listloop.now(), me(), what, connection_id=row.id)


def _entry(row: ConnectionRow) -> dict[str, object]:
    return {
        "connection": row.id,
        "name": row.name,
        "every_minutes": None if row.rhythm.cron or row.next_run is None else row.rhythm.minutes,
        "cron": row.rhythm.cron or None,
        "zone": row.rhythm.zone,
        "next_run": row.next_run,
        "audit": row.audit or None,
        "next_audit": row.next_audit,
        "results": row.facts or None,
        "next_results": row.next_facts,
        "results_problem": row.facts_problem or None,
        "paused": row.paused or None,
    }


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{at:%Y-%m-%d %H:%M}"
