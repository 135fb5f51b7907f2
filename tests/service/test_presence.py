"""Workers on PostgreSQL know which of them is alive."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from listloop.service.presence import Presence
from listloop.store.database import open_database
from tests.service.conftest import wait_until

pytestmark = pytest.mark.postgres

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listloop worker'"


@pytest.fixture
def server(postgresql_url: str) -> Iterator[Engine]:
    engine = open_database(postgresql_url)
    yield engine
    engine.dispose()


@pytest.fixture
def here(server: Engine) -> Iterator[Presence]:
    presence = Presence(server, "here")
    assert presence.keep()
    yield presence
    presence.end()


@pytest.fixture
def there(server: Engine) -> Iterator[Presence]:
    presence = Presence(server, "there")
    assert presence.keep()
    yield presence
    presence.end()


def is_dead(seen_by: Presence, name: str) -> bool:
    with seen_by.alone(name) as dead:
        return dead


def test_a_worker_is_alive_until_it_ends(here: Presence, there: Presence) -> None:
    assert not is_dead(here, "there")
    there.end()
    assert is_dead(here, "there")


def test_only_one_looks_after_a_dead_worker(here: Presence, there: Presence) -> None:
    with here.alone("dead") as first, there.alone("dead") as second:
        assert (first, second) == (True, False)
    assert is_dead(there, "dead")


def test_a_worker_that_was_cut_off_comes_back(server: Engine, here: Presence, there: Presence) -> None:
    """Also where it noticed in the middle of looking after another."""
    with server.connect() as administrator:
        administrator.execute(text(CUT))
    with pytest.raises(SQLAlchemyError):
        is_dead(here, "dead")
    wait_until(here.keep)  # the server forgets a lock a moment after it has cut its holder off
    wait_until(there.keep)
    assert not is_dead(here, "there")


def test_a_worker_that_others_take_for_dead_waits(server: Engine, here: Presence, there: Presence) -> None:
    with server.connect() as administrator:
        administrator.execute(text(CUT))
    wait_until(there.keep)
    wait_until(lambda: is_dead(there, "here"))
    with there.alone("here") as dead:
        assert dead
        assert not here.keep()
    assert here.keep()
