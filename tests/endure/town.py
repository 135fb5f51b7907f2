"""Many connections of one Mailchimp account on one database, and the worker processes that keep them in step."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from unittest.mock import patch

from sqlalchemy import func, select, update

from listloop.core.people import Consent
from listloop.crm.local.book import Book
from listloop.crm.local.opening import open_book
from listloop.settings import Settings
from listloop.store.connections import add_connection, change_connection
from listloop.store.people import standings
from listloop.store.tables import connections, runs
from listloop.sync.run import run_once
from listloop.testing.crash.rig import COMMAND, Sandbox
from listloop.wiring import Listloop, key_name, open_listloop, utc_now

KEY = "0123456789abcdef0123456789abcdef-us1"
SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
PATIENCE = 240.0


def wait_until(condition: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait for something that other processes bring about."""
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


@dataclass
class Town:
    """``people`` in each CRM book, as many members in each audience; half of them are the same."""

    sandbox: Sandbox
    url: str
    count: int
    people: int = 4
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def furnish(self, listloop: Listloop) -> None:
        """Make the audiences, the books and the connections; the first one is agreed to, and with it all alike."""
        some = range(self.people)
        lists = [
            {
                "name": f"News {n}",
                "members": [
                    {"email_address": f"p{m + self.people // 2}@shop{n}.example", "status": "subscribed"} for m in some
                ],
            }
            for n in range(self.count)
        ]
        self.sandbox.control("seed", {"lists": lists})
        base = f"{self.sandbox.url}/3.0"
        found = {one.name: one.id for one in listloop.audiences(KEY, base)}
        for n in range(self.count):
            book = Book(open_book(listloop.engine, f"b{n}"), "test")
            for m in some:
                book.add_person({"first_name": f"P{m}", "last_name": f"Shop{n}"}, f"p{m}@shop{n}.example", True)
        first = listloop.connect(
            name="Shop 0",
            crm="local",
            crm_settings={"book": "b0"},
            api_key=KEY,
            audience=found["News 0"],
            base_url=base,
            consent=Consent.SUBSCRIBED,
        )
        for n in range(1, self.count):
            with listloop.engine.begin() as db:
                made = add_connection(
                    db,
                    name=f"Shop {n}",
                    crm="local",
                    crm_settings={"book": f"b{n}"},
                    audience=found[f"News {n}"],
                    base_url=base,
                    rules=first.rules,
                    now=utc_now(),
                )
                change_connection(db, made, account=first.account)
            listloop.secrets.put(key_name(made), KEY, utc_now())
        with listloop.engine.begin() as db:
            for row in listloop.connections():
                change_connection(db, row.id, approved_rules=row.digest)

    def start(self, command: str = "worker", **options: str) -> subprocess.Popen[str]:
        """Start a process of the service; ``options`` are variables of its environment."""
        environment = {
            **os.environ,
            "LISTLOOP_DATABASE": self.url,
            "LISTLOOP_KEY": SECRET,
            "LISTLOOP_TICK": "1",
            "LISTLOOP_THREADS": "4",
            "LISTLOOP_PORT": "0",
            "PYTHONFAULTHANDLER": "1",
            **options,
        }
        process = subprocess.Popen([*COMMAND, command], env=environment, stdout=subprocess.DEVNULL, text=True)
        self.workers.append(process)
        return process

    def stop(self) -> None:
        """End whatever still runs."""
        for process in self.workers:
            process.kill()
            process.wait()

    def all_due(self, listloop: Listloop, now: datetime) -> None:
        """Everybody is due, and then not for a day."""
        with listloop.engine.begin() as db:
            db.execute(update(connections).values(next_run=now, every_minutes=24 * 60))


def done(listloop: Listloop) -> int:
    """How many connections have a finished run."""
    with listloop.engine.connect() as db:
        return int(db.scalar(select(func.count(runs.c.connection_id.distinct())).where(runs.c.state == "done")) or 0)


def overlaps(listloop: Listloop) -> list[tuple[int, int, int]]:
    """Pairs of finished runs of one connection of which one began before the other had ended.

    A run whose process died was ended by nobody; the next one notes that.
    """
    with listloop.engine.connect() as db:
        ended = db.execute(select(runs).where(runs.c.state == "done").order_by(runs.c.connection_id, runs.c.id))
        rows = ended.all()
    pairs = pairwise(rows)
    return [
        (a.connection_id, a.number, b.number)
        for a, b in pairs
        if a.connection_id == b.connection_id and b.started_at < a.finished_at
    ]


def settled(town: Town, listloop: Listloop, sample: int = 10) -> None:
    """Nothing is lost or doubled: both sides hold everybody once, and one more run writes nothing."""
    expected = town.people + town.people // 2
    for row in listloop.connections()[:: max(1, town.count // sample)]:
        with listloop.sync(row.id) as sync:
            again = run_once(sync, "command")
            members = [one.email for page in sync.audience.changes(None) for one in page.records]
            people = [one.email for page in sync.crm.changes(None) for one in page.records]
        assert not any(again.counts.get(f"{side}_done") for side in ("crm", "mailchimp")), row.name
        assert len(members) == len(set(members)) == len(people) == len(set(people)) == expected, row.name
        with listloop.engine.connect() as db:
            assert standings(db, row.id)["in_sync"] == expected


@contextmanager
def town_on(url: str, sandbox: Sandbox, count: int, people: int = 4) -> Iterator[tuple[Town, Listloop]]:
    """A furnished town; its processes are ended at the end."""
    sandbox.control("reset", {"seed": 1})
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, LISTLOOP_KEY=SECRET))
        listloop = open_listloop(Settings(database=url))
        stack.callback(listloop.close)
        town = Town(sandbox, url, count, people)
        stack.callback(town.stop)
        town.furnish(listloop)
        sandbox.control("journal", method="DELETE")
        yield town, listloop
