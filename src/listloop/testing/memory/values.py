"""What a field takes and what it stores: cutting and refusing, as a real side does it."""

from __future__ import annotations

from datetime import datetime

from listloop.core.errors import RecordRejected
from listloop.core.fields import fit, number
from listloop.core.people import Value
from listloop.core.side import Field, FieldType

_FORMS = {FieldType.DATE: "%Y-%m-%d", FieldType.DATETIME: "%Y-%m-%dT%H:%M:%S"}


def stored(field: Field, value: Value) -> Value:
    """The value as the field stores it; ``RecordRejected`` (``invalid-value``) where it takes no such value."""
    if value == "":
        return value
    try:
        value.encode()
        return fit(field, _canonical(field, value))
    except ValueError:
        raise RecordRejected(
            f"{field.title} can't hold {value[:40]!r}, because it is a field of the type {field.type}.",
            "Correct the value, then sync again.",
            code="invalid-value",
        ) from None


def refused(who: str, why: str, code: str) -> RecordRejected:
    """The error of one record, in a sentence."""
    return RecordRejected(f"{who} was not written: {why}.", "Correct the record or the mapping.", code=code)


def _canonical(field: Field, value: str) -> Value:
    """The value in the canonical text of its type; ``ValueError`` where it is none."""
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return number(value)
        case FieldType.DATE | FieldType.DATETIME:
            # A calendar date has no zone, and a date-time is in the connection's.
            datetime.strptime(value, _FORMS[field.type])  # noqa: DTZ007
        case FieldType.BIRTHDAY:
            datetime.strptime(f"2000-{value}", "%Y-%m-%d")  # noqa: DTZ007  # as above
        case FieldType.YES_NO:
            _one_of(value, ("yes", "no"))
        case FieldType.CHOICE:
            _one_of(value, field.choices)
        case FieldType.URL | FieldType.IMAGE_URL:
            _one_of(value.partition("://")[0], ("http", "https"))
        case _:
            pass
    return value


def _one_of(value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(value)
