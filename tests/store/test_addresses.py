"""Who has an address is found by its index, and nobody is looked for where everybody is due."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, event, select

from listloop.core.people import Person, Record, SideName
from listloop.store.addresses import all_due, shared_addresses, touch_addresses
from listloop.store.people import save_people
from listloop.store.records import save_readings
from listloop.store.tables import people
from tests.store.conftest import NOON


@pytest.fixture
def shown(engine: Engine, connection_id: int) -> int:
    """Ann and Bob share an address in the CRM, as a member has; Cy has his own and Bob's as a further one."""
    crm = [
        Record("ann", Person("Info@x.example")),
        Record("bob", Person("info@x.example"), emails=("bob@x.example",)),
        Record("cy", Person("cy@x.example"), emails=("bob@x.example",)),
    ]
    with engine.begin() as db:
        save_readings(db, connection_id, SideName.CRM, crm, NOON, 1)
        save_readings(db, connection_id, SideName.MAILCHIMP, [Record("m", Person("info@x.example"))], NOON, 1)
    return connection_id


def test_an_address_is_shared_where_several_records_of_one_side_have_it(engine: Engine, shown: int) -> None:
    asked = ["info@x.example", "bob@x.example", "cy@x.example", "nobody@x.example"]
    with engine.begin() as db:
        assert shared_addresses(db, shown, SideName.CRM, asked) == {"info@x.example", "bob@x.example"}
        assert shared_addresses(db, shown, SideName.MAILCHIMP, asked) == set()
        assert shared_addresses(db, shown, SideName.CRM, []) == set()


def test_everybody_is_due_until_one_was_decided_and_then_the_holders_are_marked(engine: Engine, shown: int) -> None:
    with engine.begin() as db:
        assert all_due(db, shown)
        ids = list(db.scalars(select(people.c.id).order_by(people.c.id)))
        save_people(db, [{"id": one, "dirty": False} for one in ids])
        assert not all_due(db, shown)
        touch_addresses(db, shown, ["bob@x.example"])
        due = list(db.scalars(select(people.c.id).where(people.c.dirty.is_(True)).order_by(people.c.id)))
    assert due == ids[1:3]


def test_nobody_is_looked_for_where_everybody_is_due(engine: Engine, shown: int) -> None:
    sent: list[str] = []
    with engine.begin() as db:
        event.listen(db, "before_cursor_execute", lambda *told: sent.append(str(told[2])))
        touch_addresses(db, shown, ["bob@x.example"])
    assert not [one for one in sent if one.startswith("UPDATE")]
