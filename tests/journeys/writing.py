"""The pages over a real sandbox and the built-in CRM; nothing runs in the background, a run is one when told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from listloop.cli.buttons import services
from listloop.core.people import Consent
from listloop.crm.local.book import Book
from listloop.crm.local.opening import open_book
from listloop.sandbox.mailchimp import server
from listloop.sandbox.server import Running
from listloop.service.memory import MemoryJobs
from listloop.settings import Settings
from listloop.store.runs import RunRow
from listloop.store.tables import people, records
from listloop.store.users import Role, add_user, make_sign_in_link
from listloop.sync.run import approve, run_once
from listloop.web.app import make_app
from listloop.wiring import Listloop, open_listloop
from tests.web.server import serving

KEY = "0123456789abcdef0123456789abcdef-us1"
GROUP = "Spring fair"

CONTACT = {"company": "Acme", "address1": "1 Main St", "city": "Leeds", "zip": "LS1 1AA", "country": "GB"}

#: First name and city; the last one has no first name, the one before no city.
PEOPLE = (("Ann", "Leeds"), ("Bob", "Bern"), ("Cleo", "Rome"), ("Dora", ""), ("", "Oslo"))


@dataclass(frozen=True, slots=True)
class Office:
    """Where a marketer sits: a book with a group, an audience in step with it, and the pages."""

    listloop: Listloop
    sandbox: Running
    base: str
    connection_id: int

    def link(self) -> str:
        """Signs a marketer in."""
        user = add_user(self.listloop.engine, "mia@acme.example", "Mia", Role.MARKETER, self.listloop.now())
        return make_sign_in_link(self.listloop.engine, user, self.listloop.now(), self.base)

    def run(self) -> None:
        """What the service does by itself: a run, a look at what waits at Mailchimp, and the results."""
        self.listloop.run(self.connection_id, "schedule")

    def results(self) -> None:
        """Read what came of the campaigns until nothing more is to be read."""
        while self.listloop.import_facts(self.connection_id).more:
            pass

    def wait(self, seconds: int = 10) -> None:
        """Let Mailchimp's clock move; what is due there goes out."""
        self.sandbox.control("clock", {"step": seconds})

    def inbox(self, kind: str = "campaign", campaign: str = "", but: str = "") -> dict[str, dict[str, Any]]:
        """Whole mails by their recipients' addresses: of one campaign, of all, or of all but one."""
        every = self.sandbox.control(f"inbox?count=100&kind={kind}&campaign_id={campaign}")["mails"]
        found = [one for one in every if not but or one["campaign_id"] != but]
        assert len({one["to"] for one in found}) == len(found), "somebody has got it twice"
        return {one["to"]: self.sandbox.control(f"inbox/{one['id']}") for one in found}

    def person(self, email: str) -> int:
        """The number of a person's page."""
        query = select(people.c.id).join(records, people.c.crm_record == records.c.id)
        with self.listloop.engine.begin() as db:
            return int(db.execute(query.where(records.c.address == email)).scalar_one())


@contextmanager
def office(database: Path) -> Iterator[Office]:
    """An office, until the block ends."""
    with server.start() as sandbox, closing(open_listloop(Settings(database=str(database)))) as listloop:
        quiet = dict.fromkeys(("open", "click", "unsubscribe", "complain", "hard_bounce", "soft_bounce", "proxy"), 0)
        sandbox.control("rates", quiet)
        fields = [{"tag": "CITY", "name": "City", "type": "text"}]
        sandbox.control("seed", {"lists": [{"name": "Newsletter", "merge_fields": fields, "contact": CONTACT}]})
        book = Book(open_book(listloop.engine), "Ada")
        keys = [
            book.add_person(
                {"first_name": first, "last_name": f"Lee{n}", "city": city}, f"p{n}@acme.example", takes_part=True
            )
            for n, (first, city) in enumerate(PEOPLE)
        ]
        book.make_group(GROUP, keys)
        row = listloop.connect(
            name="Office",
            crm="local",
            crm_settings={},
            api_key=KEY,
            audience=listloop.audiences(KEY, f"{sandbox.url}/3.0")[0].id,
            base_url=f"{sandbox.url}/3.0",
            consent=Consent.SUBSCRIBED,
        )
        _in_step(listloop, row.id)
        jobs = MemoryJobs(listloop.engine, listloop.run, every=None)
        with serving(make_app(services(listloop, jobs, "http://testserver"))) as base:
            yield Office(listloop, sandbox, base, row.id)


def _in_step(listloop: Listloop, connection_id: int) -> None:
    with listloop.sync(connection_id) as sync:
        first: RunRow = run_once(sync, "first")
        approve(sync, first.id, "Ada")
