"""A CRM's export as people: what its columns are for, and a record for each line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Origin, Person, Record, Value
from listloop.core.proposals import plain
from listloop.core.side import Capabilities, Field, FieldType, Label, LabelKind, Schema
from listloop.files.birthdays import with_birthdays
from listloop.files.forms import Form, read_yes_no, reader
from listloop.files.names import with_names
from listloop.files.opening import sources
from listloop.files.survey import Survey, split_list, survey
from listloop.files.tables import Line, Rows, open_table
from listloop.files.vcards import VCards, is_vcard
from listloop.files.words import KEY, Meaning, Program, Roles, Say, meaning_of, program, roles

_STATUS = {
    "subscribed": Consent.SUBSCRIBED, "optedin": Consent.SUBSCRIBED, "optin": Consent.SUBSCRIBED,
    "unsubscribed": Consent.UNSUBSCRIBED, "optedout": Consent.UNSUBSCRIBED, "optout": Consent.UNSUBSCRIBED,
    "cleaned": Consent.CLEANED, "bounced": Consent.CLEANED, "hardbounced": Consent.CLEANED,
    "pending": Consent.PENDING, "unconfirmed": Consent.PENDING,
}  # fmt: skip
_STRONGEST = (Consent.UNSUBSCRIBED, Consent.CLEANED, Consent.PENDING, Consent.SUBSCRIBED, Consent.UNKNOWN)

#: “Ada <ada@x.example>” and “mailto:ada@x.example”.
_ADDRESSED = re.compile(r"(?:.*<|mailto:)\s*([^<>\s]+@[^<>\s]+?)\s*>?", re.IGNORECASE)

#: What Outlook writes for a gender that nobody has told, in its columns of that name.
_UNTOLD = {"gender": "Unspecified", "geschlecht": "Keine Angabe"}

#: Digits under such names are no amounts: fax, pager and further phones, and postal codes.
_OF_DIGITS = (FieldType.NUMBER, FieldType.MONEY, FieldType.DATE, FieldType.BIRTHDAY)
_CALLED = re.compile(r"phone|telef|fax|telec|telex|pager|mobil|handy|cellul|celular")
_POSTED = re.compile(r"zip|postal|postcode|postleitzahl|plz")

_COMPANIES = frozenset({"company", "firma", "organization", "organisation", "org"})
_NONE: frozenset[str] = frozenset()

_EVERY_CHANNEL = ("all", "alle", "any", "everything")


Misread = Callable[[str, str, str], None]
"""Takes which line it is (“line 7”), a column, and what is wrong with its text."""


def untold(line: str, column: str, problem: str) -> None:
    """Let it pass."""


def _refuse(line: str, column: str, problem: str) -> None:  # noqa: ARG001 - whoever asked has the line
    raise ValueError(f"column “{column}”: {problem}")


@dataclass(frozen=True, slots=True)
class Contacts:
    """A CRM's export. ``forms`` are of the columns that have no role, and so are fields."""

    rows: Rows
    program: Program | None
    roles: Roles
    survey: Survey
    forms: Mapping[str, Form]

    @property
    def title(self) -> str:
        """Whose export it is, where that can be told."""
        return f"{self.program.title} export" if self.program else "CRM file"

    @property
    def keyed(self) -> bool:
        """Does a column name each record? Else the number of its line does."""
        return self.roles.key in self.survey.unique

    @property
    def can(self) -> Capabilities:
        """What the CRM behind the file is taken to store: an opt-out at least, and what its consent columns tell."""
        says = set(self.roles.consents.values())
        consents = frozenset(Consent)
        if says and Say.STATUS not in says:
            yes = {Consent.SUBSCRIBED} if Say.OPT_IN in says else set[Consent]()
            consents = frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED} | yes)
        return Capabilities(consents=consents, companies=True, prepares=False)

    def schema(self) -> Schema:
        """Every column without a role as a field, every label in a column of groups as a group."""
        needed = self.program is not None and self.program.needs_last
        fields = tuple(
            Field(name, name, form.type, required=needed and meaning_of(name) is Meaning.LAST)
            for name, form in self.forms.items()
        )
        labels = tuple(Label(name, name, LabelKind.GROUP) for name in self.survey.labels)
        return Schema(fields, labels)

    def column(self, meaning: Meaning) -> str:
        """The first column with this meaning, or ""."""
        return next((name for name in self.forms if meaning_of(name) is meaning), "")

    def records(self, wanted: Collection[str] | None = None, misread: Misread | None = None) -> Iterator[Record]:
        """A record for each person, with these fields only (None: all). Companies without a person are left out.

        A value that is not of its column's form is left out of its record, and told to ``misread``.
        """
        make = _Maker(self, wanted, misread or untold)
        for line in self.rows.lines():
            if line.problem:
                raise NeedsAttention(
                    f"Line {line.number} of {self.rows.source.title} {line.problem}",
                    "Mend the line, or export the file again.",
                    code="file-line",
                )
            record = make(line)
            if record is not None:
                yield record

    def lines(self, wanted: Collection[str] | None = None) -> Iterator[tuple[Line, Record | None, str]]:
        """Every line with its record (None: a company without a person), or with what is wrong with it."""
        make = _Maker(self, wanted, _refuse)
        for line in self.rows.lines():
            if line.problem:
                yield line, None, line.problem
                continue
            try:
                yield line, make(line), ""
            except ValueError as error:
                yield line, None, str(error)


def open_contacts(
    path: Path, *, encoding: str | None = None, order: str = "", given: Roles | None = None, lenient: bool = False
) -> Contacts:
    """A CRM's export, looked through once. ``given`` are roles that a person named; they win over what names suggest.

    ``lenient`` passes over lines that are wrong, for whoever reads them one by one. Raises NeedsAttention for what
    can't be read. A file without an address column is opened all the same: its ``roles`` have no e-mail then.
    """
    found = sources(path, encoding)
    if len(found) != 1:
        names = ", ".join(one.member for one in found)
        raise NeedsAttention(
            f"{path.name} holds several files: {names}.", "Unpack it, and name one.", code="file-several"
        )
    rows = with_names(VCards(found[0]) if is_vcard(found[0]) else with_birthdays(open_table(found[0])))
    has = roles(rows.header)
    if given is not None:
        has = _named(has, given)
        missing = given.taken - set(rows.header)
        if missing:
            raise NeedsAttention(
                f"{path.name} has no column “{min(missing)}”.",
                f"It has: {', '.join(rows.header)}.",
                code="column-unknown",
            )
    keys = [has.key] if has.key else [name for name in rows.header if plain(name) in KEY]
    seen = survey([rows], keys=keys, labels=dict.fromkeys(has.groups, split_list), order=order, lenient=lenient)
    if not has.email:
        addresses = [name for name, form in seen.forms.items() if form.type is FieldType.EMAIL]
        has = replace(has, email=addresses[0]) if len(addresses) == 1 else has
    if not seen.lines:
        raise NeedsAttention(
            f"{path.name} can be read, but there is nobody in it.", "Export it once more.", code="file-empty"
        )
    forms = {name: field_form(name, seen.forms[name]) for name in rows.header if name not in has.taken}
    return Contacts(rows, program(rows.header), has, seen, forms)


def _named(found: Roles, given: Roles) -> Roles:
    """The roles that were found, with those that a person named in their place."""
    free = {name for name in found.taken if name not in given.taken}

    def one(mine: str, theirs: str) -> str:
        return mine or (theirs if theirs in free else "")

    return Roles(
        email=one(given.email, found.email),
        emails=given.emails or tuple(name for name in found.emails if name in free),
        key=one(given.key, found.key),
        flag=one(given.flag, found.flag),
        mailchimp_id=one(given.mailchimp_id, found.mailchimp_id),
        consents=given.consents or {name: say for name, say in found.consents.items() if name in free},
        groups=given.groups or tuple(name for name in found.groups if name in free),
        created=one(given.created, found.created),
        kind=one(given.kind, found.kind),
    )


def field_form(name: str, form: Form, *, company: bool = True) -> Form:
    """The form of a field: what its name means goes before what its texts look like."""
    meaning = meaning_of(name)
    if meaning is Meaning.COMPANY:
        return Form(FieldType.COMPANY if company else FieldType.TEXT)
    if meaning is Meaning.PHONE:
        return Form(FieldType.PHONE)
    if meaning is None and form.type in _OF_DIGITS:
        short = plain(name)
        if _CALLED.search(short):
            return Form(FieldType.PHONE)
        return Form() if _POSTED.search(short) else form
    return Form() if meaning is not None and meaning.textual else form


class _Maker:
    """Makes records of lines; where each column is, is looked up once."""

    def __init__(self, contacts: Contacts, wanted: Collection[str] | None, misread: Misread) -> None:
        self.misread = misread
        has, header = contacts.roles, list(contacts.rows.header)
        at: Mapping[str, int] = {name: place for place, name in enumerate(header)}
        self.key = at[has.key] if contacts.keyed else None
        self.email = at.get(has.email)
        self.emails = [at[name] for name in has.emails]
        self.flag, self.mailchimp_id = at.get(has.flag), at.get(has.mailchimp_id)
        self.consents = [(at[name], CONSENTS[say]) for name, say in has.consents.items()]
        self.groups = [at[name] for name in has.groups] if contacts.survey.labels else []
        self.created, self.kind = at.get(has.created), at.get(has.kind)
        self.split = lru_cache(1000)(
            lambda cell: frozenset(split_list(cell))
        )  # the same few texts come again and again
        created = contacts.survey.forms.get(has.created, Form())
        self.date = reader(created) if created.type in (FieldType.DATE, FieldType.DATETIME) else str
        chosen = [name for name in contacts.forms if wanted is None or name in wanted]
        reading = [(name, at[name], _reading(name, contacts.forms[name])) for name in chosen]
        self.texts = [(name, place) for name, place, read in reading if read is None]
        self.fields = [(name, place, read) for name, place, read in reading if read is not None]
        self.company = at.get(contacts.column(Meaning.COMPANY))
        names = [at.get(contacts.column(one)) for one in (Meaning.FIRST, Meaning.LAST)]
        self.names = [place for place in names if place is not None] or [
            place for name, place in at.items() if plain(name) in ("name", "fullname", "displayname")
        ][:1]

    def __call__(self, line: Line) -> Record | None:
        cells = line.cells
        if self.kind is not None and cells[self.kind].lower() in _COMPANIES:
            return None
        emails = [] if self.email is None else split_emails(cells[self.email])
        for place in self.emails:
            if cells[place]:
                emails += split_emails(cells[place])
        labels = _NONE
        for place in self.groups:
            if cells[place]:
                labels |= self.split(cells[place])
        consent = _strongest([read(cells[place]) for place, read in self.consents if cells[place]])
        return Record(
            key=cells[self.key] if self.key is not None else f"line {line.number}",
            person=Person(emails[0] if emails else "", self._values(line), labels, consent),
            takes_part=True if self.flag is None else _flag(cells[self.flag]),
            mailchimp_id=cells[self.mailchimp_id] if self.mailchimp_id is not None else "",
            # A file that does not tell when a record was made has the oldest first.
            created=(self._when(line) if self.created is not None else "") or f"{line.number:012}",
            kind="Contact" if self.company is not None and cells[self.company] else "Individual",
            emails=tuple(emails[1:]),
            origin=Origin.CRM if consent is Consent.UNSUBSCRIBED else Origin.UNKNOWN,
            name=" ".join([cells[place] for place in self.names if cells[place]]),
        )

    def _when(self, line: Line) -> str:
        """When the record was made; it only orders records, so a text that is no date is as good as none."""
        try:
            return self.date(line.cells[self.created]) if self.created is not None else ""
        except ValueError:
            return ""

    def _values(self, line: Line) -> dict[str, Value]:
        cells = line.cells
        values: dict[str, Value] = {name: cells[place] for name, place in self.texts}
        for name, place, read in self.fields:
            cell = cells[place]
            try:
                values[name] = read(cell) if cell else ""
            except ValueError as error:
                self.misread(f"line {line.number}", name, str(error))
        return values


def _reading(name: str, form: Form) -> Callable[[str], Value] | None:
    """What reads a column, or None where texts stay as they are."""
    read, untold = reader(form), _UNTOLD.get(plain(name))
    if untold is not None:
        return lambda text: "" if text == untold else read(text)
    return None if read is str else read


def split_emails(cell: str) -> list[str]:
    """The addresses in a cell: Google and HubSpot put several into one, mail programs a name before them."""
    if ";" not in cell and ":::" not in cell and "<" not in cell and ":" not in cell:
        return [cell] if cell else []
    parts = (part.strip() for part in cell.replace(":::", ";").split(";"))
    return [found[1] if (found := _ADDRESSED.fullmatch(part)) else part for part in parts if part]


def _flag(cell: str) -> bool | None:
    try:
        return {"yes": True, "no": False}.get(read_yes_no(cell))
    except ValueError:
        return None


def _strongest(consents: list[Consent]) -> Consent:
    if not consents:
        return Consent.UNKNOWN
    return min(consents, key=_STRONGEST.index)


def _opt_out(cell: str) -> Consent:
    """An opt-out column: yes, or a list of channels with e-mail in it. A "no" there is not a yes to mail."""
    try:
        said = read_yes_no(cell)
    except ValueError:
        channels = {plain(part) for part in split_list(cell)}
        said = "yes" if any("mail" in one or one in _EVERY_CHANNEL for one in channels) else ""
    return Consent.UNSUBSCRIBED if said == "yes" else Consent.UNKNOWN


def _opt_in(cell: str) -> Consent:
    try:
        said = read_yes_no(cell)
    except ValueError:
        return Consent.UNKNOWN
    return {"yes": Consent.SUBSCRIBED, "no": Consent.UNSUBSCRIBED}.get(said, Consent.UNKNOWN)


def read_status(cell: str) -> Consent:
    """A status in the words of Mailchimp and of CRMs; others say nothing."""
    return _STATUS.get(plain(cell), Consent.UNKNOWN)


CONSENTS: Mapping[Say, Callable[[str], Consent]] = {Say.OPT_OUT: _opt_out, Say.OPT_IN: _opt_in, Say.STATUS: read_status}
