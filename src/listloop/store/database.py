"""Opening the database: SQLite in one file by default, PostgreSQL by address; the same code for both."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, Table, Update, bindparam, create_engine, event, update
from sqlalchemy.pool import ConnectionPoolEntry

from listloop.core.errors import NeedsAttention
from listloop.store.tables import metadata

#: Milliseconds for which a writer waits for another one on SQLite.
PATIENCE = 30_000


def address(database: str | Path) -> str:
    """The SQLAlchemy address of a database named as people name it: a file path, or a postgresql:// address."""
    text = str(database)
    if text.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    if "://" in text:
        return text
    return f"sqlite:///{Path(text).expanduser().absolute()}"


def make_file(database: str) -> None:
    """Make the file of a SQLite database, and its folder, where they are missing; nothing for an address.

    Raises ``NeedsAttention`` where it can't be made.
    """
    if "://" in database:
        return
    file = Path(database).expanduser().absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.touch(mode=0o600)  # people's data: for its owner only
    except OSError as error:
        raise NeedsAttention(
            f"The database {file} can't be made: {error.strerror}.",
            "Name another place with --database or LISTLOOP_DATABASE.",
            code="database-unreachable",
        ) from None


def open_database(database: str | Path) -> Engine:
    """An engine for a file path or a postgresql:// address. Opens nothing yet; ``migrate`` makes the tables.

    SQLite runs in WAL with synchronous=NORMAL: a reader never waits for the run that writes, and a killed process
    loses nothing that was committed.
    """
    url = address(database)
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": PATIENCE / 1000})
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
    options = connection.get_execution_options()
    if options.get("urgent"):
        _begin_urgently(connection.connection.driver_connection)
    else:
        connection.exec_driver_sql("BEGIN DEFERRED" if options.get("reading") else "BEGIN IMMEDIATE")


def _begun(driver: Any, *, give_up: bool) -> bool:
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if give_up or error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _begin_urgently(driver: Any) -> None:
    # SQLite's own wait looks only every 100 ms in the end, and misses the gaps between the transactions of a run.
    driver.execute("PRAGMA busy_timeout=0")
    until = monotonic() + PATIENCE / 1000
    try:
        while not _begun(driver, give_up=monotonic() > until):
            sleep(0.001)
    finally:
        driver.execute(f"PRAGMA busy_timeout={PATIENCE}")


# Statements that every run needs are built once: building one costs several times what asking it does.


@cache
def changing(table: Table, names: tuple[str, ...]) -> Update:
    """An update of these columns in the rows whose id is ``_id``."""
    return update(table).where(table.c.id == bindparam("_id")).values({name: bindparam(name) for name in names})


def reading(engine: Engine) -> Engine:
    """The same database for transactions that only read: on SQLite they never wait for a writer."""
    return engine.execution_options(reading=True)


def urgent(engine: Engine) -> Engine:
    """The same database for one small transaction that somebody waits for: on SQLite it goes first between a run's."""
    return engine.execution_options(urgent=True)


def create_all(engine: Engine) -> None:
    """Make every table at once, for tests of single modules; real databases are made by ``migrations.migrate``."""
    metadata.create_all(engine)
