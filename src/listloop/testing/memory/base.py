"""What the in-memory CRM and the in-memory audience share: records, times, reading, and writing one by one.

Beside the calls of the ``Side`` protocol there are *hands*: what users of that side do there. Hands obey the side's
clock as writes do, and never go through its rules for programs.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, Patch, Person, Record, Value, address_key
from listloop.core.side import Capabilities, Change, Cursor, Health, Outcome, Page, Schema
from listloop.testing.memory.values import refused, stored

OVERLAP = timedelta(minutes=5)
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """A clock that moves when told; several sides may share it."""

    time: datetime = START

    def __call__(self) -> datetime:
        """The time that this clock shows."""
        return self.time

    def move(self, seconds: float) -> None:
        """Let some seconds pass."""
        self.time += timedelta(seconds=seconds)


class _Place(NamedTuple):
    """A cursor, taken apart: read on after (``time``, ``key``), and keep ``next_run`` for the next run."""

    time: str
    key: Key = ""
    next_run: str = ""

    @classmethod
    def parse(cls, cursor: Cursor) -> _Place:
        return cls(*cursor.split("|"))

    def text(self) -> Cursor:
        return "|".join(self)


@dataclass
class MemorySide:
    """An end of a connection that lives in memory. Clocks lie: its own shows ``now`` and ``offset``.

    Keys are ``prefix`` and a number in the order of creation. Times have whole seconds.
    """

    fields: Schema
    name: str = "memory"
    now: Callable[[], datetime] = field(default_factory=Clock)
    offset: timedelta = timedelta(0)
    page_size: int = 1000
    can: Capabilities = field(default_factory=Capabilities)
    prefix: str = "r"
    health: Health | None = None
    name_fields: tuple[str, ...] = ()
    _records: dict[Key, Record] = field(default_factory=dict)
    _addresses: dict[str, set[Key]] = field(default_factory=dict)
    _deleted: dict[Key, str] = field(default_factory=dict)
    _made: int = 0

    # --- the Side protocol -------------------------------------------------------------------------------------

    def check(self) -> Health:
        """``health`` where a test gives one; else all is well, and the identity goes by the name."""
        return self.health or Health(identity=f"memory:{self.name}", title=self.name)

    def schema(self) -> Schema:
        """Fields and labels as they are now."""
        return self.fields

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Pages by (time, key), each read when asked for: whoever is edited meanwhile moves to the end."""
        place = _Place("") if since is None else _Place.parse(since)
        begun = place.next_run or self._time(-OVERLAP)
        fresh = place.key == ""
        total = None
        while True:
            waiting = sorted(
                (one.changed, one.key)
                for one in self._records.values()
                if (one.changed, one.key) > (place.time, place.key)
            )
            total = len(waiting) if total is None else total
            part = waiting[: self.page_size]
            last = len(waiting) <= self.page_size
            gone = self._gone_since(place.time) if place.time and fresh else ()
            place = _Place(begun) if last else place._replace(time=part[-1][0], key=part[-1][1], next_run=begun)
            records = tuple(self._shown(self._records[key]) for _, key in part)
            yield Page(records, place.text(), last, gone, total)
            if last:
                return
            fresh = False

    def keys(self) -> Iterator[Key]:
        """Every key."""
        yield from list(self._records)

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """These records; whoever is gone is left out."""
        for key in dict.fromkeys(keys):
            if key in self._records:
                yield self._shown(self._records[key])

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Every record with one of these addresses or Mailchimp IDs."""
        found = {key for email in emails for key in self._addresses.get(address_key(email), ())}
        wanted = set(mailchimp_ids) - {""}
        if wanted:
            found |= {one.key for one in self._records.values() if one.mailchimp_id in wanted}
        yield from (self._shown(self._records[key]) for key in sorted(found))

    def erase(self, keys: Collection[Key]) -> None:
        """Delete records for good."""
        for key in keys:
            if key in self._records:
                self.delete(key)

    def close(self) -> None:
        """Nothing to end."""

    def prepare(self, schema: Schema) -> None:
        """Make missing fields, choices and labels."""
        known = {one.name: one for one in self.fields.fields}
        for wanted in schema.fields:
            old = known.get(wanted.name, wanted)
            known[wanted.name] = replace(old, choices=tuple(dict.fromkeys((*old.choices, *wanted.choices))))
        labels = {one.name: one for one in (*schema.labels, *self.fields.labels)}
        self.fields = Schema(tuple(known.values()), tuple(labels.values()))

    def drop_choice(self, field: str, choice: str) -> None:
        """Take a choice off a list."""
        fields = tuple(
            replace(one, choices=tuple(each for each in one.choices if each != choice)) if one.name == field else one
            for one in self.fields.fields
        )
        self.fields = replace(self.fields, fields=fields)

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Carry out changes one by one, each when its outcome is asked for."""
        for change in changes:
            try:
                record = self._write(change)
            except RecordRejected as error:
                yield Outcome(change.ref, error=error)
            else:
                yield Outcome(change.ref, record)

    # --- hands and looking in ----------------------------------------------------------------------------------

    def add(
        self, email: str = "", values: Mapping[str, Value] | None = None, labels: Collection[str] = (), **more: object
    ) -> Key:
        """A user makes a record; ``more`` are further attributes of ``Record``, or ``consent``."""
        record = self._blank(email)
        person = replace(record.person, fields={**record.person.fields, **(values or {})}, labels=frozenset(labels))
        return self._put(self._with(replace(record, person=person), more)).key

    def edit(self, key: Key, values: Mapping[str, Value] | None = None, **more: object) -> Record:
        """A user changes fields by hand; ``more`` as in ``add``, and ``email`` and ``labels``."""
        record = self._records[key]
        person = replace(record.person, fields={**record.person.fields, **(values or {})})
        return self._put(self._with(replace(record, person=person), more))

    def change_address(self, key: Key, email: str) -> Record:
        """A user gives a record another address."""
        return self.edit(key, email=email)

    def delete(self, key: Key) -> None:
        """A user deletes a record for good."""
        self._forget_address(self._records.pop(key))
        self._deleted[key] = self._time()

    def wait(self, seconds: float) -> None:
        """Let time pass on this side alone."""
        self.offset += timedelta(seconds=seconds)

    def record(self, key: Key) -> Record:
        """The record as it is in truth, archived ones too; ``KeyError`` when there is none."""
        return self._records[key]

    def records(self) -> tuple[Record, ...]:
        """All records as they are in truth, by key."""
        return tuple(self._records[key] for key in sorted(self._records))

    def backup(self) -> dict[str, object]:
        """Everything that this side holds, for ``restore``; its clock is no part of it."""
        return copy.deepcopy({name: held for name, held in vars(self).items() if name not in {"now", "offset"}})

    def restore(self, backup: Mapping[str, object]) -> None:
        """An administrator puts the side back to an earlier state, with the times from then."""
        vars(self).update(copy.deepcopy(dict(backup)))

    def state(self) -> dict[Key, dict[str, object]]:
        """Everything but times, as plain values: two histories that ended alike compare equal."""
        return {
            one.key: {
                "email": one.email,
                "fields": {name: value for name, value in sorted(one.person.fields.items()) if value},
                "labels": sorted(one.person.labels),
                "consent": one.person.consent.value,
                "takes_part": one.takes_part,
                "mailchimp_id": one.mailchimp_id,
                "kind": one.kind,
            }
            for one in self.records()
        }

    # --- what CRM and audience fill in -------------------------------------------------------------------------

    def _shown(self, record: Record) -> Record:
        """The record as this side shows it to programs."""
        return record

    def _blank(self, email: str) -> Record:
        """A new record with all of its fields empty."""
        self._made += 1
        key = f"{self.prefix}{self._made:06d}"
        empty = {one.name: "" for one in self.fields.fields}
        return Record(key, Person(email=email, fields=empty), created=self._time())

    def _create(self, patch: Patch) -> Record:
        """Make a record by the rules for programs."""
        record = self._edited(self._blank(patch.email or ""), patch)
        missing = [one.title for one in self.fields.fields if one.required and not record.person.fields[one.name]]
        if missing:
            raise refused(patch.email or "A new record", f"{', '.join(missing)} must not be empty", "required-field")
        return record

    def _edited(self, record: Record, patch: Patch) -> Record:
        """A record after a patch by the rules for programs; ``RecordRejected`` where they forbid it."""
        labels = {one.name for one in self.fields.labels}
        unknown = sorted((patch.add | patch.remove) - labels)
        if unknown:
            raise refused(record.email or record.key, f"there is no label {unknown[0]!r} here", "unknown-label")
        person = replace(
            record.person,
            email=record.email if patch.email is None else patch.email,
            fields={**record.person.fields, **self._stored(record, patch)},
            labels=(record.person.labels | patch.add) - patch.remove,
            consent=record.person.consent if patch.consent is None else patch.consent,
        )
        return replace(
            record,
            person=person,
            takes_part=record.takes_part if patch.takes_part is None else patch.takes_part,
            mailchimp_id=record.mailchimp_id if patch.mailchimp_id is None else patch.mailchimp_id,
        )

    def _completed(self, record: Record) -> Record:
        """A record with what follows from the rest of it."""
        return record

    # --- the inside --------------------------------------------------------------------------------------------

    def _write(self, change: Change) -> Record:
        if change.key is None:
            return self._shown(self._put(self._create(change.patch)))
        old = self._records.get(change.key)
        if old is None:
            raise refused(change.key, "there is no such record", "unknown-record")
        return self._shown(self._put(self._edited(old, change.patch)))

    def _stored(self, record: Record, patch: Patch) -> dict[str, Value]:
        values = {}
        who = record.email or record.key
        for name, value in patch.fields.items():
            held = self.fields.field(name)
            if held is None:
                raise refused(who, f"there is no field {name!r} here", "unknown-field")
            if not held.writable:
                raise refused(who, f"{held.title} can only be read", "read-only-field")
            full = record.person.fields.get(name, "")
            if value == "" and full and (held.required or not held.clearable):
                raise refused(who, f"{held.title} can't be emptied", "not-clearable")
            values[name] = stored(held, value)
        return values

    def _put(self, record: Record) -> Record:
        """Store a record; one that is as before keeps its time."""
        old = self._records.get(record.key)
        named = " ".join(filter(None, (record.person.fields.get(one) for one in self.name_fields)))
        record = self._completed(replace(record, name=named))
        if record == old:
            return old
        record = replace(record, changed=self._time())
        if old is not None:
            self._forget_address(old)
        for email in (record.email, *record.emails):
            if email:
                self._addresses.setdefault(address_key(email), set()).add(record.key)
        self._records[record.key] = record
        return record

    def _forget_address(self, record: Record) -> None:
        for email in (record.email, *record.emails):
            holders = self._addresses.get(address_key(email), set())
            holders.discard(record.key)
            if not holders:
                self._addresses.pop(address_key(email), None)

    def _with(self, record: Record, more: Mapping[str, object]) -> Record:
        of_person = {name: value for name, value in more.items() if name in {"email", "labels", "consent"}}
        of_record = {name: value for name, value in more.items() if name not in of_person}
        return replace(record, person=replace(record.person, **of_person), **of_record)  # type: ignore[arg-type]

    def _gone_since(self, time: str) -> tuple[Key, ...]:
        return tuple(sorted(key for key, at in self._deleted.items() if at >= time)) if self.can.deletions else ()

    def _time(self, by: timedelta = timedelta(0)) -> str:
        return (self.now() + self.offset + by).astimezone(UTC).isoformat(timespec="seconds")
