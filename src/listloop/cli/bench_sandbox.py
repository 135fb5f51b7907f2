"""``./run bench --sandbox N``: the Mailchimp sandbox alone, with so many members, over HTTP as a client meets it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2

from listloop.cli.console import err, out, table
from listloop.cli.measure import cpu_of, peak_mb
from listloop.cli.sandbox import KEY
from listloop.cli.standin import sandbox_process

#: How often each request is timed; the middle one counts.
TIMES = 7

#: What a client asks for that keeps a copy of the audience.
FIELDS = "total_items," + ",".join(
    f"members.{name}"
    for name in ("id", "contact_id", "email_address", "status", "merge_fields", "tags", "last_changed")
)
PAGES: dict[str, dict[str, str]] = {
    "page of 1,000, all fields": {},
    "page of 1,000, chosen fields, by status": {"status": "subscribed", "fields": FIELDS},
    "page of 1,000, chosen fields, by last change": {"since_last_changed": "2024-06-01T00:00:00Z", "fields": FIELDS},
    "page of 1,000, chosen fields, by opt-in": {"since_timestamp_opt": "2022-06-01T00:00:00Z", "fields": FIELDS},
    "page of 1,000, chosen fields, HTML readers": {"email_type": "html", "fields": FIELDS},
}
NINE_DAYS = 9 * 86_400


@dataclass(frozen=True, slots=True)
class Bench:
    """A sandbox that runs, and what was measured: rows of ``what``, ``value``, ``unit``, ``cpu`` (in seconds)."""

    client: httpx2.Client
    address: str
    pid: int
    rows: list[dict[str, Any]]

    def note(self, what: str, value: float, unit: str, cpu: float | None = None) -> None:
        err.print(f"{what}: {value:,.0f} {unit}")
        self.rows.append({"what": what, "value": round(value, 2), "unit": unit, "cpu": cpu})

    def timed(self, what: str, ask: Callable[[], httpx2.Response]) -> None:
        """The middle of some, in milliseconds; CPU is that of one."""
        took, before = [], cpu_of(self.pid)
        for _ in range(TIMES):
            began = time.perf_counter()
            ask().raise_for_status()
            took.append(time.perf_counter() - began)
        self.note(what, 1000 * statistics.median(took), "ms", _since(before, self.pid, TIMES))

    def moving(self, what: str, root: str, seconds: int) -> None:
        """Moves the clock, and asks for a page of ten members all the while."""
        began, longest, before = time.monotonic(), 0.0, cpu_of(self.pid)
        with ThreadPoolExecutor(1) as threads:
            moved = threads.submit(httpx2.post, f"{self.address}/_sandbox/clock", json={"step": seconds}, timeout=3600)
            while not moved.done():
                asked = time.perf_counter()
                self.client.get(f"/lists/{root}/members").raise_for_status()
                longest = max(longest, time.perf_counter() - asked)
            moved.result().raise_for_status()
        self.note(what, time.monotonic() - began, "s", _since(before, self.pid))
        self.note(f"{what}: longest wait of another request", 1000 * longest, "ms")


def measure_sandbox(people: int, seed: int) -> list[dict[str, Any]]:
    """Start, memory, pages, a bulk write, a campaign and what follows it."""
    began = time.monotonic()
    words = ("--people", str(people), "--clock", "2026-11-21T12:00")
    with (
        sandbox_process(seed, *words, patience=3600) as (address, pid),
        httpx2.Client(base_url=f"{address}/3.0", auth=("any", KEY), timeout=3600) as client,
    ):
        bench = Bench(client, address, pid, [])
        bench.note("start", time.monotonic() - began, "s", cpu_of(pid))
        bench.note("memory after the start, the most there was", peak_mb(pid) or 0, "MB")
        root = client.get("/lists").raise_for_status().json()["lists"][0]["id"]
        for what, params in PAGES.items():
            wanted = {"count": "1000", "offset": str(people // 3), **params}
            bench.timed(what, partial(client.get, f"/lists/{root}/members", params=wanted))
        numbers = iter(range(TIMES))
        bench.timed("bulk write of 500 new", lambda: client.post(f"/lists/{root}", json=_bulk(next(numbers))))
        campaign = _campaign(client, root)
        bench.moving("a campaign to all", root, 3)
        bench.moving("nine days after it", root, NINE_DAYS)
        bench.timed("its report", partial(client.get, f"/reports/{campaign}"))
        bench.note("memory at the end, the most there was", peak_mb(pid) or 0, "MB")
        return bench.rows


def print_sandbox(rows: list[dict[str, Any]], people: int) -> None:
    shown = table("what", "#", "#CPU s")
    for row in rows:
        digits = 1 if row["value"] < 100 else 0
        cpu = "" if row["cpu"] is None else f"{row['cpu']:.3f}"
        shown.add_row(row["what"], f"{row['value']:,.{digits}f} {row['unit']}", cpu)
    out.print(f"the Mailchimp sandbox with {people:,} people")
    out.print(shown)


def _since(before: float | None, pid: int, times: int = 1) -> float | None:
    now = cpu_of(pid)
    return None if before is None or now is None else round((now - before) / times, 4)


def _bulk(number: int) -> dict[str, Any]:
    people = (f"bulk{number}.{place}@newcomers.example" for place in range(500))
    return {"members": [{"email_address": one, "status": "subscribed", "tags": ["Newsletter"]} for one in people]}


def _campaign(client: httpx2.Client, root: str) -> str:
    """A campaign to the whole audience, on its way as soon as the clock moves."""
    settings = {"subject_line": "News", "title": "News", "from_name": "Sandy", "reply_to": "sandy@corp.example"}
    body = {"type": "regular", "recipients": {"list_id": root}, "settings": settings}
    campaign: str = client.post("/campaigns", json=body).raise_for_status().json()["id"]
    html = '<p>Hello *|FNAME|*</p><a href="https://corp.example/a">A</a> <a href="https://corp.example/b">B</a>'
    client.put(f"/campaigns/{campaign}/content", json={"html": html}).raise_for_status()
    client.post(f"/campaigns/{campaign}/actions/send").raise_for_status()
    return campaign
