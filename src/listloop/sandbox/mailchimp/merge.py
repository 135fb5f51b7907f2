"""Merge values: what each type accepts, how it is stored and shown (Mailchimp merge field types; recorded replies)."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from listloop.sandbox.mailchimp.audience import Audience, MergeField
from listloop.sandbox.mailchimp.member import Value

TYPES = (
    "text", "number", "address", "phone", "date", "birthday", "url", "imageurl", "radio", "dropdown", "zip",
)  # fmt: skip
LONGEST = 255  # bytes
PARTS = ("addr1", "addr2", "city", "state", "zip", "country")
NEEDED = ("addr1", "city", "state", "zip")
SCHEMA = "Data did not match any of the schemas described in anyOf."
_DATE_FORMS = (
    re.compile(r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?:T.*)?"),
    re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})-(?P<m>\d{1,2})-(?P<y>\d{4})"),
)
LEAP_YEAR = 2000  # a birthday has no year; 29 February is one


class BadValueError(ValueError):
    """The message goes into ``errors[].message``."""


def stored(field: MergeField, given: Any) -> Value:
    """The value as kept for what a client sent. Raises BadValueError."""
    if isinstance(given, bool) or given is None or isinstance(given, list):
        raise BadValueError(SCHEMA)
    if given == "":
        return ""
    if field.type == "address":
        return _address(field, given)
    if isinstance(given, dict):
        raise BadValueError(SCHEMA)
    return _BY_TYPE[field.type](field, given)


def shown(value: Value) -> Any:
    return dict(value) if isinstance(value, tuple) else value


def cut(text: str) -> str:
    """Cut to 255 bytes, never inside a character."""
    raw = text.encode()
    return text if len(raw) <= LONGEST else raw[:LONGEST].decode("utf-8", "ignore")


def full_name(audience: Audience, values: tuple[Value, ...]) -> str:
    parts = []
    for tag in ("FNAME", "LNAME"):
        field = audience.field_by_tag(tag)
        value = values[field.merge_id - 1] if field and field.merge_id <= len(values) else ""
        parts.append(str(value))
    return " ".join(parts).strip()


def _text(_: MergeField, given: Any) -> str:
    return cut(str(given))


def _number(_: MergeField, given: Any) -> Value:
    try:
        value = float(given)
    except (ValueError, OverflowError):
        raise BadValueError("Please enter a number") from None
    if not math.isfinite(value):
        raise BadValueError("Please enter a number")
    if isinstance(given, int | float):
        return given
    return int(given) if re.fullmatch(r"\s*[+-]?\d+\s*", given) else value


def _address(field: MergeField, given: Any) -> Value:
    if not isinstance(given, dict):
        raise BadValueError("Please enter a complete address")
    parts = {part: cut(str(given.get(part) or "")) for part in PARTS}
    if not any(parts.values()):
        return ""
    if not all(parts[part].strip() for part in NEEDED):
        raise BadValueError("Please enter a complete address")
    parts["country"] = parts["country"] or ("US" if field.options.get("default_country", 164) == 164 else "")
    return tuple(parts.items())


def _phone(field: MergeField, given: Any) -> str:
    text = str(given)
    if field.options.get("phone_format") == "US" and not re.fullmatch(r"\d{3}-\d{3}-\d{4}", text):
        raise BadValueError("Please enter a valid phone number")
    return cut(text)


def _date(_: MergeField, given: Any) -> str:
    found = next(filter(None, (form.fullmatch(str(given).strip()) for form in _DATE_FORMS)), None)
    day = _day(int(found["y"]), int(found["m"]), int(found["d"])) if found else None
    if day is None:
        raise BadValueError("Please enter the date")
    return day.isoformat()


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _birthday(_: MergeField, given: Any) -> str:
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})", str(given).strip())
    day = _day(LEAP_YEAR, int(found[1]), int(found[2])) if found else None
    if day is None:
        raise BadValueError("Please enter the date")
    return f"{day:%m/%d}"


def _url(_: MergeField, given: Any) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+\S*", str(given), re.IGNORECASE):
        raise BadValueError("Please enter a valid URL")
    return cut(str(given))


def _choice(field: MergeField, given: Any) -> str:
    choices = [str(choice) for choice in field.options.get("choices", [])]
    if str(given) not in choices:
        raise BadValueError(f"Value must be one of: {', '.join(choices)},  (not {given})")
    return str(given)


def _zip(_: MergeField, given: Any) -> str:
    if not re.fullmatch(r"\d{5}", str(given)):
        raise BadValueError("Please enter a zip code (5 digits)")
    return str(given)


_BY_TYPE: dict[str, Callable[[MergeField, Any], Value]] = {
    "text": _text, "number": _number, "phone": _phone, "date": _date, "birthday": _birthday, "url": _url,
    "imageurl": _url, "radio": _choice, "dropdown": _choice, "zip": _zip,
}  # fmt: skip
