"""Opening a book: the tables are brought up to date first, each book has an identity of its own."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, Row, inspect, select, text
from sqlalchemy.dialects import postgresql, sqlite

from listloop.core.errors import NeedsAttention
from listloop.crm.local import tables
from listloop.store.database import reading

MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "local_version"

#: The newest migration; a test compares it with the files.
HEAD = "0003"

#: Any fixed number will do: whoever migrates holds this lock of PostgreSQL. SQLite has one writer anyway.
_MIGRATION_LOCK = 5_207_714_401


@dataclass(frozen=True, slots=True)
class Place:
    """Where a book is: the database and the book's row in it. What ``open_book`` returns."""

    engine: Engine
    book: int
    name: str
    identity: str

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""
        return self.engine.begin()

    def read(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads; on SQLite it never waits for a writer."""
        return reading(self.engine).begin()


def open_book(engine: Engine, name: str = "main") -> Place:
    """The book of that name, made when it is new; the tables are migrated when they are not up to date."""
    found_at = version(engine)
    if found_at > HEAD:
        raise NeedsAttention(
            f"The built-in CRM was last used by a newer Listloop (its tables are at step {found_at}, "
            f"this program knows {HEAD}).",
            "Use the newer program again, or restore the backup from before the upgrade.",
            code="database-newer",
        )
    if found_at != HEAD:
        migrate(engine)
    found = _find(engine, name)
    if found is None:
        with engine.begin() as connection:
            # Several may make it at once: one does, and all use that one.
            insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            made = insert(tables.books).values(name=name, identity=uuid4().hex, change=0)
            connection.execute(made.on_conflict_do_nothing())
        found = _find(engine, name)
    assert found is not None  # noqa: S101 - it was just made, and books are never deleted
    return Place(engine, found.id, name, found.identity)


def _select(name: str) -> Any:
    return select(tables.books.c.id, tables.books.c.identity).where(tables.books.c.name == name)


def _find(engine: Engine, name: str) -> Row[Any] | None:
    with reading(engine).begin() as connection:
        return connection.execute(_select(name)).first()


def version(engine: Engine) -> str:
    """The migration that the database is at, "" before the first one."""
    with reading(engine).begin() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return ""
        return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() or ""


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring the tables up to date (or to a step), in one transaction; several processes may try at once."""
    from alembic import command  # noqa: PLC0415 - a quarter of a second that only a migration should pay
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, to)


def moment(at: datetime | None) -> str:
    """A time as the records show it: ISO 8601 in UTC, always with microseconds, so that text orders like time."""
    return "" if at is None else at.isoformat(timespec="microseconds").replace("+00:00", "Z")
