"""Sending without a real Mailchimp: an audience in memory whose campaigns are rows of a dict."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine

from listloop.core.errors import NeedsAttention
from listloop.core.people import Key
from listloop.core.sending import Envelope, Finding, Level, Sender, Shown, State, Template
from listloop.core.side import LabelKind
from listloop.store.connections import connection
from listloop.sync.context import Sync
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, label, schema
from listloop.testing.memory import MemoryAudience, MemoryCrm

FIELDS = schema(*AUDIENCE_SCHEMA.fields, label("interest:i1", LabelKind.INTEREST))


@dataclass
class OutboxAlone:
    """Campaigns as they stand; what was sent, tried out and put away is noted in ``mails``, in order."""

    there: dict[Key, Shown] = field(default_factory=dict)
    contents: dict[Key, tuple[str, str]] = field(default_factory=dict)
    mails: list[tuple[Any, ...]] = field(default_factory=list)

    def sender(self) -> Sender:
        return Sender("Halden Roos", "news@halden-roos.example", "Halden Roos, Hauptstr. 1, 79098 Freiburg")

    def find(self, title: str) -> Shown | None:
        return next((one for one in self.there.values() if one.title == title), None)

    def show(self, key: Key) -> Shown | None:
        return self.there.get(key)

    def content(self, key: Key) -> tuple[str, str]:
        return self.contents.get(key, ("", ""))

    def make(self, title: str, envelope: Envelope) -> Shown:
        key = f"c{len(self.there) + 1}"
        self.there[key] = Shown(key, str(len(self.there) + 1), title, State.DRAFT, envelope)
        return self.there[key]

    def change(self, key: Key, title: str, envelope: Envelope) -> None:
        self.there[key] = replace(self.there[key], title=title, envelope=envelope)

    def fill(self, key: Key, html: str, text: str) -> None:
        self.contents[key] = html, text

    def checklist(self, key: Key) -> Sequence[Finding]:
        return [Finding(Level.GOOD, "Subject", "There is a subject.")]

    def test(self, key: Key, addresses: Sequence[str], *, plain: bool) -> None:
        self.mails.append(("test", *addresses))

    def send(self, key: Key) -> None:
        self._move(key, State.DRAFT, State.SENDING)
        self.mails.append(("send", key))

    def schedule(self, key: Key, at: datetime) -> None:
        self._move(key, State.DRAFT, State.SCHEDULED, at.astimezone(UTC).isoformat())

    def unschedule(self, key: Key) -> None:
        self._move(key, State.SCHEDULED, State.DRAFT)

    def cancel(self, key: Key) -> None:
        self._move(key, State.SENDING, State.CANCELLED)

    def templates(self) -> Sequence[Template]:
        return [Template("1", "House <b>style</b>")]

    def template(self, key: str) -> str:
        if key != "1":
            raise NeedsAttention("Mailchimp has no such template.", "Choose another one.", code="template")
        return "<p>House *|UNSUB|* *|LIST:ADDRESSLINE|*</p>"

    def upload(self, name: str, data: bytes) -> str:
        return f"https://files.example/{name}"

    def _move(self, key: Key, before: State, after: State, at: str = "") -> None:
        if self.there[key].state is not before:
            raise NeedsAttention("Mailchimp refuses that now.", "Look how it stands.", code="refused")
        self.there[key] = replace(self.there[key], state=after, at=at)


@dataclass
class SendingAudience(MemoryAudience):
    """An audience that campaigns can be sent to."""

    out: OutboxAlone = field(default_factory=OutboxAlone)

    def outbox(self) -> OutboxAlone:
        return self.out


class SendingAlone:
    """Opens connections for clicks, all on the same two sides."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now
        self._crm = MemoryCrm(CRM_SCHEMA, "crm")
        self._crm.make_group("Fair <i>2026</i>", [self._crm.add("a@acme.example", {"Last": "A"})])
        self.audience = SendingAudience(FIELDS, "audience")

    @contextmanager
    def __call__(self, connection_id: int, /) -> Iterator[Sync]:
        with self._engine.begin() as db:
            rules = connection(db, connection_id).rules
        yield Sync(self._engine, connection_id, self._crm, self.audience, rules, now=self._now)
