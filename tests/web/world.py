"""A small world in the database, for the pages: two connections, people of every standing, runs of every state."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from sqlalchemy import Connection, Engine, insert

from listloop.core.people import Consent, Patch, Person, Record
from listloop.core.rules import LabelRow, Owner, Row, Rules
from listloop.core.side import Field, FieldType, Label, LabelKind
from listloop.crm.local.book import Book
from listloop.crm.local.opening import open_book
from listloop.store.codec import encode
from listloop.store.secrets import Secrets
from listloop.store.tables import connections, decisions, history, nos, people, records, runs
from listloop.store.users import Role, add_user, make_sign_in_link
from listloop.web.services import Services
from tests.web.outbox import SendingAlone
from tests.web.pressed import Pressed
from tests.web.reaching import ReachingAlone

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)
BASE = "http://testserver"

RULES = Rules(
    rows=(
        Row(Field("first_name", "First name"), Field("FNAME", "First Name")),
        Row(Field("last_name", "Last name", required=True), Field("LNAME", "Last Name")),
        Row(Field("phone", "Phone", FieldType.PHONE), Field("PHONE", "Phone", FieldType.PHONE)),
        Row(
            Field("language", "Language", FieldType.CHOICE, choices=("Deutsch", "English")),
            Field("LANG", "Language", FieldType.CHOICE, choices=("Deutsch", "English")),
            owner=Owner.ASK,
        ),
    ),
    labels=(LabelRow(Label("g1", "Customer A", LabelKind.GROUP), Label("t1", "Customer A", LabelKind.TAG)),),
)

SCRIPT = '<script>alert("x")</script><b>bold</b>'
RTL = "\u202eevil \u05d9\u05d5\u05e1\u05e3"


KEY = "panels-0123456789"

#: Encrypts the secrets.
SECRET_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class TellingAlone:
    """Tells two people, and notes the try."""

    def __init__(self, pressed: Pressed) -> None:
        self.pressed = pressed

    def reaches(self) -> list[str]:
        return ["it@halden-roos.example", "chat.example.com"]

    def digest(self) -> bool:
        return True

    def attempt(self) -> bool:
        self.pressed.calls.append(("attempt",))
        return True


class PanelKey:
    """The key of the panels, always the same; a new one is told once."""

    def key(self) -> str:
        return KEY

    def renew(self, who: str, /) -> str:
        return "new-key"


def services(engine: Engine, pressed: Pressed, **changed: Any) -> Services:
    """Services whose actions only note that they were asked for."""
    known: dict[str, Any] = {
        "engine": engine,
        "secrets": Secrets(engine, [SECRET_KEY]),
        "now": lambda: NOW,
        "secret": "only-for-tests-0123456789-0123456789",
        "base_url": BASE,
        "panels": PanelKey(),
        "book": lambda _connection_id, who: nullcontext(Book(open_book(engine), who)),
    }
    actions = "sync_now sync_person approve drop pause resume edit_local undo restore retry audit answer confirm"
    actions += " believe forget welcome flag results_now"
    names = actions.split()
    known["telling"] = TellingAlone(pressed)
    known["recipients"] = ReachingAlone(pressed)
    known["sending"] = SendingAlone(engine, lambda: NOW)
    return Services(**(known | {name: pressed.named(name) for name in names} | changed))


def sign_in_link(engine: Engine, role: Role = Role.ADMINISTRATOR, base: str = BASE) -> str:
    """A link that signs in Marta, in this role."""
    user = add_user(engine, f"marta.{role}@halden-roos.example", "Marta Lindqvist", role, NOW)
    return make_sign_in_link(engine, user, NOW, base)


def add(db: Connection, table: Any, **values: Any) -> int:
    """Insert a row and return its id."""
    return int(db.execute(insert(table).values(values).returning(table.c.id)).scalar_one())


def add_connection(db: Connection, name: str = "Customers", **changed: Any) -> int:
    """A connection of the built-in CRM."""
    known = {
        "name": name,
        "crm": "local",
        "crm_title": "Address book",
        "audience": "a1b2c3",
        "mailchimp_title": "Customers & prospects",
        "rules": encode(RULES),
        "approved_rules": "yes",
        "created_at": NOW - timedelta(days=30),
        "next_run": NOW + timedelta(minutes=55),
    }
    return add(db, connections, **(known | changed))


def add_record(db: Connection, connection_id: int, side: str, record: Record) -> int:
    """A record as its side showed it a minute ago."""
    return add(
        db,
        records,
        connection_id=connection_id,
        side=side,
        key=record.key,
        address=record.email.lower(),
        mailchimp_id=record.mailchimp_id,
        payload=encode(record),
        read_at=NOW - timedelta(minutes=1),
    )


def add_person(
    db: Connection,
    connection_id: int,
    name: str,
    *,
    standing: str = "in_sync",
    company: str = "Meridian Optik GmbH",
    crm: Mapping[str, str] | None = None,
    mailchimp: Mapping[str, str] | None = None,
    consent: Consent = Consent.SUBSCRIBED,
    **changed: Any,
) -> int:
    """A person; ``crm`` and ``mailchimp`` are the fields of its records, None where the side has none."""
    email = str(changed.pop("email", f"{'.'.join(name.lower().split())}@meridian-optik.example"))
    known: dict[str, Any] = {
        "connection_id": connection_id,
        "name": name,
        "email": email,
        "company": company,
        "search": f"{name} {email} {company}".lower(),
        "standing": standing,
        "dirty": standing == "waiting",
        "settled": standing == "in_sync",
    }
    number = crc32(f"{name} {email} {connection_id}".encode())
    if crm is not None:
        holds = Person(email, dict(crm), frozenset({"g1"}), consent)
        record = Record(f"c{number}", holds, takes_part=True, mailchimp_id=f"m{number}", kind="Contact")
        known["crm_record"] = add_record(db, connection_id, "crm", record)
    if mailchimp is not None:
        holds = Person(email, dict(mailchimp), frozenset(), consent)
        record = Record(f"m{number}", holds, takes_part=True, mailchimp_id=f"m{number}", kind="Member")
        known["mailchimp_record"] = add_record(db, connection_id, "mailchimp", record)
    if crm is not None and mailchimp is not None:
        known |= {"linked_at": NOW - timedelta(days=20), "linked_by": "id"}
    return add(db, people, **(known | changed))


def add_run(db: Connection, connection_id: int, number: int, state: str, **changed: Any) -> int:
    """A run that began ``number`` minutes before now, counted backwards from 100."""
    known: dict[str, Any] = {
        "connection_id": connection_id,
        "number": number,
        "trigger": "schedule",
        "state": state,
        "started_at": NOW - timedelta(minutes=max(100 - number, 1)),
    }
    if state in {"done", "failed", "dropped"}:
        known["finished_at"] = NOW - timedelta(minutes=1)
    return add(db, runs, **(known | changed))


def add_decision(db: Connection, run_id: int, person_id: int, action: str, **changed: Any) -> int:
    """One person's part of a plan."""
    for name in ("crm_patch", "mailchimp_patch"):
        if isinstance(changed.get(name), Patch):
            changed[name] = encode(changed[name])
    known = {"run_id": run_id, "person_id": person_id, "action": action, "mailchimp_state": "planned"}
    return add(db, decisions, **(known | changed))


@dataclass(frozen=True)
class World:
    """The ids that tests need to find their way."""

    customers: int
    news: int
    elena: int
    hostile: int
    only_crm: int
    plan: int
    receipt: int
    running: int


def fill(engine: Engine) -> World:
    """Two connections, one paused; a plan that waits, a run that goes, a receipt, a failed run; hostile content."""
    with engine.begin() as db:
        customers = add_connection(db)
        news = add_connection(
            db,
            "Service news",
            crm="sagecrm",
            crm_title="Sage CRM",
            mailchimp_title="Service news",
            paused="Mailchimp no longer accepts the key ending in …f3c1.",
            paused_fix="Make a new key in Mailchimp and set it with “listloop connect”.",
        )
        elena = _elena(db, customers)
        hostile = add_person(
            db,
            customers,
            SCRIPT,
            company=RTL,
            email="hostile@qamarlab.example",
            crm={"first_name": SCRIPT, "last_name": "x" * 10_000, "phone": RTL},
            mailchimp={"FNAME": '"onmouseover="alert(1)', "LNAME": "y" * 10_000, "PHONE": ""},
        )
        for i, name in enumerate(("Agnieszka Wróbel", "Γιώργος Παπαλέξης", "Émilie Grandclément", "يوسف الحداد")):
            add_person(db, customers, name, crm={"first_name": name.split()[0]}, mailchimp={"FNAME": name.split()[0]})
            add_person(db, news, name, email=f"{i}@news.example", standing="waiting", rule="planned")
        only_crm = add_person(db, customers, "Jürgen Süßmilch", standing="waiting", rule="held", crm={"phone": "1"})
        for number in range(3):
            add_person(
                db, customers, f"No Flag {number}", standing="excluded", rule="flag-no", reason="The flag is No."
            )
        add_person(
            db,
            customers,
            "İpek Çağlayan",
            standing="failed",
            rule="retry",
            reason="Mailchimp refused the address: it was removed for good.",
            next_try=NOW + timedelta(hours=1),
            error='{"status": 400, "title": "Forgotten Email Not Subscribed"}',
            mailchimp={"FNAME": "İpek"},
        )
        plan, receipt = _runs(db, customers, elena, only_crm)
        progress = encode({"stage": "write", "done": 125, "of": 214, "note": ""})
        running = add_run(db, customers, 99, "writing", progress=progress)
        add_run(db, news, 7, "failed", problem="Sage CRM did not answer.", fix="Check that its server runs.")
    return World(customers, news, elena, hostile, only_crm, plan, receipt, running)


def _elena(db: Connection, connection_id: int) -> int:
    elena = add_person(
        db,
        connection_id,
        "Elena Kowalczyk-Brandt",
        standing="waiting",
        rule="planned",
        reason="is written by the next run",
        email="elena.kowalczyk@meridian-optik.example",
        crm={"first_name": "Elena", "last_name": "Kowalczyk-Brandt", "phone": "+49 761 555 01 82", "language": ""},
        mailchimp={"FNAME": "Elena", "LNAME": "Kowalczyk-Brandt", "PHONE": "+49 761 555 01 28", "LANG": ""},
    )
    add(
        db,
        history,
        connection_id=connection_id,
        person_id=elena,
        at=NOW - timedelta(days=17),
        side="mailchimp",
        what="lost",
        field="LNAME",
        old="Kowalczyk",
        new="Kowalczyk-Brandt",
        why="The CRM owns this field.",
    )
    add(
        db,
        nos,
        connection_id=connection_id,
        person_id=elena,
        address="elena.kowalczyk@meridian-optik.example",
        side="mailchimp",
        origin="person",
        said_at="2025-03-01T10:00:00Z",
        noted_at=NOW - timedelta(days=200),
        lifted_at=NOW - timedelta(days=100),
        lifted_by="signed up again in a Mailchimp form",
    )
    return elena


def _runs(db: Connection, connection_id: int, elena: int, only_crm: int) -> tuple[int, int]:
    receipt = add_run(db, connection_id, 41, "done", counts=encode({"update": 1, "people": 1, "held": 0}))
    add_decision(
        db,
        receipt,
        elena,
        "update",
        mailchimp_patch=Patch(fields={"LNAME": "Kowalczyk-Brandt"}),
        mailchimp_state="done",
        reasons=encode(["The CRM owns Last name."]),
    )
    add(
        db,
        history,
        connection_id=connection_id,
        person_id=elena,
        run_id=receipt,
        at=NOW - timedelta(minutes=59),
        side="mailchimp",
        what="field",
        field="LNAME",
        old="Kowalczyk",
        new="Kowalczyk-Brandt",
    )
    plan = add_run(
        db,
        connection_id,
        42,
        "waiting",
        wait="Its mapping is new, so the plan waits for a yes.",
        counts=encode({"update": 1, "new_mailchimp": 1, "people": 2, "held": 2}),
    )
    add_decision(
        db,
        plan,
        elena,
        "update",
        held=True,
        mailchimp_patch=Patch(fields={"PHONE": "+49 761 555 01 82"}),
        reasons=encode(["Changed in the CRM only."]),
    )
    add_decision(
        db,
        plan,
        elena,
        "update",
        first=True,
        held=True,
        mailchimp_patch=Patch(consent=Consent.UNSUBSCRIBED),
        reasons=encode(["The CRM says no."]),
    )
    add_decision(
        db,
        plan,
        only_crm,
        "new_mailchimp",
        held=True,
        mailchimp_patch=Patch(email="js@suessmilch.example", fields={"FNAME": "Jürgen"}, add=frozenset({"t1"})),
        reasons=encode(["Only in the CRM so far."]),
    )
    return plan, receipt
