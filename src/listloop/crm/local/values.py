"""What a person of the built-in CRM can hold, and the check of each text before it is written."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from listloop.core.errors import RecordRejected
from listloop.core.fields import FORMS, chosen
from listloop.core.fields import canonical as canonical_text
from listloop.core.side import Field, FieldType
from listloop.crm.local import tables
from listloop.crm.local.tables import LIMIT

PREFIX = "custom:"


def _text(name: str, title: str, type_: FieldType = FieldType.TEXT) -> Field:
    return Field(name, title, type_, max_chars=LIMIT)


#: The fields that every person has; each but ``company`` is a column of that name.
FIXED: tuple[Field, ...] = (
    _text("first_name", "First name"),
    Field("last_name", "Last name", required=True, clearable=False, max_chars=LIMIT),
    _text("title", "Job title"),
    _text("company", "Company", FieldType.COMPANY),
    _text("phone", "Phone", FieldType.PHONE),
    _text("street", "Street"),
    _text("city", "City"),
    _text("postal_code", "Postal code"),
    _text("country", "Country"),
    _text("language", "Language"),
    Field("birthday", "Date of birth", FieldType.DATE),
    _text("email_2", "Second e-mail", FieldType.EMAIL),
    _text("email_3", "Third e-mail", FieldType.EMAIL),
    _text("owner", "Owner"),
)

#: The types that a custom field may have.
CUSTOM_TYPES = frozenset(FieldType) - {FieldType.COMPANY}

#: The types whose fields have choices.
LISTED = frozenset({FieldType.CHOICE, FieldType.CHOICES})


def fields_of(connection: Connection, book: int) -> dict[str, Field]:
    """Every field of a book by its name, the fixed ones first, the custom ones in the order they were made."""
    statement = select(tables.fields).where(tables.fields.c.book_id == book).order_by(tables.fields.c.id)
    custom = (_custom(row) for row in connection.execute(statement))
    return {one.name: one for one in (*FIXED, *custom)}


def _custom(row: Row[Any]) -> Field:
    limit = LIMIT if FieldType(row.type) not in FORMS else None
    return Field(PREFIX + row.name, row.title, FieldType(row.type), tuple(row.choices), max_chars=limit)


def canonical(field: Field, value: str) -> str:
    """The text as it is stored. Raises ``RecordRejected`` where it can't be the content of this field."""
    check_text(field.title, value)
    if field.required and not value.strip():
        raise RecordRejected(
            f"The built-in CRM needs a value in “{field.title}”.", "Fill in that field.", code="required"
        )
    if value and field.choices:
        _check_choices(field, value)
    try:
        return canonical_text(field.type, value)
    except ValueError:
        raise RecordRejected(
            f"“{value}” can't be stored in “{field.title}”: it holds a {field.type}.",
            f"Write it as {FORMS[field.type][2]}.",
            code="invalid-value",
        ) from None


def _check_choices(field: Field, value: str) -> None:
    for one in chosen(value) if field.type is FieldType.CHOICES else (value,):
        if one not in field.choices:
            raise RecordRejected(
                f"“{one}” is not a choice of “{field.title}”.",
                f"Choose one of: {', '.join(field.choices)}; or add the choice to the field.",
                code="invalid-value",
            )


def check_text(title: str, value: str, limit: int = LIMIT) -> None:
    """Raise ``RecordRejected`` for a text that is too long, or that no database stores."""
    if len(value) > limit:
        raise RecordRejected(
            f"“{value[:40]}…” is too long for “{title}”: {len(value)} characters, where {limit} fit.",
            "Shorten it.",
            code="too-long",
        )
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise RecordRejected(
            f"The text in “{title}” holds a character that can't be stored.", "Type it again.", code="invalid-value"
        )


def check_known(names: Collection[str], fields: Collection[str]) -> None:
    """Raise ``RecordRejected`` where a field is written that the book hasn't got."""
    for name in names:
        if name not in fields:
            raise RecordRejected(
                f"The built-in CRM has no field “{name}”.",
                "Take the field out of the mapping, or make it again.",
                code="field-missing",
            )
