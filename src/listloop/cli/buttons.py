"""The actions behind the pages' buttons: each is noted in the audit log and puts a job into the queue."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from secrets import token_urlsafe

from sqlalchemy import Connection

from listloop.cli.desk import at_hand
from listloop.cli.recipients import Reaching
from listloop.cli.set_up import Drafting
from listloop.core.errors import NeedsAttention
from listloop.core.jobs import Jobs
from listloop.core.people import Patch, SideName, address_key
from listloop.core.questions import Answer
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.service.messages import Messenger, attempt
from listloop.service.upkeep import default_days
from listloop.store import inbox, questions, schedule
from listloop.store.audit import note
from listloop.store.connections import connection, pause, resume
from listloop.store.database import reading
from listloop.store.erasures import lift_erasure
from listloop.store.history import entry
from listloop.store.holding import ALL, Chosen
from listloop.store.orders import What, Wish, add_order
from listloop.store.people import connection_of, load, mark_dirty, retry_failed
from listloop.store.runs import run
from listloop.store.search import Question
from listloop.sync.approval import drop, say_yes
from listloop.sync.forget import wish_of
from listloop.sync.restored import believe
from listloop.web.services import Services, Webhooks
from listloop.wiring import Listloop

#: Under which name the key of the panels is kept.
PANELS = "web/panels"


@dataclass(frozen=True, slots=True)
class Outward:
    """Where alerts go, as the settings of the program say."""

    listloop: Listloop

    def reaches(self) -> list[str]:
        """The addresses that get mails, and the host that gets posts; empty: nobody is told."""
        messenger = Messenger.of(self.listloop.settings)
        return [*(messenger.to if messenger.mails else ()), *([messenger.host] if messenger.webhook else ())]

    def digest(self) -> bool:
        """Is a digest mailed?"""
        return Messenger.of(self.listloop.settings).mails and self.listloop.settings.digest

    def attempt(self) -> bool:
        """Send a message to everybody; False where it could not be sent."""
        return attempt(Messenger.of(self.listloop.settings))


@dataclass(frozen=True, slots=True)
class PanelKey:
    """The key that signs links to panels, kept among the secrets."""

    listloop: Listloop

    def key(self) -> str:
        """The key in use; made on first use."""
        if PANELS not in self.listloop.secrets.names():
            self.listloop.secrets.put(PANELS, token_urlsafe(32), self.listloop.now())
        return self.listloop.secrets.get(PANELS)

    def renew(self, who: str) -> str:
        """Another key from now on; links made with the old one open nothing any more."""
        made = token_urlsafe(32)
        self.listloop.secrets.put(PANELS, made, self.listloop.now())
        with self.listloop.engine.begin() as db:
            note(db, self.listloop.now(), who, "made a new key for the panels inside the CRM")
        return made


@dataclass(frozen=True, slots=True)
class Buttons:
    """What users can do on the pages; all of it returns at once."""

    listloop: Listloop
    jobs: Jobs

    def sync_now(self, connection_id: int, who: str) -> None:
        """Ask for a run."""
        with self.listloop.engine.begin() as db:
            self._note(db, who, "asked for a run", connection_id)
        self.jobs.put(connection_id, "button")

    def sync_person(self, person_id: int, who: str) -> None:
        """Ask for one person to be read and decided now."""
        with self.listloop.engine.begin() as db:
            connection_id = connection_of(db, person_id)
            person = next(iter(load(db, [person_id])))
            for side, record in ((SideName.CRM, person.crm), (SideName.MAILCHIMP, person.mailchimp)):
                if record is not None:
                    inbox.put(db, connection_id, side=side, source="button", at=self.listloop.now(), key=record.key)
        self.sync_now(connection_id, who)

    def approve(self, run_id: int, who: str, chosen: Chosen = ALL) -> None:
        """Say yes to a plan that waits, or to a part of it."""
        agreed = say_yes(self.listloop.engine, run_id, who, self.listloop.now(), chosen)
        with self.listloop.engine.begin() as db:
            self._note(db, who, f"said yes to run {agreed.number}", agreed.connection_id)
        self.jobs.put(agreed.connection_id, "button")

    def drop(self, run_id: int, who: str) -> None:
        """Say no to a plan that waits."""
        drop(self.listloop.engine, run_id, self.listloop.now())
        with self.listloop.engine.begin() as db:
            dropped = run(db, run_id)
            self._note(db, who, f"said no to run {dropped.number}", dropped.connection_id)

    def undo(self, connection_id: int, wish: Wish, who: str) -> None:
        """Ask for a plan that takes back what was written."""
        self._order(connection_id, What.UNDO, wish, who, "asked to take back what was written")

    def restore(self, person_id: int, line: int, who: str) -> None:
        """Put the value of a line of the history back on both sides."""
        with reading(self.listloop.engine).begin() as db:
            connection_id = connection_of(db, person_id)
            if entry(db, line).person_id != person_id:
                raise NeedsAttention(
                    "This value is another person's.", "Look at the person's history again.", code="no-history"
                )
        self._order(connection_id, What.RESTORE, Wish(history_id=line), who, "put a value of the history back")

    def audit(self, connection_id: int, who: str) -> None:
        """Compare both sides in full now."""
        self._order(connection_id, What.AUDIT, Wish(), who, "asked for an audit")

    def results_now(self, connection_id: int, who: str) -> None:
        """Read what came of the audience's campaigns now."""
        with self.listloop.engine.begin() as db:
            schedule.mark_facts(db, connection_id)
            self._note(db, who, "asked for campaign results", connection_id)
        self.jobs.put(connection_id, schedule.FACTS)

    def believe(self, connection_id: int, side: SideName, who: str) -> None:
        """Take a side that was put back from a backup as it is."""
        believe(self.listloop.engine, connection_id, side, self.listloop.now())
        with self.listloop.engine.begin() as db:
            self._note(db, who, f"said that the {side} side was put back from a backup", connection_id)
        self.jobs.put(connection_id, "button")

    def forget(self, person_id: int, who: str) -> None:
        """Delete a person for good, on both sides and here."""
        with reading(self.listloop.engine).begin() as db:
            connection_id = connection_of(db, person_id)
            wish = wish_of(person_id, next(iter(load(db, [person_id]))))
        self._order(connection_id, What.FORGET, wish, who, "ordered to forget one person for good")

    def welcome(self, person_id: int, who: str) -> None:
        """Let a person come back who was forgotten."""
        with self.listloop.engine.begin() as db:
            connection_id = connection_of(db, person_id)
            person = next(iter(load(db, [person_id])))
            for record in (person.crm, person.mailchimp):
                if record is not None:
                    lift_erasure(db, address_key(record.email), self.listloop.now())
            mark_dirty(db, [person_id])
            self._note(db, who, "let a forgotten address come back", connection_id)
        self.jobs.put(connection_id, "button")

    def retry(self, connection_id: int, person_id: int | None, who: str) -> None:
        """Try one person, or everybody who failed, again."""
        with self.listloop.engine.begin() as db:
            retry_failed(db, connection_id, None if person_id is None else [person_id])
            self._note(db, who, "asked to try failed people again", connection_id)
        self.jobs.put(connection_id, "button")

    def flag(self, connection_id: int, question: Question, people: Collection[int], takes_part: bool, who: str) -> None:
        """Set the flag of everybody in question, or of these people, and run."""
        wish = Wish(question=question, people=tuple(people), takes_part=takes_part)
        yes, no = "set “Sync with Mailchimp” of many people to Yes", "set “Sync with Mailchimp” of many people to No"
        self._order(connection_id, What.FLAG, wish, who, yes if takes_part else no)

    def _order(self, connection_id: int, what: What, wish: Wish, who: str, said: str) -> None:
        with self.listloop.engine.begin() as db:
            add_order(db, connection_id, what, wish, who, self.listloop.now())
            self._note(db, who, said, connection_id)
        self.jobs.put(connection_id, schedule.ORDER)

    def pause(self, connection_id: int, who: str) -> None:
        """Take a connection off its schedule."""
        with self.listloop.engine.begin() as db:
            pause(db, connection_id, f"Paused by {who}.", "Resume it when you are ready.")
            self._note(db, who, "paused the connection", connection_id)

    def resume(self, connection_id: int, who: str) -> None:
        """Put a connection back on its schedule, and run it."""
        with self.listloop.engine.begin() as db:
            resume(db, connection_id)
            self._note(db, who, "resumed the connection", connection_id)
        self.jobs.put(connection_id, "button")

    def answer(self, ids: Collection[int], said: Answer, who: str) -> None:
        """Note an answer to open questions, and ask for the run that carries it out."""
        with self.listloop.engine.begin() as db:
            found = questions.answer(db, ids, said, who, self.listloop.now())
        for connection_id in {one.connection_id for one in found}:
            self.jobs.put(connection_id, "button")

    def confirm(self, person_id: int, who: str, why: str) -> None:
        """Ask for the confirmation mail to a person who opted out; nobody is mailed before the own yes."""
        with self.listloop.engine.begin() as db:
            connection_id = connection_of(db, person_id)
            questions.offer_confirmation(db, connection_id, person_id, who, why, self.listloop.now())
        self.jobs.put(connection_id, "button")

    def edit_local(self, connection_id: int, key: str, patch: Patch) -> None:
        """Edit a person of the built-in CRM, as its user would."""
        with reading(self.listloop.engine).begin() as db:
            row = connection(db, connection_id)
        with closing(self.listloop.crm_of(row)) as crm:
            if not isinstance(crm, LocalCrm):
                return
            book = Book(crm.place, "pages")
            book.edit_person(key, patch.fields, patch.email)
            if patch.takes_part is not None:
                book.flag(patch.takes_part, keys=[key])

    @contextmanager
    def book(self, connection_id: int, who: str) -> Iterator[Book]:
        """The book of the built-in CRM that a connection is of. Raises NeedsAttention where it is of another CRM."""
        with reading(self.listloop.engine).begin() as db:
            row = connection(db, connection_id)
        with closing(self.listloop.crm_of(row)) as crm:
            if not isinstance(crm, LocalCrm):
                raise NeedsAttention(
                    "This connection is not of the built-in CRM.", "Choose another connection.", code="no-book"
                )
            yield Book(crm.place, who)

    def _note(self, db: Connection, who: str, what: str, connection_id: int) -> None:
        note(db, self.listloop.now(), who, what, connection_id=connection_id)


def services(listloop: Listloop, jobs: Jobs, base: str, webhooks: Webhooks | None = None) -> Services:
    """What the pages need."""
    buttons = Buttons(listloop, jobs)
    return Services(
        engine=listloop.engine,
        secrets=listloop.secrets,
        now=listloop.now,
        secret=listloop.web_secret(),
        base_url=base,
        sync_now=buttons.sync_now,
        sync_person=buttons.sync_person,
        approve=buttons.approve,
        drop=buttons.drop,
        pause=buttons.pause,
        resume=buttons.resume,
        answer=buttons.answer,
        confirm=buttons.confirm,
        undo=buttons.undo,
        restore=buttons.restore,
        retry=buttons.retry,
        believe=buttons.believe,
        forget=buttons.forget,
        welcome=buttons.welcome,
        audit=buttons.audit,
        results_now=buttons.results_now,
        flag=buttons.flag,
        edit_local=buttons.edit_local,
        book=buttons.book,
        sending=at_hand(listloop),
        setup=Drafting(listloop),
        recipients=Reaching(listloop, jobs),
        webhooks=webhooks,
        panels=PanelKey(listloop),
        telling=Outward(listloop),
        keep=default_days(listloop.settings),
        silent=jobs.silent,
    )
