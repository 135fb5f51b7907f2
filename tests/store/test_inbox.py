"""What a webhook or a button said is kept until somebody worked it off."""

from sqlalchemy import Engine

from listloop.store import inbox
from tests.store.conftest import NOON, add_connection


def test_entries_come_in_their_order_and_stay_until_they_are_cleared(engine: Engine, connection_id: int) -> None:
    with engine.begin() as transaction:
        inbox.put(transaction, connection_id, side="mailchimp", source="webhook", address="ada@b.example", at=NOON)
        inbox.put(transaction, connection_id, side="crm", source="button", key="17", at=NOON)
    with engine.begin() as transaction:
        first, second = inbox.take(transaction, connection_id)
        assert (first.address, second.key) == ("ada@b.example", "17")
        assert inbox.take(transaction, connection_id, limit=1) == [first]
        inbox.clear(transaction, [first])
    with engine.begin() as transaction:
        assert inbox.take(transaction, connection_id) == [second]


def test_nobody_gets_the_entries_of_another_connection(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    with engine.begin() as transaction:
        inbox.put(transaction, connection_id, side="crm", source="button", key="17", at=NOON)
        assert inbox.take(transaction, other) == []


def test_an_entry_that_came_while_others_were_worked_off_is_not_cleared_with_them(
    engine: Engine, connection_id: int
) -> None:
    with engine.begin() as transaction:
        inbox.put(transaction, connection_id, side="crm", source="button", key="17", at=NOON)
        taken = inbox.take(transaction, connection_id)
        inbox.put(transaction, connection_id, side="crm", source="button", key="17", at=NOON)
        inbox.clear(transaction, taken)
        assert [entry.key for entry in inbox.take(transaction, connection_id)] == ["17"]
