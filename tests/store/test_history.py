"""A person's history is only ever added to, and read newest first."""

from sqlalchemy import Engine

from listloop.core.people import SideName
from listloop.store.history import Entry, add_history, history_of
from tests.store.conftest import NOON

CITY = Entry(7, SideName.CRM, "field", "City", "Bern", "Genf", "changed in Mailchimp")
LOST = Entry(7, SideName.MAILCHIMP, "lost", "CITY", "Basel", why="the CRM's value wins")


def test_lines_come_back_newest_first_with_old_and_new_value_and_the_reason(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        add_history(db, connection_id, 3, NOON, [CITY, LOST])
        lines = history_of(db, 7)
    assert [(one.side, one.what, one.field, one.old, one.new, one.why) for one in lines] == [
        ("mailchimp", "lost", "CITY", "Basel", "", "the CRM's value wins"),
        ("crm", "field", "City", "Bern", "Genf", "changed in Mailchimp"),
    ]
    assert {(one.connection_id, one.run_id, one.at, one.person_id) for one in lines} == {(connection_id, 3, NOON, 7)}


def test_a_person_sees_only_its_own_lines_and_at_most_as_many_as_asked(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        add_history(db, connection_id, None, NOON, [CITY, Entry(8, SideName.CRM, "created"), LOST])
        assert [one.what for one in history_of(db, 7)] == ["lost", "field"]
        assert [one.what for one in history_of(db, 7, limit=1)] == ["lost"]
        assert history_of(db, 9) == []


def test_nothing_to_add_adds_nothing(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        add_history(db, connection_id, 3, NOON, [])
        assert history_of(db, 7) == []
