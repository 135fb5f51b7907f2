"""Credit is exact: what campaigns earn of a deal is what it is worth, under each model, however it is reckoned."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.attribution import (
    CUSTOMER,
    Model,
    Rules,
    Touch,
    apportion,
    credits_of,
    faded,
    in_currency,
    touches,
)
from listloop.core.facts import Kind

WON = datetime(2026, 6, 30, 12, tzinfo=UTC)
KINDS = (Kind.SENT, Kind.OPENED, Kind.CLICKED)


def before(days: float, campaign: int = 1, kind: Kind = Kind.OPENED, person: int = 1) -> Touch:
    """A touch so many days before the deal was won."""
    return Touch(campaign, person, kind, WON - timedelta(days=days))


some_touches = st.lists(
    st.builds(
        before,
        st.integers(-5 * 24, 120 * 24).map(lambda hours: hours / 24),
        st.integers(1, 5),
        st.sampled_from(KINDS),
        st.integers(1, 3),
    ),
    max_size=12,
)
some_rules = st.builds(
    Rules,
    sent=st.integers(0, 2),
    opened=st.integers(0, 3),
    clicked=st.integers(0, 5),
    window=st.integers(1, 120),
    half_life=st.integers(1, 60),
    ends=st.integers(0, 50),
)


@given(some_touches, some_rules, st.integers(-(10**9), 10**12), st.booleans())
def test_sums_of_credits_are_the_deal_under_every_model(
    happened: list[Touch], rules: Rules, value: int, customer: bool
) -> None:
    counted = touches(happened, WON, rules)
    earned = credits_of(value, counted, WON, rules, customer=customer)
    for model in Model:
        assert sum(one.cents[model] for one in earned) == (value if counted else 0)
        assert sum(one.customer[model] for one in earned) == (CUSTOMER if counted and customer else 0)


def by_definition(happened: list[Touch], rules: Rules, weight: dict[Kind, int]) -> list[Touch]:
    """The touches that count, by the definition in the docs."""
    seen: list[Touch] = []
    for one in sorted(happened, key=lambda t: (t.at, t.campaign, t.person, t.kind)):
        late = one.at > WON or one.at < WON - timedelta(days=rules.window)
        again = any((t.campaign, t.person, t.kind) == (one.campaign, one.person, one.kind) for t in seen)
        if not late and not again and weight[one.kind] > 0:
            seen.append(one)
    return seen


def share_of(model: Model, seen: list[Touch], rules: Rules, weight: dict[Kind, int]) -> list[Fraction]:
    """What each touch gets, by the definition in the docs."""
    number = len(seen)
    if model is Model.FIRST:
        return [Fraction(place == 0) for place in range(number)]
    if model is Model.LAST:
        return [Fraction(place == number - 1) for place in range(number)]
    if model is Model.LINEAR:
        return [Fraction(weight[one.kind]) for one in seen]
    if model is Model.DECAY:
        days = [(WON - one.at).total_seconds() / 86400 for one in seen]
        return [weight[one.kind] * Fraction(faded(age, rules.half_life)) for one, age in zip(seen, days, strict=True)]
    if number < 3:
        return [Fraction(1)] * number
    inner = sum(weight[one.kind] for one in seen[1:-1])
    rest = [Fraction((100 - 2 * rules.ends) * weight[one.kind], inner) for one in seen[1:-1]]
    return [Fraction(rules.ends), *rest, Fraction(rules.ends)]


def brute_force(value: int, happened: list[Touch], rules: Rules, model: Model) -> dict[int, int]:
    """The same, touch by touch, in fractions."""
    weight = {Kind.SENT: rules.sent, Kind.OPENED: rules.opened, Kind.CLICKED: rules.clicked}
    seen = by_definition(happened, rules, weight)
    share = share_of(model, seen, rules, weight)
    earned: defaultdict[int, Fraction] = defaultdict(Fraction)
    for one, part in zip(seen, share, strict=True):
        earned[one.campaign] += Fraction(value) * part / sum(share)
    cents = {campaign: int(exact) for campaign, exact in earned.items()}
    by_rest = sorted(earned, key=lambda campaign: -(earned[campaign] - cents[campaign]))  # stable: first touch first
    for campaign in by_rest[: value - sum(cents.values()) if seen else 0]:
        cents[campaign] += 1
    return cents


@given(some_touches, some_rules, st.integers(0, 10**10), st.sampled_from(Model))
def test_credits_equal_a_brute_force_over_all_touches_to_the_cent(
    happened: list[Touch], rules: Rules, value: int, model: Model
) -> None:
    earned = credits_of(value, touches(happened, WON, rules), WON, rules, customer=False)
    assert {one.campaign: one.cents[model] for one in earned} == brute_force(value, happened, rules, model)


@given(some_touches, some_rules, st.randoms())
def test_the_order_in_which_touches_were_told_changes_nothing(
    happened: list[Touch], rules: Rules, chance: object
) -> None:
    again = list(happened)
    chance.shuffle(again)  # type: ignore[attr-defined]  # hypothesis' Random
    assert touches(again, WON, rules) == touches(happened, WON, rules)


def test_the_worked_example_of_the_docs() -> None:
    """1,000.00 EUR; A opened 40 days before, A clicked 33 days before, B opened 14 before, C clicked 7 days before."""
    happened = [
        before(40, 1),
        before(33, 1, Kind.CLICKED),
        before(14, 2),
        before(7, 3, Kind.CLICKED),
        before(100, 4, Kind.CLICKED),  # outside the window of 90 days
        before(10, 2),  # B opened again: counted once
    ]
    counted = touches(happened, WON, Rules())
    earned = credits_of(100_000, counted, WON, Rules(), customer=True)
    by_model = {model: [one.cents[model] for one in earned] for model in Model}
    assert [one.campaign for one in earned] == [1, 2, 3]
    assert by_model == {
        Model.FIRST: [100_000, 0, 0],
        Model.LAST: [0, 0, 100_000],
        Model.LINEAR: [50_000, 12_500, 37_500],
        Model.DECAY: [7_080, 13_274, 79_646],
        Model.POSITION: [55_000, 5_000, 40_000],
    }


def test_a_touch_in_the_second_the_deal_was_won_counts_and_one_after_it_does_not() -> None:
    after = Touch(2, 1, Kind.CLICKED, WON + timedelta(seconds=1))
    assert touches([before(0), after, before(90), before(90.001)], WON, Rules()) == [before(90)]
    assert touches([before(0), after], WON, Rules()) == [before(0)]


def test_several_people_of_a_deal_each_count() -> None:
    both = touches([before(3, person=1), before(2, person=2)], WON, Rules())
    assert len(both) == 2


def test_cents_that_are_left_go_to_the_largest_remainders_the_earliest_first() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(-100, [1, 1, 1]) == [-34, -33, -33]
    assert apportion(1, [1, 5]) == [0, 1]
    assert apportion(5, []) == []


@pytest.mark.parametrize(("currency", "cents"), [("EUR", 1_000), ("USD", 925), ("GBP", None)])
def test_a_currency_without_a_rate_is_not_guessed(currency: str, cents: int | None) -> None:
    assert in_currency(1_000, currency, Rules(rates={"USD": 925_000})) == cents


def test_half_a_cent_is_rounded_up() -> None:
    assert in_currency(1, "USD", Rules(rates={"USD": 500_000})) == 1
