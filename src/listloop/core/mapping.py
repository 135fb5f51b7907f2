"""How a value crosses between two fields: every pair of types round-trips, or is refused when it is mapped."""

from __future__ import annotations

import re

from listloop.core.conversions import BETWEEN, CONVERSIONS, yes_no_choices
from listloop.core.fields import NUMERIC, PLAIN, fit, fits_whole, kept
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Row
from listloop.core.side import Field, FieldType


class CannotCrossError(ValueError):
    """This value has no form in the other field; the text says why, for people."""


#: Types of which a side may show more or another spelling than it was sent, without saying anything else.
_LIKE = frozenset({FieldType.COMPANY, FieldType.ADDRESS})


def ways(crm: FieldType, mailchimp: FieldType) -> tuple[Direction, ...]:
    """Which ways values of these two types go."""
    out, back = (crm, mailchimp) in CONVERSIONS, (mailchimp, crm) in CONVERSIONS
    both = (Direction.BOTH,) if out and back else ()
    return (*both, *((Direction.TO_MAILCHIMP,) if out else ()), *((Direction.TO_CRM,) if back else ()))


def refusal(row: Row) -> str:
    """Why this row can't be mapped, in a sentence with the way out; "" where it can."""
    possible = ways(row.crm.type, row.mailchimp.type)
    if row.direction not in possible:
        return (
            f"{row.crm.title} ({row.crm.type}) and {row.mailchimp.title} ({row.mailchimp.type}) can't be kept in step: "
            "a value would not come back as it went. "
            f"Map {row.crm.title} to {instead(row.crm.type)}{_one_way(possible)}."
        )
    for here, there in ((row.crm, row.mailchimp), (row.mailchimp, row.crm)):
        if here.type is FieldType.YES_NO and there.type is FieldType.CHOICE and yes_no_choices(there) is None:
            return (
                f"{here.title} is yes or no, but {there.title} has the choices "
                f"{', '.join(there.choices)}. Give it two choices, Yes and No."
            )
        split = [one for one in here.choices if BETWEEN.strip() in one]
        if here.type is FieldType.CHOICES and there.type is FieldType.TEXT and split:
            return (
                f"The choice “{split[0]}” of {here.title} has a semicolon, which separates the choices in "
                f"{there.title}. Rename the choice, or map the choices to groups or tags."
            )
    if row.direction is not Direction.TO_MAILCHIMP and not row.crm.writable:
        return f"{row.crm.title} can't be written in the CRM. Let it go from the CRM to Mailchimp only."
    if row.direction is not Direction.TO_CRM and not row.mailchimp.writable:
        return f"{row.mailchimp.title} can't be written in Mailchimp. Let it go from Mailchimp to the CRM only."
    return ""


#: What a field of the CRM is kept in step with, in Mailchimp's own words for its fields.
_INSTEAD = {
    FieldType.NUMBER: "a number field",
    FieldType.MONEY: "a number field",
    FieldType.DATE: "a date or birthday field",
    FieldType.DATETIME: "a date field",
    FieldType.BIRTHDAY: "a birthday field",
    FieldType.URL: "a website or text field",
    FieldType.IMAGE_URL: "an image or text field",
    FieldType.YES_NO: "a radio buttons or drop-down field with the choices Yes and No, or a tag",
    FieldType.CHOICE: "a drop-down, radio buttons or text field",
    FieldType.CHOICES: "groups, tags or a text field",
    FieldType.ADDRESS: "an address field",
    FieldType.ZIP: "a zip code or text field",
}


def instead(crm: FieldType) -> str:
    """What a field of this type may be mapped to, for people."""
    return _INSTEAD.get(crm, "a text field")


def _one_way(possible: tuple[Direction, ...]) -> str:
    if Direction.TO_MAILCHIMP in possible:
        return ", or let it go from the CRM to Mailchimp only"
    return ", or let it go from Mailchimp to the CRM only" if Direction.TO_CRM in possible else ""


def across(row: Row, to: SideName, value: Value, held: Value = "") -> Value:
    """The value as the other side would store it beside what it holds, plain text cut and numbers rounded to fit.

    Raises CannotCrossError where it has no form there, or too long a one: half a number or link is another one.
    """
    source, target = _ends(row, to)
    if value and held and _says(target, source, held) == value:
        return held  # the richer form says the same already
    return _made(source, target, value, held)


def _ends(row: Row, to: SideName) -> tuple[Field, Field]:
    return (row.crm, row.mailchimp) if to is SideName.MAILCHIMP else (row.mailchimp, row.crm)


def _made(source: Field, target: Field, value: Value, held: Value) -> Value:
    convert = CONVERSIONS.get((source.type, target.type))
    if convert is None:
        raise CannotCrossError(f"{target.title} takes no {source.type}")
    try:
        whole = convert(source, target, value, held)
    except ValueError as error:
        raise CannotCrossError(str(error)) from None
    if whole and target.only_no and whole == "yes":
        raise CannotCrossError(f"only the person can say yes to {target.title}")
    if whole and target.pattern and not re.fullmatch(target.pattern, whole):
        raise CannotCrossError(f"“{whole[:40]}” is not {target.form}, which {target.title} wants")
    stored = fit(target, whole)
    if (stored != whole and not _loses(source, target)) or not fits_whole(target, whole):
        raise CannotCrossError(f"“{whole[:40]}…” does not fit into {target.title}")
    return stored


def _says(source: Field, target: Field, value: Value) -> Value | None:
    """What a value says in another form; None where it has none there."""
    try:
        return _made(source, target, value, "")
    except CannotCrossError:
        return None


def shows_beginning(row: Row, side: SideName, whole: Value) -> bool:
    """Does a side show only the beginning of the text that the other one holds?"""
    target, source = _ends(row, side.other)
    if not whole or not {source.type, target.type} <= PLAIN:
        return False
    said = _says(source, target, whole)
    return said is not None and len(said) < len(whole)


def _loses(source: Field, target: Field) -> bool:
    """May a piece be left behind between these two? Other forms are shorter by nature, and never cut."""
    return {source.type, target.type} <= PLAIN or {source.type, target.type} <= NUMERIC


def loss(row: Row, value: Value, stored: Value) -> str:
    """What of a value was left behind on its way, for people; "" where it is whole."""
    if stored == value or not _loses(row.crm, row.mailchimp):
        return ""
    if row.crm.type in NUMERIC:
        return f"rounded to {stored}"
    return f"cut to the {len(stored)} characters that fit" if len(stored) < len(value) else ""


def agree(row: Row, crm: Value, mailchimp: Value) -> bool:
    """Do two values say the same, each seen in the poorer form of the two?"""
    if crm == mailchimp:
        return True
    for to, value, held in ((SideName.MAILCHIMP, crm, mailchimp), (SideName.CRM, mailchimp, crm)):
        source, target = _ends(row, to)
        try:
            made = _made(source, target, value, held)
        except CannotCrossError:
            continue
        if made == held or (held and target.type in _LIKE and kept(target, made, held)):
            return True
    return False
