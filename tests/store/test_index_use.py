"""What a run asks for each chunk of people follows an index: the time of a chunk must not grow with everybody."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from listloop.core.match import By
from listloop.core.people import Person, Record, SideName
from listloop.store import addresses, candidates, decisions, listing, nos, people, records
from listloop.store.database import open_database
from listloop.store.migrations import migrate
from tests.store.conftest import NOON, add_connection

Ask = Callable[[Connection], object]

#: What is asked for a chunk, and the index that leads to it.
ASKED: dict[str, tuple[Ask, str]] = {
    "nos first": (lambda db: decisions.next_chunk(db, 1, 500), "ix_decisions_mailchimp_state"),
    "left to write": (lambda db: decisions.unfinished(db, 1, [1, 2]), "ix_decisions_person"),
    "decided anew": (lambda db: decisions.forget_decisions(db, 1, [1, 2]), "ix_decisions_person"),
    "shared addresses": (lambda db: addresses.touch_addresses(db, 1, ["a@acme.test"]), "ix_addresses_address"),
    "asked for in vain": (lambda db: records.missed(db, 1, SideName.CRM, 2), "ix_records_absent_run"),
    "changed columns": (lambda db: decisions.set_states(db, SideName.CRM, [(1, "done", "")]), "INTEGER PRIMARY KEY"),
    "left alone": (lambda db: decisions.leave(db, [1]), "INTEGER PRIMARY KEY"),
    "a chunk of people": (lambda db: people.load(db, [1, 2]), "people USING INTEGER PRIMARY KEY"),
    "a page of records": (lambda db: records.record_ids(db, 1, SideName.CRM, ["a"]), "key=?"),
    "people of records": (lambda db: people.ids_by_record(db, 1, SideName.CRM, ["a"]), "key=?"),
    "records that miss": (lambda db: records.mark_absent(db, 1, SideName.CRM, ["a"], 2), "key=?"),
    "owners of addresses": (lambda db: addresses.held_addresses(db, 1, SideName.CRM, ["a"]), "ix_addresses_address"),
    "addresses of several": (lambda db: addresses.shared_addresses(db, 1, SideName.CRM, ["a"]), "ix_addresses_address"),
    "is everybody due": (lambda db: addresses.all_due(db, 1), "ix_people_dirty"),
    "members near by address": (lambda db: candidates.members_near(db, 1, [1], By.EMAIL), "ix_records_address"),
    "members near by ID": (lambda db: candidates.members_near(db, 1, [1], By.ID), "ix_records_mailchimp_id"),
    "candidates by address": (lambda db: candidates.candidates(db, 1, [2], By.EMAIL), "ix_addresses_address"),
    "candidates by ID": (lambda db: candidates.candidates(db, 1, [2], By.ID), "ix_records_mailchimp_id"),
    "joined people": (lambda db: people.join_people(db, SideName.CRM, [(1, 2)], "id"), "PRIMARY KEY"),
    "a page of everybody": (lambda db: list(people.everybody(db, 1)), "people USING INTEGER PRIMARY KEY"),
    "everybody listed": (lambda db: list(listing.listed(db, 1, 1)), "people USING INTEGER PRIMARY KEY"),
    "their part in a plan": (lambda db: list(listing.listed(db, 1, 1)), "ix_decisions_person"),
    "newest of a side": (lambda db: records.latest_change(db, 1), "ix_records_changed"),
    "nos of people": (lambda db: nos.standing_nos(db, 1, ["a@acme.test"], [1]), "ix_nos_address"),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "index.sqlite")
    migrate(engine)
    add_connection(engine, "Bakery")
    one = Record("1", Person("a@acme.test"), mailchimp_id="c1")  # questions that follow from an answer need one
    with engine.begin() as db:
        for side in SideName:
            records.save_readings(db, 1, side, [one], NOON, 1)
        people.save_people(db, [{"id": 2, "dirty": False}])  # where everybody is due, nobody is looked for
    yield engine
    engine.dispose()


@pytest.mark.parametrize("name", ASKED)
def test_a_question_about_a_chunk_follows_its_index(engine: Engine, name: str) -> None:
    ask, index = ASKED[name]
    with engine.begin() as db, explained(db) as ways:
        ask(db)
    assert any(index in way for way in ways)
    assert not [way for way in ways if way.startswith("SCAN") and "json_each" not in way]


@contextmanager
def explained(db: Connection) -> Iterator[list[str]]:
    """How SQLite goes about every statement."""
    ways: list[str] = []

    def explain(_db: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.startswith(("SELECT", "UPDATE", "DELETE")):
            return
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters)
        ways.extend(row[3] for row in cursor.fetchall())

    event.listen(db, "before_cursor_execute", explain)
    try:
        yield ways
    finally:
        event.remove(db, "before_cursor_execute", explain)
