"""Keys of records: a person's is its number, a lead's has a word before it, so that the two never meet."""

from __future__ import annotations

from listloop.core.people import Key

_LEAD = "lead:"


def is_key(key: Key) -> bool:
    """Can this be the number of a person?"""
    return key.isascii() and key.isdigit() and len(key) <= 10


def lead_key(number: int) -> Key:
    """The key of a lead."""
    return f"{_LEAD}{number}"


def lead_of(key: Key) -> int:
    """The number of the lead with that key; 0 where it is none."""
    number = key.removeprefix(_LEAD)
    return int(number) if number != key and is_key(number) else 0
