"""A value on the wire and in Listloop: each type of field has its own form on either side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from listloop.core.errors import RecordRejected
from listloop.core.fields import FORMS, canonical, choices, chosen, fit, fits_whole, number
from listloop.core.people import Value
from listloop.core.side import FieldType
from listloop.crm.maximizer.answers import pick
from listloop.crm.maximizer.shape import Column

YES, NO = "2", "1"
"""The items of every yes/no field (seen in live Address Books)."""

NO_YEAR = "2000"
"""The year that is written where a date has none: it has a 29 February."""

NUMERIC = frozenset({FieldType.NUMBER, FieldType.MONEY})
LISTED = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO})


def keys_of(value: Any) -> list[str]:
    """The keys of a table's value: a list, a text alone, or nothing."""
    if value in (None, ""):
        return []
    given = value if isinstance(value, list) else [value]
    return [str(pick(one, "Key") if isinstance(one, dict) else one) for one in given]


def plain(value: Any) -> str:
    """A text; blanks at its ends are Maximizer's own and mean nothing."""
    if isinstance(value, dict):
        value = next((one for name in ("Value", "Address", "Number") if (one := pick(value, name)) is not None), "")
    return "" if value is None else str(value).strip()


def shown(column: Column, value: Any) -> Value:
    """A value of Maximizer's in canonical text; "" for what has none."""
    kind = column.field.type
    if kind is FieldType.YES_NO:
        return {YES: "yes", NO: "no"}.get((keys_of(value) or [""])[0], "")
    if kind in LISTED:
        labels = [column.options[one].strip() for one in keys_of(value) if one in column.options]
        return choices(labels) if kind is FieldType.CHOICES else (labels or [""])[0]
    text = plain(value)
    try:
        if kind in NUMERIC:
            return number(text)
        if kind is FieldType.DATE:
            return canonical(kind, text[:10])
        if kind is FieldType.BIRTHDAY:
            return canonical(kind, text[5:10])
    except ValueError:
        return ""
    return text


def sent(column: Column, value: Value) -> Any:
    """A value as Maximizer takes it, cut to what the field holds. Raises ``RecordRejected`` for what it can't hold."""
    field = column.field
    if not field.writable:
        raise _refused(f"“{field.title}” can't be written.", "Take it out of the mapping.", "read-only-field")
    _check_text(field.title, value)
    if field.required and not value.strip():
        raise _refused(f"Maximizer needs a value in “{field.title}”.", "Fill in that field.", "required")
    if field.type in LISTED:
        return _items(column, value)
    try:
        text = canonical(field.type, value)
    except ValueError:
        raise _refused(
            f"“{value[:40]}” can't be stored in “{field.title}”: it holds a {field.type}.",
            f"Write it as {FORMS[field.type][2]}.",
            "invalid-value",
        ) from None
    if field.type in NUMERIC:
        if not fits_whole(field, text):
            raise _refused(f"“{value[:40]}” has too many digits for “{field.title}”.", "Shorten it.", "invalid-value")
        return Decimal(fit(field, text)) if text else None
    if field.type in {FieldType.DATE, FieldType.BIRTHDAY}:
        return (f"{NO_YEAR}-{text}" if column.yearless else text) if text else None
    return fit(field, text)


def _items(column: Column, value: Value) -> list[str]:
    if column.field.type is FieldType.YES_NO:
        if value not in {"", "yes", "no"}:
            raise _refused(f"“{value[:40]}” is neither yes nor no.", "Write yes or no.", "invalid-value")
        return [] if not value else [YES if value == "yes" else NO]
    keys = {label.strip(): key for key, label in column.options.items()}
    wanted = chosen(value) if column.field.type is FieldType.CHOICES else (value,) if value else ()
    for one in wanted:
        if one not in keys:
            raise _refused(
                f"“{one[:40]}” is not an item of “{column.field.title}”.",
                "Choose one that is, or add the item to the table in Maximizer.",
                "invalid-value",
            )
    return [keys[one] for one in wanted]


def _check_text(title: str, value: str) -> None:
    if any("\ud800" <= one <= "\udfff" for one in value):
        raise _refused(
            f"The text in “{title}” holds a character that can't be stored.", "Type it again.", "invalid-value"
        )


def check_text(title: str, value: str) -> str:
    """The text itself. Raises ``RecordRejected`` for half a character, which no encoding holds."""
    _check_text(title, value)
    return value


def _refused(problem: str, fix: str, code: str) -> RecordRejected:
    return RecordRejected(problem, fix, code=code)
