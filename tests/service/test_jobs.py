"""The contract of ``Jobs``: with the job engine and without, on SQLite and on PostgreSQL."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text, update

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.jobs import Jobs
from listloop.service import jobs as module
from listloop.service.jobs import DbosJobs
from listloop.store import leases, schedule
from listloop.store.tables import connections
from tests.service.conftest import NOON, PATIENCE, Clock, Runs, add_connection, wait_until


def settle(jobs: Jobs, connection_id: int) -> None:
    wait_until(lambda: jobs.state(connection_id) not in ("queued", "running"))


def set_paused(engine: Engine, connection_id: int, why: str) -> None:
    with engine.begin() as transaction:
        transaction.execute(update(connections).where(connections.c.id == connection_id).values(paused=why))


def test_what_is_put_is_run_with_its_trigger(jobs: Jobs, runs: Runs, connection_id: int) -> None:
    assert jobs.put(connection_id, "button").state == "queued"
    assert runs.next() == (connection_id, "button")
    settle(jobs, connection_id)
    assert jobs.state(connection_id) == "idle"


def test_put_twice_before_it_begins_is_one_run(make_jobs: Callable[[], Jobs], runs: Runs, connection_id: int) -> None:
    jobs = make_jobs()
    jobs.put(connection_id, "button")
    jobs.put(connection_id, "webhook")
    jobs.start()
    jobs.tick()
    assert runs.next() == (connection_id, "button")
    settle(jobs, connection_id)
    jobs.tick()
    jobs.stop(PATIENCE)
    assert runs.none_left()


def test_put_during_a_run_is_one_more_run_after_it_and_never_two_at_once(
    jobs: Jobs, runs: Runs, connection_id: int
) -> None:
    with runs.held():
        jobs.put(connection_id, "button")
        runs.next()
        assert jobs.state(connection_id) == "running"
        jobs.put(connection_id, "command")
        jobs.put(connection_id, "command")
        jobs.tick()
        assert runs.none_left()
    assert runs.next() == (connection_id, "command")
    settle(jobs, connection_id)
    assert runs.none_left()


def test_a_wish_that_came_just_as_the_run_ended_is_seen_by_the_tick(
    jobs: Jobs, engine: Engine, runs: Runs, connection_id: int
) -> None:
    with engine.begin() as transaction:
        transaction.execute(update(connections).values(wanted="webhook"))  # asked for, but never queued
    jobs.tick()
    assert runs.next() == (connection_id, "webhook")


def test_a_wish_without_a_job_does_not_wait_for_the_tick(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    """As a yes that is said in the moment in which the job before it ends."""
    schedule.set_rhythm(engine, connection_id, None, NOON)
    jobs = DbosJobs(engine, runs, every=3600, now=clock, threads=1)
    jobs.start()
    try:
        schedule.ask(engine, connection_id, "button", NOON)
        assert runs.next() == (connection_id, "button")
    finally:
        jobs.stop(PATIENCE)


def test_connections_run_at_the_same_time_up_to_the_budget(
    jobs: Jobs, engine: Engine, runs: Runs, connection_id: int
) -> None:
    others = [add_connection(engine, "Brewery"), add_connection(engine, "Butcher")]
    with runs.held():
        for each in (connection_id, *others):
            jobs.put(each, "button")
        first = {runs.next()[0], runs.next()[0]}
        assert runs.none_left()
        (third,) = {connection_id, *others} - first
        assert jobs.state(third) == "queued"
    assert runs.next() == (third, "button")


def test_the_tick_runs_what_is_due_once(jobs: Jobs, runs: Runs, clock: Clock, connection_id: int) -> None:
    jobs.tick()
    assert runs.next() == (connection_id, "schedule")
    settle(jobs, connection_id)
    jobs.tick()
    clock.go(minutes=60)
    jobs.tick()
    assert runs.next() == (connection_id, "schedule")
    settle(jobs, connection_id)
    assert runs.none_left()


def test_a_run_that_is_to_try_later_comes_again_after_that_time_and_not_before(
    jobs: Jobs, runs: Runs, clock: Clock, connection_id: int
) -> None:
    runs.errors = [TryLater("Mailchimp is busy.", retry_after=300)]
    jobs.put(connection_id, "button")
    runs.next()
    settle(jobs, connection_id)
    assert jobs.state(connection_id) == "delayed"
    assert jobs.put(connection_id, "webhook").state == "delayed"
    clock.go(seconds=299)
    jobs.tick()
    assert jobs.state(connection_id) == "delayed"
    clock.go(seconds=1)
    jobs.tick()
    assert runs.next() == (connection_id, "button")


def test_a_run_that_needs_a_person_is_not_repeated(jobs: Jobs, engine: Engine, runs: Runs, connection_id: int) -> None:
    runs.errors = [NeedsAttention("The key was revoked.")]
    jobs.put(connection_id, "button")
    runs.next()
    settle(jobs, connection_id)
    set_paused(engine, connection_id, "The key was revoked.")
    jobs.tick()
    assert jobs.state(connection_id) == "paused"
    assert runs.none_left()


def test_a_paused_connection_runs_when_it_is_resumed(
    jobs: Jobs, engine: Engine, runs: Runs, connection_id: int
) -> None:
    set_paused(engine, connection_id, "An administrator said so.")
    assert jobs.put(connection_id, "button").state == "paused"
    jobs.tick()
    set_paused(engine, connection_id, "")
    jobs.tick()
    assert runs.next() == (connection_id, "button")
    settle(jobs, connection_id)
    assert runs.none_left()


def test_a_run_that_fails_by_a_bug_is_not_repeated_before_its_next_time(
    jobs: Jobs, runs: Runs, clock: Clock, connection_id: int
) -> None:
    runs.errors = [ZeroDivisionError()]
    jobs.put(connection_id, "button")
    runs.next()
    settle(jobs, connection_id)
    assert jobs.state(connection_id) == "idle"
    jobs.tick()
    assert runs.next() == (connection_id, "schedule")


def test_what_is_queued_can_be_cancelled(jobs: Jobs, engine: Engine, runs: Runs, connection_id: int) -> None:
    others = [add_connection(engine, "Brewery"), add_connection(engine, "Butcher")]
    with runs.held():
        for each in others:
            jobs.put(each, "button")
            runs.next()
        jobs.put(connection_id, "button")
        jobs.cancel(connection_id)
        assert jobs.state(connection_id) == "idle"
    for each in others:
        settle(jobs, each)
    assert runs.none_left()


def test_a_cancelled_run_stops_before_its_next_write_and_is_not_repeated(
    jobs: Jobs, engine: Engine, runs: Runs, connection_id: int
) -> None:
    lease = leases.take(engine, connection_id, "sole", NOON)
    runs.errors = [leases.LeaseLost("Cancelled.")]
    with runs.held():
        jobs.put(connection_id, "button")
        runs.next()
        jobs.cancel(connection_id)
        assert not leases.holds(engine, lease)
    settle(jobs, connection_id)
    assert jobs.state(connection_id) == "idle"
    assert runs.none_left()


def test_stopping_waits_for_the_run_under_way_and_begins_no_other(
    make_jobs: Callable[[], Jobs], engine: Engine, runs: Runs, connection_id: int
) -> None:
    jobs = make_jobs()
    jobs.start()
    jobs.put(connection_id, "button")
    runs.next()
    assert jobs.stop(PATIENCE)
    jobs.put(connection_id, "webhook")
    assert runs.none_left()
    again = make_jobs()
    again.start()
    again.tick()
    assert runs.next() == (connection_id, "webhook")
    again.stop(PATIENCE)


def test_an_unknown_connection_is_refused(jobs: Jobs) -> None:
    with pytest.raises(NeedsAttention, match="no such connection"):
        jobs.put(99, "button")


def test_a_job_that_was_claimed_and_never_begun_is_taken_up_without_a_restart(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the database goes away between claiming and beginning: the job is ours, and no thread has it."""
    monkeypatch.setattr(module, "PICK_UP", 0.2)
    jobs = DbosJobs(engine, runs, every=0.2, now=clock, threads=1)
    other = add_connection(engine, "Brewery")
    schedule.set_rhythm(engine, other, None, NOON)
    schedule.set_rhythm(engine, connection_id, None, NOON)
    jobs.start()
    with runs.held():
        jobs.put(connection_id, "button")
        assert runs.next() == (connection_id, "button")
        jobs.put(other, "button")
        claimed = text(
            "UPDATE workflow_status SET status = 'PENDING', executor_id = :me WHERE deduplication_id = :which"
        )
        if engine.dialect.name == "postgresql":
            claimed = text(str(claimed).replace("workflow_status", "dbos.workflow_status"))
        with engine.begin() as db:
            assert db.execute(claimed, {"me": jobs.owner, "which": str(other)}).rowcount == 1
    while runs.next()[0] != other:  # on a busy machine the first one may be taken for stranded, too
        pass
    jobs.stop(PATIENCE)
