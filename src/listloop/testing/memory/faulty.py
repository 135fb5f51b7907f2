"""A side on which everything goes wrong that goes wrong outside: by a seeded plan, so that it can be repeated."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar

from listloop.core.abilities import DealNote, FillsGroups, NotesDeals, Seat, Segment, Segments
from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.facts import Campaign, Event, Mail
from listloop.core.people import Key, Record
from listloop.core.side import (
    Act,
    Audience,
    Capabilities,
    Change,
    Communication,
    Crm,
    Cursor,
    Deal,
    Field,
    Group,
    Health,
    Label,
    Outcome,
    Page,
    Schema,
    Side,
)

S = TypeVar("S", bound=Side)
T = TypeVar("T")


class Crash(BaseException):
    """The process was killed here. Not an ``Exception``: nobody may catch it and go on."""


class Fault(StrEnum):
    """What may go wrong."""

    TRY_LATER = "the other end can't answer now"
    NEEDS_ATTENTION = "the key was revoked"
    LOST_REPLY = "the write was done, its reply was lost"
    REPEAT = "a page or a record comes twice"
    REORDER = "outcomes come in another order"
    CRASH = "the process is killed"


@dataclass(slots=True)
class Plan:
    """How often each fault happens at a place where it can: a chance between 0 and 1, drawn from one seed.

    ``off`` stops all faults for a while. ``done`` lists what happened, for the story of a failed simulation.
    """

    seed: int
    chances: dict[Fault, float]
    off: bool = False
    done: list[str] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Seed the draw."""
        self._random = random.Random(self.seed)

    def strikes(self, fault: Fault, place: str) -> bool:
        """Does this fault happen here and now?"""
        chance = 0.0 if self.off else self.chances.get(fault, 0.0)
        if not chance or self._random.random() >= chance:
            return False
        self.done.append(f"{place}: {fault}")
        return True

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """The same things in another order."""
        return self._random.sample(things, len(things))

    def trip(self, place: str) -> None:
        """Raise here what the plan has in store."""
        if self.strikes(Fault.CRASH, place):
            raise Crash(place)
        if self.strikes(Fault.TRY_LATER, place):
            raise TryLater("The other end is busy.", "It is tried again by itself.", retry_after=1)
        if self.strikes(Fault.NEEDS_ATTENTION, place):
            raise NeedsAttention("The key was revoked.", "Enter a new one.")


@dataclass(slots=True)
class Faulty(Generic[S]):
    """A side behind a bad line; hands go straight to ``side``.

    It keeps the ``Side`` protocol: exactly one outcome per change unless the call raises, every record at least once.
    """

    side: S
    plan: Plan

    @property
    def can(self) -> Capabilities:
        """What the side behind can do."""
        return self.side.can

    def check(self) -> Health:
        """As the side behind, or a fault."""
        self.plan.trip("check")
        return self.side.check()

    def schema(self) -> Schema:
        """As the side behind, or a fault."""
        self.plan.trip("schema")
        return self.side.schema()

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Faults before each page; a page may come twice, and a record again in a later page."""
        self.plan.trip("changes")
        earlier: tuple[Record, ...] = ()
        for page in self.side.changes(since):
            if not page.last and self.plan.strikes(Fault.REPEAT, "changes, a page"):
                yield page
            again = earlier if earlier and self.plan.strikes(Fault.REPEAT, "changes, a record") else ()
            earlier = page.records[:1]
            yield replace(page, records=(*again, *page.records))
            self.plan.trip("changes, after a page")

    def keys(self) -> Iterator[Key]:
        """Faults before and between keys."""
        yield from self._tripping("keys", self.side.keys())

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """A fault, or the records in any order."""
        self.plan.trip("fetch")
        yield from self.plan.shuffled(list(self.side.fetch(keys)))

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """A fault, or the records in any order."""
        self.plan.trip("find")
        yield from self.plan.shuffled(list(self.side.find(emails, mailchimp_ids)))

    def erase(self, keys: Collection[Key]) -> None:
        """As the side behind, or a fault before or after it."""
        self.plan.trip("erase")
        self.side.erase(keys)
        self.plan.trip("erase, done")

    def close(self) -> None:
        """Nothing to end."""

    def prepare(self, schema: Schema) -> None:
        """As the side behind, or a fault before or after it."""
        self.plan.trip("prepare")
        self.side.prepare(schema)
        self.plan.trip("prepare, done")

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Faults before, after any part of the outcomes, and replies lost after the write was done."""
        self.plan.trip("write")
        held: list[Outcome] = []
        for outcome in self.side.write(changes):
            if self.plan.strikes(Fault.LOST_REPLY, "write"):
                raise TryLater("The reply was lost.", "It is tried again by itself.", code="lost-reply")
            if self.plan.strikes(Fault.CRASH, "write, before the reply"):
                raise Crash
            if self.plan.strikes(Fault.REORDER, "write"):
                held.append(outcome)
                continue
            yield outcome
            self.plan.trip("write, after an outcome")
        yield from self.plan.shuffled(held)

    def _tripping(self, place: str, things: Iterator[T]) -> Iterator[T]:
        """The same things, with faults before, between and after them."""
        self.plan.trip(place)
        for thing in things:
            yield thing
            self.plan.trip(f"{place}, going on")


@dataclass(slots=True)
class FaultyCrm(Faulty[Crm]):
    """A CRM behind a bad line."""

    def append(self, communications: Sequence[Communication]) -> Iterator[Outcome]:
        """Faults before and between outcomes; what was answered is written."""
        yield from self._tripping("append", self.side.append(communications))

    def deals(self, since: Cursor | None) -> Iterator[tuple[tuple[Deal, ...], Cursor]]:
        """Faults before and between pages."""
        yield from self._tripping("deals", self.side.deals(since))

    def groups(self) -> Iterator[Group]:
        """Faults before and between groups."""
        yield from self._tripping("groups", self.side.groups())

    def group(self, key: Key) -> Iterator[Key]:
        """Faults before and between keys."""
        yield from self._tripping("group", self.side.group(key))

    def make_group(self, title: str, keys: Collection[Key]) -> Group:
        """A fault before or after the group was made."""
        self.plan.trip("make_group")
        group = self.side.make_group(title, keys)
        self.plan.trip("make_group, done")
        return group

    def change_group(self, key: Key, add: Collection[Key], remove: Collection[Key]) -> None:
        """A fault before or after the group was changed."""
        self.plan.trip("change_group")
        if isinstance(self.side, FillsGroups):
            self.side.change_group(key, add, remove)
        self.plan.trip("change_group, done")

    def deal_fields(self) -> Sequence[Field]:
        """A fault, or the fields."""
        self.plan.trip("deal_fields")
        return self.side.deal_fields() if isinstance(self.side, NotesDeals) else ()

    def note_deals(self, field: str, notes: Sequence[DealNote]) -> Iterator[Outcome]:
        """Faults before and between outcomes."""
        assert isinstance(self.side, NotesDeals)
        yield from self._tripping("note_deals", self.side.note_deals(field, notes))

    def url(self, key: Key) -> str:
        """As the side behind: no call to the outside."""
        return self.side.url(key)


@dataclass(slots=True)
class FaultyAudience(Faulty[Audience]):
    """An audience behind a bad line."""

    def acts(self, key: Key) -> Sequence[Act]:
        """A fault, or what is known."""
        self.plan.trip("acts")
        return self.side.acts(key)

    def marks(self) -> Sequence[str]:
        """As the side behind: read along with the schema."""
        return self.side.marks()

    def leave_mark(self, mark: str) -> None:
        """A fault before or after the mark was left."""
        self.plan.trip("leave_mark")
        self.side.leave_mark(mark)
        self.plan.trip("leave_mark, done")

    def campaigns(self) -> Iterator[Campaign]:
        """Faults before and between campaigns."""
        yield from self._tripping("campaigns", self.side.campaigns())

    def events(
        self, campaign: Campaign, since: str = "", cursor: Cursor = ""
    ) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
        """Faults before and between pages."""
        yield from self._tripping("events", self.side.events(campaign, since, cursor))

    def mail(self, campaign: Campaign) -> Mail:
        """A fault, or the mail."""
        self.plan.trip("mail")
        return self.side.mail(campaign)

    def clock_there(self) -> str:
        """As the side behind: no call to the outside."""
        return self.side.clock_there()

    def segments(self) -> Sequence[Segment]:
        """A fault, or the segments."""
        self.plan.trip("segments")
        return self._segments().segments()

    def seats(self, segment: str) -> Iterator[Seat]:
        """Faults before and between members."""
        yield from self._tripping("seats", self._segments().seats(segment))

    def make_segment(self, title: str, emails: Sequence[str]) -> Segment:
        """A fault before or after the segment was made."""
        self.plan.trip("make_segment")
        made = self._segments().make_segment(title, emails)
        self.plan.trip("make_segment, done")
        return made

    def change_segment(self, segment: str, add: Sequence[str], remove: Sequence[str]) -> int:
        """A fault before or after the segment was changed."""
        self.plan.trip("change_segment")
        added = self._segments().change_segment(segment, add, remove)
        self.plan.trip("change_segment, done")
        return added

    def group_segment(self, label: Label, title: str) -> Segment:
        """A fault before or after the segment was made."""
        self.plan.trip("group_segment")
        made = self._segments().group_segment(label, title)
        self.plan.trip("group_segment, done")
        return made

    def _segments(self) -> Segments:
        assert isinstance(self.side, Segments)
        return self.side
