"""Runs come when they are due, once, and whoever asked is not forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from listloop.core.errors import NeedsAttention
from listloop.store import inbox, schedule
from listloop.store.rhythm import Rhythm
from listloop.store.tables import connections
from tests.store.conftest import NOON, add_connection

MINUTE = timedelta(minutes=1)


def next_run(engine: Engine, connection_id: int) -> datetime | None:
    with engine.connect() as reading:
        chosen = select(connections.c.next_run).where(connections.c.id == connection_id)
        found: datetime | None = reading.execute(chosen).scalar_one()
        return found


def pause(engine: Engine, connection_id: int, why: str) -> None:
    with engine.begin() as transaction:
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(paused=why))


def due(engine: Engine, now: datetime) -> list[tuple[int, str]]:
    schedule.claim_due(engine, now)
    return schedule.wanted(engine, now)


def test_a_connection_is_due_at_its_time_and_not_before(engine: Engine, connection_id: int) -> None:
    assert due(engine, NOON - MINUTE) == []
    assert due(engine, NOON) == [(connection_id, "schedule")]
    assert next_run(engine, connection_id) == NOON + 60 * MINUTE


def test_after_downtime_each_connection_runs_once_and_keeps_its_place_in_the_hour(engine: Engine) -> None:
    first = add_connection(engine, "Bakery", next_run=NOON)
    second = add_connection(engine, "Brewery", next_run=NOON + 7 * MINUTE)
    back = NOON + timedelta(days=3, minutes=30)
    assert due(engine, back) == [(first, "schedule"), (second, "schedule")]
    for connection_id in (first, second):
        schedule.begin(engine, connection_id)
    assert due(engine, back) == []
    assert next_run(engine, first) == NOON + timedelta(days=3, hours=1)
    assert next_run(engine, second) == NOON + timedelta(days=3, minutes=67)


def test_every_minute_is_every_minute(engine: Engine) -> None:
    connection_id = add_connection(engine, "Bakery", next_run=NOON, minutes=1)
    for minute in range(3):
        assert due(engine, NOON + minute * MINUTE) == [(connection_id, "schedule")]
        schedule.begin(engine, connection_id)


def test_a_claim_that_nobody_began_is_still_wanted(engine: Engine, connection_id: int) -> None:
    """The process may die between claiming and queueing."""
    schedule.claim_due(engine, NOON)
    assert schedule.wanted(engine, NOON + MINUTE) == [(connection_id, "schedule")]


def test_a_shorter_interval_counts_from_the_last_time(engine: Engine, connection_id: int) -> None:
    due(engine, NOON)
    schedule.begin(engine, connection_id)
    schedule.set_rhythm(engine, connection_id, Rhythm(10), NOON + 5 * MINUTE)
    assert next_run(engine, connection_id) == NOON + 10 * MINUTE
    schedule.set_rhythm(engine, connection_id, Rhythm(2), NOON + 5 * MINUTE)
    assert due(engine, NOON + 5 * MINUTE) == [(connection_id, "schedule")]


def test_a_longer_interval_is_in_force_at_once(engine: Engine, connection_id: int) -> None:
    schedule.set_rhythm(engine, connection_id, Rhythm(24 * 60), NOON - MINUTE)
    assert due(engine, NOON) == []
    assert next_run(engine, connection_id) == NOON + timedelta(hours=23)


def test_a_connection_can_leave_the_schedule_and_come_back(engine: Engine, connection_id: int) -> None:
    schedule.set_rhythm(engine, connection_id, None, NOON)
    assert due(engine, NOON + 600 * MINUTE) == []
    schedule.set_rhythm(engine, connection_id, Rhythm(60), NOON + 600 * MINUTE)
    assert due(engine, NOON + 600 * MINUTE) == [(connection_id, "schedule")]


def test_a_paused_connection_waits_and_its_wishes_are_kept(engine: Engine, connection_id: int) -> None:
    pause(engine, connection_id, "The key was revoked.")
    assert schedule.ask(engine, connection_id, "button", NOON) == "paused"
    assert due(engine, NOON) == []
    assert not schedule.begin(engine, connection_id)
    pause(engine, connection_id, "")
    assert due(engine, NOON) == [(connection_id, "button")]


def test_a_side_that_said_when_to_come_again_is_obeyed_whoever_asks(engine: Engine, connection_id: int) -> None:
    schedule.put_off(engine, connection_id, "schedule", NOON + 5 * MINUTE)
    assert schedule.ask(engine, connection_id, "button", NOON) == "delayed"
    assert due(engine, NOON) == []
    assert due(engine, NOON + 5 * MINUTE) == [(connection_id, "button")]


def test_a_run_answers_all_who_asked_before_it_and_none_who_asked_after(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.ask(engine, connection_id, "webhook", NOON)
    schedule.begin(engine, connection_id)
    assert schedule.asked_meanwhile(engine, connection_id) == ""
    schedule.ask(engine, connection_id, "button", NOON)
    assert schedule.asked_meanwhile(engine, connection_id) == "button"


def test_a_time_that_came_during_a_run_is_served_by_it(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.begin(engine, connection_id)
    schedule.claim_due(engine, NOON)
    assert schedule.asked_meanwhile(engine, connection_id) == ""
    assert schedule.wanted(engine, NOON) == []


def test_what_was_asked_can_be_taken_back(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.forget(engine, connection_id)
    assert schedule.state(engine, connection_id, NOON) == "idle"


def test_an_unknown_connection_is_named(engine: Engine) -> None:
    with pytest.raises(NeedsAttention, match="no such connection"):
        schedule.ask(engine, 99, "button", NOON)
    with pytest.raises(NeedsAttention, match="no such connection"):
        schedule.set_rhythm(engine, 99, Rhythm(5), NOON)


def test_nothing_begins_that_nobody_asked_for_but_what_a_crash_broke_off(engine: Engine, connection_id: int) -> None:
    assert not schedule.begin(engine, connection_id)
    assert schedule.begin(engine, connection_id, resumed=True)


def test_a_full_comparison_that_is_due_asks_for_a_run_and_stays_due_until_one_was_made(
    engine: Engine, connection_id: int
) -> None:
    schedule.set_rhythm(engine, connection_id, None, NOON)
    schedule.set_audit(engine, connection_id, Rhythm(cron="30 2 * * *", zone="Europe/Berlin"), NOON)
    night = NOON + timedelta(hours=13, minutes=30)  # half past two in Berlin
    assert due(engine, night - MINUTE) == []
    assert due(engine, night) == [(connection_id, "schedule")]
    schedule.begin(engine, connection_id)
    assert schedule.is_audit_due(engine, connection_id, night)
    schedule.audited(engine, connection_id, night + 20 * MINUTE)
    assert not schedule.is_audit_due(engine, connection_id, night + 20 * MINUTE)
    assert due(engine, night + timedelta(hours=23)) == []
    assert due(engine, night + timedelta(hours=24)) == [(connection_id, "schedule")]


def test_a_time_of_day_that_was_missed_for_days_comes_once(engine: Engine, connection_id: int) -> None:
    schedule.set_rhythm(engine, connection_id, Rhythm(cron="30 2 * * *"), NOON)
    days = NOON + timedelta(days=5)
    assert due(engine, days) == [(connection_id, "schedule")]
    assert next_run(engine, connection_id) == days + timedelta(hours=14, minutes=30)


def test_after_a_downtime_of_many_the_queue_is_filled_bit_by_bit(engine: Engine, connection_id: int) -> None:
    others = [add_connection(engine, f"shop {n}", next_run=NOON + n * MINUTE) for n in range(1, 6)]
    schedule.claim_due(engine, NOON + timedelta(days=1))
    assert len(schedule.wanted(engine, NOON + timedelta(days=1), limit=2)) == 2
    assert {one for one, _ in schedule.wanted(engine, NOON + timedelta(days=1))} == {connection_id, *others}


def test_a_webhooks_wish_is_served_by_the_run_that_looked_at_its_people(engine: Engine, connection_id: int) -> None:
    for left, expected in ((False, ""), (True, "webhook")):
        with engine.begin() as transaction:
            schedule.wish(transaction, connection_id, "webhook")
            if left:
                inbox.put(transaction, connection_id, side="mailchimp", source="webhook", address="a@a", at=NOON)
        assert schedule.asked_meanwhile(engine, connection_id) == expected


def test_a_webhook_takes_nobody_elses_wish_away(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    with engine.begin() as transaction:
        schedule.wish(transaction, connection_id, "webhook")
    assert schedule.wanted(engine, NOON) == [(connection_id, "button")]
