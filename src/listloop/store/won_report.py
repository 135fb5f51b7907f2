"""What was won, told from its sums: by what came of the deals, by currency, by month, by how long it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from listloop.store.deals import State
from listloop.store.won_sums import Sum, bounds


@dataclass(frozen=True, slots=True)
class Pot:
    """Deals of one state: how many, what they are worth (cents), and how many made a customer."""

    state: State
    number: int
    cents: int
    customers: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Deals won whose currency has no rate: how many, and what they are worth in cents of it."""

    currency: str
    number: int
    cents: int


@dataclass(frozen=True, slots=True)
class Month:
    """Deals won in a month, and what of them campaigns earned, in cents; ``customers`` are the new ones."""

    begin: datetime
    deals: int
    cents: int
    credited: int
    customers: int
    credited_customers: int


def pots(sums: Iterable[Sum]) -> dict[State, Pot]:
    """All deals that were won, each in one pot."""
    found: defaultdict[State, list[Sum]] = defaultdict(list)
    for one in sums:
        found[State(one.state)].append(one)
    return {
        state: Pot(
            state,
            sum(one.number for one in found[state]),
            sum(one.shown for one in found[state]),
            sum(one.customers for one in found[state]),
        )
        for state in State
    }


def foreign(sums: Iterable[Sum]) -> list[Foreign]:
    """Deals that no sum has, since their currency has no rate."""
    numbers: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for one in sums:
        if one.state == State.NO_RATE:
            numbers[one.currency] += one.number
            values[one.currency] += one.value
    return [Foreign(currency, numbers[currency], values[currency]) for currency in sorted(numbers)]


def months(sums: Iterable[Sum]) -> list[Month]:
    """Deals by the month in which they were won (UTC), the oldest first; months without any are left out."""
    found: defaultdict[str, list[Sum]] = defaultdict(list)
    for one in sums:
        found[one.month].append(one)
    return [_month(month, found[month]) for month in sorted(found)]


def _month(month: str, sums: Sequence[Sum]) -> Month:
    credited = [one for one in sums if one.state == State.CREDITED]
    return Month(
        bounds(month)[0],
        sum(one.number for one in sums),
        sum(one.shown for one in sums),
        sum(one.shown for one in credited),
        sum(one.customers for one in sums),
        sum(one.customers for one in credited),
    )


SPEEDS = (1, 7, 14, 30, 60, 90, 180)
"""Days from the first touch to the deal at which the bars of the chart end; the last one takes what is later."""


def speeds(sums: Iterable[Sum]) -> list[tuple[int, int]]:
    """How many days passed from the first touch that counts until the deal was won: (days at most, deals); 0: more."""
    found = dict.fromkeys((*SPEEDS, 0), 0)
    for one in sums:
        if one.days:
            found[next((most for most in SPEEDS if one.days <= most), 0)] += one.number
    return list(found.items())


def half_within(sums: Iterable[Sum]) -> int | None:
    """Within how many days of their first touch half of the deals were won; None where none had a touch."""
    numbers: Counter[int] = Counter()
    for one in sums:
        if one.days:
            numbers[one.days] += one.number
    left = numbers.total()
    whole = left
    for days in sorted(numbers):
        left -= numbers[days]
        if 2 * left <= whole:
            return days
    return None
