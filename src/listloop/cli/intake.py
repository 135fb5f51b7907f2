"""People from a file as changes to the built-in CRM: who is there already, what changes, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from listloop.cli.targets import Target
from listloop.core.errors import RecordRejected
from listloop.core.people import Consent, Origin, Patch, Record, address_key
from listloop.core.side import Change, Label, LabelKind, Schema
from listloop.crm.local import LocalCrm, companies, definitions, writing
from listloop.crm.local.companies import name_key
from listloop.crm.local.drafts import Drafting, Hand
from listloop.crm.local.records import last_number, without_address
from listloop.files.contacts import Contacts
from listloop.files.forms import TESTS
from listloop.files.tables import Line

_CHUNK = 500
_EVERY = 10**9


@dataclass(slots=True)
class Tally:
    """What an import did, or would do."""

    new: int = 0
    changed: int = 0
    same: int = 0
    companies: int = 0
    refused: list[tuple[Line, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Intake:
    """A file on its way into a book. ``flag`` is *Sync with Mailchimp* of those for whom the file does not tell."""

    contacts: Contacts
    targets: tuple[Target, ...]
    crm: LocalCrm
    hand: Hand
    flag: bool | None = None
    group: str = ""

    def run(self, now: datetime, *, write: bool) -> Tally:
        """Bring everybody in, at most 500 in a transaction; without ``write`` nothing is, and the same is told."""
        if write:
            definitions.prepare(self.crm.place, self._shape(), now)
        tally = Tally()
        found = _Index(self.crm)
        chosen = {one.column for one in self.targets}
        lines = self.contacts.lines(chosen)
        titles = {one.title: one.name for one in self.crm.schema().labels}
        while some := list(islice(lines, _CHUNK)):
            found.load([(record, self._values(record)) for _, record, _ in some if record is not None])
            changes: list[Change] = []
            for line, record, problem in some:
                if problem:
                    tally.refused.append((line, problem))
                elif record is None or _is_company(self, record):
                    self._company(line, found, tally, now, write=write)
                elif problem := _no_address(record) if found.of(record, self._values(record)) is None else "":
                    tally.refused.append((line, problem))
                elif (twin := found.twin(line, record, self._values(record))) is None:
                    changes.append(self._change(line, record, found, titles))
                elif twin.alike:
                    tally.same += 1
                else:
                    tally.refused.append(
                        (line, f"This is the person of line {twin.number} again. Keep one of the two.")
                    )
            self._carry_out(changes, {str(line.number): line for line, _, _ in some}, tally, now, write=write)
        tally.refused.sort(key=lambda one: one[0].number)
        return tally

    def _values(self, record: Record) -> dict[str, str]:
        """What a line says of a person, by the book's fields."""
        return {
            one.field.name: record.person.fields[one.column]
            for one in self.targets
            if record.person.fields.get(one.column)
        }

    def _shape(self) -> Schema:
        fields = tuple(one.field for one in self.targets if one.new or one.more)
        names = [*self.contacts.survey.labels, *([self.group] if self.group else [])]
        return Schema(fields, tuple(Label(name, name, LabelKind.GROUP) for name in names))

    def _change(self, line: Line, record: Record, found: _Index, titles: dict[str, str]) -> Change:
        values = self._values(record)
        for name, email in zip(("email_2", "email_3"), record.emails, strict=False):
            values.setdefault(name, email)
        labels = {*record.person.labels, *([self.group] if self.group else [])}
        there = found.of(record, values)
        takes_part = record.takes_part if self.contacts.roles.flag else (self.flag if there is None else None)
        patch = Patch(
            email=record.email if there is None else None,
            fields=values,
            add=frozenset(titles[one] for one in labels if one in titles),
            consent=_consent(record, there),
            takes_part=takes_part,
            mailchimp_id=record.mailchimp_id or None,
        )
        return Change(str(line.number), there.key if there else None, patch)

    def _company(self, line: Line, found: _Index, tally: Tally, now: datetime, *, write: bool) -> None:
        at = self.contacts.rows.header.index
        values = {one.field.name: line.cells[at(one.column)] for one in self.targets if line.cells[at(one.column)]}
        name = values.pop("company", "") or values.get("last_name", "")
        if not name:
            tally.refused.append((line, "A company needs a name. Fill in its name."))
            return
        if name_key(name) in found.companies:
            return
        kept = {key: value for key, value in values.items() if key in companies.FIELDS}
        try:
            if write:
                companies.add(self.crm.place, {**kept, "name": name}, now)
        except RecordRejected as error:
            tally.refused.append((line, str(error)))
            return
        found.companies.add(name_key(name))
        tally.companies += 1

    def _carry_out(
        self, changes: Sequence[Change], lines: dict[str, Line], tally: Tally, now: datetime, *, write: bool
    ) -> None:
        place = self.crm.place
        with place.read() as db:
            drafting = Drafting(db, place.book, changes, now, self.hand)
            drafting.fields |= {one.field.name: one.field for one in self.targets if one.new or one.more}
            refused = [outcome for change in changes if (outcome := drafting.take(change)) is not None]
        for outcome in refused:
            tally.refused.append((lines[outcome.ref], str(outcome.error)))
        tally.new += len(drafting.new)
        touched = [one for one in drafting.known.values() if one.refs]
        tally.changed += sum(len(one.refs) for one in touched if one.changed)
        tally.same += sum(len(one.refs) for one in touched if not one.changed)
        if write:
            bad = {outcome.ref for outcome in refused}
            writing.write_chunk(place, [one for one in changes if one.ref not in bad], now, self.hand)


def _is_company(intake: Intake, record: Record) -> bool:
    """Has the line a company and nobody in it?"""
    fields = record.person.fields
    names = ("first_name", "last_name")
    named = any(fields.get(one.column) for one in intake.targets if one.field.name in names)
    return record.kind == "Contact" and not record.email and not named


def _no_address(record: Record) -> str:
    """What is wrong with the address of a line, "" where it could get mail, or is empty."""
    wrong = next((one for one in (record.email, *record.emails) if one and not TESTS["e-mail"](one)), "")
    return f"“{wrong}” is no e-mail address. Mend it, or leave it empty." if wrong else ""


def _consent(record: Record, there: Record | None) -> Consent | None:
    """The consent to set: a no that stands is not lifted by a file."""
    wanted = record.person.consent
    if wanted is Consent.UNKNOWN or (there and there.person.consent in (Consent.UNSUBSCRIBED, Consent.CLEANED)):
        return None
    return wanted


@dataclass(frozen=True, slots=True)
class _Twin:
    """An earlier line with the same address and the same name; ``alike`` where it says the same of the person."""

    number: int
    alike: bool


class _Index:
    """Who of the lines at hand is in the book, and its companies by their names; never the whole book of people.

    Whoever comes in with this import is no match for a later line: what is written is what the preview showed.
    """

    def __init__(self, crm: LocalCrm) -> None:
        self.crm = crm
        self.last = last_number(crm.place)
        self.people: dict[tuple[str, str], list[Record]] = {}
        self.companies = {name_key(one["name"]) for one in companies.listed(crm.place, "", _EVERY, 0)}
        self.lines: dict[int, tuple[int, int]] = {}  # who was in the file: hashes only, it may be long

    def load(self, records: Sequence[tuple[Record, dict[str, str]]]) -> None:
        """Look up whom these records could be: by their addresses, and who has none by the name."""
        emails = {address_key(one.email) for one, _ in records} - {""}
        names = {values.get("last_name", "") for one, values in records if not address_key(one.email)}
        self.people.clear()
        for one in (*self.crm.find(emails), *without_address(self.crm.place, names)):
            if int(one.key) <= self.last:
                for email in (one.email, *one.emails) if one.email else ("",):
                    self.people.setdefault(_spot(email, one.name), []).append(one)

    def twin(self, line: Line, record: Record, values: dict[str, str]) -> _Twin | None:
        """The line of this file that told of this person before."""
        name = f"{values.get('first_name', '')} {values.get('last_name', '')}".strip().lower()
        spot, cells = hash((address_key(record.email), name)), hash(tuple(line.cells))
        if not name or spot not in self.lines:
            self.lines[spot] = line.number, cells
            return None
        number, before = self.lines[spot]
        return _Twin(number, before == cells)

    def of(self, record: Record, values: dict[str, str]) -> Record | None:
        """The person of the book that a line tells of: the same address, and the same first or last name.

        Who has no address is the one without an address and of the same name.
        """
        first, last = values.get("first_name", "").lower(), values.get("last_name", "").lower()
        there = self.people.get(_spot(record.email, f"{first} {last}".strip()), [])
        same = [one for one in there if one.name.lower() == f"{first} {last}".strip()]
        alike = [one for one in there if {first, last} & set(one.name.lower().split(" ")) - {""}]
        return next(iter(same), None) or (alike[0] if len(alike) == 1 else None)


def _spot(email: str, name: str) -> tuple[str, str]:
    key = address_key(email)
    return key, "" if key else name.lower()


def hand(user: str) -> Hand:
    """Whose hand an import is: two people may share an address, and a no is the CRM's."""
    return Hand(user, Origin.CRM, shares_addresses=True)
