"""A set-up without a real CRM or Mailchimp behind it: it knows one key, two audiences and a few fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, insert

from listloop.core.errors import NeedsAttention
from listloop.core.people import Person, Record
from listloop.core.plan import Rule
from listloop.core.rules import Rules
from listloop.core.side import Adapter, Crm, Field, FieldType, Label, LabelKind, Schema
from listloop.store import drafts
from listloop.store.codec import encode
from listloop.store.connections import change_connection, save_rules
from listloop.store.drafts import Draft
from listloop.store.plans import connection_lines
from listloop.store.rhythm import Rhythm
from listloop.store.tables import connections
from listloop.web.setup import STEPS, AudienceChoice, Example, Headcount, Hook, Looked
from tests.web.pressed import Pressed
from tests.web.world import NOW, RULES

KEY = "0123456789abcdef0123456789abcdef-us1"

CRM = Schema(
    (
        Field("first_name", "First name"),
        Field("last_name", "Last name", required=True),
        Field("phone", "Phone", FieldType.PHONE),
        Field("language", "Language", FieldType.CHOICE, choices=("Deutsch", "English")),
        Field("born", "Date of birth", FieldType.DATE),
        Field("company", "Company", FieldType.COMPANY),
    ),
    (Label("g1", "Customer A", LabelKind.GROUP), Label("g2", "<b>Fair</b>", LabelKind.GROUP)),
)
AUDIENCE = Schema(
    (
        Field("FNAME", "First Name"),
        Field("LNAME", "Last Name"),
        Field("PHONE", "Phone", FieldType.PHONE),
        Field("LANG", "Language", FieldType.CHOICE, choices=("Deutsch", "English")),
        Field("SEATS", "Seats", FieldType.NUMBER),
    ),
    (Label("t1", "Customer A", LabelKind.TAG), Label("i1", "Topics: Trade fairs", LabelKind.INTEREST)),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A CRM's own page to sign in on, for whoever enters a client ID."""

    fills: frozenset[str] = frozenset({"refresh"})

    def ask(self, settings: Mapping[str, str], back: str, state: str) -> str:
        return f"https://crm.example/authorize?back={back}&state={state}" if settings.get("app") else ""

    def take(self, settings: Mapping[str, str], code: str, back: str) -> Mapping[str, str]:
        return {"refresh": code}


def _never_opened(_settings: Mapping[str, str]) -> Crm:
    raise AssertionError("the pages open no CRM themselves")


PAGED = Adapter(
    "paged", "Paged CRM", _never_opened, (("app", "Client ID"), ("refresh", "No field")),
    frozenset({"refresh"}), page=Page(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SetUpAlone:
    """Keeps drafts and rules in the database as the real one does, and notes what was asked for."""

    engine: Engine
    pressed: Pressed

    def crms(self) -> Sequence[Adapter]:
        return (
            Adapter("local", "Built-in CRM", _never_opened, (("book", "Book (empty: main)"),)),
            Adapter(
                "sagecrm",
                "Sage CRM",
                _never_opened,
                (("user", "User"), ("password", "Password")),
                frozenset({"password"}),
            ),
            PAGED,
        )

    def name_of(self, crm: str) -> str:
        return next(one.title for one in self.crms() if one.name == crm)

    def drafts(self) -> Sequence[Draft]:
        with self.engine.begin() as db:
            return drafts.all_drafts(db)

    def draft(self, draft_id: int) -> Draft:
        with self.engine.begin() as db:
            return drafts.draft(db, draft_id)

    def begin(self, crm: str, settings: Mapping[str, str], who: str) -> int:
        if settings.get("password") == "wrong":
            raise NeedsAttention("Sage CRM does not accept the password.", "Check it.", detail='{"code": 401}')
        self.pressed.calls.append(("begin", crm, dict(settings), who))
        with self.engine.begin() as db:
            title = "" if settings.get("app") else "CRM of tests"
            return drafts.add_draft(db, crm=crm, crm_settings=dict(settings), crm_title=title, now=NOW)

    def ask_crm(self, place: str, back: str, state: str) -> str:
        kind, _, number = place.partition("/")
        known = self.draft(int(number)).crm_settings if kind == "draft" else {}
        return Page().ask(known, back, state)

    def crm_came_back(self, place: str, code: str, back: str, who: str) -> None:
        self.pressed.calls.append(("crm_came_back", place, code, back, who))
        if code != "good":
            raise NeedsAttention("The CRM did not accept the sign-in.", "Sign in once more.")

    def sign_in(self, draft_id: int, key: str, base_url: str, who: str) -> None:
        self.draft(draft_id)
        if key != KEY:
            raise NeedsAttention("Mailchimp does not accept the API key.", "Make a new one.")
        with self.engine.begin() as db:
            drafts.change_base_url(db, draft_id, base_url)

    def ask_mailchimp(self, back: str, state: str) -> str:
        return f"https://login.example/oauth2/authorize?back={back}&state={state}"

    def came_back(self, draft_id: int, code: str, back: str, who: str) -> None:
        self.pressed.calls.append(("came_back", draft_id, code, back, who))
        if code != "good":
            raise NeedsAttention("Mailchimp did not accept the sign-in.", "Sign in at Mailchimp once more.")

    def audiences(self, draft_id: int) -> Sequence[AudienceChoice]:
        self.draft(draft_id)
        with self.engine.begin() as db:
            kept = {line.audience: line.name for line in connection_lines(db)}
        there = (("a1", "Customers & prospects", 21_034), ("a2", "Old list", 0))
        return [AudienceChoice(*one, kept.get(one[0], "")) for one in there]

    def connect(self, draft_id: int, audience: str, name: str, who: str) -> int:
        values = {"name": name, "crm": "local", "audience": audience, "setup_step": STEPS[0], "created_at": NOW}
        with self.engine.begin() as db:
            drafts.drop_draft(db, draft_id)
            row = insert(connections).values(**values, rules=encode(RULES)).returning(connections.c.id)
            return int(db.execute(row).scalar_one())

    def drop(self, draft_id: int, who: str) -> None:
        with self.engine.begin() as db:
            drafts.drop_draft(db, draft_id)

    def check(self, connection_id: int) -> Sequence[Looked]:
        return [
            Looked("ok", "The CRM answers: CRM of tests."),
            Looked("look", "A plan waits for a yes.", "Look at it."),
        ]

    def schemas(self, connection_id: int) -> tuple[Schema, Schema]:
        return CRM, AUDIENCE

    def count(self, connection_id: int, rules: Rules) -> Headcount:
        self.pressed.calls.append(("count", connection_id, rules.only_groups, rules.only_values))
        return Headcount(5_000, False, {Rule.FLAG_BLANK: 1_200, Rule.NO_EMAIL: 300})

    def example(self, connection_id: int) -> Example:
        here = Person("ada@b.example", {"first_name": "Ada <i>", "last_name": "Lovelace"})
        there = Person("ada@b.example", {"FNAME": "Ada", "LNAME": "Lovelace", "SEATS": "7"})
        return Example(Record("c1", here), Record("m1", there))

    def make_field(self, connection_id: int, name: str, who: str) -> None:
        self.pressed.calls.append(("make_field", connection_id, name, who))

    def save(self, connection_id: int, rules: Rules, what: str, who: str) -> None:
        self.pressed.calls.append(("save", connection_id, what, who))
        with self.engine.begin() as db:
            save_rules(db, connection_id, rules)

    def hook(self, connection_id: int) -> Hook:
        if connection_id == 1:
            return Hook("")
        return Hook("https://listloop.example.com", state="works", heard_at=NOW)

    def use_hook(self, connection_id: int, wanted: bool, who: str) -> None:
        self.pressed.calls.append(("use_hook", connection_id, wanted, who))
        if connection_id == 2:
            raise NeedsAttention("Mailchimp can't reach https://listloop.example.com.", "Open it to the internet.")

    def change_key(self, connection_id: int, key: str, who: str) -> None:
        if key != KEY:
            raise NeedsAttention("Mailchimp does not accept the API key.", "Make a new one.")
        self.pressed.calls.append(("change_key", connection_id, who))

    def crm_settings(self, connection_id: int) -> dict[str, str]:
        return {"user": "eva <sync>"}

    def change_crm(self, connection_id: int, given: Mapping[str, str], who: str) -> None:
        if given.get("password") == "wrong":
            raise NeedsAttention("Sage CRM does not accept the password.", "Check it.")
        self.pressed.calls.append(("change_crm", connection_id, dict(given), who))

    def runs(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        self.pressed.calls.append(("runs", connection_id, str(rhythm), who))

    def results(self, connection_id: int, rhythm: Rhythm | None, who: str) -> None:
        self.pressed.calls.append(("results", connection_id, str(rhythm), who))

    def step(self, connection_id: int, step: str) -> None:
        with self.engine.begin() as db:
            change_connection(db, connection_id, setup_step=step)
