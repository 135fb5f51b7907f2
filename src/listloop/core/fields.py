"""Canonical texts of field values, and what a side would cut them down to.

==========  ===========================================================
type        canonical text ("" is empty for all of them)
==========  ===========================================================
text        as is; so are phone, url, image url, e-mail, zip, company
number      plain decimal without exponent or trailing zeros: -0.25
money       like number
date        YYYY-MM-DD
date-time   YYYY-MM-DDTHH:MM:SS, in the connection's fixed zone
birthday    MM-DD
yes/no      yes or no
one choice  the choice's exact text
==========  ===========================================================
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from listloop.core.people import Value
from listloop.core.side import Field, FieldType

#: Types whose text has no form of its own, so that a shorter piece of it is still of that type.
PLAIN = frozenset({FieldType.TEXT, FieldType.COMPANY, FieldType.PHONE})


def fit(field: Field, value: Value) -> Value:
    """What the side would cut this value down to: by characters, then by UTF-8 bytes, never inside a character.

    Trailing white space goes with the cut, since no side keeps it apart from its own.
    """
    if field.max_chars is not None and len(value) > field.max_chars:
        value = value[: field.max_chars].rstrip()
    if field.max_bytes is not None and len(value.encode()) > field.max_bytes:
        value = value.encode()[: field.max_bytes].decode(errors="ignore").rstrip()
    return value


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
