"""The command line in this process: what was said, and how it ended."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from listloop.cli.main import main
from listloop.crm.local import open_local
from listloop.crm.local.book import Book
from listloop.sandbox.server import Running
from listloop.settings import Settings
from listloop.wiring import open_listloop

KEY = "0123456789abcdef0123456789abcdef-us1"

#: The audience: Ann is in the CRM too, with another phone number; Eve is in the audience only; Otto said no.
AUDIENCE: dict[str, Any] = {
    "name": "Newsletter",
    "merge_fields": [
        {"tag": "COMPANY", "name": "Company", "type": "text"},
        {"tag": "CITY", "name": "City", "type": "text"},
    ],
    "tags": ["vip"],
    "members": [
        {
            "email_address": "ann@archer.example",
            "status": "subscribed",
            "merge_fields": {"FNAME": "Ann", "LNAME": "Archer", "PHONE": "+44 20 7946 0001"},
        },
        {
            "email_address": "eve@evans.example",
            "status": "subscribed",
            "merge_fields": {"FNAME": "Eve", "LNAME": "Evans", "COMPANY": "Evans & Daughters"},
        },
        {"email_address": "otto@out.example", "status": "unsubscribed", "merge_fields": {"LNAME": "Out"}},
    ],
}

#: The CRM: Ann, Bob, Cleo without an address, and Otto, whose no the CRM does not know yet.
PEOPLE: tuple[tuple[str, dict[str, str]], ...] = (
    ("ann@archer.example", {"first_name": "Ann", "last_name": "Archer", "phone": "+44 20 7946 0002"}),
    ("bob@brown.example", {"first_name": "Bob", "last_name": "Brown", "company": "Brown Brothers", "city": "Leeds"}),
    ("", {"first_name": "Cleo", "last_name": "Clark"}),
    ("otto@out.example", {"first_name": "Otto", "last_name": "Out"}),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Cli:
    """Runs commands as a shell would; anything but an exit is a traceback, and fails the test."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    database: Path
    mailchimp: Running

    def __call__(self, *words: str) -> Said:
        self.capsys.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["listloop", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self.capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Said(code, out, err)

    def answering(self, *answers: str) -> None:
        """From now on somebody sits at the terminal, and answers each question with the next of these lines."""
        typed = io.StringIO("".join(f"{answer}\n" for answer in answers))
        self.monkeypatch.setattr(typed, "isatty", lambda: True)
        self.monkeypatch.setattr(sys, "stdin", typed)

    def connect(self, *words: str) -> Said:
        """Connect with the sandbox."""
        base = () if "--base-url" in words else ("--base-url", f"{self.mailchimp.url}/3.0")
        return self("connect", *base, *words)

    def api(self) -> httpx2.Client:
        """Mailchimp's own API, for what somebody does there from outside of Listloop."""
        return httpx2.Client(base_url=f"{self.mailchimp.url}/3.0", auth=("any", KEY))

    def edit(self, email: str, **fields: str) -> None:
        """Edit the people of the CRM who have that address, by hand."""
        with opened_book(self.database) as book:
            for one in book.people(email):
                book.edit_person(one.key, fields)

    def member(self, email: str, **values: Any) -> dict[str, Any]:
        """Edit a member as the marketer does in Mailchimp; without values, only look."""
        done = self.mailchimp.control("people/admin-edit", {"email": email, **values})
        found: dict[str, Any] = done["member"]
        return found


@contextmanager
def opened_book(database: Path) -> Iterator[Book]:
    """The built-in CRM in that file, for edits by hand."""
    crm = open_local({"database": str(database)})
    try:
        yield Book(crm.place, "test")
    finally:
        crm.close()


def fill(database: Path) -> None:
    """Make the CRM of the tests: its people, and the group “Fair” with Ann and Bob in it."""
    open_listloop(Settings(database=str(database))).close()
    with opened_book(database) as book:
        keys = [book.add_person(fields, email) for email, fields in PEOPLE]
        book.make_group("Fair", keys[:2])
