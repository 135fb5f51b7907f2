"""A database is named as people name it, and opened the way the measurements say."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from listloop.core.errors import NeedsAttention
from listloop.store.bulk import upsert
from listloop.store.database import PATIENCE, address, open_database, reading, urgent
from listloop.store.installation import leases
from tests.store.conftest import NOON


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(tmp_path / "listloop.sqlite")
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("/var/lib/list loop.sqlite", "sqlite:////var/lib/list loop.sqlite"),
        ("postgres://me@db/listloop", "postgresql+psycopg://me@db/listloop"),
        ("postgresql://me@db/listloop", "postgresql+psycopg://me@db/listloop"),
        ("postgresql+psycopg://me@db/listloop", "postgresql+psycopg://me@db/listloop"),
    ],
)
def test_a_path_or_an_address_names_a_database(named: str, meant: str) -> None:
    assert address(named) == meant


def test_another_kind_of_database_is_refused_without_showing_its_address() -> None:
    with pytest.raises(NeedsAttention, match="postgresql://") as raised:
        open_database("mysql://root:hush-hush@db/listloop")
    assert "hush-hush" not in str(raised.value)


def test_sqlite_is_in_wal_with_normal_synchronous_and_foreign_keys(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}
    assert found == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}


def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_before(engine: Engine) -> None:
    row = {"connection_id": 1, "owner": "me", "fence": 1, "until": NOON}
    with engine.begin() as writing:
        upsert(writing, leases, [row], ("connection_id",))
        with reading(engine).connect() as reader:
            assert reader.execute(select(leases)).all() == []


def test_an_upsert_inserts_new_rows_and_updates_known_ones(engine: Engine) -> None:
    def row(connection_id: int, owner: str) -> dict[str, object]:
        return {"connection_id": connection_id, "owner": owner, "fence": 1, "until": NOON}

    with engine.begin() as transaction:
        upsert(transaction, leases, [row(1, "a"), row(2, "b")], ("connection_id",))
        upsert(transaction, leases, [row(2, "c"), row(3, "d")], ("connection_id",))
        upsert(transaction, leases, [], ("connection_id",))
        owners = transaction.execute(select(leases.c.owner).order_by(leases.c.connection_id)).scalars().all()
    assert owners == ["a", "c", "d"]


def test_a_moment_comes_back_in_utc_and_needs_its_zone(engine: Engine) -> None:
    row = {"connection_id": 1, "owner": "me", "fence": 1, "until": NOON}
    with engine.begin() as transaction:
        upsert(transaction, leases, [row], ("connection_id",))
        assert transaction.execute(select(leases.c.until)).scalar_one() == NOON
    with pytest.raises(Exception, match="time zone"), engine.begin() as transaction:
        upsert(transaction, leases, [row | {"until": NOON.replace(tzinfo=None)}], ("connection_id",))


def test_an_urgent_transaction_waits_for_a_writer_and_leaves_the_connection_as_it_was(sqlite: Engine) -> None:
    begun, ended = threading.Event(), threading.Event()

    def hurry() -> None:
        begun.set()
        with urgent(sqlite).begin() as db:
            assert db.exec_driver_sql("PRAGMA busy_timeout").scalar() == PATIENCE
        ended.set()

    with sqlite.begin():
        waiting = threading.Thread(target=hurry)
        waiting.start()
        assert begun.wait(150)
        assert not ended.wait(0.05)
    waiting.join(150)
    assert ended.is_set()
