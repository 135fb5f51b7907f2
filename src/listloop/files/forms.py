"""How the texts of a column are read into canonical values (``listloop.core.fields``), and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from listloop.core.conversions import NO, YES
from listloop.core.fields import choices, number
from listloop.core.people import Value
from listloop.core.side import FieldType

_CURRENCY = re.compile(r"^(?:[€$£¥]|[A-Z]{3}\s)\s*|\s*(?:[€$£¥]|[A-Z]{3})$")
_POINT = re.compile(r"-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:[,'’ \u00a0\u202f]\d{3})+)(?:\.\d+)?")
_COMMA = re.compile(r"-?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:[.'’ \u00a0\u202f]\d{3})+)(?:,\d+)?")
_COMMA_BETWEEN = re.compile(r"(?<!\\),")
_THOUSANDS = re.compile(r"['’ \u00a0\u202f]")
_DAY = re.compile(
    r"(?P<a>\d{1,4})(?P<sign>[-./])(?P<b>\d{1,2})(?P=sign)(?P<c>\d{1,4})"
    r"(?:[T ,]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
#: Lengths and signs of ISO 8601's dates, and of its moments to the minute and to the second.
_ISO = frozenset(
    {(10, "--", "T", ""), *((length, "--", at, colons) for at in "T " for length, colons in ((16, ":"), (19, "::")))}
)
_BIRTHDAY = re.compile(r"(\d{1,2})[-/. ](\d{1,2})\.?")
_ISO_BIRTHDAY = re.compile(r"(?:--|\d{4}-)(\d{2})-?(\d{2})")
#: What programs write where there is no date.
NOTHING = re.compile(r"0{1,4}[-./]0{1,4}[-./]0{1,4}")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+")

#: A year of two digits above this one is of the last century: people's birthdays are past, and few dates are far ahead.
LATEST = 35

#: The orders of day, month and year, and of day and month.
ORDERS = {"dmy": "day/month/year", "mdy": "month/day/year", "ymd": "year-month-day"}


@dataclass(frozen=True, slots=True)
class Form:
    """What a column holds and how it writes it.

    ``order`` is of dates (dmy, mdy, ymd) and birthdays (dmy, mdy), ``decimal`` the sign of numbers. ``sure`` is False
    where the texts can be read in two ways, and this one is only proposed. ``short`` tells of years of two digits,
    ``misfits`` which texts are not of this form, with the numbers of their lines. ``between`` is the sign between
    many choices.
    """

    type: FieldType = FieldType.TEXT
    order: str = ""
    decimal: str = ""
    sure: bool = True
    choices: tuple[str, ...] = ()
    short: bool = False
    misfits: tuple[tuple[int, str], ...] = ()
    between: str = ""

    @property
    def told(self) -> str:
        """The form in words."""
        told = str(self.type)
        if self.order:
            told += f", {ORDERS[self.order] if self.type is not FieldType.BIRTHDAY else _short(self.order)}"
        if self.short:
            told += f", years of two digits are 19{LATEST + 1:02} to 20{LATEST:02}"
        if self.decimal == ",":
            told += ", decimal comma"
        if self.between:
            told += f" separated by {BETWEEN[self.between]}"
        if self.choices:
            told += f" ({', '.join(self.choices[:6])}{'…' if len(self.choices) > 6 else ''})"
        return told


#: What stands between the choices of a cell, the likelier first: Google's three colons, Salesforce's and Excel's
#: semicolon, our own export's line ends, Mailchimp's comma.
BETWEEN = {":::": "three colons", ";": "a semicolon", "\n": "line ends", ",": "a comma"}


def parts(text: str, between: str) -> list[str]:
    """The choices in a cell; Mailchimp writes a backslash before a comma that is a part of one."""
    pieces = _COMMA_BETWEEN.split(text) if between == "," else text.split(between)
    return [part for piece in pieces if (part := piece.replace("\\,", ",").strip())]


def _short(order: str) -> str:
    return "day/month" if order == "dmy" else "month/day"


def reader(form: Form) -> Callable[[str], Value]:
    """What makes canonical values of a column's texts; it raises ValueError for a text of another form."""
    if form.type in (FieldType.DATE, FieldType.DATETIME):
        return lambda text: read_day(text, form.order or "ymd", whole=form.type is FieldType.DATETIME)
    if form.type is FieldType.BIRTHDAY:
        return lambda text: read_birthday(text, form.order or "mdy")
    if form.type in (FieldType.NUMBER, FieldType.MONEY):
        return lambda text: read_number(text, form.decimal or ".")
    if form.type is FieldType.YES_NO:
        return read_yes_no
    if form.between:
        return lambda text: choices(parts(text, form.between))
    return str


def read_day(text: str, order: str, *, whole: bool = False) -> Value:
    """A date, or with ``whole`` a moment in UTC, written in this order; zeros stand for nothing."""
    if not text or (text[0] == "0" and NOTHING.fullmatch(text)):
        return ""
    if order == "ymd" and (len(text), text[4:8:3], text[10:11] or "T", text[13::3]) in _ISO:  # as most are
        return _read_iso(text, whole=whole)
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text}” is no date")
    parts = {"dmy": "cba", "mdy": "cab", "ymd": "abc"}[order]
    year, month, day = (found[part] for part in parts)
    if len(year) == 2 and order != "ymd":
        year = f"{19 if int(year) > LATEST else 20}{year}"
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        raise ValueError(f"“{text}” is no date with a year")
    try:
        return _made(found, int(year), int(month), int(day), whole=whole)
    except ValueError:
        raise ValueError(f"“{text}” is no date that there is") from None


def _read_iso(text: str, *, whole: bool) -> Value:
    try:
        if len(text) == 10:
            date.fromisoformat(text)
            return f"{text}T00:00:00" if whole else text
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text}” is no date that there is") from None
    return moment.isoformat() if whole else moment.date().isoformat()


def _made(found: re.Match[str], year: int, month: int, day: int, *, whole: bool) -> Value:
    if not whole:
        return date(year, month, day).isoformat()
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    half = (found["half"] or "").lower().replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    zone = found["zone"]
    if zone and zone not in ("Z", "UTC"):
        sign = zone[0] + zone[1:3] + ":" + zone[-2:]
        moment = datetime.fromisoformat(moment.isoformat()[:19] + sign).astimezone(UTC)
    return moment.isoformat()[:19]


def is_short(text: str) -> bool:
    """Has this date a year of two digits?"""
    found = _DAY.fullmatch(text)
    return found is not None and max(len(found[part]) for part in "abc") == 2


def has_time(text: str) -> bool:
    """Does this date also tell a time of day other than midnight?"""
    found = _DAY.fullmatch(text)
    return bool(found and found["hour"] and any(int(found[one] or 0) for one in ("hour", "minute", "second")))


def read_birthday(text: str, order: str) -> Value:
    """MM-DD from a day and a month in this order; ISO 8601 has its own, with a year or two dashes before it."""
    iso = _ISO_BIRTHDAY.fullmatch(text)
    if iso is not None:
        return date(2000, int(iso[1]), int(iso[2])).isoformat()[5:]
    found = _BIRTHDAY.fullmatch(text)
    if found is None:
        if text:
            raise ValueError(f"“{text}” is no birthday")
        return ""
    month, day = (found[2], found[1]) if order == "dmy" else (found[1], found[2])
    return date(2000, int(month), int(day)).isoformat()[5:]


def read_number(text: str, decimal: str) -> Value:
    """A number's canonical text, its currency and the signs between its thousands left out."""
    if text.isascii() and text.isdigit() and text[0] != "0" and len(text) < 16:
        return text  # as most are
    plain = bare(text)
    if not plain:
        return ""
    if not (_COMMA if decimal == "," else _POINT).fullmatch(plain):
        raise ValueError(f"“{text}” is no number with the decimal sign “{decimal}”")
    plain = _THOUSANDS.sub("", plain)
    if decimal == ",":
        plain = plain.replace(".", "").replace(",", ".")
    return number(plain.replace(",", ""))


def bare(text: str) -> str:
    """A number without its currency."""
    text = text.strip()
    # As most are: a currency ends with a letter or a sign, and begins with one.
    return text if text[:1].isdecimal() and text[-1:].isdecimal() else _CURRENCY.sub("", text).strip()


def read_yes_no(text: str) -> Value:
    """Yes or no in any of the words that ``listloop.core.mapping`` knows, and ticks."""
    word = text.strip().lower()
    if word in YES or word in ("x", "wahr", "vrai", "checked", "☑", "✓"):
        return "yes"
    if word in NO or word in ("falsch", "faux", "unchecked"):
        return "no"
    if word:
        raise ValueError(f"“{text}” is neither yes nor no")
    return ""


def _reads(read: Callable[[str], Value]) -> Callable[[str], bool]:
    def test(text: str) -> bool:
        try:
            read(text)
        except ValueError:
            return False
        return True

    return test


#: What a column's texts may all be; whatever fails for one text is none of the column's forms.
TESTS: dict[str, Callable[[str], bool]] = {
    "e-mail": lambda text: _EMAIL.fullmatch(text) is not None,
    "url": lambda text: _URL.fullmatch(text) is not None,
    "yes/no": _reads(read_yes_no),
    "ymd": _reads(lambda text: read_day(text, "ymd")),
    "dmy": _reads(lambda text: read_day(text, "dmy")),
    "mdy": _reads(lambda text: read_day(text, "mdy")),
    "day/month": _reads(lambda text: read_birthday(text, "dmy")),
    "month/day": _reads(lambda text: read_birthday(text, "mdy")),
    ".": _reads(lambda text: read_number(text, ".")),
    ",": _reads(lambda text: read_number(text, ",")),
}
