"""A choice is renamed or removed on both sides by one call: its people are moved first, then the lists.

No service is stopped and nobody's record is saved again by hand. Killed in between, the call may simply be made again:
whoever was moved on one side only crosses as an edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from listloop.core.abilities import DropsChoices, RenamesLabels
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.fields import choice_label, choices, chosen
from listloop.core.frozen import replace
from listloop.core.people import Patch, Record, SideName, Value
from listloop.core.rules import LabelRow, Row, Rules
from listloop.core.side import Change, Field, FieldType, Schema
from listloop.store.history import Entry, add_history
from listloop.store.people import ids_by_record
from listloop.sync.context import Sync

_LISTS = (FieldType.CHOICE, FieldType.CHOICES)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of it on one side: how many people were moved, and who was refused and why."""

    side: SideName
    people: int
    refused: tuple[tuple[str, ListloopError], ...]


def move_choice(sync: Sync, row: Row, old: str, new: str) -> list[Moved]:
    """Give everybody who has one choice of a mapped list another one ("": none), and take the old one off both lists.

    A new choice is made where it is missing. The old one stays where somebody could not be moved. Raises
    NeedsAttention where the list has no such choice.
    """
    ends = (
        (SideName.CRM, _now(sync.crm.schema(), row.crm)),
        (SideName.MAILCHIMP, _now(sync.audience.schema(), row.mailchimp)),
    )
    lists = [(side, field) for side, field in ends if field.type in _LISTS]
    if not any(old in field.choices for _, field in lists):
        there = ", ".join(dict.fromkeys(one for _, field in lists for one in field.choices))
        raise NeedsAttention(f"{row.crm.title} has no choice “{old}”.", f"It has: {there}.", code="choice-unknown")
    for side, field in lists:
        if new and new not in field.choices:
            sync.side(side).prepare(Schema((replace(field, choices=(new,)),)))
    done = [_move(sync, side, field, old, new) for side, field in ends]
    for (side, field), moved in zip(ends, done, strict=True):
        end = sync.side(side)
        if field.type in _LISTS and not moved.refused and isinstance(end, DropsChoices):
            end.drop_choice(field.name, old)
    return done


def move_listed(sync: Sync, rules: Rules, name: str, old: str, new: str) -> tuple[list[Moved], Rules]:
    """The same for a list of the CRM whose choices are mapped as labels; gives the rules as they are then.

    The label in Mailchimp keeps its people and is called like the new choice. Where the choice is removed or joined to
    another one, it is left alone and no longer mapped.
    """
    field = _now(sync.crm.schema(), Field(name, name))
    if old not in field.choices:
        there = ", ".join(field.choices)
        raise NeedsAttention(f"{field.title} has no choice “{old}”.", f"It has: {there}.", code="choice-unknown")
    joined = new in field.choices
    if new and not joined:
        sync.crm.prepare(Schema((replace(field, choices=(new,)),)))
    moved = _move(sync, SideName.CRM, field, old, new)
    if not moved.refused and isinstance(sync.crm, DropsChoices):
        sync.crm.drop_choice(name, old)
    labels: list[LabelRow] = []
    for row in rules.labels:
        if row.crm.name != choice_label(field, old).name:
            labels.append(row)
        elif new and not joined:
            title = f"{row.mailchimp.title.rpartition(': ')[0]}: {new}" if ": " in row.mailchimp.title else new
            if isinstance(sync.audience, RenamesLabels):
                sync.audience.rename_label(row.mailchimp, title)
            labels.append(LabelRow(choice_label(field, new), replace(row.mailchimp, title=title)))
    return [moved], replace(rules, labels=tuple(labels))


def _now(schema: Schema, field: Field) -> Field:
    now = schema.field(field.name)
    if now is None:
        raise NeedsAttention(f"{field.title} is no longer there.", "Take it out of the mapping.", code="field-missing")
    return now


def _move(sync: Sync, side: SideName, field: Field, old: str, new: str) -> Moved:
    people, refused = 0, list[tuple[str, ListloopError]]()
    for some in _having(sync, side, field, old):
        asked = {one.key: _instead(field, one.person.fields[field.name], old, new) for one in some}
        records = {one.key: one for one in some}
        outcomes = list(
            sync.side(side).write([Change(key, key, Patch(fields={field.name: value})) for key, value in asked.items()])
        )
        written = [one.ref for one in outcomes if one.record is not None]
        people += len(written)
        refused += [(records[one.ref].email, one.error) for one in outcomes if one.error is not None]
        with sync.engine.begin() as db:
            sync.fence(db)
            ids = ids_by_record(db, sync.connection_id, side, written)
            why = f"the choice “{old}” was renamed “{new}”" if new else f"the choice “{old}” was removed"
            lines = [
                Entry(ids[key], side, "field", field.name, records[key].person.fields[field.name], asked[key], why)
                for key in written
                if key in ids
            ]
            add_history(db, sync.connection_id, None, sync.now(), lines)
    return Moved(side, people, tuple(refused))


def _having(sync: Sync, side: SideName, field: Field, old: str) -> Iterator[list[Record]]:
    """Everybody there who has the choice, some at a time; archived members can't be written, and keep it."""
    seen: set[str] = set()
    for page in sync.side(side).changes(None):
        some = [
            one
            for one in page.records
            if one.key not in seen
            and (side is SideName.CRM or one.takes_part is not False)
            and old in _chosen(field, one.person.fields.get(field.name, ""))
        ]
        seen |= {one.key for one in some}
        for start in range(0, len(some), sync.chunk):
            yield some[start : start + sync.chunk]
        if page.last:
            return


def _chosen(field: Field, value: Value) -> tuple[str, ...]:
    return chosen(value) if field.type is FieldType.CHOICES else (value,)


def _instead(field: Field, value: Value, old: str, new: str) -> Value:
    if field.type is not FieldType.CHOICES:
        return new
    return choices([new if one == old else one for one in chosen(value)])
