"""An audience that was mailed: as many people on both sides, in step, who got some campaigns; and its commands."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import httpx2
from sqlalchemy import create_engine, func, select

from listloop.core.people import Consent
from listloop.crm.local import open_local
from listloop.crm.local.book import Book
from listloop.crm.local.tables import communications
from listloop.settings import Settings
from listloop.store.tables import told
from listloop.testing.crash.rig import COMMAND, KEY, Sandbox
from listloop.wiring import open_listloop

QUIET = dict.fromkeys(("open", "click", "unsubscribe", "complain", "hard_bounce", "soft_bounce", "proxy"), 0)


@dataclass(frozen=True, slots=True)
class Mailed:
    """A sandbox, a database, and how many people got how many campaigns."""

    sandbox: Sandbox
    database: Path
    people: int
    campaigns: int

    @property
    def mails(self) -> int:
        """How many mails were sent, to all of them together."""
        return self.people * self.campaigns

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A command, as a process."""
        return self.python("-m", "listloop.cli", *words)

    def python(self, *words: str) -> subprocess.Popen[str]:
        """A process of Python with this database."""
        environment = {**os.environ, "LISTLOOP_DATABASE": str(self.database)}
        return subprocess.Popen(
            [*COMMAND[:3], *words], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, *words: str) -> str:
        """A command that has to end well; what it said."""
        with self.start(*words) as process:
            said, _ = process.communicate(timeout=500)
        assert process.returncode == 0, said
        return said

    def in_the_crm(self) -> int:
        """How many communications are written so far."""
        engine = create_engine(f"sqlite:///{self.database}")
        try:
            with engine.connect() as db:
                return int(db.scalar(select(func.count()).select_from(communications)) or 0)
        finally:
            engine.dispose()

    def counted(self) -> tuple[Counter[tuple[int, str, str]], int]:
        """The communications in the CRM by person, campaign and kind, and how many Listloop knows of."""
        engine = create_engine(f"sqlite:///{self.database}")
        columns = communications.c.person_id, communications.c.campaign, communications.c.kind
        try:
            with engine.connect() as db:
                rows = Counter((row[0], row[1], row[2]) for row in db.execute(select(*columns)))
                known = db.scalar(select(func.count()).select_from(told).where(told.c.problem == ""))
                return rows, int(known or 0)
        finally:
            engine.dispose()


def mailed(sandbox: Sandbox, folder: Path, people: int, campaigns: int) -> Mailed:
    """Make them; nothing was read of the campaigns yet, and the CRM is to be told of every mail."""
    made = Mailed(sandbox, folder / "mailed.sqlite", people, campaigns)
    addresses = [f"p{number}@mailed.example" for number in range(people)]
    members = [{"email_address": one, "status": "subscribed"} for one in addresses]
    sandbox.control("seed", {"lists": [{"name": "News", "members": members}]})
    sandbox.control("rates", QUIET)
    _furnish(made, addresses)
    made.run("sync", "--yes")
    _send(made)
    made.run("results", "tell", "sent", "--since", "2000-01-01")
    sandbox.control("journal", method="DELETE")
    return made


def _furnish(made: Mailed, addresses: list[str]) -> None:
    listloop = open_listloop(Settings(database=str(made.database)))
    crm = open_local({"database": str(made.database)})
    try:
        book = Book(crm.place, "test")
        for number, one in enumerate(addresses):
            book.add_person({"first_name": f"P{number}", "last_name": "Mailed"}, one, True)
        base_url = f"{made.sandbox.url}/3.0"
        (audience,) = listloop.audiences(KEY, base_url)
        listloop.connect(
            name="Mailed",
            crm="local",
            crm_settings={},
            api_key=KEY,
            audience=audience.id,
            base_url=base_url,
            consent=Consent.SUBSCRIBED,
        )
    finally:
        crm.close()
        listloop.close()


def _send(made: Mailed) -> None:
    with httpx2.Client(base_url=f"{made.sandbox.url}/3.0", auth=("any", KEY), timeout=60) as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        for number in range(made.campaigns):
            settings = {"title": f"C{number}", "subject_line": "S", "from_name": "S", "reply_to": "s@corp.example"}
            body = {"type": "regular", "recipients": {"list_id": list_id}, "settings": settings}
            key = api.post("/campaigns", json=body).json()["id"]
            api.put(f"/campaigns/{key}/content", json={"html": '<a href="https://shop.example/new">New</a>'})
            assert api.post(f"/campaigns/{key}/actions/send").status_code == 204
            made.sandbox.control("clock", {"step": 5})
