"""One campaign against the others of its audience: their average, what is usual, the ones before, a year ago."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import Connection, select

from listloop.core.facts import Sums, rate
from listloop.store.campaigns import UNSENT, CampaignRow, list_campaigns
from listloop.store.codec import decode
from listloop.store.tables import campaigns

USUAL = 12
"""Campaigns before this one that say what is usual."""

YEAR, AROUND = timedelta(days=365), timedelta(days=45)
"""A campaign counts as last year's when it was sent within so many days of a year before."""


@dataclass(frozen=True, slots=True)
class Rates:
    """A campaign's shares, 0 to 1: of the mails that arrived; those that bounced, of all."""

    opened: float
    clicked: float
    left: float
    bounced: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The shares of a campaign beside others; what there is nothing to compare with is None or empty.

    ``average`` is of all mails of all other campaigns of the audience, ``usual`` the median of those in ``before``,
    which are the last ones before this one, newest first; ``last_year`` was sent about a year before.
    """

    mine: Rates
    average: Rates | None
    usual: Rates | None
    before: tuple[CampaignRow, ...]
    last_year: CampaignRow | None


def rates(sums: Sums) -> Rates:
    """The shares of a campaign with these numbers."""
    return Rates(
        rate(sums.opened, sums.delivered),
        rate(sums.clickers, sums.delivered),
        rate(sums.left, sums.delivered),
        rate(sums.bounced, sums.sent),
    )


def compared(db: Connection, row: CampaignRow) -> Comparison:
    """A campaign compared with the others that its audience got."""
    before = _before(db, row)
    return Comparison(rates(row.counted), _average(db, row), _usual(before), before, _last_year(db, row))


def _average(db: Connection, row: CampaignRow) -> Rates | None:
    others = select(campaigns.c.counted).where(
        campaigns.c.connection_id == row.connection_id,
        campaigns.c.id != row.id,
        campaigns.c.counted != "",
        campaigns.c.status.not_in(UNSENT),
    )
    some = [one for one in (decode(Sums, text) for text in db.scalars(others)) if one.sent]
    if not some:
        return None
    arrived = sum(one.delivered for one in some)
    return Rates(
        rate(sum(one.opened for one in some), arrived),
        rate(sum(one.clickers for one in some), arrived),
        rate(sum(one.left for one in some), arrived),
        rate(sum(one.bounced for one in some), sum(one.sent for one in some)),
    )


def _before(db: Connection, row: CampaignRow) -> tuple[CampaignRow, ...]:
    if row.sent_at is None:
        return ()
    found = list_campaigns(db, row.connection_id, until=row.sent_at, sent=True, read=True, limit=USUAL)
    return tuple(one for one in found if one.id != row.id)


def _usual(rows: tuple[CampaignRow, ...]) -> Rates | None:
    some = [rates(one.counted) for one in rows]
    if not some:
        return None
    return Rates(*(median(getattr(one, name) for one in some) for name in ("opened", "clicked", "left", "bounced")))


def _last_year(db: Connection, row: CampaignRow) -> CampaignRow | None:
    if row.sent_at is None:
        return None
    then = row.sent_at - YEAR
    found = list_campaigns(db, row.connection_id, since=then - AROUND, until=then + AROUND, sent=True, read=True)
    return min(found, key=lambda one: abs((one.sent_at or then) - then), default=None)
