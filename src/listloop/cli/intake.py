"""People from a file as changes to the built-in CRM: which column goes where, who is there already, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.people import Consent, Origin, Patch, Record, address_key
from listloop.core.proposals import plain, propose
from listloop.core.side import Change, Field, FieldType, Label, LabelKind, Schema
from listloop.crm.local import LocalCrm, companies, definitions, writing
from listloop.crm.local.companies import name_key
from listloop.crm.local.drafts import Drafting, Hand
from listloop.crm.local.values import CUSTOM_TYPES, PREFIX
from listloop.files.columns import likeliest
from listloop.files.contacts import Contacts
from listloop.files.forms import Form, reader
from listloop.files.mapping import Given, parse_form
from listloop.files.tables import Line

#: The column that a file of refused lines has more than its original.
WHY = "Refused because"

_CHUNK = 500
_EVERY = 10**9


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes: a field of the book; ``new`` where it has to be made first."""

    column: str
    field: Field
    new: bool = False


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
            changes: list[Change] = []
            for line, record, problem in some:
                if problem:
                    tally.refused.append((line, problem))
                elif record is None or _is_company(self, record):
                    self._company(line, found, tally, now, write=write)
                else:
                    changes.append(self._change(line, record, found, titles))
            self._carry_out(changes, {str(line.number): line for line, _, _ in some}, tally, now, write=write)
        tally.refused.sort(key=lambda one: one[0].number)
        return tally

    def _shape(self) -> Schema:
        fields = tuple(one.field for one in self.targets if one.new)
        names = [*self.contacts.survey.labels, *([self.group] if self.group else [])]
        return Schema(fields, tuple(Label(name, name, LabelKind.GROUP) for name in names))

    def _change(self, line: Line, record: Record, found: _Index, titles: dict[str, str]) -> Change:
        values = {
            one.field.name: record.person.fields[one.column]
            for one in self.targets
            if record.person.fields.get(one.column)
        }
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
            drafting.fields |= {one.field.name: one.field for one in self.targets if one.new}
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


def _consent(record: Record, there: Record | None) -> Consent | None:
    """The consent to set: a no that stands is not lifted by a file."""
    wanted = record.person.consent
    if wanted is Consent.UNKNOWN or (there and there.person.consent in (Consent.UNSUBSCRIBED, Consent.CLEANED)):
        return None
    return wanted


class _Index:
    """Who is in the book, by address and by name, and its companies by their names."""

    def __init__(self, crm: LocalCrm) -> None:
        self.people: dict[tuple[str, str], list[Record]] = {}
        self.companies = {name_key(one["name"]) for one in companies.listed(crm.place, "", _EVERY, 0)}
        for page in crm.changes(None):
            for one in page.records:
                self.people.setdefault(_spot(one.email, one.name), []).append(_slim(one))

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


def _slim(record: Record) -> Record:
    return Record(record.key, replace(record.person, fields={}, labels=frozenset()), name=record.name)


def targets(contacts: Contacts, book: Schema, given: Given, order: str = "") -> tuple[Contacts, tuple[Target, ...]]:
    """Where each column goes: fields of the book with the same meaning, else new custom fields. Empty columns stay."""
    known = {one.name: one for one in book.fields}
    made: list[Target] = []
    if given.fields is not None:
        for column, name in given.fields.items():
            _check_column(column, contacts)
            there = known.get(name) or known.get(PREFIX + name.removeprefix(PREFIX))
            made.append(Target(column, there or _custom(name, contacts.forms[column]), there is None))
    else:
        made = _proposed(contacts, book)
    forms = dict(contacts.forms)
    for one in made:
        text = given.types.get(one.column)
        form = parse_form(text) if text else likeliest(contacts.survey.texts[one.column], one.field.type, order)
        forms[one.column] = form or (Form() if one.field.type is not forms[one.column].type else forms[one.column])
    return replace(contacts, forms=forms), tuple(made)


def _check_column(column: str, contacts: Contacts) -> None:
    if column not in contacts.forms:
        raise NeedsAttention(
            f"The file has no column “{column}” that could be a field.",
            f"It has: {', '.join(contacts.forms)}.",
            code="column-unknown",
        )


def _proposed(contacts: Contacts, book: Schema) -> list[Target]:
    columns = [name for name in contacts.forms if contacts.survey.filled.get(name) and plain(name) != plain(WHY)]
    texts = Schema(tuple(Field(name, name) for name in columns))
    wanted = Schema(tuple(Field(one.name.removeprefix(PREFIX), one.title) for one in book.fields))
    by_name = {one.name.removeprefix(PREFIX): one for one in book.fields}
    pairs = {row.crm.name: by_name[row.mailchimp.name] for row in propose(texts, wanted)[0]}
    made = []
    for name in columns:
        form = _lossless(contacts, name)
        there = pairs.get(name)
        if there is None or (there.type is FieldType.DATE and contacts.forms[name].type is FieldType.BIRTHDAY):
            made.append(Target(name, _custom(name, form), new=True))
        else:
            made.append(Target(name, there))
    return made


def _lossless(contacts: Contacts, name: str) -> Form:
    """The form of a column where reading loses nothing: a few texts may look like less than they are.

    Listloop's own export has canonical texts, so what reading would change there is of no type; years are not dropped.
    """
    form, texts = contacts.forms[name], contacts.survey.texts[name]
    read = reader(form)
    own = contacts.program is not None and contacts.program.title == "Listloop"
    if own and any(read(text) != text for text in texts):
        return Form()
    return Form() if form.type is FieldType.BIRTHDAY and any(text[:4].isdigit() for text in texts) else form


def _custom(name: str, form: Form) -> Field:
    """A new custom field; a file does not tell whether there are more choices than it shows, so those are text."""
    of = form.type if form.type in CUSTOM_TYPES and form.type is not FieldType.CHOICE else FieldType.TEXT
    short = name.removeprefix(PREFIX)
    return Field(PREFIX + short[:100], short, of)


def hand(user: str) -> Hand:
    """Whose hand an import is: two people may share an address, and a no is the CRM's."""
    return Hand(user, Origin.CRM, shares_addresses=True)
