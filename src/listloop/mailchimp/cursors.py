"""Cursors: a place in a reading, kept by others as text and given back to us."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from listloop.core.errors import NeedsAttention
from listloop.core.side import Cursor
from listloop.mailchimp.decoding import decode

Place = TypeVar("Place", bound=msgspec.Struct)


def written(place: msgspec.Struct) -> Cursor:
    """A place as text."""
    return msgspec.json.encode(place).decode()


def read_back(cursor: Cursor, kind: type[Place], *, where: str, fix: str) -> Place:
    """The place. Raises ``NeedsAttention`` (code ``cursor-unreadable``) for what was never written by us."""
    try:
        return decode(cursor, kind)
    except msgspec.DecodeError:
        raise NeedsAttention(
            f"The remembered place in {where} can't be read.", fix, code="cursor-unreadable", detail=cursor[:200]
        ) from None
