"""A real side by the simulation's names: keys that count, and the fields and labels of the simulation's schemas.

What is behind it is the real client or the real CRM, in full; only words are exchanged, both ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from listloop.core.people import Key, Patch, Person, Record
from listloop.core.side import Capabilities, Change, Cursor, Field, Label, Outcome, Page, Schema


@dataclass(slots=True)
class Numbers:
    """Keys of a real side as numbers in the order of creation: ``m000001`` for the first."""

    prefix: str
    real: dict[Key, Key] = field(default_factory=dict)
    ours: dict[Key, Key] = field(default_factory=dict)

    def of(self, real: Key) -> Key:
        """The number of a real key; a new one where it was never seen. "" stays ""."""
        if real and real not in self.ours:
            number = f"{self.prefix}{len(self.ours) + 1:06d}"
            self.ours[real], self.real[number] = number, real
        return self.ours.get(real, "")

    def back(self, number: Key) -> Key:
        """The real key behind a number; what is no number of ours is a key that nobody has."""
        return self.real.get(number, number)


@dataclass
class Renamed:
    """A side whose names are exchanged; ``fields`` and ``labels`` go from the simulation's names to the real ones."""

    side: Any
    fields: Mapping[str, str]
    labels: Mapping[str, str]
    keys_: Numbers
    ids: Numbers
    known: Schema

    def __getattr__(self, name: str) -> Any:
        """What has no names in it is the side's own."""
        return getattr(self.side, name)

    @property
    def can(self) -> Capabilities:
        """As the side."""
        return self.side.can  # type: ignore[no-any-return]

    def schema(self) -> Schema:
        """The simulation's fields, as long as the side has them, and fixed where the side can't change them."""
        there = self.side.schema()
        fields = {one.name: one.fixed for one in there.fields}
        labels = {one.name for one in there.labels}
        return Schema(
            tuple(
                replace(one, fixed=fields[real])
                for one in self.known.fields
                if (real := self.fields.get(one.name)) in fields
            ),
            tuple(one for one in self.known.labels if self.labels.get(one.name) in labels),
        )

    def prepare(self, schema: Schema) -> None:
        """Make what is missing."""
        self.side.prepare(Schema(tuple(map(self._field, schema.fields)), tuple(map(self._label, schema.labels))))

    def _field(self, one: Field) -> Field:
        return replace(one, name=self.fields.get(one.name, one.name))

    def _label(self, one: Label) -> Label:
        return replace(one, name=self.labels.get(one.name, one.name))

    def changes(self, since: Cursor | None) -> Iterator[Page]:
        """Pages of renamed records."""
        for page in self.side.changes(since):
            yield replace(page, records=tuple(map(self.shown, page.records)), gone=tuple(map(self.keys_.of, page.gone)))

    def keys(self) -> Iterator[Key]:
        """Every key, as a number."""
        yield from map(self.keys_.of, self.side.keys())

    def fetch(self, keys: Collection[Key]) -> Iterator[Record]:
        """Records by their numbers."""
        yield from map(self.shown, self.side.fetch([self.keys_.back(one) for one in keys]))

    def find(self, emails: Collection[str], mailchimp_ids: Collection[str] = ()) -> Iterator[Record]:
        """Records by addresses and by IDs, which are the numbers of members."""
        yield from map(self.shown, self.side.find(emails, [self.ids.back(one) for one in mailchimp_ids]))

    def erase(self, keys: Collection[Key]) -> None:
        """Delete records for good."""
        self.side.erase([self.keys_.back(one) for one in keys])

    def acts(self, key: Key) -> Sequence[Any]:
        """The acts of a member."""
        return self.side.acts(self.keys_.back(key))  # type: ignore[no-any-return]

    def write(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """All changes in one call of the side, as the engine asks for them."""
        real = [replace(one, key=one.key and self.keys_.back(one.key), patch=self._patch(one.patch)) for one in changes]
        for outcome in self.side.write(real):
            yield replace(outcome, record=self.shown(outcome.record)) if outcome.record else outcome

    def shown(self, real: Record) -> Record:
        """A record by the simulation's names; fields that it has no name for are left out."""
        labels = {there: name for name, there in self.labels.items()}
        person = Person(
            real.person.email,
            {name: real.person.fields.get(there, "") for name, there in self.fields.items()},
            frozenset(labels[one] for one in real.person.labels if one in labels),
            real.person.consent,
        )
        return replace(real, key=self.keys_.of(real.key), person=person, mailchimp_id=self.ids.of(real.mailchimp_id))

    def _patch(self, patch: Patch) -> Patch:
        return replace(
            patch,
            fields={self.fields[name]: value for name, value in patch.fields.items()},
            add=frozenset(self.labels[one] for one in patch.add),
            remove=frozenset(self.labels[one] for one in patch.remove),
            mailchimp_id=patch.mailchimp_id and self.ids.back(patch.mailchimp_id),
        )
