"""How many people stand where, for every page that shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import Connection

from listloop.store.search import Count, counts
from listloop.web.access import services_of
from listloop.web.words import STANDINGS

#: From this many people on, counting takes long enough (100 ms per million) to be kept for a while.
LARGE = 100_000
KEEP = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts, and when they were so."""

    at: datetime
    counts: tuple[Count, ...]


class KeptCounts:
    """The last counts of a large population; one for each application."""

    def __init__(self) -> None:
        self._kept: dict[int | None, Counted] = {}

    def counts(self, database: Connection, now: datetime, connection_id: int | None = None) -> Counted:
        """The counts of one connection or of all, at most five seconds old."""
        kept = self._kept.get(connection_id)
        if kept is not None and now - kept.at < KEEP:
            return kept
        counted = Counted(now, counts(database, connection_id))
        if sum(one.people for one in counted.counts) >= LARGE:
            self._kept[connection_id] = counted
        return counted


def counted(request: Request, database: Connection, connection_id: int | None = None) -> Counted:
    """How many people stand where, for a page."""
    kept: KeptCounts = request.app.state.counts
    return kept.counts(database, services_of(request).now(), connection_id)


def by_standing(found: Iterable[Count]) -> dict[str, int]:
    """People by standing, all four of them, in their fixed order."""
    sums = dict.fromkeys(STANDINGS, 0)
    for one in found:
        sums[one.standing] += one.people
    return sums
