"""Merge field values: Mailchimp's form and our canonical text, one to one.

========  =====================  ==============================================
type      Mailchimp              canonical text
========  =====================  ==============================================
number    a JSON number          plain decimal, no exponent, no trailing zeros
date      YYYY-MM-DD             the same
birthday  MM/DD                  MM-DD
address   an object of parts     the parts that are filled (``listloop.core.addresses``)
others    text                   the same
========  =====================  ==============================================

(Mailchimp API reference, merge field types.) Empty is "" in both forms; null is never sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec

from listloop.core.addresses import PARTS, address, parts_of
from listloop.core.conversions import US_PHONE
from listloop.core.fields import number
from listloop.core.people import Value
from listloop.core.side import Field, FieldType
from listloop.mailchimp.payloads import MergeField

TYPES = {
    "text": FieldType.TEXT,
    "number": FieldType.NUMBER,
    "address": FieldType.ADDRESS,
    "phone": FieldType.PHONE,
    "date": FieldType.DATE,
    "birthday": FieldType.BIRTHDAY,
    "url": FieldType.URL,
    "imageurl": FieldType.IMAGE_URL,
    "radio": FieldType.CHOICE,
    "dropdown": FieldType.CHOICE,
    "zip": FieldType.ZIP,
}
"""Merge field types and ours."""

MAKES = {
    **{ours: theirs for theirs, ours in reversed(TYPES.items())},
    FieldType.CHOICE: "dropdown",
    FieldType.MONEY: "number",
    FieldType.YES_NO: "dropdown",
}
"""Which merge field type is made for a type of ours; text for the others."""

LONGEST = 255
"""Bytes that a text value keeps; Mailchimp drops the rest silently (API reference, limits)."""

DIGITS = 15
"""Digits that a number keeps: it travels as a JSON number, which most readers hold in 64 bits (not documented)."""

NEEDED = ("addr1", "city", "zip")
"""The parts without which no address is sent; Mailchimp wants a state too (API reference, merge field types)."""

NO_STATE = "-"
"""What is sent as the state of an address without one, as most countries have none; read back as no state.

Mailchimp wants some text there; that it takes this one is a guess.
"""

_FORMS = {
    FieldType.URL: (r"(?i:https?)://[^\s/?#]+\S*", "a link that begins with http:// or https://"),
    FieldType.IMAGE_URL: (r"(?i:https?)://[^\s/?#]+\S*", "a link that begins with http:// or https://"),
    FieldType.ZIP: (r"\d{5}", "a zip code of five digits"),
}
"""Forms that Mailchimp insists on, and what they are called (API reference, merge field types)."""

_DECODER = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_BIRTHDAY = re.compile(r"(\d{2})-(\d{2})")


def field_of(merge: MergeField) -> Field:
    """A merge field as a field of ours. A type that is new to us is plain text."""
    kind = TYPES.get(merge.type, FieldType.TEXT)
    limit = LONGEST if kind in {FieldType.TEXT, FieldType.URL, FieldType.IMAGE_URL, FieldType.PHONE} else None
    pattern, form = _FORMS.get(kind, ("", ""))
    if kind is FieldType.PHONE and merge.phone_format == "US":
        pattern, form = US_PHONE, "a phone number like 555-010-1234"
    return Field(
        merge.tag,
        merge.name,
        kind,
        merge.choices,
        required=merge.required,
        max_bytes=limit,
        digits=DIGITS if kind is FieldType.NUMBER else None,
        pattern=pattern,
        form=form,
        needs=NEEDED if kind is FieldType.ADDRESS else (),
    )


def texts(raw: msgspec.Raw, types: Mapping[str, FieldType]) -> dict[str, Value]:
    """All merge values of a member in canonical text; tags that ``types`` does not know are plain text.

    An empty PHP array stands for an empty object.
    """
    given = bytes(raw).strip()
    if given in {b"[]", b"null", b""}:
        return {}
    return {tag: text_of(types.get(tag, FieldType.TEXT), value) for tag, value in _DECODER.decode(given).items()}


def text_of(kind: FieldType, value: Any) -> Value:
    """One merge value in canonical text."""
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        parts = {part: str(text) for part, text in value.items() if part in PARTS and text is not None}
        return address(parts | ({"state": ""} if parts.get("state") == NO_STATE else {}))
    text: Value = str(value)
    if kind is FieldType.NUMBER:
        with suppress(ValueError):  # what is no sensible number is shown as it is
            return number(text)
    if kind is FieldType.BIRTHDAY:
        return text.replace("/", "-")
    return text


def wire_of(kind: FieldType, value: Value) -> object:
    """A canonical text in the form that Mailchimp takes. Raises ValueError, in plain words, for what it can't hold."""
    if not value:
        return ""
    if kind is FieldType.NUMBER:
        return Decimal(number(value))
    if kind is FieldType.DATE and not _DATE.fullmatch(value):
        raise ValueError(f"“{value}” is no date")
    if kind is FieldType.BIRTHDAY:
        if not (found := _BIRTHDAY.fullmatch(value)):
            raise ValueError(f"“{value}” is no birthday")
        return f"{found[1]}/{found[2]}"
    if kind is FieldType.ADDRESS:
        return _address(value)
    return value


def _address(value: Value) -> dict[str, str]:
    parts = parts_of(value)
    missing = [PARTS[name] for name in NEEDED if name not in parts]
    if missing:
        raise ValueError(f"the address lacks {' and '.join(missing)}, which Mailchimp requires")
    return {"state": NO_STATE, **parts}
