"""Ten thousand deliveries, shuffled and repeated while runs go on, end where the poll alone ends."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.mailchimp.webhooks import signature
from listloop.service.webhooks import tend
from listloop.store.people import standings
from listloop.sync.run import approve, run_once
from tests.service.hookup import Hookup, hookup

#: With DELIVERIES=1000 it takes a minute on a busy laptop.
DELIVERIES = int(os.environ.get("DELIVERIES", "10000"))
MEMBERS = 200


@pytest.fixture
def hooked(tmp_path: Path) -> Iterator[Hookup]:
    with start() as sandbox, hookup(tmp_path, sandbox, members=MEMBERS) as made:
        yield made


def bodies(hooked: Hookup) -> list[bytes]:
    """What people do in Mailchimp, each as the delivery that tells of it; the sandbox sends every one of them too."""
    told: list[bytes] = []
    for n in range(MEMBERS):
        email = f"m{n}@m.example"
        body: dict[str, object] = {"email": email}
        act = ("unsubscribe", "admin-edit", "change-address")[n % 3]
        if act == "admin-edit":
            body["merge_fields"] = {"FNAME": f"New {n}"}
        if act == "change-address":
            body["new_email"] = f"moved{n}@m.example"
        hooked.sandbox.control(f"people/{act}", body)
        fields = {"type": "profile", "data[list_id]": hooked.row.audience, "data[email]": email}
        told.append(urlencode(fields).encode())
    return told


def test_a_flood_while_syncing_ends_where_the_poll_ends(hooked: Hookup) -> None:
    listloop, row = hooked.listloop, hooked.row
    with listloop.sync(row.id) as sync:
        approve(sync, run_once(sync, "first").id, "test")
    tend(listloop, row)
    (hook,) = hooked.hooks()
    said = bodies(hooked)
    chance = random.Random(7)
    flood = [chance.choice(said) for _ in range(DELIVERIES)]
    took: list[float] = []

    def send(body: bytes) -> int:
        signed = signature(hook.secret, body, int(time.time()))
        begun = time.perf_counter()
        status = httpx2.post(hook.url, content=body, headers={"X-Mailchimp-Signature": signed}, timeout=60).status_code
        took.append(time.perf_counter() - begun)
        return status

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(send, flood)
        for _ in range(3):
            with listloop.sync(row.id) as sync:
                run_once(sync, "webhook")
        assert set(answers) == {200}
    took.sort()
    worst = took[-len(took) // 100]
    print(f"{len(took)} deliveries: median {took[len(took) // 2]:.3f} s, 99 % {worst:.3f} s")  # noqa: T201
    for _ in range(3):
        with listloop.sync(row.id) as sync:
            run_once(sync, "schedule")
    with listloop.sync(row.id) as sync:
        last = run_once(sync, "schedule")
    assert not any(last.counts.get(f"{side}_done") for side in ("crm", "mailchimp"))
    with listloop.sync(row.id) as sync:
        members = {one.mailchimp_id: one for page in sync.audience.changes(None) for one in page.records}
        people = {one.mailchimp_id: one for page in sync.crm.changes(None) for one in page.records}
    assert members.keys() == people.keys()
    for key, member in members.items():
        assert (people[key].email, people[key].person.consent) == (member.email, member.person.consent)
    with listloop.engine.connect() as db:
        assert standings(db, row.id)["failed"] == 0
