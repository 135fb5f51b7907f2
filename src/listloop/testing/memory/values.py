"""What a field takes and what it stores: cutting and refusing, as a real side does it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation

from listloop.core.errors import RecordRejected
from listloop.core.people import Value
from listloop.core.side import Field, FieldType


def cut(field: Field, value: Value) -> Value:
    """What of a value fits into a field: whole characters only, by the field's limits of characters and bytes."""
    if field.max_chars is not None:
        value = value[: field.max_chars]
    if field.max_bytes is not None:
        value = value.encode()[: field.max_bytes].decode(errors="ignore")
    return value


def stored(field: Field, value: Value) -> Value:
    """The value as the field stores it; ``RecordRejected`` (``invalid-value``) where it takes no such value."""
    if value == "":
        return value
    if not _is_unicode(value) or not is_valid(field, value):
        raise RecordRejected(
            f"{field.title} can't hold {value[:40]!r}, because it is a field of the type {field.type}.",
            "Correct the value, then sync again.",
            code="invalid-value",
        )
    return cut(field, value)


def is_valid(field: Field, value: Value) -> bool:
    """Is a non-empty value one of this field's type?"""
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return _is_number(value)
        case FieldType.DATE:
            return _is_time(value, "%Y-%m-%d")
        case FieldType.BIRTHDAY:
            return _is_time(f"2000-{value}", "%Y-%m-%d") or _is_time(f"2000/{value}", "%Y/%m/%d")
        case FieldType.CHOICE:
            return value in field.choices
        case FieldType.URL | FieldType.IMAGE_URL:
            return value.startswith(("http://", "https://"))
        case _:
            return True


def refused(who: str, why: str, code: str) -> RecordRejected:
    """The error of one record, in a sentence."""
    return RecordRejected(f"{who} was not written: {why}.", "Correct the record or the mapping.", code=code)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_time(value: str, form: str) -> bool:
    try:
        # A calendar date has no zone.
        datetime.strptime(value, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True
