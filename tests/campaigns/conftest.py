"""A connection between an in-memory CRM and an audience of the sandbox, with calls that can go wrong on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from sqlalchemy import Engine

from listloop.campaigns.composing import compose
from listloop.campaigns.templates import built_in
from listloop.core.people import Consent, Key
from listloop.core.rules import Rules
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.sandbox.mailchimp import server
from listloop.sandbox.server import Running
from listloop.store import mailings
from listloop.store.connections import add_connection
from listloop.store.database import create_all, open_database
from listloop.store.mailings import Mailing
from listloop.sync.context import Sync
from listloop.testing.builders import CRM_SCHEMA
from listloop.testing.memory import Clock, MemoryCrm
from listloop.testing.memory.faulty import Crash

KEY = "0123456789abcdef0123456789abcdef-us1"
LIST = "a1b2c3d4e5"
START = datetime(2026, 3, 1, 12, 2, tzinfo=UTC)
PEOPLE = 6


@dataclass
class Line(httpx2.BaseTransport):
    """The way to the sandbox. The call with number ``at`` goes wrong: lost before it arrives, its answer lost, refused
    by a fault of the server, or the process is killed before or after it.
    """

    at: int = -1
    kind: str = ""
    calls: list[str] = field(default_factory=list)
    inner: httpx2.HTTPTransport = field(default_factory=httpx2.HTTPTransport)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Pass it on, or not."""
        self.calls.append(f"{request.method} {request.url.path}")
        if len(self.calls) - 1 != self.at:
            return self.inner.handle_request(request)
        if self.kind == "killed before":
            raise Crash
        if self.kind == "lost before":
            raise httpx2.ReadError("lost")
        if self.kind == "fault":
            return httpx2.Response(500, request=request, content=b"{}")
        response = self.inner.handle_request(request)
        response.read()
        response.close()
        if self.kind == "killed after":
            raise Crash
        raise httpx2.ReadError("the answer is lost")

    def close(self) -> None:
        """End all connections."""
        self.inner.close()


@dataclass
class Desk:
    """A campaign's way from being written to the inbox."""

    engine: Engine
    running: Running
    connection_id: int
    crm: MemoryCrm
    line: Line
    sync: Sync

    def write(self, name: str = "May news", design: str = "", **values: Any) -> int:
        """A draft with the letter as its content."""
        known = {"subject": "Hello *|FNAME|*", "from_name": "Haldenroos", "reply_to": "news@haldenroos.com"}
        with self.engine.begin() as db:
            made = mailings.add_mailing(db, self.connection_id, name, "Ada", self.sync.now(), **known | values)
            body = compose(design or built_in("letter"))
            mailings.save_body(db, mailings.mailing(db, made), body, "Ada", self.sync.now())
        return made

    def read(self, mailing_id: int) -> Mailing:
        with self.engine.begin() as db:
            return mailings.mailing(db, mailing_id)

    def wait(self, seconds: int = 10) -> None:
        self.running.control("clock", {"step": seconds})

    def inbox(self, kind: str = "campaign") -> list[dict[str, Any]]:
        """Mails that arrived, oldest first."""
        found: list[dict[str, Any]] = self.running.control(f"inbox?count=500&kind={kind}")["mails"]
        return found[::-1]

    def mail(self, one: dict[str, Any]) -> dict[str, Any]:
        """All of a mail."""
        found: dict[str, Any] = self.running.control(f"inbox/{one['id']}")
        return found

    def campaigns(self) -> list[dict[str, Any]]:
        """As Mailchimp has them."""
        return list(self.call("GET", "/campaigns?count=100")["campaigns"])

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What somebody else does at Mailchimp."""
        with httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}) as client:
            answer = client.request(method, f"{self.running.url}/3.0{path}", json=body)
            answer.raise_for_status()
            return answer.json() if answer.content else None

    def restart(self, at: int = -1, kind: str = "") -> None:
        """Another process from now on; its call with that number goes wrong."""
        self.sync.audience.close()
        self.line = Line(at, kind)
        self.sync = replace(self.sync, audience=_audience(self.running, self.line))


def _audience(running: Running, line: Line) -> MailchimpAudience:
    client = MailchimpClient(KEY, f"{running.url}/3.0", transport=line, attempts=1)
    return MailchimpAudience(client, LIST)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries happen at once."""
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture(scope="session")
def standin() -> Iterator[Running]:
    """One server for all tests; each finds it empty."""
    with server.start() as running:
        yield running


@pytest.fixture
def desk(standin: Running, tmp_path: Path) -> Iterator[Desk]:
    """Six people in the audience, of whom four are in the CRM's group “Friends”, with one who is in no audience."""
    standin.control("reset", {})
    standin.control("clock", {"freeze": START.isoformat()})
    members = [
        {"email_address": f"p{n}@acme.example", "status": "subscribed", "merge_fields": {"FNAME": f"Ann{n}"}}
        for n in range(PEOPLE)
    ]
    standin.control("seed", {"lists": [{"id": LIST, "name": "News", "members": members}]})
    quiet = dict.fromkeys(("open", "click", "unsubscribe", "complain", "hard_bounce", "soft_bounce", "proxy"), 0)
    standin.control("rates", quiet)
    engine = open_database(tmp_path / "desk.sqlite")
    create_all(engine)
    clock = Clock()
    clock.move((START - clock()).total_seconds())
    with engine.begin() as db:
        made = add_connection(db, name="desk", crm="memory", crm_settings={}, audience=LIST, rules=Rules(), now=clock())
    line = Line()
    crm = MemoryCrm(CRM_SCHEMA, "crm", clock)
    audience = _audience(standin, line)
    found = Desk(engine, standin, made, crm, line, Sync(engine, made, crm, audience, now=clock))
    yield found
    found.sync.audience.close()
    engine.dispose()


def friends(desk: Desk) -> Key:
    """The CRM's group, of people that a run has linked to members, and of one who is in no audience."""
    from listloop.sync.run import approve, run_once

    keys = [desk.crm.add(f"p{n}@acme.example", {"Last": f"B{n}"}, consent=Consent.SUBSCRIBED) for n in range(4)]
    done = run_once(desk.sync, "test")
    if done.state == "waiting":
        approve(desk.sync, done.id, "test")
    keys.append(desk.crm.add("late@acme.example", {"Last": "Late"}))
    return desk.crm.make_group("Friends", keys).key
