"""Ten thousand deliveries, shuffled and repeated while runs go on and the service dies, end where the poll ends."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx2

from listloop.core.people import Consent
from listloop.mailchimp.webhooks import Webhook, Webhooks
from listloop.sandbox.mailchimp.webhooks import signature
from listloop.service.serve import listen
from listloop.store import schedule, webhooks
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.people import standings
from listloop.store.runs import runs_in
from listloop.sync.run import run_once
from listloop.testing.crash.rig import Sandbox
from listloop.wiring import Listloop
from tests.endure.town import town_on, wait_until

#: With DELIVERIES=1000 it takes a minute on a busy laptop.
DELIVERIES = int(os.environ.get("DELIVERIES", "10000"))
MEMBERS = 200
CLIENTS = 4


@dataclass
class Mailchimp:
    """Sends deliveries as Mailchimp does: signed, and again where nobody answers."""

    hook: Webhook
    secret: str
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=60))
    took: list[float] = field(default_factory=list)
    #: Milliseconds that the service itself had a delivery, as it tells.
    inside: list[float] = field(default_factory=list)
    again: int = 0

    def send(self, body: bytes) -> int:
        until = time.monotonic() + 60
        while True:
            signed = signature(self.secret, body, int(time.time()))
            begun = time.perf_counter()
            try:
                answer = self.client.post(self.hook.url, content=body, headers={"X-Mailchimp-Signature": signed})
            except httpx2.TransportError:
                assert time.monotonic() < until, "the service did not come back"
                self.again += 1
                time.sleep(0.2)
                continue
            self.took.append(1000 * (time.perf_counter() - begun))
            self.inside.append(float(answer.headers["Server-Timing"].partition("dur=")[2]))
            return answer.status_code


def acts(client: httpx2.Client, sandbox: Sandbox, row: ConnectionRow) -> list[bytes]:
    """What people do in Mailchimp, each as the delivery that tells of it; the sandbox sends every one of them too."""
    told: list[bytes] = []
    for n in range(MEMBERS):
        email = f"p{n + MEMBERS // 2}@shop0.example"
        body: dict[str, object] = {"email": email}
        act = ("unsubscribe", "admin-edit", "change-address")[n % 3]
        if act == "admin-edit":
            body["merge_fields"] = {"FNAME": f"New {n}"}
        if act == "change-address":
            body["new_email"] = f"moved{n}@shop0.example"
        client.post(f"{sandbox.url}/_sandbox/people/{act}", json=body).raise_for_status()
        fields = {"type": "profile", "data[list_id]": row.audience, "data[email]": email}
        told.append(urlencode(fields).encode())
    return told


def hooked(listloop: Listloop, row: ConnectionRow) -> Mailchimp:
    """The webhook that the service makes when it starts."""

    def kept() -> list[webhooks.WebhookRow]:
        with reading(listloop.engine).begin() as db:
            return [one for one in webhooks.webhooks_of(db, row.id) if one.mailchimp_id]

    wait_until(lambda: bool(kept()))
    with listloop.client_of(row) as client:
        (hook,) = Webhooks(client, row.audience).there()
    return Mailchimp(hook, listloop.secrets.get(webhooks.secret_name(row.id, kept()[0].id)))


def idle(listloop: Listloop, row: ConnectionRow) -> bool:
    with reading(listloop.engine).begin() as db:
        under_way = runs_in(db, row.id, ("reading", "deciding", "writing"))
    return not under_way and schedule.state(listloop.engine, row.id, listloop.now()) == "idle"


def test_a_flood_while_syncing_ends_where_the_poll_ends(database_url: str, sandbox: Sandbox) -> None:
    with town_on(database_url, sandbox, 1, MEMBERS) as (town, listloop):
        (row,) = listloop.connections()
        with listloop.sync(row.id) as sync:
            run_once(sync, "first")
        schedule.set_rhythm(listloop.engine, row.id, None, listloop.now())
        with listen(port=0) as probe:
            port = probe.getsockname()[1]
        options = {"LISTLOOP_PORT": str(port), "LISTLOOP_WEBHOOK_URL": f"http://127.0.0.1:{port}"}
        service = town.start("serve", **options)
        mailchimp = hooked(listloop, row)
        said = acts(mailchimp.client, sandbox, row)
        chance = random.Random(7)
        flood = [chance.choice(said) for _ in range(DELIVERIES)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = pool.map(mailchimp.send, flood)
            wait_until(lambda: len(mailchimp.took) > DELIVERIES // 2)
            service.kill()
            service.wait()
            service = town.start("serve", **options)
            assert set(answers) == {200}
        time.sleep(2)  # what was answered last is carried over within a second
        wait_until(lambda: idle(listloop, row))
        service.terminate()
        assert service.wait(60) == 0
        mailchimp.client.close()
        tell(mailchimp, listloop, row)
        ends_where_the_poll_ends(listloop, row)


def tell(mailchimp: Mailchimp, listloop: Listloop, row: ConnectionRow) -> None:
    with reading(listloop.engine).begin() as db:
        runs = len(runs_in(db, row.id, ("done",)))
    print(f"{len(mailchimp.took)} deliveries by {CLIENTS} clients, {runs} runs, {mailchimp.again} sent again")  # noqa: T201
    for whose, some in (("as its senders see it", mailchimp.took), ("in the service", mailchimp.inside)):
        took = sorted(some)
        median, late, last = (took[int((len(took) - 1) * share)] for share in (0.5, 0.95, 0.99))
        print(f"{whose}: median {median:.0f} ms, 95 % {late:.0f} ms, 99 % {last:.0f} ms")  # noqa: T201


def ends_where_the_poll_ends(listloop: Listloop, row: ConnectionRow) -> None:
    """A full reading of both sides finds nothing left to write, and they agree on everybody."""
    with listloop.sync(row.id) as sync:
        polled = run_once(sync, "schedule")
        members = {one.mailchimp_id: one for page in sync.audience.changes(None) for one in page.records}
        people = {one.mailchimp_id: one for page in sync.crm.changes(None) for one in page.records}
    assert not any(polled.counts.get(f"{side}_done") for side in ("crm", "mailchimp")), polled.counts
    assert members.keys() == people.keys()
    for key, member in members.items():
        assert people[key].email == member.email
        noes = [one.person.consent is Consent.UNSUBSCRIBED for one in (people[key], member)]
        assert noes in ([True, True], [False, False]), member
    with listloop.engine.connect() as db:
        assert standings(db, row.id)["failed"] == 0
