"""What a run works with: both sides, the database, the clock, and the rules as they hold for this run."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy import Connection, Engine

from listloop.core.people import Key, Record, SideName
from listloop.core.rules import Rules
from listloop.core.side import Audience, Crm, Side
from listloop.store.outside import Outside
from listloop.store.records import Reading

Progress = Callable[[str, int, int | None, str], None]
"""Called with the stage (check, read, match, decide, write), how many are done, of how many, and a note."""


def _now() -> datetime:
    return datetime.now(UTC)


def _silent(_stage: str, _done: int, _of: int | None, _note: str) -> None:
    return None


def _unheard(_what: str) -> None:
    return None


def _free(_db: Connection) -> None:
    return None


class Watching(Protocol):
    """Who looks on while both sides are read, in the transaction that stores what was read."""

    def readings(self, db: Connection, side: SideName, read: Reading, page: Collection[Record], *, again: bool) -> None:
        """What a page showed, and what of it was new; ``again``: asked for by key."""

    def missing(self, db: Connection, side: SideName, keys: Collection[Key]) -> None:
        """Whom a side did not have when it was asked."""


@dataclass(slots=True)
class Sync:
    """One connection at work. ``fence`` is called in every transaction of a run, and right before anything is sent.

    It raises where somebody else runs this connection by now; the transaction is then lost, and nothing is sent.
    ``rules`` are the connection's, less the rows that rest since a side lacks their field. ``chunk`` is how many
    records go into one write, and so the most that is repeated after a crash. ``announce`` is told at once what waits
    for a yes, while the rest is written. ``outside`` is what is kept outside the database as well.
    """

    engine: Engine
    connection_id: int
    crm: Crm
    audience: Audience
    rules: Rules = field(default_factory=Rules)
    now: Callable[[], datetime] = _now
    progress: Progress = _silent
    fence: Callable[[Connection], None] = _free
    chunk: int = 500
    announce: Callable[[str], None] = _unheard
    watch: Watching | None = None
    outside: Outside | None = None

    def side(self, name: SideName) -> Side:
        """The side of that name."""
        return self.crm if name is SideName.CRM else self.audience


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a run reads: what changed (the default), everybody, or the people behind these keys.

    ``sweep`` counts every key even if that is not due; ``audit`` lists what a full reading shows that the sides had not
    told; ``believe_empty`` is a person's word that a side that reads
    almost empty is meant so.
    """

    full: bool = False
    sweep: bool = False
    audit: bool = False
    believe_empty: bool = False
    crm_keys: Collection[str] = ()
    mailchimp_keys: Collection[str] = ()

    @property
    def some(self) -> bool:
        """Are single people asked for?"""
        return bool(self.crm_keys or self.mailchimp_keys)
