"""The processes that call one Mailchimp account share its budget, and never have more than it together."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Engine, func, select, update

from listloop.store import allotments
from listloop.store.allotments import LEASE, give_back, settle
from listloop.store.installation import allotments as table


def granted(engine: Engine, account: str = "a") -> int:
    with engine.connect() as db:
        return int(
            db.scalar(select(func.coalesce(func.sum(table.c.granted), 0)).where(table.c.account == account)) or 0
        )


def expire(engine: Engine, owner: str) -> None:
    with engine.begin() as db:
        db.execute(update(table).where(table.c.owner == owner).values(until=allotments._now(db) - LEASE))


def test_who_is_alone_gets_all_it_wants_and_gives_it_back(engine: Engine) -> None:
    assert settle(engine, "a", "one", wants=3, holds=0, budget=8).granted == 3
    assert settle(engine, "a", "one", wants=20, holds=3, budget=8).granted == 8
    assert settle(engine, "a", "one", wants=0, holds=0, budget=8).granted == 0
    assert granted(engine) == 0


def test_who_comes_later_waits_for_nobody_longer_than_its_calls(engine: Engine) -> None:
    """The first is told to go down to its half, and does so as its calls end."""
    settle(engine, "a", "one", wants=8, holds=0, budget=8)
    assert settle(engine, "a", "two", wants=8, holds=0, budget=8).granted == 0
    told = settle(engine, "a", "one", wants=8, holds=8, budget=8)
    assert (told.granted, told.fair) == (8, 4)
    assert settle(engine, "a", "one", wants=8, holds=6, budget=8).granted == 6
    assert settle(engine, "a", "two", wants=8, holds=0, budget=8).granted == 2
    assert settle(engine, "a", "one", wants=8, holds=4, budget=8).granted == 4
    assert settle(engine, "a", "two", wants=8, holds=2, budget=8).granted == 4
    assert settle(engine, "a", "one", wants=8, holds=4, budget=8).fair == 8


def test_the_share_of_who_died_is_free_when_its_time_is_over_or_at_once(engine: Engine) -> None:
    settle(engine, "a", "dead", wants=8, holds=0, budget=8)
    settle(engine, "b", "dead", wants=8, holds=0, budget=8)
    assert settle(engine, "a", "one", wants=2, holds=0, budget=8).granted == 0
    expire(engine, "dead")
    assert settle(engine, "a", "one", wants=2, holds=0, budget=8).granted == 2
    give_back(engine, "dead")
    assert granted(engine, "b") == 0


@pytest.mark.parametrize("seed", range(3))
def test_never_more_are_granted_than_the_budget_whoever_asks_when(engine: Engine, seed: int) -> None:
    """Each process keeps what it holds, as it must: a call cannot be taken back. Now and then one stands still."""
    chance = random.Random(seed)
    holds = dict.fromkeys(("one", "two", "three", "four", "five"), 0)
    for _ in range(120):
        owner = chance.choice(list(holds))
        if chance.random() < 0.1:
            expire(engine, owner)
            assert granted(engine) <= 8
            continue
        holds[owner] = chance.randint(0, holds[owner])
        holds[owner] = settle(
            engine, "a", owner, wants=chance.choice((0, 1, 3, 8, 30)), holds=holds[owner], budget=8
        ).granted
        assert granted(engine) <= 8


def test_who_stood_still_too_long_gets_no_more_of_its_share_than_the_others_left(engine: Engine) -> None:
    """Its calls that are still open count for nothing more, so that it goes down to what it is given."""
    settle(engine, "a", "slow", wants=8, holds=0, budget=8)
    expire(engine, "slow")
    assert settle(engine, "a", "one", wants=6, holds=0, budget=8).granted == 6
    assert settle(engine, "a", "slow", wants=8, holds=8, budget=8).granted == 2
    assert settle(engine, "a", "slow", wants=8, holds=5, budget=8).granted == 2
    assert granted(engine) == 8


def test_who_stood_still_while_nobody_asked_goes_on_as_before(engine: Engine) -> None:
    settle(engine, "a", "slow", wants=8, holds=0, budget=8)
    expire(engine, "slow")
    assert settle(engine, "a", "slow", wants=8, holds=8, budget=8).granted == 8
