"""``listloop status``: where everybody stands, connection by connection."""

from __future__ import annotations

from listloop.cli.console import OK, out, print_json, standings_line
from listloop.cli.options import Database, Json, opened
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.people import standings
from listloop.store.questions import sums
from listloop.store.runs import RunRow, latest_runs


def status(*, json: Json = False, database: Database = None) -> int:
    """Show every connection: where its people stand, its last run, and what needs you."""
    with opened(database) as listloop:
        rows = []
        for row in listloop.connections():
            with reading(listloop.engine).begin() as db:
                asked = sum(one.number for one in sums(db, row.id))
                rows.append((row, standings(db, row.id), latest_runs(db, row.id, 1), asked))
    if json:
        print_json([_entry(*one) for one in rows])
        return OK
    if not rows:
        out.print("There is no connection yet.\n→ Make one with “listloop connect”, or try “./run demo”.")
    for row, counts, last, asked in rows:
        out.print(f"{row.id}. {row.name}", style="bold")
        out.print(f"   {standings_line(counts)}")
        for run in last:
            out.print(f"   last run {run.number}: {run.state}, {run.started_at:%Y-%m-%d %H:%M} UTC")
            if run.wait:
                out.print(f"   waits for your yes: {run.wait}\n   → “listloop sync --yes”")
        if asked:
            waiting = "1 question waits" if asked == 1 else f"{asked:,} questions wait"
            out.print(f"   {waiting} for an answer\n   → “listloop questions”")
        if row.paused:
            out.print(f"   paused: {row.paused}\n   → {row.paused_fix}")
        elif row.next_run:
            out.print(f"   next run of the service {row.next_run:%Y-%m-%d %H:%M} UTC, {row.rhythm}")
        else:
            out.print("   runs only when asked")
    return OK


def _entry(row: ConnectionRow, counts: dict[str, int], last: list[RunRow], asked: int) -> dict[str, object]:
    return {
        "connection": row.id,
        "name": row.name,
        "standings": counts,
        "population": sum(counts.values()),
        "questions": asked,
        "paused": row.paused or None,
        "next_run": row.next_run,
        "last_run": {"run": last[0].number, "state": last[0].state, "wait": last[0].wait or None} if last else None,
    }
