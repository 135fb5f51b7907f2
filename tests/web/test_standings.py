"""Counts are exact where people are few, and at most five seconds old where they are many."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from listloop.web import standings
from listloop.web.standings import KEEP, KeptCounts, by_standing
from tests.web.world import NOW, World, add_person


def test_few_people_are_counted_every_time(engine: Engine, world: World) -> None:
    kept = KeptCounts()
    with engine.begin() as db:
        before = by_standing(kept.counts(db, NOW).counts)
        add_person(db, world.customers, "One More")
        after = by_standing(kept.counts(db, NOW).counts)
    assert after["in_sync"] == before["in_sync"] + 1
    assert list(after) == ["in_sync", "waiting", "excluded", "failed"]


def test_many_people_are_counted_anew_after_five_seconds(
    engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standings, "LARGE", 1)
    kept = KeptCounts()
    with engine.begin() as db:
        first = kept.counts(db, NOW)
        add_person(db, world.customers, "One More")
        soon = kept.counts(db, NOW + KEEP - timedelta(milliseconds=1))
        later = kept.counts(db, NOW + KEEP)
    assert soon is first
    assert soon.at == NOW, "the page tells when it was so"
    assert by_standing(later.counts)["in_sync"] == by_standing(first.counts)["in_sync"] + 1


def test_each_connection_is_counted_apart(engine: Engine, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standings, "LARGE", 1)
    kept = KeptCounts()
    with engine.begin() as db:
        sums = [
            sum(by_standing(kept.counts(db, NOW, one).counts).values()) for one in (None, world.customers, world.news)
        ]
    assert sums == [15, 11, 4]
