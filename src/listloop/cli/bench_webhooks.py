"""``./run bench --webhooks``: how long a delivery of Mailchimp waits for its answer, at rest and during a first sync.

The service is a process of its own on a SQLite file, as ``listloop serve`` starts it; the deliveries are signed, come
over HTTP, and each names another person. One client sends them, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
from sqlalchemy import func, select

from listloop.cli.console import out, table
from listloop.cli.demo import furnish
from listloop.cli.demo_crms import local
from listloop.cli.standin import running_sandbox
from listloop.core.errors import TryLater
from listloop.mailchimp.webhooks import SIGNATURE, Webhooks
from listloop.sandbox.mailchimp.webhooks import signature
from listloop.service.serve import listen
from listloop.settings import Settings
from listloop.store import schedule
from listloop.store import webhooks as store
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.runs import runs_in
from listloop.store.tables import runs
from listloop.sync.approval import say_yes
from listloop.testing.world import world
from listloop.wiring import Listloop, open_listloop

#: Deliveries while nothing else happens.
AT_REST = 300

#: Seconds between two deliveries, and for which anything is waited for.
PAUSE, PATIENCE = 0.02, 600.0

WHO = "bench"


@dataclass(frozen=True, slots=True)
class Sender:
    """Mailchimp, as far as this measures it: sends deliveries and notes how long each answer took."""

    client: httpx2.Client
    url: str
    secret: str
    audience: str
    number: Iterator[int]

    def send(self) -> float:
        """One delivery; the seconds until its answer. Raises where it is not taken."""
        email = f"someone{next(self.number)}@delivery.example"
        body = urlencode({"type": "profile", "data[list_id]": self.audience, "data[email]": email}).encode()
        signed = {SIGNATURE: signature(self.secret, body, int(time.time()))}
        began = time.perf_counter()
        self.client.post(self.url, content=body, headers=signed).raise_for_status()
        return time.perf_counter() - began


def measure_webhooks(people: int, seed: int) -> list[dict[str, Any]]:
    """Rows of ``when``, how many ``deliveries`` there were, and ``median``, ``p95`` and ``slowest`` in milliseconds."""
    with (
        tempfile.TemporaryDirectory(prefix="listloop-bench-") as folder,
        running_sandbox(seed) as mailchimp,
        closing(open_listloop(Settings(database=str(Path(folder) / "bench.sqlite")))) as listloop,
    ):
        made = world(people, seed)
        with local(listloop, made, seed) as shown:
            row = furnish(listloop, mailchimp, made, shown, quiet=True)
        schedule.set_rhythm(listloop.engine, row.id, None, listloop.now())
        with _service(listloop.settings.database), httpx2.Client(timeout=PATIENCE) as client:
            sender = _sender(listloop, row, client)
            deciding = _during_a_run(listloop, row, sender)
            rest = [sender.send() for _ in range(AT_REST)]  # the plan waits: nothing is read or written
            with reading(listloop.engine).begin() as db:
                (first,) = runs_in(db, row.id, ("waiting",))
            say_yes(listloop.engine, first.id, WHO, listloop.now())
            writing = _during_a_run(listloop, row, sender)
    return [_row("reading and deciding", deciding), _row("at rest", rest), _row("writing", writing)]


@contextmanager
def _service(database: str) -> Iterator[None]:
    """``listloop serve`` on this file, with an address for webhooks."""
    with listen(port=0) as probe:
        port = str(probe.getsockname()[1])
    address = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "LISTLOOP_WEBHOOK_URL": address, "LISTLOOP_TICK": "1"}
    command = [sys.executable, "-m", "listloop.cli", "serve", "--port", port, "--database", database]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            yield
        finally:
            process.terminate()


def _sender(listloop: Listloop, row: ConnectionRow, client: httpx2.Client) -> Sender:
    """Deliveries as those of the webhook that the service makes when it starts."""
    until = time.monotonic() + PATIENCE
    while True:
        with reading(listloop.engine).begin() as db:
            made = [one for one in store.webhooks_of(db, row.id) if one.mailchimp_id]
        if made:
            break
        if time.monotonic() > until:
            raise TryLater("The service made no webhook.", "Start “listloop serve” alone to see why.")
        time.sleep(0.1)
    with listloop.client_of(row) as mailchimp:
        (hook,) = Webhooks(mailchimp, row.audience).there()
    secret = listloop.secrets.get(store.secret_name(row.id, made[0].id))
    return Sender(client, hook.url, secret, row.audience, count())


def _during_a_run(listloop: Listloop, row: ConnectionRow, sender: Sender) -> list[float]:
    begun = listloop.now()
    schedule.ask(listloop.engine, row.id, WHO, begun)
    ended = select(func.max(runs.c.finished_at)).where(runs.c.connection_id == row.id, runs.c.finished_at > begun)
    took = []
    while True:
        took.append(sender.send())
        time.sleep(PAUSE)
        with reading(listloop.engine).begin() as db:
            if db.scalar(ended) is not None:
                return took


def _row(when: str, took: list[float]) -> dict[str, Any]:
    some = sorted(1000 * one for one in took)
    at = {"median": some[len(some) // 2], "p95": some[int(len(some) * 0.95)], "slowest": some[-1]}
    return {"when": when, "deliveries": len(some), **{name: round(value, 1) for name, value in at.items()}}


def print_webhooks(rows: list[dict[str, Any]], people: int) -> None:
    """For people."""
    shown = table("", "#deliveries", "#median ms", "#95 % ms", "#slowest ms")
    for row in rows:
        shown.add_row(
            row["when"], f"{row['deliveries']:,}", *(f"{row[one]:.0f}" for one in ("median", "p95", "slowest"))
        )
    out.print(f"answers to deliveries, a first sync of {people:,} people in the same process")
    out.print(shown)
