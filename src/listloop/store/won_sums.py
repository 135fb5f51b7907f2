"""Sums of deals won, kept by month: reckoned anew only for months in which something moved.

Whoever changes a deal, or what campaigns earned of it, calls ``moved`` in the same transaction. Until the sums of that
month are reckoned anew (``keep``) its deals are added up one by one, as are those of a month of which only a part is
asked for: so what is read is always exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)

from listloop.core.attribution import Model
from listloop.store.bulk import upsert
from listloop.store.tables import credit_sums, deals, earned, won_months, won_sums

SHARES = tuple(f"{what}_{model}" for what in ("cents", "customer") for model in Model)
"""Columns of what a campaign earned: cents by model, then parts of new customers by model."""


@dataclass(frozen=True, slots=True)
class Span:
    """Deals won in this time, ``until`` not included; None: without end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """Deals won in a month that have state, currency and days (see the table) in common; amounts are cents."""

    month: str
    state: str
    currency: str
    days: int
    number: int
    value: int
    shown: int
    customers: int


def moved(db: Connection, connection_id: int, won: Iterable[datetime | None]) -> None:
    """Something about deals won at these moments changed."""
    months = sorted({f"{at:%Y-%m}" for at in won if at is not None})
    rows = [{"connection_id": connection_id, "month": month, "kept": False} for month in months]
    upsert(db, won_months, rows, ("connection_id", "month"))


def moved_months(db: Connection, connection_id: int) -> list[str]:
    """Months whose sums are to be reckoned anew, the oldest first."""
    mine = won_months.c.connection_id == connection_id, won_months.c.kept != true()
    return list(db.scalars(select(won_months.c.month).where(*mine).order_by(won_months.c.month)))


def keep(db: Connection, connection_id: int, month: str) -> None:
    """Reckon the sums of a month from its deals, and keep them."""
    begin, end = bounds(month)
    there = [deals.c.connection_id == connection_id, deals.c.won_at >= begin, deals.c.won_at < end]
    for table in (won_sums, credit_sums):
        db.execute(delete(table).where(table.c.connection_id == connection_id, table.c.month == month))
    named = literal(connection_id), literal(month)
    db.execute(insert(won_sums).from_select(list(won_sums.c.keys()), _of_deals(*named).where(*there)))
    shares = _of_credits(*named).where(*there)
    db.execute(insert(credit_sums).from_select(list(credit_sums.c.keys()), shares))
    mine = won_months.c.connection_id == connection_id, won_months.c.month == month
    db.execute(update(won_months).where(*mine).values(kept=True))


def _of_deals(*named: ColumnElement[Any]) -> Select[Any]:
    shared = deals.c.state, deals.c.currency, deals.c.days
    return select(
        *named,
        *shared,
        func.count(),
        func.sum(deals.c.value),
        func.coalesce(func.sum(deals.c.shown), 0),
        func.sum(case((deals.c.customer, 1), else_=0)),
    ).group_by(*shared)


def _of_credits(*named: ColumnElement[Any]) -> Select[Any]:
    sums = [func.sum(earned.c[name]) for name in SHARES]
    shared = select(*named, earned.c.campaign_id, func.count(), *sums).join(deals, deals.c.id == earned.c.deal_id)
    return shared.group_by(earned.c.campaign_id)


def bounds(month: str) -> tuple[datetime, datetime]:
    """A month's first moment, and that of the next one."""
    year, number = map(int, month.split("-"))
    return datetime(year, number, 1, tzinfo=UTC), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def within(span: Span) -> ColumnElement[bool]:
    """Was a deal won in this time?"""
    ends = [deals.c.won_at >= span.since] if span.since else []
    ends += [deals.c.won_at < span.until] if span.until else []
    return and_(deals.c.won_at.is_not(None), *ends)


def _kept(db: Connection, connection_id: int, span: Span) -> list[str]:
    """Months that lie in this time as a whole, and whose sums are kept."""
    mine = won_months.c.connection_id == connection_id, won_months.c.kept == true()
    found = db.scalars(select(won_months.c.month).where(*mine).order_by(won_months.c.month))
    since, until = span.since, span.until
    return [
        one
        for one in found
        if (since is None or since <= bounds(one)[0]) and (until is None or bounds(one)[1] <= until)
    ]


def _others(span: Span, kept: Sequence[str]) -> ColumnElement[bool]:
    """Deals of this time that are in none of these months, which are the oldest first."""
    parts: list[ColumnElement[bool]] = []
    since = span.since
    for begin, end in map(bounds, kept):
        if since is None or since < begin:
            parts.append(within(Span(since, begin)))
        since = end
    if since is None or span.until is None or since < span.until:
        parts.append(within(Span(since, span.until)))
    return or_(false(), *parts)


def won(db: Connection, connection_id: int, span: Span) -> list[Sum]:
    """All deals won in this time, added up by month, state, currency and days; in any order."""
    kept = _kept(db, connection_id, span)
    whole = select(*list(won_sums.c)[1:]).where(won_sums.c.connection_id == connection_id, won_sums.c.month.in_(kept))
    sqlite = db.dialect.name == "sqlite"
    month = func.strftime("%Y-%m", deals.c.won_at) if sqlite else func.to_char(deals.c.won_at, "YYYY-MM")
    others = _of_deals(month).group_by(month).where(deals.c.connection_id == connection_id, _others(span, kept))
    return [Sum(*row[:4], *map(int, row[4:])) for row in db.execute(union_all(whole, others))]


def earned_by_campaign(db: Connection, connection_id: int, span: Span, only: int = 0) -> dict[int, tuple[int, ...]]:
    """By campaign: deals of this time of which it earned, then what (see ``SHARES``); ``only`` one of them."""
    kept = _kept(db, connection_id, span)
    mine = credit_sums.c.connection_id == connection_id, credit_sums.c.month.in_(kept)
    sums = [func.sum(credit_sums.c[name]) for name in ("number", *SHARES)]
    whole = select(credit_sums.c.campaign_id, *sums).where(*mine).group_by(credit_sums.c.campaign_id)
    others = _of_credits().where(deals.c.connection_id == connection_id, _others(span, kept))
    if only:
        whole, others = whole.where(credit_sums.c.campaign_id == only), others.where(earned.c.campaign_id == only)
    found: dict[int, tuple[int, ...]] = {}
    for campaign, *numbers in db.execute(union_all(whole, others)):
        before = found.get(campaign, (0,) * len(numbers))
        found[campaign] = tuple(one + int(more) for one, more in zip(before, numbers, strict=True))
    return found
