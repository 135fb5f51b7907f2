"""The sums that are kept by month are always what one gets who adds up the deals one by one; on both databases."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from listloop.core.attribution import Credit, Model
from listloop.core.facts import Campaign
from listloop.core.side import Deal
from listloop.store.campaigns import save_campaigns
from listloop.store.credit import won_by_campaign
from listloop.store.deals import Reckoned, State, save_credits, save_deals
from listloop.store.tables import campaigns, deals, earned, won_sums
from listloop.store.won_report import foreign, half_within, months, pots, speeds
from listloop.store.won_sums import SHARES, Span, Sum, bounds, earned_by_campaign, keep, moved_months, won
from tests.store.conftest import NOON, add_connection

Numbers = tuple[int, ...]


@pytest.fixture
def sent(engine: Engine, connection_id: int) -> list[int]:
    """The numbers of three campaigns."""
    with engine.begin() as db:
        told = [Campaign(key, key, key, "sent", NOON.isoformat()) for key in ("a", "b", "c")]
        save_campaigns(db, connection_id, told)
        return list(db.scalars(select(campaigns.c.id).order_by(campaigns.c.id)))


def by_hand(db: Connection, connection_id: int, span: Span) -> tuple[Counter[tuple[str, ...]], dict[int, Numbers]]:
    """Deals of a time by what the sums tell apart, and what campaigns earned of them: one by one."""
    rows = db.execute(select(deals).where(deals.c.connection_id == connection_id, deals.c.won_at.is_not(None))).all()
    mine = [
        one
        for one in rows
        if (span.since is None or one.won_at >= span.since) and (span.until is None or one.won_at < span.until)
    ]
    found: Counter[tuple[str, ...]] = Counter()
    for one in mine:
        named = f"{one.won_at:%Y-%m}", one.state, one.currency, str(one.days)
        for what, much in zip(
            ("n", "value", "shown", "new"), (1, one.value, one.shown or 0, one.customer), strict=True
        ):
            found[(*named, what)] += int(much)
    ids = {one.id for one in mine}
    shares: dict[int, Numbers] = {}
    for row in db.execute(select(earned)):
        if row.deal_id in ids:
            before = shares.get(row.campaign_id, (0,) * (1 + len(SHARES)))
            new = 1, *(getattr(row, name) for name in SHARES)
            shares[row.campaign_id] = tuple(one + more for one, more in zip(before, new, strict=True))
    return found, shares


def as_counter(sums: list[Sum]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for one in sums:
        named = one.month, one.state, one.currency, str(one.days)
        numbers = {"n": one.number, "value": one.value, "shown": one.shown, "new": one.customers}
        for what, much in numbers.items():
            found[(*named, what)] += much
    return found


def some_deals(chance: random.Random) -> list[Deal]:
    """Deals that are new, changed, moved to another month, lost again."""
    chosen = chance.sample(range(40), chance.randrange(1, 6))
    return [
        Deal(
            str(number),
            f"Deal {number}",
            "won",
            chance.randrange(-500, 10_000),
            chance.choice(("EUR", "USD")),
            moment(chance).isoformat() if chance.random() < 0.9 else "",
        )
        for number in chosen
    ]


def moment(chance: random.Random) -> datetime:
    """Some of these are the first of a month."""
    if chance.random() < 0.2:
        return bounds(chance.choice(("2026-01", "2026-03")))[0]
    return NOON - timedelta(days=chance.uniform(0, 130))


def some_credits(db: Connection, connection_id: int, campaigns: list[int], chance: random.Random) -> list[Reckoned]:
    ids = list(db.scalars(select(deals.c.id).where(deals.c.connection_id == connection_id)))
    return [one_reckoned(deal, campaigns, chance) for deal in chance.sample(ids, min(len(ids), 5))]


def one_reckoned(deal: int, campaigns: list[int], chance: random.Random) -> Reckoned:
    state = chance.choice(list(State))
    shown = None if state is State.NO_RATE else chance.randrange(10_000)
    if state is not State.CREDITED:
        return Reckoned(deal, state, shown, chance.random() < 0.5, None)
    parts = tuple(
        Credit(
            one,
            {model: chance.randrange(1000) for model in Model},
            {model: chance.randrange(1000) for model in Model},
            NOON,
            NOON,
        )
        for one in chance.sample(campaigns, chance.randrange(1, 4))
    )
    return Reckoned(deal, state, shown, chance.random() < 0.5, None, parts, chance.randrange(1, 90))


def some_span(chance: random.Random) -> Span:
    ends = sorted((moment(chance), moment(chance)))
    return Span(*(one if chance.random() < 0.7 else None for one in ends))


@pytest.mark.parametrize("seed", range(2))
def test_kept_sums_are_those_over_all_deals_whatever_happened(
    engine: Engine, connection_id: int, sent: list[int], seed: int
) -> None:
    """Deals come, change, move between months and are lost; credits are given anew; some months are kept."""
    chance = random.Random(seed)
    other = add_connection(engine, "Another")
    for _ in range(12):
        with engine.begin() as db:
            save_deals(db, connection_id, some_deals(chance))
            save_deals(db, other, some_deals(chance))
            save_credits(db, connection_id, some_credits(db, connection_id, sent, chance))
            for month in moved_months(db, connection_id):
                if chance.random() < 0.6:
                    keep(db, connection_id, month)
        with engine.begin() as db:
            for span in (Span(), some_span(chance), some_span(chance)):
                found, shares = by_hand(db, connection_id, span)
                assert +as_counter(won(db, connection_id, span)) == +found
                assert earned_by_campaign(db, connection_id, span) == shares
                for campaign in sent:
                    only = earned_by_campaign(db, connection_id, span, campaign)
                    assert only.get(campaign) == shares.get(campaign)


def test_what_is_kept_is_what_is_read(engine: Engine, connection_id: int, sent: list[int]) -> None:
    """A month that nothing moved is not added up again: what stands in the kept sums is what a page shows."""
    with engine.begin() as db:
        save_deals(db, connection_id, [Deal("1", "One", "won", 100, "EUR", "2026-01-31T23:59:59+00:00")])
        assert moved_months(db, connection_id) == ["2026-01"]
        keep(db, connection_id, "2026-01")
        assert moved_months(db, connection_id) == []
        db.execute(won_sums.update().values(value=777))
        assert [one.value for one in won(db, connection_id, Span())] == [777]
        assert [one.value for one in won(db, connection_id, Span(until=bounds("2026-01")[0]))] == []
        middle = Span(bounds("2026-01")[0] + timedelta(days=1))  # a part of a month is added up
        assert [one.value for one in won(db, connection_id, middle)] == [100]


def test_a_deal_that_changes_its_month_moves_both(engine: Engine, connection_id: int) -> None:
    one = Deal("1", "One", "won", 100, "EUR", "2026-01-31T23:59:59+00:00")
    with engine.begin() as db:
        save_deals(db, connection_id, [one])
        keep(db, connection_id, "2026-01")
        save_deals(db, connection_id, [Deal("1", "One", "won", 100, "EUR", "2026-02-01T00:00:00+00:00")])
        assert moved_months(db, connection_id) == ["2026-01", "2026-02"]
        assert [one.month for one in won(db, connection_id, Span())] == ["2026-02"]


def test_sums_become_what_people_read() -> None:
    """Pots, currencies, months, and how long it took: each tells all deals of its kind."""
    sums = [
        Sum("2026-01", "credited", "EUR", 3, 2, 500, 500, 1),
        Sum("2026-02", "credited", "EUR", 200, 1, 100, 100, 0),
        Sum("2026-02", "no-rate", "USD", 0, 4, 900, 0, 2),
        Sum("2026-02", "nobody", "EUR", 0, 1, 50, 50, 1),
    ]
    found = pots(sums)
    assert (found[State.CREDITED].number, found[State.CREDITED].cents, found[State.CREDITED].customers) == (3, 600, 1)
    assert found[State.UNTOUCHED].number == 0
    assert [(one.currency, one.number, one.cents) for one in foreign(sums)] == [("USD", 4, 900)]
    told = [(one.begin.month, one.deals, one.cents, one.credited, one.customers) for one in months(sums)]
    assert told == [(1, 2, 500, 500, 1), (2, 6, 150, 100, 3)]
    assert [(days, number) for days, number in speeds(sums) if number] == [(7, 2), (0, 1)]
    assert half_within(sums) == 3
    assert half_within(sums[2:]) is None


def test_a_campaign_that_earned_nothing_and_cost_nothing_is_not_listed(
    engine: Engine, connection_id: int, sent: list[int]
) -> None:
    with engine.begin() as db:
        assert won_by_campaign(db, connection_id, Span()) == []
        (only,) = won_by_campaign(db, connection_id, Span(), sent[0])
    assert (only.deals, only.cents) == (0, dict.fromkeys(Model, 0))
