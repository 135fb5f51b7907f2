"""``./run bench``: first sync, runs without changes, a few changes among many, an audit: requests, CPU and memory.

Each part runs in a process of its own against the sandbox in another, so that peak memory and CPU are Listloop's alone.
Requests are what the sandbox's journal counted; the bar is what the design allows. CPU is told twice: of everything,
and of the main thread alone, which leaves out what the calls to single members cost in the threads that make them.
With ``--rehearse`` a rehearsal of two exports is measured instead, as the command with ``--json`` does it; with
``--sandbox`` the Mailchimp sandbox alone; with ``--webhooks`` the answers to webhook deliveries.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import httpx2
import msgspec
from cyclopts import Parameter
from sqlalchemy import func, select

from listloop.cli.console import OK, err, out, print_json, table
from listloop.cli.measure import peak_mb
from listloop.cli.sandbox import KEY
from listloop.cli.standin import running_sandbox
from listloop.core.people import Consent, Patch, Record, SideName
from listloop.core.plan import Action
from listloop.core.side import Change
from listloop.mailchimp.audience import MailchimpAudience
from listloop.settings import Settings
from listloop.store.database import reading
from listloop.store.records import count_here
from listloop.store.tables import decisions
from listloop.sync.context import Scope, Sync
from listloop.sync.run import approve, run_once
from listloop.wiring import Listloop, open_listloop

#: How many people are changed on each side for the last part.
FEW = 100

#: The second run reads back what the first one wrote; the others find the sandbox an hour later.
PARTS = ("first sync", "own echo", "no change", "few changes", "audit")
REHEARSAL = "rehearsal"


def bench(
    *,
    people: Annotated[int, Parameter(help="People in the CRM; three quarters as many are in the audience.")] = 10_000,
    rehearse: Annotated[
        int, Parameter(help="Rehearse with exports of so many people each instead, half of them the same.")
    ] = 0,
    sandbox: Annotated[int, Parameter(help="Measure the Mailchimp sandbox alone instead, with so many members.")] = 0,
    webhooks: Annotated[
        bool, Parameter(negative=(), help="Measure the answers to webhook deliveries during a first sync instead.")
    ] = False,
    seed: Annotated[int, Parameter(help="The same seed makes the same people.")] = 7,
    json: Annotated[bool, Parameter(negative=(), help="Print JSON, for scripts.")] = False,
    part: Annotated[str, Parameter(show=False)] = "",
    database: Annotated[str, Parameter(show=False)] = "",
) -> int:
    """Measure a first sync, a run without changes, one with a few changes, and an audit; or what an option names."""
    if part:
        print_json(_measure_rehearsal(Path(database)) if part == REHEARSAL else _measure(part, database))
        return OK
    if rehearse:
        return _rehearsal(rehearse, seed, json=json)
    if sandbox:
        return _sandbox(sandbox, seed, json=json)
    if webhooks:
        return _webhooks(people, seed, json=json)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="listloop-bench-") as folder, running_sandbox(seed) as mailchimp:
        path = str(Path(folder) / "bench.sqlite")
        with _opened(path) as listloop:
            _furnish(listloop, mailchimp, people, seed)
        for name in PARTS:
            err.print(f"{name} …")
            _prepare(name, path, mailchimp)
            httpx2.delete(f"{mailchimp}/_sandbox/journal").raise_for_status()
            row = _apart(name, path)
            journal = httpx2.get(f"{mailchimp}/_sandbox/journal?last=0").raise_for_status().json()
            by_method = journal["by_method"]
            rows.append({**row, "requests": journal["total"], "at_once": journal["highest"], "by_method": by_method})
    if json:
        print_json({"people": people, "parts": rows})
    else:
        _print(rows, people)
    return OK


def _furnish(listloop: Listloop, mailchimp: str, people: int, seed: int) -> None:
    """Fill both sides part by part, and connect them: no more than one part is in memory."""
    from listloop.crm.local import LocalCrm  # noqa: PLC0415 - nor is the making of people a part of a run
    from listloop.crm.local.fill import fill  # noqa: PLC0415
    from listloop.testing.world import worlds  # noqa: PLC0415

    crm = listloop.crm("local", {})
    for number, part in enumerate(worlds(people, seed)):
        err.print(f"making people from {number * 20_000 + 1:,} on …")
        if isinstance(crm, LocalCrm):
            fill(crm.place, part, listloop.now())
        httpx2.post(f"{mailchimp}/_sandbox/seed", json=part.seed_sandbox(), timeout=600).raise_for_status()
    audience = listloop.audiences(KEY, f"{mailchimp}/3.0")[0]
    listloop.connect(
        name="Bench",
        crm="local",
        crm_settings={},
        api_key=KEY,
        audience=audience.id,
        base_url=f"{mailchimp}/3.0",
        consent=Consent.SUBSCRIBED,
    )


@contextmanager
def _opened(database: str) -> Iterator[Listloop]:
    listloop = open_listloop(Settings(database=database))
    try:
        yield listloop
    finally:
        listloop.close()


def _prepare(part: str, database: str, sandbox: str) -> None:
    """What happens outside before a part; nothing of it is measured."""
    if part in ("first sync", "own echo"):
        return
    with _opened(database) as listloop, listloop.sync(listloop.connection().id) as sync:
        if part == "no change":  # a reading overlaps the one before by minutes, which still were the first sync's
            _an_hour_later(sandbox)
            run_once(sync, "bench")
        if part == "audit":  # else it begins with what the few changes left to be read
            run_once(sync, "bench")
        _an_hour_later(sandbox)
        if part == "few changes":
            _change_few(sync)


def _an_hour_later(sandbox: str) -> None:
    httpx2.post(f"{sandbox}/_sandbox/clock", json={"step": 3600}).raise_for_status()


def _apart(name: str, database: str) -> dict[str, Any]:
    """Run one part in a process of its own."""
    command = [sys.executable, "-m", "listloop.cli", "bench", "--part", name, "--database", database, "--json"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own command
    measured: dict[str, Any] = msgspec.json.decode(done.stdout)
    return measured


def _rehearsal(people: int, seed: int, *, json: bool) -> int:
    from listloop.testing.world_exports import write_exports  # noqa: PLC0415 - nor is the making of the files

    with tempfile.TemporaryDirectory(prefix="listloop-bench-") as folder:
        write_exports(Path(folder), people, seed)
        row = _apart(REHEARSAL, folder)
    if json:
        print_json({"people": people, **row})
        return OK
    shown = table("part", "#people", "#CPU s", "#s", "#peak MB", "#µs each")
    each = row["cpu"] * 1e6 / max(row["population"], 1)
    used = (f"{row['cpu']:.1f}", f"{row['seconds']:.1f}", str(row["peak_mb"]), f"{each:.0f}")
    shown.add_row(REHEARSAL, f"{row['population']:,}", *used)
    out.print(f"two exports of {people:,} people each")
    out.print(shown)
    return OK


def _sandbox(people: int, seed: int, *, json: bool) -> int:
    from listloop.cli.bench_sandbox import measure_sandbox, print_sandbox  # noqa: PLC0415 - only this part needs it

    rows = measure_sandbox(people, seed)
    if json:
        print_json({"people": people, "rows": rows})
    else:
        print_sandbox(rows, people)
    return OK


def _webhooks(people: int, seed: int, *, json: bool) -> int:
    from listloop.cli.bench_webhooks import measure_webhooks, print_webhooks  # noqa: PLC0415 - only this part needs it

    rows = measure_webhooks(people, seed)
    if json:
        print_json({"people": people, "rows": rows})
    else:
        print_webhooks(rows, people)
    return OK


def _measure_rehearsal(folder: Path) -> dict[str, Any]:
    """Rehearse the exports in a folder with everybody listed; CPU is that of the whole command."""
    from listloop.cli.rehearse import rehearse as rehearse_files  # noqa: PLC0415 - only this part needs it

    began, listed = time.monotonic(), folder / "rehearsal.json"
    with listed.open("w", encoding="utf-8") as file, redirect_stdout(file):
        rehearse_files(crm=folder / "people.csv", audience=folder / "audience.zip", json=True)
    with listed.open("rb") as start:
        population = re.search(rb'"population":(\d+)', start.read(100))
    told = {"population": int(population[1]) if population else 0}
    took = {"cpu": round(time.process_time(), 2), "seconds": round(time.monotonic() - began, 2)}
    return {"part": REHEARSAL, **told, **took, "peak_mb": peak_mb()}


def _measure(part: str, database: str) -> dict[str, Any]:
    with _opened(database) as listloop, listloop.sync(listloop.connection().id) as sync:
        began, cpu, main = time.monotonic(), time.process_time(), time.thread_time()
        whole = part == "audit"
        done = run_once(sync, "bench", Scope(full=whole, sweep=whole, audit=whole))
        if done.state == "waiting":
            done = approve(sync, done.id, "bench")
        took = time.monotonic() - began
        cpu, main = time.process_time() - cpu, time.thread_time() - main
        peak = peak_mb()
        floor = _floor(sync, done.id)
        return {
            "part": part,
            "bar": _bar(part, floor, done.counts.get("mailchimp_done", 0)),
            "floor": floor,
            "cpu": round(cpu, 2),
            "cpu_main": round(main, 2),
            "seconds": round(took, 2),
            "peak_mb": peak,
            "crm_writes": done.counts.get("crm_done", 0),
            "mailchimp_writes": done.counts.get("mailchimp_done", 0),
        }


def _bar(part: str, floor: int, changed: int) -> int:
    """The most requests that a part may take. An audit reads all members, and what every run reads besides."""
    if part == "first sync":
        return int(1.15 * floor)
    return 5 + (floor if part == "audit" else changed)


def _floor(sync: Sync, run_id: int) -> int:
    """The fewest requests that could do it: ⌈N/1000⌉ reads, ⌈new/500⌉ bulk creates, ⌈opt-outs/500⌉, one per change."""
    wrote = select(decisions.c.action, decisions.c.first, func.count(decisions.c.person_id.distinct())).where(
        decisions.c.run_id == run_id, decisions.c.mailchimp_state == "done"
    )
    created, lowered, changed = 0, 0, 0
    with reading(sync.engine).begin() as db:
        members = count_here(db, sync.connection_id, SideName.MAILCHIMP)
        for action, first, count in db.execute(wrote.group_by(decisions.c.action, decisions.c.first)):
            if first:
                lowered += count
            elif action == Action.NEW_MAILCHIMP:
                created += count
            else:
                changed += count
    return -(-(members - created) // 1000) + -(-created // 500) + -(-lowered // 500) + changed


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
    columns = ("#requests", "#bar", "GET", "POST", "PATCH", "#at once", "#to CRM", "#CPU s", "#main", "#s", "#peak MB")
    shown = table("part", *columns)
    for row in rows:
        methods = (f"{row['by_method'].get(name, 0):,}" for name in ("GET", "POST", "PATCH"))
        counted = (f"{row[name]:,}" for name in ("at_once", "crm_writes"))
        used = (f"{row['cpu']:.2f}", f"{row['cpu_main']:.2f}", f"{row['seconds']:.1f}", str(row["peak_mb"]))
        shown.add_row(row["part"], f"{row['requests']:,}", f"{row['bar']:,}", *methods, *counted, *used)
    out.print(f"{people:,} people in the CRM")
    out.print(shown)
