"""One owner at a time writes for a connection, whatever the clocks and the job engine do."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from listloop.core.errors import TryLater
from listloop.store import leases
from tests.store.conftest import NOON

LATER = NOON + timedelta(seconds=leases.SECONDS)


def write(engine: Engine, lease: leases.Lease) -> None:
    with engine.begin() as transaction:
        leases.renew(transaction, lease, NOON)


def test_the_first_taker_gets_it_and_the_second_is_told_when_to_come_again(engine: Engine) -> None:
    leases.take(engine, 1, "worker-a", NOON)
    with pytest.raises(TryLater) as raised:
        leases.take(engine, 1, "worker-b", NOON + timedelta(seconds=20))
    assert raised.value.retry_after == leases.SECONDS - 20
    assert raised.value.code == "lease-held"


def test_leases_of_two_connections_have_nothing_to_do_with_each_other(engine: Engine) -> None:
    leases.take(engine, 1, "worker-a", NOON)
    assert leases.take(engine, 2, "worker-b", NOON).connection_id == 2


def test_an_owner_that_was_only_slow_cannot_write_any_more(engine: Engine) -> None:
    slow = leases.take(engine, 1, "worker-a", NOON)
    quick = leases.take(engine, 1, "worker-b", LATER)
    with pytest.raises(leases.LeaseLost):
        write(engine, slow)
    write(engine, quick)
    assert (leases.holds(engine, slow), leases.holds(engine, quick)) == (False, True)


def test_an_owner_that_came_back_after_a_crash_has_no_wait_but_a_new_fence(engine: Engine) -> None:
    before = leases.take(engine, 1, "worker-a", NOON)
    after = leases.take(engine, 1, "worker-a", NOON)
    assert after.fence > before.fence
    with pytest.raises(leases.LeaseLost):
        write(engine, before)


def test_a_write_prolongs_the_lease(engine: Engine) -> None:
    lease = leases.take(engine, 1, "worker-a", NOON)
    with engine.begin() as transaction:
        leases.renew(transaction, lease, LATER - timedelta(seconds=1))
    with pytest.raises(TryLater):
        leases.take(engine, 1, "worker-b", LATER)


def test_a_refused_write_leaves_nothing_behind(engine: Engine) -> None:
    lost = leases.take(engine, 1, "worker-a", NOON)
    other = leases.take(engine, 2, "worker-a", NOON)
    leases.revoke(engine, 1, NOON)

    def write_both() -> None:
        with engine.begin() as transaction:
            leases.renew(transaction, other, LATER)
            leases.renew(transaction, lost, LATER)

    with pytest.raises(leases.LeaseLost):
        write_both()
    leases.take(engine, 2, "worker-b", LATER)  # the first renewal was undone with the second


def test_a_released_lease_is_free_at_once(engine: Engine) -> None:
    leases.release(engine, leases.take(engine, 1, "worker-a", NOON), NOON)
    leases.take(engine, 1, "worker-b", NOON)


def test_releasing_a_lost_lease_takes_nothing_from_its_new_owner(engine: Engine) -> None:
    lost = leases.take(engine, 1, "worker-a", NOON)
    held = leases.take(engine, 1, "worker-b", LATER)
    leases.release(engine, lost, LATER)
    assert leases.holds(engine, held)


def test_a_cancelled_run_cannot_write_any_more(engine: Engine) -> None:
    lease = leases.take(engine, 1, "worker-a", NOON)
    leases.revoke(engine, 1, NOON)
    with pytest.raises(leases.LeaseLost):
        write(engine, lease)


def test_all_leases_of_a_dead_owner_are_free_and_nobody_elses(engine: Engine) -> None:
    leases.take(engine, 1, "dead", NOON)
    leases.take(engine, 2, "dead", NOON)
    alive = leases.take(engine, 3, "alive", NOON)
    leases.revoke_owner(engine, "dead", NOON)
    leases.take(engine, 1, "alive", NOON)
    leases.take(engine, 2, "alive", NOON)
    assert leases.holds(engine, alive)
