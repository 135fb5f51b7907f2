"""The state: one Address Book with its records, its fields, its users and their sessions."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from listloop.sandbox.maximizer.keys import Ident

PERSONS = frozenset({"Individual", "Contact"})
ENTRIES = frozenset({"Company", "Individual", "Contact"})


@dataclass(slots=True)
class Row:
    """A record of any object. ``values`` goes by canonical names of properties, user-defined ones as ``Udf/412``."""

    thing: str
    ident: Ident
    values: dict[str, Any] = field(default_factory=dict)
    created: int = 0
    changed: int = 0
    hidden: bool = False
    """Nobody but the administrator sees it."""
    damaged: bool = False
    """It takes updates and stores no user-defined field."""


@dataclass(slots=True)
class Udf:
    """A user-defined field of address book entries. ``options`` are the items of a table: key to name."""

    number: int
    name: str
    type: str
    applies: tuple[str, ...]
    folder: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    tag: str = ""
    inactive: bool = False

    @property
    def slot(self) -> str:
        return f"Udf/{self.number}"


@dataclass(slots=True)
class User:
    """Who signs in. ``rights`` are the names of what is denied, such as ``udf-setup`` and ``update``."""

    uid: str
    name: str
    password: str
    denied: set[str] = field(default_factory=set)
    web_access: bool = True
    administrator: bool = False


@dataclass(slots=True)
class Session:
    """A token that came from a sign-in: ten minutes from its last use, a day in all."""

    uid: str
    issued: int
    used: int


@dataclass(slots=True)
class Pass:
    """A personal access token; ``until`` 0: no end."""

    uid: str
    until: int = 0
    revoked: bool = False


class Account:
    """Everything that changes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.made = 0
        self.session = 1
        self.database = "AcmeBook"
        self.title = "Acme"
        self.workspace = self.token()[:32]
        self.rows: dict[str, dict[Ident, Row]] = {}
        self.udfs: dict[int, Udf] = {}
        self.folders: dict[str, str] = {}
        """Folders of user-defined fields: key part to name."""
        self.options: dict[str, dict[str, str]] = {
            "DoNotSolicitBy": {"1": "Email", "2": "Phone", "3": "Mail", "4": "Fax"},
            "Category": {"1": "Customer", "2": "Prospect", "3": "Partner"},
            "Status": {"2": "In progress", "3": "Won", "4": "Lost", "5": "Abandoned"},
            "InteractionType": {
                "60001": "Phone call", "60002": "Email", "60003": "Appointment", "60004": "Task", "70001": "Mailchimp",
            },
        }  # fmt: skip
        self.users = {
            "MASTER": User("MASTER", "Master user", "control", administrator=True),
            "SYNC": User("SYNC", "Listloop", "sync"),
        }
        self.sessions: dict[str, Session] = {}
        self.passes: dict[str, Pass] = {"pat-sync": Pass("SYNC")}
        self.codes: dict[str, str] = {}
        self.refreshing: dict[str, str] = {}
        self.targets: dict[str, dict[str, Any]] = {}
        self.subscriptions: dict[str, dict[str, Any]] = {}
        self.called: list[int] = []
        self.events: list[dict[str, Any]] = []
        """What webhooks are yet to be told, and which target."""
        self.next_udf = 401
        self.numbers: dict[str, int] = {}
        """The highest number under each ID of an entry; it is never given again."""

    def token(self) -> str:
        """A text that nobody guesses, and that is the same for the same seed and number."""
        self.made += 1
        return hashlib.sha256(f"{self.seed}/{self.made}".encode()).hexdigest()

    def new_id(self, now: int, letter: str) -> str:
        """An ID as Maximizer makes them: the moment, a number, and a letter for the kind."""
        self.made += 1
        return f"{now:012d}{self.made:010d}{letter}"

    def of(self, thing: str) -> dict[Ident, Row]:
        """All records of an object."""
        return self.rows.setdefault(thing, {})

    def family(self, id_: str) -> Iterator[Row]:
        """An entry and those under it."""
        entries = self.of("AbEntry")
        for number in range(self.numbers.get(id_, -1) + 1):
            if (id_, number) in entries:
                yield entries[id_, number]

    def put(self, row: Row) -> None:
        """Keep a record."""
        self.of(row.thing)[row.ident] = row
        if row.thing == "AbEntry":
            self.numbers[row.ident[0]] = max(row.ident[1], self.numbers.get(row.ident[0], -1))

    def udf_named(self, name: str, folder: str | None = None) -> Udf | None:
        """The field of that name, in any folder or in this one; names are compared without regard to case."""
        for one in self.udfs.values():
            if one.name.casefold() == name.casefold() and folder in (None, one.folder):
                return one
        return None
