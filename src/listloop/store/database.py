"""Opening the database: SQLite in one file by default, PostgreSQL by address; the same code for both."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, Update, bindparam, create_engine, event, update
from sqlalchemy.pool import ConnectionPoolEntry

from listloop.core.errors import NeedsAttention
from listloop.store.tables import metadata


def address(database: str | Path) -> str:
    """The SQLAlchemy address of a database named as people name it: a file path, or a postgresql:// address."""
    text = str(database)
    if text.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    if "://" in text:
        return text
    return f"sqlite:///{Path(text).expanduser().absolute()}"


def open_database(database: str | Path) -> Engine:
    """An engine for a file path or a postgresql:// address. Opens nothing yet; ``migrate`` makes the tables.

    SQLite runs in WAL with synchronous=NORMAL: a reader never waits for the run that writes, and a killed process
    loses nothing that was committed.
    """
    url = address(database)
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql"):
        return create_engine(url, pool_size=5, max_overflow=20, pool_pre_ping=True)
    raise NeedsAttention(
        f"Listloop does not know the kind of database in “{url.split('://', 1)[0]}://…”.",
        "Give the path of a file (SQLite) or an address that starts with postgresql://.",
        code="database-unknown",
    )


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN starts too late for a reader that then writes; _begin_sqlite does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE takes the write lock at once and waits for it; a deferred transaction would fail in the middle instead.
    mode = "DEFERRED" if connection.get_execution_options().get("reading") else "IMMEDIATE"
    connection.exec_driver_sql(f"BEGIN {mode}")


# Statements that every run needs are built once: building one costs several times what asking it does.


@cache
def changing(table: Table, names: tuple[str, ...]) -> Update:
    """An update of these columns in the rows whose id is ``_id``."""
    return update(table).where(table.c.id == bindparam("_id")).values({name: bindparam(name) for name in names})


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: on SQLite they never wait for a writer."""
    return engine.execution_options(reading=True)


def create_all(engine: Engine) -> None:
    """Make every table at once, for tests of single modules; real databases are made by ``migrations.migrate``."""
    metadata.create_all(engine)
