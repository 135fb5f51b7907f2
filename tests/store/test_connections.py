"""A connection keeps its ends, its rules and why it is paused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.core.people import SideName
from listloop.core.rules import Rules
from listloop.store.connections import (
    add_connection,
    all_connections,
    change_connection,
    connection,
    digest,
    pause,
    resume,
    save_rules,
)
from listloop.store.people import save_people
from listloop.store.records import save_readings
from listloop.store.tables import people
from listloop.testing.builders import record, row, rules
from tests.store.conftest import NOON

RULES = rules(row("First", "FNAME"))


def add(engine: Engine, name: str = "Shop") -> int:
    with engine.begin() as db:
        return add_connection(
            db,
            name=name,
            crm="local",
            crm_settings={"book": "1"},
            audience="a1",
            base_url="http://127.0.0.1:1",
            rules=RULES,
            every_minutes=15,
            now=NOON,
        )


def test_a_new_connection_is_read_back_with_its_rules_and_no_end_seen_yet(engine: Engine) -> None:
    made = add(engine)
    with engine.begin() as db:
        row = connection(db, made)
    assert (row.name, row.crm, row.crm_settings, row.audience) == ("Shop", "local", {"book": "1"}, "a1")
    assert (row.base_url, row.rhythm.minutes, row.rules) == ("http://127.0.0.1:1", 15, RULES)
    assert (row.identities, row.titles, row.approved_rules, row.paused) == (("", ""), ("", ""), "", "")
    assert (row.created_at, row.next_run) == (NOON, None)


def test_two_connections_do_not_share_a_name(engine: Engine) -> None:
    add(engine)
    with pytest.raises(NeedsAttention, match="There is a connection named “Shop” already") as caught:
        add(engine)
    assert caught.value.code == "name-taken"


def test_a_connection_that_is_not_there_is_told_so(engine: Engine) -> None:
    with engine.begin() as db, pytest.raises(NeedsAttention, match="There is no connection 99"):
        connection(db, 99)


def test_connections_are_listed_oldest_first(engine: Engine) -> None:
    made = [add(engine, name) for name in ("B", "A")]
    with engine.begin() as db:
        assert [one.id for one in all_connections(db)] == made


def test_it_pauses_with_the_reason_and_the_next_step_and_resumes_without(engine: Engine) -> None:
    made = add(engine)
    with engine.begin() as db:
        pause(db, made, "The key was revoked.", "Make a new key.")
        paused = connection(db, made)
        resume(db, made)
        resumed = connection(db, made)
    assert (paused.paused, paused.paused_fix) == ("The key was revoked.", "Make a new key.")
    assert (resumed.paused, resumed.paused_fix) == ("", "")


def test_the_fingerprint_of_rules_changes_with_any_of_them_and_only_then() -> None:
    assert digest(RULES) == digest(replace(RULES))
    changed = [replace(RULES, last_name="Last"), replace(RULES, guard_most=1), replace(RULES, rows=()), Rules()]
    assert digest(RULES) not in {digest(one) for one in changed}
    assert len(digest(RULES)) == 16


def test_changed_rules_lose_their_yes_and_everybody_is_decided_anew(engine: Engine) -> None:
    made, other = add(engine), add(engine, "Other")
    with engine.begin() as db:
        change_connection(db, made, approved_rules=digest(RULES))
        for one in (made, other):
            save_readings(db, one, SideName.CRM, [record("p1", "ada@b.example")], NOON, 1)
        ids = list(db.scalars(select(people.c.id).order_by(people.c.id)))
        save_people(db, [{"id": one, "dirty": False} for one in ids])
        save_rules(db, made, Rules())
        row = connection(db, made)
        dirty = {one.connection_id: one.dirty for one in db.execute(select(people))}
    assert row.rules == Rules()
    assert row.approved_rules != row.digest
    assert dirty == {made: True, other: False}
