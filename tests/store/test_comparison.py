"""A campaign is compared with all others of its audience, with the ones before it, and with the one of a year ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from listloop.core.facts import Campaign, Sums
from listloop.store.campaigns import CampaignRow, change_campaign, find_campaign, list_campaigns, save_campaigns
from listloop.store.comparison import Comparison, compared

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def mailed(engine: Engine, connection_id: int, *sent: tuple[str, int, Sums | None]) -> None:
    """Campaigns by name, days ago, and what came of them; None: nothing was read yet."""
    told = [
        Campaign(name, name, name, "sent", (NOON - timedelta(days=days)).isoformat(), sums=sums)
        for name, days, sums in sent
    ]
    with engine.begin() as db:
        save_campaigns(db, connection_id, told)
        for row in list_campaigns(db, connection_id):
            if row.sums:
                change_campaign(db, row.id, counted=row.sums)


def compare(engine: Engine, connection_id: int, name: str) -> Comparison:
    with engine.begin() as db:
        (row,) = find_campaign(db, connection_id, name)
        return compared(db, row)


def names(rows: tuple[CampaignRow, ...]) -> list[str]:
    return [one.name for one in rows]


def test_the_average_counts_mails_and_what_is_usual_counts_campaigns(engine: Engine, connection_id: int) -> None:
    """One big campaign outweighs two small ones in the average, and not in the median."""
    mailed(
        engine,
        connection_id,
        ("this", 0, Sums(10, openers=5)),
        ("big", 7, Sums(1000, openers=100, clickers=10, unsubscribed=2, hard=0)),
        ("small", 14, Sums(10, openers=9)),
        ("least", 21, Sums(10, openers=8)),
    )
    found = compare(engine, connection_id, "this")
    assert found.mine.opened == 0.5
    assert found.average is not None
    assert found.average.opened == pytest.approx(117 / 1020)
    assert found.usual is not None
    assert found.usual.opened == 0.8
    assert names(found.before) == ["big", "small", "least"]


def test_only_campaigns_before_it_whose_results_were_read_say_what_is_usual(engine: Engine, connection_id: int) -> None:
    mailed(
        engine,
        connection_id,
        ("this", 7, Sums(10, openers=5)),
        ("later", 0, Sums(10, openers=1)),
        ("unread", 14, None),
        ("first", 21, Sums(10, openers=3)),
    )
    found = compare(engine, connection_id, "this")
    assert names(found.before) == ["first"]
    assert found.average is not None
    assert found.average.opened == pytest.approx(0.2)


def test_the_campaign_of_a_year_ago_is_the_nearest_one_to_that_day(engine: Engine, connection_id: int) -> None:
    mailed(
        engine,
        connection_id,
        ("this", 0, Sums(10)),
        ("near", 360, Sums(10, openers=1)),
        ("nearer", 366, Sums(10, openers=2)),
        ("far", 300, Sums(10)),
    )
    last_year = compare(engine, connection_id, "this").last_year
    assert last_year is not None
    assert last_year.name == "nearer"
    assert compare(engine, connection_id, "near").last_year is None


def test_the_first_campaign_has_nothing_to_be_compared_with(engine: Engine, connection_id: int) -> None:
    mailed(engine, connection_id, ("this", 0, Sums(10, openers=1)))
    found = compare(engine, connection_id, "this")
    assert (found.average, found.usual, found.before, found.last_year) == (None, None, (), None)
