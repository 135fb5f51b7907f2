"""One job runs a connection as often as somebody asked, and no more."""

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from listloop.core.errors import TryLater
from listloop.service.work import RETRY_AFTER, SOON, perform
from listloop.store import leases, schedule
from tests.service.conftest import Clock, Runs


def work(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int, *, resumed: bool = False, stopping: bool = False
) -> None:
    perform(engine, runs, connection_id, "button", resumed=resumed, now=clock, stopping=lambda: stopping)


def test_a_stale_job_runs_nothing(engine: Engine, runs: Runs, clock: Clock, connection_id: int) -> None:
    """It was queued by a tick that had read the wish just before another job answered it."""
    work(engine, runs, clock, connection_id)
    assert runs.none_left()


def test_a_job_that_a_crash_broke_off_runs_though_its_wish_is_gone(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    work(engine, runs, clock, connection_id, resumed=True)
    assert runs.next() == (connection_id, "button")
    assert runs.none_left()


def test_a_side_that_does_not_say_when_is_asked_again_after_a_minute(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    runs.errors = [TryLater("The network is away.")]
    schedule.ask(engine, connection_id, "button", clock())
    work(engine, runs, clock, connection_id)
    clock.go(seconds=RETRY_AFTER - 1)
    assert schedule.wanted(engine, clock()) == []
    clock.go(seconds=1)
    assert schedule.wanted(engine, clock()) == [(connection_id, "button")]


def test_another_run_of_the_connection_is_waited_for_no_longer_than_it_takes(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    """Not for what is left of its lease: a run on the command line may be over in a second."""
    runs.errors = [leases.LeaseHeld("Another run is under way.", retry_after=60)]
    schedule.ask(engine, connection_id, "schedule", clock())
    work(engine, runs, clock, connection_id)
    assert schedule.wanted(engine, clock()) == []
    clock.go(seconds=SOON)
    assert schedule.wanted(engine, clock()) == [(connection_id, "schedule")]


def test_a_process_that_is_stopping_leaves_the_wish_to_the_next(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    work(engine, runs, clock, connection_id, resumed=True, stopping=True)
    assert runs.none_left()
    assert schedule.wanted(engine, clock()) == [(connection_id, "button")]


def test_a_run_that_lost_its_lease_comes_again_unless_it_was_cancelled(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    for cancelled, then in ((False, "queued"), (True, "idle")):
        runs.errors = [leases.LeaseLost("Another run has taken over.")]
        schedule.ask(engine, connection_id, "button", clock())
        leases.take(engine, connection_id, "here", clock())
        if cancelled:
            leases.revoke(engine, connection_id, clock())
        else:
            leases.revoke_owner(engine, "here", clock())
        work(engine, runs, clock, connection_id)
        assert schedule.state(engine, connection_id, clock()) == then


def test_a_run_during_which_our_database_failed_comes_again(
    engine: Engine, runs: Runs, clock: Clock, connection_id: int
) -> None:
    runs.errors = [OperationalError("UPDATE people", {}, Exception("the server was restarted"))]
    schedule.ask(engine, connection_id, "webhook", clock())
    work(engine, runs, clock, connection_id)
    assert schedule.state(engine, connection_id, clock()) == "delayed"
    clock.go(seconds=SOON)
    assert schedule.wanted(engine, clock()) == [(connection_id, "button")]
