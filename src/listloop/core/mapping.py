"""How a value crosses between two fields: every pair of types round-trips, or is refused when it is mapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from listloop.core.fields import PLAIN, fit
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Row
from listloop.core.side import Field, FieldType

#: Words for yes and no that a list field of the audience may use; compared in lower case.
YES = ("yes", "y", "true", "1", "ja", "oui", "sí", "si", "sim", "tak", "ναι", "はい", "on")
NO = ("no", "n", "false", "0", "nein", "non", "não", "nie", "όχι", "いいえ", "off")


class CannotCrossError(ValueError):
    """This value has no form in the other field; the text says why, for people."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Both ways between a pair of types; ``to_crm`` also gets what the CRM holds, to keep what the poorer form lost."""

    to_mailchimp: Callable[[Row, Value], Value]
    to_crm: Callable[[Row, Value, Value], Value]


def _same(_row: Row, value: Value) -> Value:
    return value


def _same_back(_row: Row, value: Value, _held: Value) -> Value:
    return value


def _choice(row: Row, value: Value) -> Value:
    return _among(row.mailchimp, value)


def _choice_back(row: Row, value: Value, _held: Value) -> Value:
    return _among(row.crm, value)


def _among(field: Field, value: Value) -> Value:
    if value and field.choices and value not in field.choices:
        raise CannotCrossError(f"“{value}” is not among the choices of {field.title}")
    return value


def yes_no_choices(field: Field) -> tuple[str, str] | None:
    """The two choices of a list field that mean yes and no, or None where they aren't told apart."""
    if not field.choices:
        return "yes", "no"
    yes = [choice for choice in field.choices if choice.strip().lower() in YES]
    no = [choice for choice in field.choices if choice.strip().lower() in NO]
    return (yes[0], no[0]) if len(yes) == 1 and len(no) == 1 and len(field.choices) == 2 else None


def _yes_no(row: Row, value: Value) -> Value:
    words = yes_no_choices(row.mailchimp)
    if not value or words is None:
        return ""
    return words[0] if value == "yes" else words[1]


def _yes_no_back(row: Row, value: Value, _held: Value) -> Value:
    if not value:
        return ""
    words = yes_no_choices(row.mailchimp) or ("yes", "no")
    word = value.strip().lower()
    if value == words[0] or word in YES:
        return "yes"
    if value == words[1] or word in NO:
        return "no"
    raise CannotCrossError(f"“{value}” is neither yes nor no")


def _day(_row: Row, value: Value) -> Value:
    return value[:10]


def _day_back(_row: Row, value: Value, held: Value) -> Value:
    # The time of day is what the date can't hold: it stays unless the day itself moved or nothing was there.
    if not value:
        return ""
    return value + (held[10:] if len(held) > 10 else "T00:00:00")


def _birthday(_row: Row, value: Value) -> Value:
    return value[5:10]


def _birthday_back(_row: Row, value: Value, held: Value) -> Value:
    if not value:
        return ""
    if not held:
        raise CannotCrossError("a birthday has no year, and the CRM's date needs one")
    if value == "02-29" and not _leap(int(held[:4])):
        raise CannotCrossError(f"{held[:4]} has no 29 February")
    return f"{held[:4]}-{value}"


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


_PLAINLY = Crossing(_same, _same_back)
_BY_CHOICE = Crossing(_choice, _choice_back)
_YES_NO = Crossing(_yes_no, _yes_no_back)

#: (type in the CRM, type in the audience) -> the ways across. A pair that is missing here is refused.
CROSSINGS: dict[tuple[FieldType, FieldType], Crossing] = {
    **{(crm, mailchimp): _PLAINLY for crm in PLAIN for mailchimp in (FieldType.TEXT, FieldType.PHONE)},
    (FieldType.URL, FieldType.URL): _PLAINLY,
    (FieldType.IMAGE_URL, FieldType.IMAGE_URL): _PLAINLY,
    (FieldType.ZIP, FieldType.ZIP): _PLAINLY,
    (FieldType.ADDRESS, FieldType.ADDRESS): _PLAINLY,
    (FieldType.NUMBER, FieldType.NUMBER): _PLAINLY,
    (FieldType.MONEY, FieldType.NUMBER): _PLAINLY,
    (FieldType.DATE, FieldType.DATE): _PLAINLY,
    (FieldType.DATETIME, FieldType.DATE): Crossing(_day, _day_back),
    (FieldType.DATE, FieldType.BIRTHDAY): Crossing(_birthday, _birthday_back),
    (FieldType.BIRTHDAY, FieldType.BIRTHDAY): _PLAINLY,
    (FieldType.YES_NO, FieldType.CHOICE): _YES_NO,
    (FieldType.YES_NO, FieldType.TEXT): _YES_NO,
    (FieldType.CHOICE, FieldType.CHOICE): _BY_CHOICE,
}

#: Pairs that only work from the CRM to Mailchimp, since the audience's form takes any text.
_OUTWARD = frozenset({FieldType.TEXT, FieldType.PHONE})


def refusal(row: Row) -> str:
    """Why this row can't be mapped, in a sentence with the way out; "" where it can."""
    pair = (row.crm.type, row.mailchimp.type)
    if pair not in CROSSINGS and not (row.direction is Direction.TO_MAILCHIMP and row.mailchimp.type in _OUTWARD):
        return (
            f"{row.crm.title} ({row.crm.type}) and {row.mailchimp.title} ({row.mailchimp.type}) can't be kept in step: "
            "a value would not come back as it went. Map it to a field of the same type"
            + (", or let it go from the CRM to Mailchimp only." if row.mailchimp.type in _OUTWARD else ".")
        )
    if row.crm.type is FieldType.YES_NO and yes_no_choices(row.mailchimp) is None:
        return (
            f"{row.crm.title} is yes or no, but {row.mailchimp.title} has the choices "
            f"{', '.join(row.mailchimp.choices)}. Give it two choices, Yes and No."
        )
    if row.direction is not Direction.TO_MAILCHIMP and not row.crm.writable:
        return f"{row.crm.title} can't be written in the CRM. Let it go from the CRM to Mailchimp only."
    if row.direction is not Direction.TO_CRM and not row.mailchimp.writable:
        return f"{row.mailchimp.title} can't be written in Mailchimp. Let it go from Mailchimp to the CRM only."
    return ""


def across(row: Row, to: SideName, value: Value, held: Value = "") -> Value:
    """The value as the other side would store it, plain text cut to fit.

    Raises CannotCrossError where it has no form there, or too long a one: half a number or link is another one.
    """
    crossing = CROSSINGS.get((row.crm.type, row.mailchimp.type), _PLAINLY)
    if to is SideName.MAILCHIMP:
        field, whole = row.mailchimp, crossing.to_mailchimp(row, value)
    else:
        field, whole = row.crm, crossing.to_crm(row, value, held)
    stored = fit(field, whole)
    if stored != whole and not _plain(row):
        raise CannotCrossError(f"“{whole[:40]}…” does not fit into {field.title}")
    return stored


def is_cut(row: Row, value: Value, stored: Value) -> bool:
    """Was a piece of this text left behind? Other forms are shorter by nature, and never cut."""
    return stored != value and _plain(row)


def _plain(row: Row) -> bool:
    return {row.crm.type, row.mailchimp.type} <= PLAIN


def agree(row: Row, crm: Value, mailchimp: Value) -> bool:
    """Do two values say the same, each seen in the poorer form of the two?"""
    if crm == mailchimp:
        return True
    try:
        if across(row, SideName.MAILCHIMP, crm) == mailchimp:
            return True
    except CannotCrossError:
        pass
    try:
        return across(row, SideName.CRM, mailchimp, crm) == crm
    except CannotCrossError:
        return False
