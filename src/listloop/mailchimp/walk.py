"""Reading a long list of members while others change it: no row is skipped, few are read twice.

Mailchimp pages by offset over the living list, without snapshot or cursor. Ordered by ``last_changed``, a row that
changes moves to the end, everything behind it moves up by one, and the row at the page's edge is missed. Hence:

* The walk goes by time: the next page is asked from one second before the last row's ``last_changed``, at offset 0.
  (Whether the bound itself is included is not documented; one second earlier, both answers are right.)
* Where that would read many rows again, because a bulk import gave thousands the same second, it goes by offset, with
  a few rows of overlap. A page without any row of the page before has lost rows: it is asked again from further up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from listloop.core.errors import TryLater
from listloop.mailchimp.client import Param
from listloop.mailchimp.errors import RETRY
from listloop.mailchimp.payloads import Member, MemberPage

OVERLAP = 20
"""Rows of overlap, and the most that a step by time may read again."""

STEP_BACK = 200
"""Rows to go up by when a page has lost its connection to the one before; twice as many each time it is not enough."""

Ask = Callable[[dict[str, Param]], tuple[MemberPage, str]]
"""Asks for a page with these parameters; gives it with the server's time."""

Mark = tuple[str, str]
"""A row as read: its ``contact_id`` and ``last_changed``. A row that changed is another one."""


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a walk stands: the bound and offset of its next page, and the last row before it."""

    since: str = ""
    offset: int = 0
    last: Mark | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What one page brought: rows not read before, where to go on, and whether this is the end."""

    rows: list[Member]
    place: Place
    end: bool
    total: int
    date: str


def walk(ask: Ask, place: Place = Place()) -> Iterator[Step]:  # noqa: B008 - frozen
    """All rows from a place on, oldest change first, at least one step; the last says ``end``.

    Raises ``TryLater`` when Mailchimp shows fewer rows than it counts.
    """
    recent = {place.last} if place.last else set()
    back = STEP_BACK
    while True:
        page, date = ask({"since_last_changed": place.since or None, "offset": place.offset or None, **ORDER})
        rows, total = page.members, page.total_items
        if place.offset and recent.isdisjoint(map(_mark, rows)):
            place, back = msgspec.structs.replace(place, offset=max(0, place.offset - back)), back * 2
            continue
        if not rows and total:
            raise TryLater("Mailchimp counts members that it does not show.", RETRY, code="no-answer")
        fresh = [row for row in rows if _mark(row) not in recent]
        end = place.offset + len(rows) >= total
        recent = {_mark(row) for row in rows}
        place, back = _next(place, rows), STEP_BACK
        yield Step(fresh, place, end, total, date)
        if end:
            return


ORDER: dict[str, Param] = {"sort_field": "last_changed", "sort_dir": "ASC"}


def _next(place: Place, rows: list[Member]) -> Place:
    """By time if few rows would come again, else by offset."""
    if not rows:
        return place
    bound = earlier(rows[-1].last_changed, seconds=1)
    again = sum(row.last_changed >= bound for row in rows)
    if again <= OVERLAP and bound > place.since:
        return Place(bound, 0, _mark(rows[-1]))
    return Place(place.since, place.offset + max(len(rows) - OVERLAP, 1), _mark(rows[-1]))


def earlier(moment: str, *, seconds: int) -> str:
    """A time of Mailchimp's, some seconds before."""
    return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat(timespec="seconds")


def _mark(row: Member) -> Mark:
    return row.contact_id, row.last_changed
