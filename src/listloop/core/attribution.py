"""Which campaigns won a deal: credit for touches under five models, exact to the cent.

A touch is what a person did with a campaign before a deal was won. Each model weighs the touches of a deal in its own
way; what the deal is worth is then shared out in proportion. All is reckoned in whole numbers, so that the shares of a
deal always add up to its value, and so that computing it anew gives the same cents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from math import pow as power

from listloop.core.facts import Kind

ONE = 10**9
"""What a weight of 1 counts; shares of a touch are whole parts of it."""

CUSTOMER = 1_000_000
"""One new customer, in the parts that campaigns share."""


class Model(StrEnum):
    """How the credit for a deal is shared among the touches before it."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    DECAY = "decay"
    POSITION = "position"


class Unit(StrEnum):
    """Whose touches count for a deal: those of the people it names, or of everybody in their company."""

    PERSON = "person"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Touch:
    """The first time within the window that a person got, opened or clicked a campaign. ``campaign`` is a number."""

    campaign: int
    person: int
    kind: Kind
    at: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """How credit is given.

    ``sent``, ``opened`` and ``clicked`` are the weights of touches, 0: such a touch does not count. ``window`` is for
    how many days before a deal was won touches count, ``half_life`` after how many days a touch counts half in the
    model of decay, ``ends`` the percentage that the first and the last touch get each in the model of positions.
    ``currency`` is what everything is shown in; ``rates`` what one unit of another currency is worth in it, in
    millionths.
    """

    unit: Unit = Unit.PERSON
    sent: int = 0
    opened: int = 1
    clicked: int = 3
    window: int = 90
    half_life: int = 7
    ends: int = 40
    currency: str = "EUR"
    rates: dict[str, int] = field(default_factory=dict)

    def weight(self, kind: Kind) -> int:
        """What a touch of this kind counts."""
        return {Kind.SENT: self.sent, Kind.OPENED: self.opened, Kind.CLICKED: self.clicked}.get(kind, 0)


@dataclass(frozen=True, slots=True)
class Credit:
    """What a campaign earned of a deal: cents by model, and parts of a new customer by model (see ``CUSTOMER``)."""

    campaign: int
    cents: dict[Model, int]
    customer: dict[Model, int]
    first: datetime
    last: datetime


def in_currency(cents: int, currency: str, rules: Rules) -> int | None:
    """Cents of the shown currency, half a cent rounded up; None where no rate is known."""
    if currency == rules.currency:
        return cents
    rate = rules.rates.get(currency)
    return None if rate is None else (2 * cents * rate + 1_000_000) // 2_000_000


def touches(happened: Iterable[Touch], won: datetime, rules: Rules) -> list[Touch]:
    """Those that count for a deal won then, oldest first: within the window, each campaign, person and kind once."""
    since = won - timedelta(days=rules.window)
    found: dict[tuple[int, int, Kind], Touch] = {}
    for one in sorted(happened, key=_order):
        if rules.weight(one.kind) and since <= one.at <= won:
            found.setdefault((one.campaign, one.person, one.kind), one)
    return list(found.values())


def credits_of(value: int, counted: Sequence[Touch], won: datetime, rules: Rules, *, customer: bool) -> list[Credit]:
    """What each campaign earned of a deal with these touches (see ``touches``), in the order of their first touch.

    ``value`` is in cents of the shown currency; ``customer``: this deal made a customer. Without touches nobody earned
    anything: then the deal is nobody's, which is a line of its own wherever sums are shown.
    """
    places: dict[int, list[int]] = {}
    for place, touch in enumerate(counted):
        places.setdefault(touch.campaign, []).append(place)
    cents: dict[Model, list[int]] = {}
    parts: dict[Model, list[int]] = {}
    for model in Model:
        weights = shares(model, counted, won, rules)
        by_campaign = [sum(weights[place] for place in some) for some in places.values()]
        cents[model] = apportion(value, by_campaign)
        parts[model] = apportion(CUSTOMER if customer else 0, by_campaign)
    return [
        Credit(
            campaign,
            {model: cents[model][number] for model in Model},
            {model: parts[model][number] for model in Model},
            counted[some[0]].at,
            counted[some[-1]].at,
        )
        for number, (campaign, some) in enumerate(places.items())
    ]


def shares(model: Model, counted: Sequence[Touch], won: datetime, rules: Rules) -> list[int]:
    """What each touch counts under a model, as whole numbers in proportion; the touches are oldest first."""
    weights = [rules.weight(one.kind) for one in counted]
    match model:
        case Model.FIRST:
            return [int(place == 0) for place in range(len(counted))]
        case Model.LAST:
            return [int(place == len(counted) - 1) for place in range(len(counted))]
        case Model.LINEAR:
            return weights
        case Model.DECAY:
            ages = [(won - one.at) / timedelta(days=1) for one in counted]
            return [weight * faded(age, rules.half_life) for weight, age in zip(weights, ages, strict=True)]
        case Model.POSITION:
            return _by_position(weights, rules.ends)


def faded(days: float, half_life: int) -> int:
    """What is left of one after so many days, in billionths; never nothing, so that a deal always has an owner."""
    return max(1, round(ONE * power(0.5, days / half_life)))


def _by_position(weights: Sequence[int], ends: int) -> list[int]:
    """The first and the last get their percentage each, what is left is shared by those between them, by weight."""
    if len(weights) <= 2:
        return [1] * len(weights)
    between = sum(weights[1:-1])
    return [ends * between, *((100 - 2 * ends) * one for one in weights[1:-1]), ends * between]


def apportion(value: int, weights: Sequence[int]) -> list[int]:
    """Share out whole cents in proportion to weights: the cents that are left go to the largest remainders.

    Of equal remainders the earlier one comes first. A negative value (a credit note) is shared like its opposite.
    """
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    sign, amount = (-1, -value) if value < 0 else (1, value)
    given = [amount * one // whole for one in weights]
    left = amount - sum(given)
    order = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % whole), place))
    for place in order[:left]:
        given[place] += 1
    return [sign * one for one in given]


def _order(touch: Touch) -> tuple[datetime, int, int, str]:
    """Of the same second, the campaign that was known first comes first, so that the order never changes."""
    return touch.at, touch.campaign, touch.person, touch.kind
