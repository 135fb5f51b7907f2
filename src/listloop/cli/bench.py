"""``./run bench``: first sync, a run without changes, and a few changes among many, in requests, CPU and memory.

Each part runs in a process of its own against the sandbox in another, so that peak memory and CPU are Listloop's alone.
Requests are what the sandbox's journal counted; the floor is what nobody could do with less.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import httpx2
import msgspec
from cyclopts import Parameter

from listloop.cli.console import OK, err, out, print_json, table
from listloop.cli.demo import furnish
from listloop.cli.standin import running_sandbox
from listloop.core.people import Patch, Record
from listloop.core.side import Change
from listloop.mailchimp.audience import MailchimpAudience
from listloop.settings import Settings
from listloop.sync.context import Sync
from listloop.sync.run import approve, run_once
from listloop.wiring import open_listloop

#: How many people are changed on each side for the last part.
FEW = 100

PARTS = ("first sync", "no change", "few changes")


def bench(
    *,
    people: Annotated[int, Parameter(help="People in the CRM; three quarters as many are in the audience.")] = 10_000,
    seed: Annotated[int, Parameter(help="The same seed makes the same people.")] = 7,
    json: Annotated[bool, Parameter(negative=(), help="Print JSON, for scripts.")] = False,
    part: Annotated[str, Parameter(show=False)] = "",
    database: Annotated[str, Parameter(show=False)] = "",
) -> int:
    """Measure a first sync, a run without changes, and a run with a few changes."""
    if part:
        print_json(_measure(part, database))
        return OK
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="listloop-bench-") as folder, running_sandbox(seed) as sandbox:
        path = str(Path(folder) / "bench.sqlite")
        listloop = open_listloop(Settings(database=path))
        try:
            furnish(listloop, sandbox, people, seed, quiet=True)
        finally:
            listloop.close()
        for name in PARTS:
            err.print(f"{name} …")
            httpx2.delete(f"{sandbox}/_sandbox/journal").raise_for_status()
            row = _apart(name, path)
            journal = httpx2.get(f"{sandbox}/_sandbox/journal?last=0").raise_for_status().json()
            rows.append({"part": name, **row, "requests": journal["total"], "at once": journal["highest"]})
    if json:
        print_json({"people": people, "parts": rows})
    else:
        _print(rows, people)
    return OK


def _apart(name: str, database: str) -> dict[str, Any]:
    """Run one part in a process of its own."""
    command = [sys.executable, "-m", "listloop.cli", "bench", "--part", name, "--database", database, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    measured: dict[str, Any] = msgspec.json.decode(done.stdout)
    return measured


def _measure(part: str, database: str) -> dict[str, Any]:
    listloop = open_listloop(Settings(database=database))
    try:
        row = listloop.connection()
        with listloop.sync(row.id) as sync:
            if part == "few changes":
                _change_few(sync)
            began, cpu = time.monotonic(), time.process_time()
            done = run_once(sync, "bench")
            if done.state == "waiting":
                done = approve(sync, done.id, "bench")
            cpu, took = time.process_time() - cpu, time.monotonic() - began
            written = {side: done.counts.get(f"{side}_done", 0) for side in ("crm", "mailchimp")}
            return {
                "cpu": round(cpu, 2),
                "seconds": round(took, 2),
                "peak_mb": _peak_mb(),
                "crm_writes": written["crm"],
                "mailchimp_writes": written["mailchimp"],
                "floor": _floor(sync, done.counts) if part == "first sync" else None,
            }
    finally:
        listloop.close()


def _peak_mb() -> int | None:
    """The most memory that this process ever had, in MB; None where the system does not tell."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024)


def _floor(sync: Sync, counts: dict[str, int]) -> int:
    """The fewest requests of a first sync: ⌈N/1000⌉ reads, ⌈new/500⌉ bulk creates, one for each changed member."""
    members = sum(1 for _ in sync.audience.keys())  # noqa: SIM118 - a call to the outside, not a dict
    created = counts.get("new_mailchimp", 0)
    changed = counts.get("mailchimp_done", 0) - created
    return -(-(members - created) // 1000) + -(-created // 500) + changed


def _change_few(sync: Sync) -> None:
    """Let people change on both sides, as their users would."""
    crm: list[Record] = []
    for page in sync.crm.changes(None):
        crm += [one for one in page.records if one.mailchimp_id and one.takes_part]
        if len(crm) >= 3 * FEW:
            break
    field = next(row for row in sync.rules.rows or [] if row.crm.name == "city")
    list(sync.crm.write([Change(one.key, one.key, Patch(fields={field.crm.name: "Reykjavík"})) for one in crm[:FEW]]))
    if isinstance(sync.audience, MailchimpAudience):
        ids = [one.mailchimp_id for one in crm[FEW : 2 * FEW]]
        changes = [Change(one, one, Patch(fields={field.mailchimp.name: "Tórshavn"})) for one in ids]
        list(sync.audience.write(changes))


def _print(rows: list[dict[str, Any]], people: int) -> None:
    shown = table("part", "#requests", "#floor", "#at once", "#to Mailchimp", "#to CRM", "#CPU s", "#s", "#peak MB")
    for row in rows:
        floor = "" if row["floor"] is None else f"{row['floor']:,}"
        shown.add_row(
            row["part"],
            f"{row['requests']:,}",
            floor,
            str(row["at once"]),
            f"{row['mailchimp_writes']:,}",
            f"{row['crm_writes']:,}",
            f"{row['cpu']:.2f}",
            f"{row['seconds']:.1f}",
            str(row["peak_mb"]),
        )
    out.print(f"{people:,} people in the CRM")
    out.print(shown)
