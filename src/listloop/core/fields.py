"""Canonical texts of field values, and what a side would cut them down to.

============  ===========================================================
type          canonical text ("" is empty for all of them)
============  ===========================================================
text          as is; so are phone, url, image url, e-mail, zip, company
number        plain decimal without exponent or trailing zeros: -0.25
money         like number
date          YYYY-MM-DD
date-time     YYYY-MM-DDTHH:MM:SS, in the connection's fixed zone
birthday      MM-DD
yes/no        yes or no
one choice    the choice's exact text
many choices  their exact texts, sorted, one on each line
address       its filled parts as JSON (see ``addresses``)
============  ===========================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation, localcontext

from listloop.core.addresses import address, parts_of
from listloop.core.people import Value, company_key
from listloop.core.side import Field, FieldType, Label, LabelKind

#: Types whose text has no form of its own, so that a shorter piece of it is still of that type.
PLAIN = frozenset({FieldType.TEXT, FieldType.COMPANY, FieldType.PHONE})

#: How the labels are named that are choices of a list.
CHOICE = "choice:"

#: Types that hold a number, which may be rounded behind the point.
NUMERIC = frozenset({FieldType.NUMBER, FieldType.MONEY})


def fit(field: Field, value: Value) -> Value:
    """What the side would cut this value down to: by characters, then by UTF-8 bytes, never inside a character.

    Trailing white space goes with the cut, since no side keeps it apart from its own. A number is rounded behind the
    point, and never before it.
    """
    if field.max_chars is not None and len(value) > field.max_chars:
        value = value[: field.max_chars].rstrip()
    if field.max_bytes is not None and len(value.encode()) > field.max_bytes:
        value = value.encode()[: field.max_bytes].decode(errors="ignore").rstrip()
    if field.type in NUMERIC and value and (field.digits is not None or field.decimals is not None):
        return _rounded(field, value)
    return value


def _rounded(field: Field, value: Value) -> Value:
    try:
        given = Decimal(value)
    except InvalidOperation:  # no number; the side will say so
        return value
    places = [] if field.decimals is None else [field.decimals]
    if field.digits is not None:
        places.append(max(0, field.digits - 1 - given.adjusted()))
    with localcontext(prec=100):
        return number(str(given.quantize(Decimal(1).scaleb(-min(places)))))


def fits_whole(field: Field, value: Value) -> bool:
    """Has a number no more digits before the point than the field keeps? Half a number is another one."""
    return field.type not in NUMERIC or field.digits is None or Decimal(value or "0").adjusted() < field.digits


def kept(field: Field, sent: Value, stored: Value) -> bool:
    """Did the side store what it was sent, or what it cuts it down to?

    White space at the ends does not count, nor how a company that is there already is spelled, nor a country that
    the side adds to an address that was sent without one.
    """
    if stored in (sent, fit(field, sent)) or stored.strip() == sent.strip():
        return True
    if field.type is FieldType.COMPANY:
        return company_key(sent) == company_key(stored)
    if field.type is FieldType.ADDRESS:
        try:
            there = parts_of(stored)
            return parts_of(sent) in (there, {name: text for name, text in there.items() if name != "country"})
        except ValueError:
            return False
    return False


def number(text: str) -> Value:
    """A number's canonical text. Raises ValueError for what is none (NaN and infinities included)."""
    if not text.strip():
        return ""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"“{text}” is no number") from None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        raise ValueError(f"“{text}” is no number of a sensible size")
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def choices(chosen: Iterable[str]) -> Value:
    """The canonical text of many choices."""
    return "\n".join(sorted({one.strip() for one in chosen} - {""}))


def chosen(value: Value) -> tuple[str, ...]:
    """The choices of a value."""
    return tuple(value.split("\n")) if value else ()


def choice_label(field: Field, choice: str) -> Label:
    """One choice of a field with many, as a label."""
    return Label(f"{CHOICE}{field.name}={choice}", f"{field.title}: {choice}", LabelKind.CHOICE)


def choice_named(label: str) -> tuple[str, str]:
    """The field and the choice behind a label; ("", "") for any other label."""
    name, _, choice = label.removeprefix(CHOICE).partition("=")
    return (name, choice) if label.startswith(CHOICE) else ("", "")


def canonical(kind: FieldType, text: str) -> Value:
    """A text in the canonical form of its type. Raises ValueError, in words for people, for what has none."""
    if not text or kind not in FORMS:
        return text
    read, words, form = FORMS[kind]
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no {words}; it is written as {form}") from None


def _date(text: str) -> str:
    return datetime.strptime(text, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day has no time zone


def _moment(text: str) -> str:
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - in the connection's fixed zone
    return moment.isoformat()


def _birthday(text: str) -> str:
    month, day = text.split("-")
    return date(2000, int(month), int(day)).isoformat()[5:]  # 2000 was a leap year


def _yes_no(text: str) -> str:
    if text not in {"yes", "no"}:
        raise ValueError(text)
    return text


#: How the types that have a form are read, what one is called, and how people write it.
FORMS: dict[FieldType, tuple[Callable[[str], str], str, str]] = {
    FieldType.NUMBER: (number, "number", "a plain decimal like 12.5"),
    FieldType.MONEY: (number, "amount", "a plain decimal like 12.5"),
    FieldType.DATE: (_date, "date", "YYYY-MM-DD"),
    FieldType.BIRTHDAY: (_birthday, "birthday", "MM-DD"),
    FieldType.DATETIME: (_moment, "date with a time", "YYYY-MM-DDTHH:MM:SS"),
    FieldType.YES_NO: (_yes_no, "answer", "yes or no"),
    FieldType.CHOICES: (lambda text: choices(text.split("\n")), "list", "one choice on each line"),
    FieldType.ADDRESS: (lambda text: address(parts_of(text)), "address", 'its parts: {"addr1": …, "city": …}'),
}
