"""A database with its tables and one connection, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, insert

from listloop.store.database import open_database
from listloop.store.migrations import migrate
from listloop.store.tables import connections

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def empty(database_url: str) -> Iterator[Engine]:
    """A database without tables."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """A database with its tables."""
    migrate(empty)
    return empty


@pytest.fixture
def connection_id(engine: Engine) -> int:
    """A connection that is due at noon and then every hour."""
    return add_connection(engine, "Bakery", next_run=NOON)


def add_connection(engine: Engine, name: str, *, next_run: datetime | None = None, minutes: int = 60) -> int:
    row = insert(connections).values(
        name=name, crm="local", audience="a1", created_at=NOON, next_run=next_run, every_minutes=minutes, facts=""
    )  # no campaign results, unless a test is about them
    with engine.begin() as transaction:
        return int(transaction.execute(row.returning(connections.c.id)).scalar_one())
