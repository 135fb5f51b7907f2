"""The database comes to this version from anywhere, once, or says clearly why it can't."""

import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from listloop.core.errors import NeedsAttention
from listloop.store.database import open_database
from listloop.store.migrations import FOLDER, HEAD, VERSION_TABLE, migrate
from listloop.store.tables import metadata


def test_the_steps_make_the_very_tables_that_the_program_uses(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_second_migration_changes_nothing(engine: Engine) -> None:
    with engine.begin() as transaction:
        transaction.execute(text("INSERT INTO leases VALUES (7, 'me', 1, '2026-03-01 12:00:00')"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT owner FROM leases")).scalars().all() == ["me"]


def test_the_head_is_the_newest_step() -> None:
    assert max(path.name[1:5] for path in FOLDER.glob("r*.py")) == HEAD


def test_two_processes_may_start_at_once(database_url: str) -> None:
    failures: list[Exception] = []

    def start() -> None:
        engine = open_database(database_url)
        try:
            migrate(engine)
        except Exception as error:  # noqa: BLE001 - whatever a thread raises is to fail the test
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_step_that_fails_leaves_the_database_as_it_was(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    create_table = op.create_table

    def fail_at_sessions(name: str, *columns: Any, **options: Any) -> Any:
        return 1 / 0 if name == "sessions" else create_table(name, *columns, **options)

    monkeypatch.setattr(op, "create_table", fail_at_sessions)
    with pytest.raises(ZeroDivisionError):
        migrate(empty)
    assert inspect(empty).get_table_names() == []


def test_a_newer_database_is_left_alone_and_named(engine: Engine) -> None:
    with engine.begin() as transaction:
        transaction.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(NeedsAttention, match=r"newer Listloop .* 9999") as raised:
        migrate(engine)
    assert raised.value.code == "database-newer"


def test_tables_of_somebody_else_are_not_touched(empty: Engine) -> None:
    with empty.begin() as transaction:
        transaction.execute(text("CREATE TABLE people (name TEXT)"))
    with pytest.raises(NeedsAttention, match="not Listloop's: people"):
        migrate(empty)
    assert inspect(empty).get_table_names() == ["people"]


def test_a_damaged_file_is_named_with_the_next_step(tmp_path: Path) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_bytes(b"this was never a database, but somebody named it so" * 100)
    engine = open_database(path)
    with pytest.raises(NeedsAttention, match="restore the newest backup") as raised:
        migrate(engine)
    engine.dispose()
    assert raised.value.code == "database-damaged"
    assert str(path) in raised.value.problem


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "nowhere" / "listloop.sqlite")
    with pytest.raises(NeedsAttention, match="Check that its folder or server exists"):
        migrate(engine)
    engine.dispose()


def test_a_password_is_not_in_the_message() -> None:
    engine = open_database("postgresql://somebody:hush-hush@127.0.0.1:1/listloop")
    with pytest.raises(NeedsAttention) as raised:
        migrate(engine)
    engine.dispose()
    assert "hush-hush" not in str(raised.value)
    assert raised.value.code == "database-unreachable"


#: Steps that users' databases have gone through; the sums of their files. A new release adds its own line here.
RELEASED = {
    "r0001_first_tables.py": "49555da905bfaeedcb7e31aea375303a40a1ea4c327c02a8b946c1e120bd640c",
    "r0002_second_tables.py": "f8bf07c8f0999c1bfc70c796d42b58c935d95c18b31d88f6733e2c8e8ad1079a",
}


@pytest.mark.parametrize("name", RELEASED)
def test_a_released_step_is_never_changed(name: str) -> None:
    """Databases that are past a step never go through it again: what it had not, they would never get."""
    assert hashlib.sha256((FOLDER / name).read_text("utf-8").encode()).hexdigest() == RELEASED[name]
