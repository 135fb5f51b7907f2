"""The steps that the promises are told in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from listloop.core.errors import RecordRejected
from listloop.core.fields import fit
from listloop.core.people import Consent, Key, Patch, Record
from listloop.core.side import Change, Cursor, Field, FieldType, Outcome, Page, Side

LONG = 600.0
"""Seconds: more than the overlap of two readings."""


def needs(able: bool, what: str) -> None:
    """Skip a promise that is about something this side can't do."""
    if not able:
        pytest.skip(f"this side {what}")


def texts(side: Side) -> list[Field]:
    """The text fields that may be written and cleared; the suite needs at least two."""
    found = [
        one
        for one in side.schema().fields
        if one.type is FieldType.TEXT and one.writable and one.clearable and not one.required
    ]
    assert len(found) >= 2, "the side under test needs at least two optional text fields"
    return found


def typed(side: Side, *types: FieldType) -> Field:
    """A writable field of one of these types; the promise is skipped when there is none."""
    found = [one for one in side.schema().fields if one.type in types and one.writable]
    needs(bool(found), f"has no field of the type {types[0]}")
    return found[0]


def address(number: int) -> str:
    """An address that no other number has."""
    return f"person{number:04d}@suite.example"


def new(side: Side, number: int = 1, email: str | None = None) -> Patch:
    """The patch that creates a person with the least that the side requires."""
    fields = {one.name: f"Person {number}" for one in side.schema().fields if one.required}
    consent = Consent.UNKNOWN if Consent.UNKNOWN in side.can.consents else None
    return Patch(email=address(number) if email is None else email, fields=fields, consent=consent, takes_part=True)


def write(side: Side, *changes: tuple[Key | None, Patch]) -> list[Outcome]:
    """Write changes in one call; the outcomes in the order of the changes."""
    asked = [Change(f"ref{number}", key, patch) for number, (key, patch) in enumerate(changes)]
    by_ref: dict[str, Outcome] = {}
    for outcome in side.write(asked):
        assert outcome.ref not in by_ref, f"{outcome.ref} was answered twice"
        by_ref[outcome.ref] = outcome
    unanswered = [one.ref for one in asked if one.ref not in by_ref]
    assert not unanswered, f"{len(unanswered)} changes were not answered, the first is {unanswered[0]}"
    return [by_ref[one.ref] for one in asked]


def create(side: Side, *patches: Patch) -> list[Record]:
    """Create these people in one call, and fail unless all are."""
    return [stored(one) for one in write(side, *((None, patch) for patch in patches))]


def people(side: Side, count: int) -> list[Record]:
    """Create so many people, numbered from 1."""
    one = new(side)
    return create(side, *(replace(one, email=address(number)) for number in range(1, count + 1)))


def person(side: Side, **fields: str) -> Record:
    """Create one more person, with these fields beside what is required."""
    one = new(side, len(list(side.keys())) + 1)
    return create(side, replace(one, fields={**one.fields, **fields}))[0]


def update(side: Side, key: Key, patch: Patch) -> Record:
    """Change one record, and fail unless that went well."""
    return stored(write(side, (key, patch))[0])


def stored(outcome: Outcome) -> Record:
    """The record of an outcome that must be good."""
    assert outcome.error is None, f"refused: {outcome.error}"
    assert outcome.record is not None, "an outcome has a record or an error"
    return outcome.record


def refused(outcome: Outcome) -> RecordRejected:
    """The error of an outcome that must be a refusal, with its reason in words."""
    assert outcome.record is None, "an outcome never has both a record and an error"
    assert isinstance(outcome.error, RecordRejected), f"not refused: {outcome}"
    assert outcome.error.problem.strip(), "a refusal says what happened, to whom and why"
    return outcome.error


def shown(side: Side, key: Key) -> Record:
    """The record as the side shows it now."""
    found = [one for one in side.fetch([key]) if one.key == key]
    assert found, f"the side does not show {key}"
    return found[-1]


def read(side: Side, since: Cursor | None = None) -> tuple[dict[Key, Record], Cursor]:
    """Read to the end: the latest of each record, and the cursor for the next run."""
    return gather(side.changes(since))


def gather(pages: Iterable[Page]) -> tuple[dict[Key, Record], Cursor]:
    """The latest of each record of some pages, and the last cursor."""
    records: dict[Key, Record] = {}
    cursor = ""
    for page in pages:
        records.update({one.key: one for one in page.records})
        cursor = page.cursor
    return records, cursor


def kept(side: Side, field: Field, value: str) -> None:
    """Writes a value and fails if any of it is lost unseen: whole, cut by a stated limit, or refused with a reason."""
    before = person(side)
    outcome = write(side, (before.key, Patch(fields={field.name: value})))[0]
    now = shown(side, before.key)
    if outcome.error is not None:
        refused(outcome)
        assert now == before, "a refused change changes nothing"
        return
    assert stored(outcome).person.fields[field.name] == now.person.fields[field.name], (
        "the outcome shows what is stored"
    )
    assert now.person.fields[field.name] == fit(field, value), "a value is whole, or cut as its field says"
    assert now.email == before.email, "the rest of the record stays"
