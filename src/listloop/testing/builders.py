"""Short ways to write down people, records, fields and rules in a test."""

from __future__ import annotations

from collections.abc import Iterable

from listloop.core.people import Consent, Key, Patch, Person, Record, Value
from listloop.core.rules import Direction, LabelRow, Owner, Row, Rules
from listloop.core.side import Field, FieldType, Label, LabelKind, Schema

MERGE_BYTES = 255
"""What Mailchimp keeps of a text merge field, in bytes of UTF-8 (Mailchimp API reference, lists/merge-fields)."""


def person(email: str = "", labels: Iterable[str] = (), consent: Consent = Consent.UNKNOWN, **fields: Value) -> Person:
    """``person("ada@lovelace.example", First="Ada")``."""
    return Person(email, fields, frozenset(labels), consent)


def record(
    key: Key,
    email: str = "",
    *,
    labels: Iterable[str] = (),
    consent: Consent = Consent.UNKNOWN,
    takes_part: bool | None = True,
    mailchimp_id: str = "",
    changed: str = "2026-01-05T09:00:00+00:00",
    kind: str = "",
    **fields: Value,
) -> Record:
    """``record("p1", "ada@lovelace.example", First="Ada")``: a record that takes part."""
    return Record(
        key,
        person(email, labels, consent, **fields),
        takes_part=takes_part,
        mailchimp_id=mailchimp_id,
        changed=changed,
        created=changed,
        kind=kind,
    )


def patch(email: str | None = None, **fields: Value) -> Patch:
    """``patch(First="Ada")``: an edit of fields; use ``Patch`` for anything else."""
    return Patch(email=email, fields=fields)


def field(
    name: str,
    of: FieldType = FieldType.TEXT,
    *,
    choices: Iterable[str] = (),
    required: bool = False,
    max_bytes: int | None = None,
    max_chars: int | None = None,
) -> Field:
    """``field("First")``: a writable field titled by its name."""
    return Field(name, name, of, tuple(choices), required, max_bytes=max_bytes, max_chars=max_chars)


def label(name: str, kind: LabelKind = LabelKind.TAG, title: str = "") -> Label:
    """``label("vip")``: a label titled by its name."""
    return Label(name, title or name, kind)


def schema(*parts: Field | Label) -> Schema:
    """``schema(field("First"), label("vip"))``."""
    fields = tuple(one for one in parts if isinstance(one, Field))
    return Schema(fields, tuple(one for one in parts if isinstance(one, Label)))


def row(
    crm: Field | str,
    mailchimp: Field | str,
    *,
    owner: Owner = Owner.CRM,
    direction: Direction = Direction.BOTH,
) -> Row:
    """``row("First", "FNAME")``: two text fields, unless fields are given."""
    return Row(
        field(crm) if isinstance(crm, str) else crm,
        field(mailchimp, max_bytes=MERGE_BYTES) if isinstance(mailchimp, str) else mailchimp,
        direction,
        owner,
    )


def label_row(crm: str, mailchimp: str) -> LabelRow:
    """``label_row("customers", "customer")``: a group of the CRM and a tag."""
    return LabelRow(label(crm, LabelKind.GROUP), label(mailchimp))


def rules(*rows: Row | LabelRow) -> Rules:
    """Rules with these rows and every default; ``dataclasses.replace`` changes the rest."""
    return Rules(
        rows=tuple(one for one in rows if isinstance(one, Row)),
        labels=tuple(one for one in rows if isinstance(one, LabelRow)),
    )


CRM_SCHEMA = schema(
    field("First", max_chars=100),
    field("Last", max_chars=100, required=True),
    field("City", max_chars=60),
    field("Company", FieldType.COMPANY),
    field("Employees", FieldType.NUMBER),
    field("Birth", FieldType.DATE),
    field("Size", FieldType.CHOICE, choices=("small", "large")),
    label("customers", LabelKind.GROUP),
    label("press", LabelKind.GROUP),
)
"""What the CRM of most tests holds."""

AUDIENCE_SCHEMA = schema(
    field("FNAME", max_bytes=MERGE_BYTES),
    field("LNAME", max_bytes=MERGE_BYTES),
    field("CITY", max_bytes=MERGE_BYTES),
    field("COMPANY", max_bytes=MERGE_BYTES),
    field("STAFF", FieldType.NUMBER),
    field("BIRTH", FieldType.DATE),
    field("SIZE", FieldType.CHOICE, choices=("small", "large")),
    label("customer"),
    label("press"),
)
"""What the audience of most tests holds."""
