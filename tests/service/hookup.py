"""An installation that a Mailchimp sandbox can call: its pages in a thread, and a queue that only notes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import make_url
from starlette.applications import Starlette

from listloop.cli.buttons import services
from listloop.core.jobs import State, Ticket
from listloop.core.people import Consent
from listloop.crm.local import open_local
from listloop.crm.local.book import Book
from listloop.sandbox.server import Running
from listloop.service.receiver import Receiver
from listloop.service.serve import listen
from listloop.settings import Settings
from listloop.store.connections import ConnectionRow
from listloop.web.app import make_app
from listloop.wiring import Listloop, open_listloop

KEY = "0123456789abcdef0123456789abcdef-us1"


@dataclass
class Noted:
    """A queue that keeps what was put."""

    put_in: list[tuple[int, str]] = field(default_factory=list)

    def start(self) -> None:
        """Nothing to start."""

    def stop(self, timeout: float) -> bool:
        return True

    def put(self, connection_id: int, trigger: str) -> Ticket:
        self.put_in.append((connection_id, trigger))
        return Ticket(connection_id, "queued")

    def tick(self) -> None:
        """Nothing is due."""

    def cancel(self, connection_id: int) -> None:
        """Nothing is under way."""

    def silent(self) -> float:
        return 0.0

    def state(self, connection_id: int) -> State:
        return "idle"


@dataclass
class Hookup:
    """What a test works with."""

    listloop: Listloop
    row: ConnectionRow
    sandbox: Running
    jobs: Noted
    receiver: Receiver
    base: str

    def hooks(self) -> list[Any]:
        """The webhooks that Mailchimp has."""
        (audience,) = self.sandbox.standin.state.audiences.values()
        return list(audience.webhooks.values())


@contextmanager
def serving(app: Starlette) -> Iterator[str]:
    """An application in a thread; its address."""
    with listen(port=0) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@contextmanager
def hookup(folder: Path, sandbox: Running, members: int = 3) -> Iterator[Hookup]:
    """A connection between a built-in CRM and an audience with these members, and pages that the sandbox can call."""
    sandbox.control("reset", {"seed": 1})
    people = [{"email_address": f"m{n}@m.example", "status": "subscribed"} for n in range(members)]
    sandbox.control("seed", {"lists": [{"name": "News", "members": people}]})
    with ExitStack() as closing:
        listloop = open_listloop(Settings(database=str(folder / "listloop.sqlite")))
        closing.callback(listloop.close)
        crm = open_local({"database": str(make_url(str(listloop.engine.url)).database)})
        Book(crm.place, "test").add_person({"first_name": "Ann", "last_name": "Archer"}, "m0@m.example")
        crm.close()
        (audience,) = listloop.audiences(KEY, f"{sandbox.url}/3.0")
        row = listloop.connect(
            name="Test",
            crm="local",
            crm_settings={},
            api_key=KEY,
            audience=audience.id,
            base_url=f"{sandbox.url}/3.0",
            consent=Consent.SUBSCRIBED,
        )
        jobs = Noted()
        receiver = Receiver(listloop.engine, listloop.secrets, jobs, listloop.now)
        receiver.start()
        closing.callback(receiver.stop)
        base = closing.enter_context(serving(make_app(services(listloop, jobs, "http://here", receiver))))
        listloop.settings.webhook_url = base
        yield Hookup(listloop, row, sandbox, jobs, receiver, base)
