"""What a field takes and what it stores: cutting and refusing, as a real side does it."""

from __future__ import annotations

import re

from listloop.core.addresses import parts_of
from listloop.core.errors import RecordRejected
from listloop.core.fields import canonical, chosen, fit
from listloop.core.people import Value
from listloop.core.side import Field, FieldType

_LINKS = (FieldType.URL, FieldType.IMAGE_URL)


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
    """The value in the canonical text of its type; ``ValueError`` where it is none, or not of the field's form."""
    text = canonical(field.type, value)
    if field.pattern and not re.fullmatch(field.pattern, text):
        raise ValueError(text)
    for one in chosen(text) if field.type is FieldType.CHOICES else (text,):
        if field.choices and one not in field.choices:
            raise ValueError(one)
    missing = set(field.needs) - parts_of(text).keys() if field.type is FieldType.ADDRESS else ()
    if missing or (field.type in _LINKS and text.partition("://")[0] not in ("http", "https")):
        raise ValueError(text)
    return text
