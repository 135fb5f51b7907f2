"""Many rows go by one statement, and arrive as SQLAlchemy's own way would have stored them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Column, Engine, Integer, MetaData, Table, Text, event, select

from listloop.core.people import SideName
from listloop.core.plan import Rule, Standing
from listloop.store.bulk import among, insert_many, update_many, upsert
from listloop.store.tables import cursors, people
from tests.store.conftest import NOON


def test_columns_that_are_not_given_take_their_default(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        insert_many(db, people, [{"connection_id": connection_id, "linked_at": NOON, "name": "Ada"}])
        row = db.execute(select(people)).one()
    assert (row.name, row.linked_at, row.dirty, row.standing) == ("Ada", NOON, True, "waiting")


def test_rows_are_updated_by_their_key_and_keep_what_is_not_given(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        insert_many(db, people, [{"connection_id": connection_id, "name": name} for name in ("Ada", "Bob", "Cy")])
        ids = list(db.scalars(select(people.c.id).order_by(people.c.id)))
        later = NOON + timedelta(hours=1)
        update_many(db, people, [{"id": ids[0], "linked_at": NOON}, {"id": ids[2], "linked_at": later}])
        rows = db.execute(select(people.c.name, people.c.linked_at).order_by(people.c.id)).all()
    assert [tuple(row) for row in rows] == [("Ada", NOON), ("Bob", None), ("Cy", later)]


def test_rows_that_exist_are_replaced(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        for cursor in ("a", "b"):
            row = {"connection_id": connection_id, "side": SideName.CRM, "cursor": cursor, "read_at": NOON}
            upsert(db, cursors, [row], ("connection_id", "side"))
        kept = db.execute(select(cursors)).one()
    assert (kept.cursor, kept.read_at, kept.full) == ("b", NOON, True)


def test_a_thousand_values_are_one_parameter(engine: Engine, connection_id: int) -> None:
    named = select(people.c.name).where(among(people.c.name, "names")).order_by(people.c.id)
    numbered = select(people.c.id).where(among(people.c.id, "ids"))
    given: list[int] = []
    with engine.begin() as db:
        insert_many(db, people, [{"connection_id": connection_id, "name": f"Zoë {n}’s"} for n in range(3)])
        event.listen(db, "before_cursor_execute", lambda *told: given.append(len(told[3])))
        names = [f"Zoë {n}’s" for n in range(1, 1000)]
        assert db.scalars(named, {"names": names}).all() == names[:2]
        assert db.scalars(numbered, {"ids": []}).all() == []
        assert len(db.scalars(numbered, {"ids": range(10_000_000)[:50]}).all()) <= 3
    assert given == [1, 1, 1]


def test_words_of_an_enum_and_truths_are_stored_as_plain_ones(engine: Engine, connection_id: int) -> None:
    row = {"connection_id": connection_id, "standing": Standing.EXCLUDED, "rule": Rule.DUPLICATE, "settled": True}
    with engine.begin() as db:
        insert_many(db, people, [row, {**row, "standing": "failed", "rule": "", "settled": False}])
        found = db.execute(select(people.c.standing, people.c.rule, people.c.settled).order_by(people.c.id)).all()
    assert [tuple(one) for one in found] == [("excluded", "duplicate-email", True), ("failed", "", False)]


def test_a_default_that_is_no_constant_is_refused_and_not_forgotten(engine: Engine) -> None:
    odd = Table("odd", MetaData(), Column("id", Integer, primary_key=True), Column("at", Text, default=lambda: "now"))
    with engine.begin() as db, pytest.raises(TypeError, match="no constant"):
        insert_many(db, odd, [{"id": 1}])


@pytest.mark.parametrize("rows", [[], ()])
def test_no_rows_are_no_statement(engine: Engine, rows: list[dict[str, object]]) -> None:
    with engine.begin() as db:
        event.listen(db, "before_cursor_execute", lambda *_: pytest.fail("asked for nothing"))
        insert_many(db, people, rows)
