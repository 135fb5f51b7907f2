"""A Mailchimp audience export as members: the zip with a file for each status, or one of these files."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import md5
from itertools import islice
from pathlib import Path

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Origin, Person, Record, Value, address_key
from listloop.core.proposals import plain
from listloop.core.side import Capabilities, Field, FieldType, Label, LabelKind, Schema
from listloop.files.contacts import Misread, field_form, read_status, untold
from listloop.files.forms import TESTS, Form, reader
from listloop.files.opening import sources
from listloop.files.survey import Survey, split_quoted, survey
from listloop.files.tables import Line, Table, open_table
from listloop.files.words import EMAIL, Meaning, meaning_of

#: What Mailchimp adds to the merge fields in its exports (Mailchimp help, "View or export a contact list").
SYSTEM = frozenset(
    {
        "MEMBER_RATING", "OPTIN_TIME", "OPTIN_IP", "CONFIRM_TIME", "CONFIRM_IP", "LATITUDE", "LONGITUDE", "GMTOFF",
        "DSTOFF", "TIMEZONE", "CC", "REGION", "LAST_CHANGED", "LEID", "EUID", "NOTES", "TAGS", "UNSUB_TIME",
        "UNSUB_CAMPAIGN_TITLE", "UNSUB_CAMPAIGN_ID", "UNSUB_REASON", "UNSUB_REASON_OTHER", "CLEAN_TIME",
        "CLEAN_CAMPAIGN_TITLE", "CLEAN_CAMPAIGN_ID", "CLEAN_TYPE",
    }
)  # fmt: skip

#: What Mailchimp keeps of a text merge field, in bytes of UTF-8 (Mailchimp API reference, lists/merge-fields).
TEXT_BYTES = 255

_NAMES = (
    (re.compile(r"un-?subscribed", re.IGNORECASE), Consent.UNSUBSCRIBED),
    (re.compile(r"non-?subscribed", re.IGNORECASE), Consent.UNKNOWN),
    (re.compile(r"cleaned", re.IGNORECASE), Consent.CLEANED),
    (re.compile(r"pending", re.IGNORECASE), Consent.PENDING),
    (re.compile(r"subscribed", re.IGNORECASE), Consent.SUBSCRIBED),
)
_IDS = {"LEID": re.compile(r"\d+"), "EUID": re.compile(r"[0-9a-f]{10}")}

#: Listloop's own export of an audience is one file with everybody's status.
_STATUS_COLUMNS = frozenset({"consent", "status", "memberstatus"})

#: The statuses as people know them from Mailchimp.
STATUSES = {
    Consent.SUBSCRIBED: "subscribed",
    Consent.UNSUBSCRIBED: "unsubscribed",
    Consent.CLEANED: "cleaned",
    Consent.UNKNOWN: "non-subscribed",
    Consent.PENDING: "pending",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an export: everybody in it has the same status, unless the column ``status`` tells each one's.

    Whoever unsubscribed or bounced at some time has done so in any file. ``sure`` is False where nothing but hope
    tells the status.
    """

    table: Table
    email: str
    consent: Consent
    sure: bool = True
    status: str = ""


@dataclass(frozen=True, slots=True)
class Members:
    """An audience export. ``id_column`` is the export's ID that the CRM has stored, "" where it stores none."""

    parts: tuple[Part, ...]
    survey: Survey
    forms: Mapping[str, Form]
    id_column: str = ""

    can = Capabilities(archives=True, prepares=False)

    def schema(self) -> Schema:
        """The merge fields by their titles, and the tags."""
        fields = tuple(
            Field(name, name, form.type, form.choices, max_bytes=TEXT_BYTES if form.type is FieldType.TEXT else None)
            for name, form in self.forms.items()
        )
        return Schema(fields, tuple(Label(name, name, LabelKind.TAG) for name in self.survey.labels))

    def records(self, wanted: Collection[str] | None = None, misread: Misread | None = None) -> Iterator[Record]:
        """A record for each member, with these fields only (None: all).

        A value that is not of its column's form is left out of its record, and told to ``misread``.
        """
        for part in self.parts:
            make = _maker(self, part, wanted, misread)
            for line in part.table.lines():
                yield make(line)


def open_members(path: Path, *, encoding: str | None = None, order: str = "", email: str = "") -> Members:
    """An audience export, looked through once. ``email`` names the column of the address where it is none of the usual.

    Raises NeedsAttention for what can't be read, and where the columns are not those of an audience.
    """
    opened = [open_table(one) for one in sources(path, encoding)]
    names = {email, *(named for one in opened if (named := _address_column(one)))}
    parts = tuple(_part(one, next((name for name in one.header if name in names), "")) for one in opened)
    tables = [one.table for one in parts]
    keys = [name for name in ("EUID", "LEID") if any(name in one.header for one in tables)]
    seen = survey(tables, keys=keys, labels={"TAGS": split_quoted}, plain=SYSTEM, order=order)
    taken = SYSTEM | {one.email for one in parts} | {one.status for one in parts}
    forms = {name: _merge_form(name, form) for name, form in seen.forms.items() if name not in taken}
    return Members(parts, seen, forms)


def _part(table: Table, column: str) -> Part:
    if not column:
        raise NeedsAttention(
            f"{table.source.title} has no column of e-mail addresses; its columns are: {', '.join(table.header[:12])}.",
            "Give Mailchimp's audience export, or name the column under [audience] in a --mapping file.",
            code="columns-wrong",
        )
    for pattern, consent in _NAMES:
        if pattern.match(table.source.name):
            return Part(table, column, consent)
    if "UNSUB_TIME" in table.header:
        return Part(table, column, Consent.UNSUBSCRIBED)
    if "CLEAN_TIME" in table.header:
        return Part(table, column, Consent.CLEANED)
    status = next((name for name in table.header if plain(name) in _STATUS_COLUMNS), "")
    return Part(table, column, Consent.SUBSCRIBED, sure=bool(status), status=status)


def _address_column(table: Table) -> str:
    """The column of the address, or "": in an account's own language it may have any name, and addresses tell it."""
    short = {plain(name): name for name in reversed(table.header)}
    known = next((short[word] for word in EMAIL if word in short), "")
    return known or _by_content(table)


def _by_content(table: Table) -> str:
    """The only column with nothing but addresses in its first lines."""
    lines = [line.cells for line in islice(table.lines(), 100) if not line.problem]
    found = []
    for place, name in enumerate(table.header):
        texts = [cells[place] for cells in lines if cells[place]]
        if texts and all(map(TESTS["e-mail"], texts)):
            found.append(name)
    return found[0] if len(found) == 1 else ""


def _merge_form(name: str, form: Form) -> Form:
    """The form as a merge field has it: Mailchimp knows no moments, no money, and yes or no only as two choices."""
    form = field_form(name, form, company=False)
    if form.type is FieldType.DATETIME:
        return Form(FieldType.DATE, form.order, sure=form.sure)
    if form.type is FieldType.MONEY:
        return Form(FieldType.NUMBER, decimal=form.decimal, sure=form.sure)
    if form.type in (FieldType.YES_NO, FieldType.EMAIL):
        return Form()
    return replace(form, choices=()) if form.choices else form


def id_column(stored: Sequence[str]) -> str:
    """The column of an export that holds the kind of ID which the CRM has stored, "" where there is none."""
    filled = [one for one in stored if one]
    for name, pattern in _IDS.items():
        if filled and all(pattern.fullmatch(one) for one in filled):
            return name
    return ""


def _maker(
    members: Members, part: Part, wanted: Collection[str] | None, misread: Misread | None
) -> Callable[[Line], Record]:
    at = {name: place for place, name in enumerate(part.table.header)}
    chosen = [(name, reader(form)) for name, form in members.forms.items() if wanted is None or name in wanted]
    texts = [(name, at[name]) for name, read in chosen if read is str and name in at]
    fields = [(name, at[name], read) for name, read in chosen if read is not str and name in at]
    nowhere: dict[str, Value] = {name: "" for name, _ in chosen if name not in at}
    told = _of_part(misread, part.table.source.title) if misread else untold
    labels = lru_cache(1000)(lambda cell: frozenset(split_quoted(cell)))  # the same few texts come again and again
    key_name = next((name for name in ("EUID", "LEID") if name in members.survey.unique and name in at), "")
    key, email, tags, own_id = at.get(key_name), at[part.email], at.get("TAGS"), at.get(members.id_column)
    created = at.get("OPTIN_TIME")
    reason, status = at.get("UNSUB_REASON"), at.get(part.status)
    noes = [
        (at[name], consent)
        for name, consent in (("UNSUB_TIME", Consent.UNSUBSCRIBED), ("CLEAN_TIME", Consent.CLEANED))
        if name in at and consent is not part.consent
    ]
    names = [at[name] for name in members.forms if name in at and meaning_of(name) in (Meaning.FIRST, Meaning.LAST)]

    def make(line: Line) -> Record:
        cells = line.cells
        address = cells[email]
        consent = part.consent if status is None else read_status(cells[status])
        for place, no in noes:
            if cells[place]:
                consent = no
                break
        return Record(
            key=cells[key] if key is not None else _hashed(address) or f"line {line.number}",
            person=Person(
                address,
                _values(line, {**nowhere, **{name: cells[place] for name, place in texts}}, fields, told),
                labels(cells[tags]) if tags is not None and cells[tags] else frozenset(),
                consent,
            ),
            takes_part=True,
            mailchimp_id=cells[own_id] if own_id is not None else "",
            created=cells[created] if created is not None else "",
            kind="Member",
            origin=_origin(consent, cells[reason] if reason is not None else ""),
            name=" ".join([cells[place] for place in names if cells[place]]),
        )

    return make


def _of_part(misread: Misread, title: str) -> Misread:
    """Several files have the same numbers of lines."""
    return lambda line, column, problem: misread(f"{line} of {title}", column, problem)


def _values(
    line: Line, values: dict[str, Value], fields: Sequence[tuple[str, int, Callable[[str], Value]]], misread: Misread
) -> dict[str, Value]:
    """The texts, and with them the values of other types."""
    for name, place, read in fields:
        cell = line.cells[place]
        try:
            values[name] = read(cell) if cell else ""
        except ValueError as error:
            misread(f"line {line.number}", name, str(error))
    return values


def _hashed(address: str) -> str:
    """The subscriber hash of Mailchimp's API."""
    return md5(address_key(address).encode(), usedforsecurity=False).hexdigest() if address else ""


def _origin(consent: Consent, reason: str) -> Origin:
    """Who opted out, from the reason that the export tells."""
    if consent is not Consent.UNSUBSCRIBED:
        return Origin.UNKNOWN
    word = reason.lower()
    if "admin" in word:
        return Origin.ADMIN
    if "abuse" in word or "complain" in word or "spam" in word:
        return Origin.COMPLAINT
    return Origin.PERSON if word else Origin.UNKNOWN
