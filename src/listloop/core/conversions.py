"""How a value of one type becomes one of another: a table of plain functions, the same in both directions.

Each takes the field that the value comes from, the field that it goes to, the value, and what the other field holds:
what the poorer form cannot say (the year of a birthday, the time of a day) stays there. They raise ValueError, in
words for people, for a value that has no form at the other end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import product

from listloop.core.addresses import in_a_line, moved
from listloop.core.fields import NUMERIC, PLAIN, choices, chosen
from listloop.core.people import Value, company_key
from listloop.core.scope import is_address
from listloop.core.side import Field, FieldType

Conversion = Callable[[Field, Field, Value, Value], Value]

#: Words for yes and no that a list field of the audience may use; compared in lower case.
YES = ("yes", "y", "true", "1", "ja", "oui", "sí", "si", "sim", "tak", "ναι", "はい", "on")
NO = ("no", "n", "false", "0", "nein", "non", "não", "nie", "όχι", "いいえ", "off")

#: What stands between many choices in a text.
BETWEEN = "; "

#: Mailchimp's form of a phone number in an audience of the United States (API reference, merge field options).
US_PHONE = r"\d{3}-\d{3}-\d{4}"

_NO_SCHEME = re.compile(r"[\w-]+(\.[\w-]+)+([/?#]\S*)?")
_ZIP_PLUS_4 = re.compile(r"(\d{5})-\d{4}")


def yes_no_choices(field: Field) -> tuple[str, str] | None:
    """The two choices of a list field that mean yes and no, or None where they aren't told apart."""
    if not field.choices:
        return "yes", "no"
    yes = [choice for choice in field.choices if choice.strip().lower() in YES]
    no = [choice for choice in field.choices if choice.strip().lower() in NO]
    return (yes[0], no[0]) if len(yes) == 1 and len(no) == 1 and len(field.choices) == 2 else None


def _same(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    return value


def _phone(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    if target.pattern != US_PHONE:
        return value
    digits = re.sub(r"\D", "", value).removeprefix("1")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 else value


def _link(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    return f"http://{value}" if target.pattern and _NO_SCHEME.fullmatch(value) else value


def _zip(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    plus_4 = _ZIP_PLUS_4.fullmatch(value)
    return plus_4[1] if plus_4 and target.pattern else value


def _email(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    if value and not is_address(value):
        raise ValueError(f"“{value[:40]}” is no e-mail address")
    return value


def _choice(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    return _among(target, value) if value else ""


def _among(field: Field, value: Value) -> Value:
    """A choice as the field spells it: exactly so, or the only one that differs in capitals and spaces alone."""
    if not field.choices or value in field.choices:
        return value
    like = [one for one in field.choices if company_key(one) == company_key(value)]
    if len(like) != 1:
        raise ValueError(f"“{value[:40]}” is not among the choices of {field.title}")
    return like[0]


def _many(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    return choices(_among(target, one) for one in chosen(value))


def _listed(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    return BETWEEN.join(chosen(value))


def _unlisted(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    return choices(_among(target, one.strip()) for one in value.split(BETWEEN.strip()) if one.strip())


def _yes_no(_source: Field, target: Field, value: Value, _held: Value) -> Value:
    words = yes_no_choices(target)
    if not value or words is None:
        return ""
    return words[0] if value == "yes" else words[1]


def _yes_no_back(source: Field, _target: Field, value: Value, _held: Value) -> Value:
    if not value:
        return ""
    words = yes_no_choices(source) or ("yes", "no")
    word = value.strip().lower()
    if value == words[0] or word in YES:
        return "yes"
    if value == words[1] or word in NO:
        return "no"
    raise ValueError(f"“{value}” is neither yes nor no")


def _day(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    return value[:10]


def _moment(_source: Field, _target: Field, value: Value, held: Value) -> Value:
    # The time of day is what the date can't hold: it stays unless nothing was there.
    return value + (held[10:] if len(held) > 10 else "T00:00:00") if value else ""


def _birthday(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    return value[5:10]


def _birth(_source: Field, target: Field, value: Value, held: Value) -> Value:
    if not value:
        return ""
    if not held:
        raise ValueError(f"a birthday has no year, and {target.title} needs one")
    year = int(held[:4])
    if value == "02-29" and (year % 4 or (not year % 100 and year % 400)):
        raise ValueError(f"{held[:4]} has no 29 February")
    return f"{held[:4]}-{value}{held[10:]}"


def _line(_source: Field, _target: Field, value: Value, _held: Value) -> Value:
    return in_a_line(value)


_T = FieldType
_LINKS = (_T.URL, _T.IMAGE_URL)
_WORDED = (_T.DATE, _T.DATETIME, _T.BIRTHDAY, *sorted(NUMERIC))


def _table(*parts: tuple[Sequence[FieldType], Sequence[FieldType], Conversion]) -> dict[tuple[_T, _T], Conversion]:
    return {pair: convert for froms, tos, convert in parts for pair in product(froms, tos)}


#: (type that a value comes from, type that it goes to) -> how it is made; a pair that is missing can't be made.
CONVERSIONS: dict[tuple[FieldType, FieldType], Conversion] = _table(
    (sorted(PLAIN), (_T.TEXT,), _same),
    ((_T.TEXT, _T.COMPANY), (_T.COMPANY,), _same),
    ((_T.TEXT, _T.PHONE), (_T.PHONE,), _phone),
    ((*_LINKS, _T.EMAIL, _T.ZIP, _T.CHOICE), (_T.TEXT,), _same),
    ((_T.TEXT, _T.URL), (_T.URL,), _link),
    ((_T.TEXT, _T.IMAGE_URL), (_T.IMAGE_URL,), _link),
    ((_T.TEXT, _T.EMAIL), (_T.EMAIL,), _email),
    ((_T.TEXT, _T.ZIP), (_T.ZIP,), _zip),
    ((_T.TEXT, _T.CHOICE), (_T.CHOICE,), _choice),
    ((_T.CHOICES,), (_T.CHOICES,), _many),
    ((_T.CHOICES,), (_T.TEXT,), _listed),
    ((_T.TEXT,), (_T.CHOICES,), _unlisted),
    ((_T.YES_NO,), (_T.YES_NO,), _same),
    ((_T.YES_NO,), (_T.CHOICE, _T.TEXT), _yes_no),
    ((_T.CHOICE, _T.TEXT), (_T.YES_NO,), _yes_no_back),
    (sorted(NUMERIC), sorted(NUMERIC), _same),
    ((_T.DATE, _T.DATETIME), (_T.DATE,), _day),
    ((_T.DATETIME,), (_T.DATETIME,), _same),
    ((_T.DATE,), (_T.DATETIME,), _moment),
    ((_T.BIRTHDAY,), (_T.BIRTHDAY,), _same),
    ((_T.DATE, _T.DATETIME), (_T.BIRTHDAY,), _birthday),
    ((_T.BIRTHDAY,), (_T.DATE, _T.DATETIME), _birth),
    (_WORDED, (_T.TEXT,), _same),
    ((_T.ADDRESS,), (_T.ADDRESS,), moved),
    ((_T.ADDRESS,), (_T.TEXT,), _line),
)
