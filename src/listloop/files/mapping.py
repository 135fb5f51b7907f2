"""Which column goes with which: proposed, or given in a file, and both made to hold the same type of text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from listloop.core.errors import NeedsAttention
from listloop.core.mapping import refusal
from listloop.core.proposals import propose
from listloop.core.rules import LabelRow, Row
from listloop.core.side import Field, FieldType, Schema
from listloop.files.contacts import Contacts
from listloop.files.forms import BETWEEN, ORDERS, Form
from listloop.files.members import Members
from listloop.files.words import Roles, Say

_SAYS = {"opt-out": Say.OPT_OUT, "opt-in": Say.OPT_IN, "status": Say.STATUS}

#: What stands between many choices, as a mapping file writes it.
_SIGNS = {"lines" if sign == "\n" else sign: sign for sign in BETWEEN}


class CrmPart(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    """What the columns of the CRM's file are for."""

    email: str = ""
    emails: list[str] = []
    key: str = ""
    flag: str = ""
    mailchimp_id: str = ""
    opt_out: list[str] = []
    opt_in: list[str] = []
    status: list[str] = []
    groups: list[str] = []
    created: str = ""
    kind: str = ""


class AudiencePart(msgspec.Struct, forbid_unknown_fields=True):
    """What the columns of the audience's file are for; ``types`` are by column."""

    email: str = ""
    types: dict[str, str] = {}


class Given(msgspec.Struct, forbid_unknown_fields=True):
    """A mapping as a person wrote it: ``fields`` and ``groups`` go from the CRM's names to the audience's.

    ``types`` are by the CRM's columns, like "date dmy", "number ,", "text". Without ``fields`` they are proposed.
    A column that is kept as text makes text of the one it goes with, unless that has a type here, too.
    """

    crm: CrmPart = msgspec.field(default_factory=CrmPart)
    audience: AudiencePart = msgspec.field(default_factory=AudiencePart)
    fields: dict[str, str] | None = None
    groups: dict[str, str] | None = None
    types: dict[str, str] = {}

    @property
    def roles(self) -> Roles:
        """The roles that are named."""
        crm = self.crm
        says = {Say.OPT_OUT: crm.opt_out, Say.OPT_IN: crm.opt_in, Say.STATUS: crm.status}
        return Roles(
            crm.email, tuple(crm.emails), crm.key, crm.flag, crm.mailchimp_id,
            {name: say for say, names in says.items() for name in names}, tuple(crm.groups), crm.created, crm.kind,
        )  # fmt: skip


def with_texts(given: Given, columns: Sequence[str]) -> Given:
    """The same, but for these columns of the CRM's file, which are kept as text."""
    return msgspec.structs.replace(given, types={**given.types, **dict.fromkeys(columns, str(FieldType.TEXT))})


def read_mapping(path: Path) -> Given:
    """A mapping from a TOML file. Raises NeedsAttention where it is none."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8-sig")), Given)
    except OSError as error:
        problem = f"The mapping {path} can't be read: {error.strerror}."
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        problem = f"The mapping {path} is not understood: {error}."
    raise NeedsAttention(problem, "“listloop rehearse --save-mapping FILE” writes one to start from.", code="mapping")


@dataclass(frozen=True, slots=True)
class Agreed:
    """The mapping of two files: rows and labels, and the two files with the forms that the rows need."""

    rows: tuple[Row, ...]
    labels: tuple[LabelRow, ...]
    contacts: Contacts
    members: Members


def agree(contacts: Contacts, members: Members, given: Given | None = None) -> Agreed:
    """Propose the mapping, or take the one given, and settle the types. Raises NeedsAttention for unknown columns."""
    given = given or Given()
    ours, theirs = dict(contacts.forms), dict(members.forms)
    for forms, types in ((ours, given.types), (theirs, given.audience.types)):
        for name, text in types.items():
            _known(name, list(forms))
            forms[name] = parse_form(text)
    here, there = contacts.schema(), members.schema()
    if given.fields is None:
        # By their names alone: the types are settled below, and a mapped column has one of the other's.
        pairs = _proposed(contacts, _texts(here), _texts(there))
    else:
        pairs = list(given.fields.items())
        for one, other in pairs:
            _known(one, list(ours))
            _known(other, list(theirs))
    for one, other in pairs:
        ours[one], theirs[other] = _settled(
            ours[one],
            theirs[other],
            (contacts.survey.filled.get(one, 0), members.survey.filled.get(other, 0)),
            fixed=one in given.types or other in given.audience.types,
        )
        if one in given.types and ours[one].type is FieldType.TEXT and other not in given.audience.types:
            theirs[other] = Form()
    contacts, members = replace(contacts, forms=ours), replace(members, forms=theirs)
    here, there = contacts.schema(), members.schema()
    made = [_row(here, there, one, other) for one, other in pairs]
    return Agreed(tuple(made), _labels(here, there, given), contacts, members)


def _proposed(contacts: Contacts, here: Schema, there: Schema) -> list[tuple[str, str]]:
    """Pairs of columns with the same meaning, those first in which somebody has something."""
    filled = tuple(one for one in here.fields if contacts.survey.filled.get(one.name))
    rows = propose(replace(here, fields=filled), there)[0]
    taken = {row.mailchimp.name for row in rows}
    empty = tuple(one for one in here.fields if one not in filled)
    left = tuple(one for one in there.fields if one.name not in taken)
    rows = (*rows, *propose(replace(here, fields=empty), replace(there, fields=left))[0])
    return [(row.crm.name, row.mailchimp.name) for row in rows]


def _texts(schema: Schema) -> Schema:
    return replace(schema, fields=tuple(Field(one.name, one.title) for one in schema.fields))


def _row(here: Schema, there: Schema, one: str, other: str) -> Row:
    first, second = here.field(one), there.field(other)
    assert first is not None  # noqa: S101 - both names were checked
    assert second is not None  # noqa: S101 - as above
    row = Row(first, second)
    if problem := refusal(row):
        raise NeedsAttention(problem, "Change [types] in the mapping file.", code="field-unmappable")
    return row


def _labels(here: Schema, there: Schema, given: Given) -> tuple[LabelRow, ...]:
    if given.groups is None:
        return propose(Schema(labels=here.labels), Schema(labels=there.labels))[1]
    made = []
    for one, other in given.groups.items():
        first, second = here.label(one), there.label(other)
        if first is None or second is None:
            missing = one if first is None else other
            raise NeedsAttention(f"Nobody in the file has the group or tag “{missing}”.", code="label-missing")
        made.append(LabelRow(first, second))
    return tuple(made)


def _settled(crm: Form, mailchimp: Form, filled: tuple[int, int], *, fixed: bool) -> tuple[Form, Form]:
    """The forms of a pair of columns: a column without any text takes the other's; else text, where they can't meet."""
    if not fixed and crm.type is not FieldType.COMPANY:
        if not filled[0]:
            crm = Form(mailchimp.type, mailchimp.order, mailchimp.decimal)
        elif not filled[1]:
            mailchimp = _as_merge_field(crm)
    row = Row(Field("crm", "crm", crm.type), Field("mailchimp", "mailchimp", mailchimp.type, mailchimp.choices))
    if not refusal(row):
        return crm, mailchimp
    if fixed:
        return crm, mailchimp  # refused below, with the reason
    keep = crm.type in (FieldType.COMPANY, FieldType.PHONE)
    return (crm if keep else Form()), (mailchimp if mailchimp.type is FieldType.PHONE else Form())


def _as_merge_field(form: Form) -> Form:
    of = {FieldType.DATETIME: FieldType.DATE, FieldType.MONEY: FieldType.NUMBER, FieldType.YES_NO: FieldType.TEXT}
    return Form(of.get(form.type, form.type), form.order, form.decimal, between=form.between)


def parse_form(text: str) -> Form:
    """A form as a mapping file writes it: a type, and where it needs one an order or a decimal sign."""
    words = text.split()
    detail = words.pop() if words and words[-1] in (*ORDERS, ".", ",", *_SIGNS) else ""
    try:
        of = FieldType(" ".join(words))
    except ValueError:
        raise NeedsAttention(
            f"“{text}” is no type of a column.",
            f"There are: {', '.join(FieldType)}; a date also takes dmy, mdy or ymd, a number its decimal sign, "
            f"many choices what is between them: {' '.join(_SIGNS)}",
            code="mapping",
        ) from None
    if of is FieldType.CHOICES:
        return Form(of, between=_SIGNS.get(detail, ";"))
    return Form(of, detail if detail in ORDERS else "", detail if detail in (".", ",") else "")


def _known(name: str, names: Sequence[str]) -> None:
    if name not in names:
        raise NeedsAttention(
            f"There is no column “{name}” that could be mapped.",
            f"There are: {', '.join(dict.fromkeys(names))}.",
            code="column-unknown",
        )


def mapping_text(agreed: Agreed) -> str:
    """The mapping as a file that ``read_mapping`` reads."""
    has, lines = agreed.contacts.roles, ["[crm]"]
    ones: Mapping[str, Any] = {
        "email": has.email, "emails": list(has.emails), "key": has.key, "flag": has.flag,
        "mailchimp-id": has.mailchimp_id,
        **{word: [name for name, say in has.consents.items() if say is meant] for word, meant in _SAYS.items()},
        "groups": list(has.groups), "created": has.created, "kind": has.kind,
    }  # fmt: skip
    lines += [f"{name} = {_toml(value)}" for name, value in ones.items() if value]
    lines += ["", "[audience]", f"email = {_toml(agreed.members.parts[0].email)}", "", "[audience.types]"]
    theirs = {row.mailchimp.name: agreed.members.forms[row.mailchimp.name] for row in agreed.rows}
    lines += [f"{_toml(name)} = {_toml(_form_text(form))}" for name, form in theirs.items()]
    lines += ["", "[fields]"]
    lines += [f"{_toml(row.crm.name)} = {_toml(row.mailchimp.name)}" for row in agreed.rows]
    lines += ["", "[groups]", *(f"{_toml(row.crm.name)} = {_toml(row.mailchimp.name)}" for row in agreed.labels)]
    lines += ["", "[types]"]
    mapped = {row.crm.name: agreed.contacts.forms[row.crm.name] for row in agreed.rows}
    lines += [f"{_toml(name)} = {_toml(_form_text(form))}" for name, form in mapped.items()]
    return "\n".join(lines) + "\n"


def _form_text(form: Form) -> str:
    between = next((word for word, sign in _SIGNS.items() if sign == form.between), "")
    details = (form.order, form.decimal if form.decimal == "," else "", between)
    return " ".join(part for part in (str(form.type), *details) if part)


def _toml(value: str | Sequence[str]) -> str:
    # JSON's strings and lists are TOML's, too.
    return msgspec.json.encode(value).decode()
