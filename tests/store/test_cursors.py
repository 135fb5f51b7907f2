"""Each side of each connection has its own place in its stream."""

from datetime import timedelta

from sqlalchemy import Engine

from listloop.core.people import SideName
from listloop.store.cursors import Place, place, save_place
from tests.store.conftest import NOON, add_connection


def test_a_side_that_was_never_read_is_read_from_the_start(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        assert place(db, connection_id, SideName.CRM) == Place()
    assert Place().full


def test_a_place_is_kept_and_the_next_one_replaces_it(engine: Engine, connection_id: int) -> None:
    reading = Place("", "page-7", full=True, run=3)
    done = Place("c" * 2000, "", full=False, run=0, read_at=NOON, swept_at=NOON - timedelta(days=1))
    for wanted in (reading, done):
        with engine.begin() as db:
            save_place(db, connection_id, SideName.CRM, wanted)
        with engine.begin() as db:
            assert place(db, connection_id, SideName.CRM) == wanted


def test_the_other_side_and_other_connections_keep_theirs(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    with engine.begin() as db:
        save_place(db, connection_id, SideName.CRM, Place("here"))
        save_place(db, connection_id, SideName.MAILCHIMP, Place("there"))
        assert place(db, connection_id, SideName.CRM).cursor == "here"
        assert place(db, connection_id, SideName.MAILCHIMP).cursor == "there"
        assert place(db, other, SideName.CRM) == Place()
