"""Pages of long lists: a cursor leads from one to the next, whatever comes and goes meanwhile."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, Field, StringConstraints

from listloop.core.errors import ListloopError

T = TypeVar("T")

#: The largest number that both databases and every JSON reader keep exactly.
LARGEST = 2**53 - 1

Number = Annotated[int, Path(ge=1, le=LARGEST)]
"""The number of a thing in an address."""

Id = Annotated[int, Field(ge=1, le=LARGEST)]
"""The number of a thing in a body."""

Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
"""A line of text: no control characters."""

Cursor = Annotated[str, Query(max_length=2000, description="The “next” of the page before; empty for the first page.")]
Limit = Annotated[int, Query(ge=1, le=200, description="At most so many.")]
Of = Annotated[int | None, Query(ge=1, le=LARGEST, description="Only of the connection with this number.")]


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


def page_of(items: list[T], limit: int, place: str) -> Page[T]:
    """A page out of one item more than it holds, if there are so many; ``place`` is where its last item stands."""
    more = len(items) > limit
    return Page(items=items[:limit], next=cursor(place) if more else None)


def cursor(place: str) -> str:
    """A place as text that nobody is tempted to read or to make."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def place(text: str) -> str:
    """The place that a cursor stands for, "" for the beginning. Raises ListloopError for one that isn't ours."""
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError):
        raise _wrong() from None


def number(text: str) -> int:
    """As ``place``, for lists that go by number; 0 for the beginning."""
    found = place(text)
    if not found:
        return 0
    if not (found.isascii() and found.isdecimal() and int(found) <= LARGEST):
        raise _wrong()
    return int(found)


def _wrong() -> ListloopError:
    return ListloopError(
        "This cursor was not made here.", "Begin without one, and follow “next” from page to page.", code="cursor"
    )
