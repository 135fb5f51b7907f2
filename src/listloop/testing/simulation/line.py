"""The line between Listloop and a side: it writes down what is asked, and goes wrong where the history says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, Patch, Record
from listloop.core.side import Capabilities, Change, Cursor, Health, Outcome, Page, Schema
from listloop.testing.memory import Fault as Happening
from listloop.testing.memory import MemoryAudience, MemoryCrm, Plan
from listloop.testing.simulation.history import Fault, Move, Trouble

SLOW = 900.0
"""Seconds that a slow answer takes."""

NEVER = datetime(1, 1, 1, tzinfo=UTC)

LAG = timedelta(minutes=4)
"""A change may be hidden from the stream for so long: less than cursors overlap."""


@dataclass(slots=True)
class Schedule(Plan):
    """Faults and hands at exact places instead of by chance.

    Every place that could go wrong asks ``strikes``; the nth time that a trouble is asked for under a fault's place,
    it happens. ``met`` counts what happened.
    """

    seed: int = 0
    chances: dict[Happening, float] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    meanwhile: list[tuple[int, Move]] = field(default_factory=list)
    hand: Callable[[Move], None] = lambda _move: None
    wait: Callable[[float], None] = lambda _seconds: None
    met: Counter[str] = field(default_factory=Counter)
    chance: Counter[Fault] = field(default_factory=Counter)
    calls: int = 0
    transactions: int = 0

    def load(self, faults: Sequence[Fault], meanwhile: Sequence[tuple[int, Move]]) -> None:
        """Set what goes wrong from here on, and forget what was left of before."""
        self.faults, self.meanwhile = list(faults), list(meanwhile)
        self.chance, self.calls, self.transactions = Counter(), 0, 0
        self.done.clear()

    def strikes(self, fault: Happening | Trouble, place: str) -> bool:
        """Does this happen here and now?"""
        for one in self.faults:
            if one.trouble == fault and place.startswith(one.place):
                self.chance[one] += 1
                if self.chance[one] == one.nth:
                    self.done.append(f"{place}: {fault}")
                    self.met[Trouble(fault)] += 1
                    return True
        return False

    def trip(self, place: str) -> None:
        """A call to a side: hands may be at work first; then what the history has in store is raised."""
        self.calls += 1
        for at, move in self.meanwhile:
            if at == self.calls:
                self.hand(move)
        if self.strikes(Trouble.SLOW, place):
            self.wait(SLOW)
        # Not super(): a slotted dataclass is made anew, and the bare form would look for the first one.
        Plan.trip(self, place)


@dataclass(frozen=True, slots=True)
class Request:
    """A change that reached a side, with the record as it truly was before and after (None: not there, refused).

    ``age`` is how long before the call Listloop had last read what it writes.
    """

    side: str
    ref: str
    key: Key | None
    patch: Patch
    before: Record | None
    after: Record | None
    age: timedelta = timedelta(0)

    @property
    def took(self) -> bool:
        """Did the side change anything?"""
        return self.after is not None and self.after != self.before


@dataclass(slots=True)
class Line:
    """A side as Listloop reaches it: every change is written down with what it truly did.

    ``refused`` are keys that the side won't write at the moment, ``hidden`` those that it denies to have during this
    run, each once in a history at most; ``at_once`` sends all changes of a call in one; a side that ``lags`` shows
    changes minutes late. A stale answer repeats the state before the last change, and only of records whose newest
    state was shown already.
    """

    name: str
    side: MemoryCrm | MemoryAudience
    plan: Schedule
    tick: Callable[[], None]
    requests: list[Request] = field(default_factory=list)
    refused: set[Key] = field(default_factory=set)
    hidden: set[Key] = field(default_factory=set)
    denied: set[Key] = field(default_factory=set)
    at_once: bool = False
    lags: bool = True
    shown: dict[Key, list[Record]] = field(default_factory=dict)
    read: dict[Key, datetime] = field(default_factory=dict)
    polled: datetime = NEVER
    ended: set[Cursor] = field(default_factory=set)

    def __getattr__(self, name: str) -> Any:
        """What is not told apart here is the side's own."""
        return getattr(self.side, name)

    @property
    def can(self) -> Capabilities:
        """What the side can do."""
        return self.side.can

    def check(self) -> Health:
        """As the side."""
        return self.side.check()

    def schema(self) -> Schema:
        """As the side."""
        return self.side.schema()

    def prepare(self, schema: Schema) -> None:
        """As the side."""
        self.side.prepare(schema)

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Pages, some of them from a lagging copy, incomplete, or cut off."""
        begun = self.side.now()
        whole, resumed = since is None, since is not None and since not in self.ended
        hidden = (begun + self.side.offset - LAG).isoformat(timespec="seconds")
        for page in self.side.changes(since):
            some = [
                one
                for one in page.records
                if not (whole and self._left_out(one.key, "changes"))
                and not (
                    not whole and self.lags and one.changed > hidden and self.plan.strikes(Trouble.LATE, "changes")
                )
            ]
            cut = self.plan.strikes(Trouble.CUT, "changes")
            if page.last and not cut:
                self.ended.add(page.cursor)
            if page.last and not resumed and not cut:
                self.polled = begun
            yield replace(page, records=tuple(self._show(some, "changes")), last=page.last and not cut)
            if cut:
                return

    def keys(self) -> Iterator[Key]:
        """Every key; somebody may be left out."""
        for key in self.side.keys():  # noqa: SIM118 - a call of the protocol, not a dict
            if not self._left_out(key, "keys"):
                yield key

    def _left_out(self, key: Key, place: str) -> bool:
        """Is somebody known left out of a whole reading?"""
        if key not in self.shown:
            return False
        if key not in self.denied and self.plan.strikes(Trouble.HIDDEN, place):
            self.hidden.add(key)
            self.denied.add(key)
        return key in self.hidden or self.plan.strikes(Trouble.MISSING, place)

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """Records, some of them from a lagging copy."""
        yield from self._show(list(self.side.fetch(set(keys) - self.hidden)), "fetch")

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """As the side."""
        yield from self._show(list(self.side.find(emails, mailchimp_ids)), "find")

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Each change in a second of its own, as it is asked for, or all at once."""
        if self.at_once:
            yield from self._write_at_once(changes)
            return
        begun = self.side.now()
        for change in changes:
            self.tick()
            age = begun - max(self.polled, self.read.get(change.key or "", self.polled))
            before = self._true(change.key)
            if change.key in self.refused or self.plan.strikes(Trouble.REFUSE, "write"):
                error = RecordRejected(f"{change.key or change.patch.email} is refused.", "Try again.", code="odd")
                outcome = Outcome(change.ref, error=error)
            else:
                outcome = next(iter(self.side.write([change])))
            after = self._true(outcome.record.key) if outcome.record else None
            if outcome.error is not None:
                self.plan.met[f"refused: {outcome.error.code}"] += 1
            self.requests.append(Request(self.name, change.ref, change.key, change.patch, before, after, age))
            if outcome.record:
                self._note(outcome.record)
            yield outcome

    def _write_at_once(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """As the side likes it; whoever got no answer is looked for afterwards."""
        self.tick()
        begun = self.side.now()
        before = {one.key: one for one in self.side.records()}
        open_ = {one.ref: one for one in changes if one.key not in self.refused}
        yield from (
            Outcome(one.ref, error=RecordRejected(f"{one.key} is refused.", "Try again.", code="odd"))
            for one in changes
            if one.ref not in open_
        )
        try:
            for outcome in self.side.write(list(open_.values())):
                self._log(open_.pop(outcome.ref), outcome.record.key if outcome.record else None, before, begun)
                if outcome.record:
                    self._note(outcome.record)
                if outcome.error is not None:
                    self.plan.met[f"refused: {outcome.error.code}"] += 1
                yield outcome
        finally:
            for change in open_.values():
                self._log(change, change.key or self._made(change, before), before, begun)

    def _log(self, change: Change, key: Key | None, before: Mapping[Key, Record], begun: datetime) -> None:
        age = begun - max(self.polled, self.read.get(change.key or "", self.polled))
        was = before.get(change.key) if change.key else None
        self.requests.append(Request(self.name, change.ref, change.key, change.patch, was, self._true(key), age))

    def _made(self, change: Change, before: Mapping[Key, Record]) -> Key | None:
        """Who was made although no answer came."""
        email = (change.patch.email or "").strip().lower()
        made = [one.key for one in self.side.records() if one.key not in before and one.email.strip().lower() == email]
        return made[0] if made else None

    def _true(self, key: Key | None) -> Record | None:
        return next((one for one in self.side.records() if one.key == key), None) if key else None

    def _show(self, records: Sequence[Record], place: str) -> Iterator[Record]:
        for one in records:
            states = self.shown.get(one.key, ())
            if len(states) > 1 and states[-1] == one and self.plan.strikes(Trouble.STALE, place):
                yield states[-2]
            else:
                self._note(one)
                yield one

    def _note(self, record: Record) -> None:
        self.read[record.key] = self.side.now()
        states = self.shown.setdefault(record.key, [])
        if not states or states[-1].changed < record.changed:
            states.append(record)
        elif states[-1].changed == record.changed:
            states[-1] = record
