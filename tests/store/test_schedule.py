"""Runs come when they are due, once, and whoever asked is not forgotten."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from listloop.core.errors import NeedsAttention
from listloop.store import inbox, schedule
from listloop.store.rhythm import Rhythm
from listloop.store.tables import connections
from listloop.store.webhooks import claim_check
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


def test_a_connection_that_is_still_being_set_up_is_never_due(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        db.execute(update(connections).values(setup_step="who"))
        assert claim_check(db, NOON, MINUTE) == []
    assert due(engine, NOON) == []
    with engine.begin() as db:
        db.execute(update(connections).values(setup_step=""))
        assert claim_check(db, NOON, MINUTE) == [connection_id]
    assert due(engine, NOON) == [(connection_id, "schedule")]


def test_after_downtime_each_connection_runs_once_and_keeps_its_place_in_the_hour(engine: Engine) -> None:
    first = add_connection(engine, "Bakery", next_run=NOON)
    second = add_connection(engine, "Brewery", next_run=NOON + 7 * MINUTE)
    back = NOON + timedelta(days=3, minutes=30)
    assert due(engine, back) == [(first, "schedule"), (second, "schedule")]
    for connection_id in (first, second):
        schedule.begin(engine, connection_id, "button")
    assert due(engine, back) == []
    assert next_run(engine, first) == NOON + timedelta(days=3, hours=1)
    assert next_run(engine, second) == NOON + timedelta(days=3, minutes=67)


def test_every_minute_is_every_minute(engine: Engine) -> None:
    connection_id = add_connection(engine, "Bakery", next_run=NOON, minutes=1)
    for minute in range(3):
        assert due(engine, NOON + minute * MINUTE) == [(connection_id, "schedule")]
        schedule.begin(engine, connection_id, "button")


def test_a_claim_that_nobody_began_is_still_wanted(engine: Engine, connection_id: int) -> None:
    """The process may die between claiming and queueing."""
    schedule.claim_due(engine, NOON)
    assert schedule.wanted(engine, NOON + MINUTE) == [(connection_id, "schedule")]


def test_a_shorter_interval_counts_from_the_last_time(engine: Engine, connection_id: int) -> None:
    due(engine, NOON)
    schedule.begin(engine, connection_id, "button")
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
    assert not schedule.begin(engine, connection_id, "button")
    pause(engine, connection_id, "")
    assert due(engine, NOON) == [(connection_id, "button")]


def test_a_side_that_said_when_to_come_again_is_obeyed_whoever_asks(engine: Engine, connection_id: int) -> None:
    schedule.put_off(engine, connection_id, "schedule", NOON + 5 * MINUTE, told=True)
    assert schedule.ask(engine, connection_id, "button", NOON) == "delayed"
    assert due(engine, NOON) == []
    assert due(engine, NOON + 5 * MINUTE) == [(connection_id, "button")]


@pytest.mark.parametrize("whose", ["button", "command", schedule.ORDER])
def test_a_person_does_not_wait_for_our_own_guess_of_when_to_try_again(
    engine: Engine, connection_id: int, whose: str
) -> None:
    schedule.put_off(engine, connection_id, "results", NOON + 5 * MINUTE)
    assert schedule.ask(engine, connection_id, "webhook", NOON) == "delayed"
    assert schedule.ask(engine, connection_id, whose, NOON) == "queued"


@pytest.mark.parametrize("weaker", ["webhook", "schedule", schedule.ORDER, schedule.FACTS])
def test_a_yes_is_not_served_by_a_run_that_began_before_it_whoever_else_asks(
    engine: Engine, connection_id: int, weaker: str
) -> None:
    schedule.ask(engine, connection_id, "schedule", NOON)
    schedule.begin(engine, connection_id, "schedule")
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.ask(engine, connection_id, weaker, NOON)
    assert schedule.asked_meanwhile(engine, connection_id, "schedule") == "button"


def test_a_run_answers_all_who_asked_before_it_and_none_who_asked_after(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.ask(engine, connection_id, "webhook", NOON)
    schedule.begin(engine, connection_id, "button")
    assert schedule.asked_meanwhile(engine, connection_id, "button") == ""
    schedule.ask(engine, connection_id, "button", NOON)
    assert schedule.asked_meanwhile(engine, connection_id, "button") == "button"


def test_a_time_that_came_during_a_run_is_served_by_it(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.begin(engine, connection_id, "button")
    schedule.claim_due(engine, NOON)
    assert schedule.asked_meanwhile(engine, connection_id, "button") == ""
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
    assert not schedule.begin(engine, connection_id, "button")
    assert schedule.begin(engine, connection_id, "button", resumed=True)


def test_a_full_comparison_that_is_due_asks_for_a_run_and_stays_due_until_one_was_made(
    engine: Engine, connection_id: int
) -> None:
    schedule.set_rhythm(engine, connection_id, None, NOON)
    schedule.set_audit(engine, connection_id, Rhythm(cron="30 2 * * *", zone="Europe/Berlin"), NOON)
    night = NOON + timedelta(hours=13, minutes=30)  # half past two in Berlin
    assert due(engine, night - MINUTE) == []
    assert due(engine, night) == [(connection_id, "schedule")]
    schedule.begin(engine, connection_id, "button")
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
        assert schedule.asked_meanwhile(engine, connection_id, "button") == expected


def test_a_webhook_takes_nobody_elses_wish_away(engine: Engine, connection_id: int) -> None:
    schedule.ask(engine, connection_id, "button", NOON)
    with engine.begin() as transaction:
        schedule.wish(transaction, connection_id, "webhook")
    assert schedule.wanted(engine, NOON) == [(connection_id, "button")]


def facts(engine: Engine, connection_id: int) -> tuple[bool, datetime | None, str]:
    with engine.connect() as db:
        chosen = select(connections.c.facts_asked, connections.c.next_facts, connections.c.facts_problem)
        asked, then, problem = db.execute(chosen.where(connections.c.id == connection_id)).one()
        return asked, then, problem


def with_results(engine: Engine, connection_id: int) -> None:
    """As every connection is made."""
    with engine.begin() as transaction:
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(facts="4h"))


def served(engine: Engine, connection_id: int, now: datetime) -> None:
    """A run by the schedule, which reads results as well."""
    schedule.claim_due(engine, now)
    schedule.begin(engine, connection_id, "schedule")
    schedule.facts_read(engine, connection_id)


def test_results_come_with_the_first_run_and_then_at_times_of_their_own(engine: Engine, connection_id: int) -> None:
    with_results(engine, connection_id)
    served(engine, connection_id, NOON)
    assert facts(engine, connection_id) == (False, NOON + timedelta(hours=4), "")
    schedule.set_rhythm(engine, connection_id, Rhythm(24 * 60), NOON)
    assert due(engine, NOON + timedelta(hours=3)) == []
    assert due(engine, NOON + timedelta(hours=4)) == [(connection_id, "results")]
    assert schedule.begin(engine, connection_id, "results") == "results"
    schedule.facts_read(engine, connection_id)
    assert facts(engine, connection_id)[1] == NOON + timedelta(hours=8)


def test_an_interval_of_results_is_in_force_with_the_next_tick(engine: Engine, connection_id: int) -> None:
    served(engine, connection_id, NOON)
    schedule.set_facts(engine, connection_id, Rhythm(30), NOON + MINUTE)
    assert due(engine, NOON + MINUTE) == [(connection_id, "results")]
    schedule.begin(engine, connection_id, "results")
    schedule.facts_read(engine, connection_id)
    assert facts(engine, connection_id)[1] == NOON + 31 * MINUTE
    schedule.set_facts(engine, connection_id, None, NOON + 2 * MINUTE)
    assert due(engine, NOON + 59 * MINUTE) == []


def test_results_need_no_schedule_of_people(engine: Engine, connection_id: int) -> None:
    schedule.set_rhythm(engine, connection_id, None, NOON)
    assert due(engine, NOON) == []
    schedule.set_facts(engine, connection_id, Rhythm(cron="0 3 * * *", zone="UTC"), NOON)
    assert due(engine, NOON + timedelta(hours=14)) == []
    assert due(engine, NOON + timedelta(hours=15)) == [(connection_id, "results")]


def test_results_that_are_not_all_read_come_again_though_nobody_asks(engine: Engine, connection_id: int) -> None:
    """The process may die between two slices."""
    schedule.set_rhythm(engine, connection_id, None, NOON)  # nor does the schedule
    schedule.ask_facts(engine, connection_id, NOON)
    schedule.begin(engine, connection_id, "results")
    assert schedule.asked_meanwhile(engine, connection_id, "results") == ""
    assert schedule.are_facts_asked(engine, connection_id)
    assert due(engine, NOON + MINUTE) == [(connection_id, "results")]


def test_a_problem_with_results_stops_them_until_their_next_time(engine: Engine, connection_id: int) -> None:
    with_results(engine, connection_id)
    schedule.claim_due(engine, NOON)
    schedule.facts_read(engine, connection_id, "The key may not read reports.")
    schedule.begin(engine, connection_id, "schedule")
    assert facts(engine, connection_id) == (False, NOON + timedelta(hours=4), "The key may not read reports.")
    assert due(engine, NOON + MINUTE) == []
    schedule.facts_read(engine, connection_id)
    assert facts(engine, connection_id)[2] == ""


@pytest.mark.parametrize("aside", sorted(schedule.ASIDE))
def test_an_order_takes_no_wish_for_a_run_away(engine: Engine, connection_id: int, aside: str) -> None:
    """Nor do results: every run carries out orders and reads results, but not the other way round."""
    schedule.ask(engine, connection_id, "button", NOON)
    schedule.ask(engine, connection_id, aside, NOON)
    assert schedule.wanted(engine, NOON) == [(connection_id, "button")]
    schedule.put_off(engine, connection_id, aside, NOON)
    assert schedule.begin(engine, connection_id, aside) == "button"
    schedule.ask(engine, connection_id, aside, NOON)
    with engine.begin() as transaction:
        schedule.wish(transaction, connection_id, "webhook")
    assert schedule.begin(engine, connection_id, aside) == "webhook"


def test_a_time_that_came_while_an_order_was_carried_out_is_not_served_by_it(
    engine: Engine, connection_id: int
) -> None:
    schedule.ask(engine, connection_id, "order", NOON)
    assert schedule.begin(engine, connection_id, "order") == "order"
    schedule.claim_due(engine, NOON)
    assert schedule.asked_meanwhile(engine, connection_id, "order") == "schedule"
