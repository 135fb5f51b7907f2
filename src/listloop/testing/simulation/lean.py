"""The database of the simulation: the same statements on the same SQLite, with less between them.

Most of a small run is spent in SQLAlchemy's way from a statement to the driver. Here a statement is compiled once, by
SQLAlchemy's own compiler, and its values go straight to the driver. Whatever is not a plain statement with plain
values (and each error) goes SQLAlchemy's own way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Engine, Executable, Select, StaticPool, create_engine
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql import Delete, Update

from listloop.store.database import create_all
from listloop.store.tables import metadata

Processor = Callable[[Any], Any]


class Value(NamedTuple):
    """Where one value of a statement comes from: given by name, else written in the statement at ``place``, if any."""

    key: str
    place: int | None
    otherwise: Any
    process: Processor | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled statement: where its values come from, and what its rows are called and pass through."""

    text: str
    needed: frozenset[str]
    values: tuple[Value, ...]
    names: SimpleResultMetaData | None
    results: tuple[tuple[int, Processor], ...]


class LeanConnection:
    """A transaction, as the store uses one."""

    def __init__(self, real: Connection, driver: sqlite3.Connection) -> None:
        """Talk over this connection and its driver's."""
        self._real: Connection = real
        self._driver: sqlite3.Connection = driver
        self.dialect: Dialect = real.dialect
        self._prepared: dict[Any, Prepared | None] = {}
        self._find = lru_cache(1000)(self._find_anew)

    def execute(self, statement: Executable, parameters: Any = None) -> Any:
        """The result of a statement."""
        if isinstance(statement, Select | Update | Delete) and not isinstance(parameters, list | tuple):
            given = parameters or {}
            prepared, written = self._find(statement)
            if prepared is not None and prepared.needed <= given.keys():
                try:
                    return self._run(prepared, given, written)
                except sqlite3.Error:
                    pass  # it did nothing: the long way tells what is wrong
        return self._real.execute(statement, parameters)

    def scalars(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of a statement's rows."""
        return self.execute(statement, parameters).scalars()

    def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of a statement's first row, or None."""
        return self.execute(statement, parameters).scalar()

    def exec_driver_sql(self, statement: str, parameters: Any = None) -> Any:
        """Rows by one statement of the driver's."""
        if isinstance(parameters, list):
            return self._driver.executemany(statement, parameters)
        return self._real.exec_driver_sql(statement, parameters)

    def execution_options(self, **_options: Any) -> LeanConnection:
        """Itself: everything is at hand, so nothing is read in parts."""
        return self

    def _find_anew(self, statement: Any) -> tuple[Prepared | None, Sequence[Any]]:
        key = statement._generate_cache_key()  # noqa: SLF001 - as SQLAlchemy's own way does it
        if key is None:
            return None, ()
        if key.key not in self._prepared:
            self._prepared[key.key] = _prepare(statement, self.dialect, key)
        return self._prepared[key.key], key.bindparams

    def _run(self, prepared: Prepared, parameters: Mapping[str, Any], written: Sequence[Any]) -> Any:
        values = []
        for key, place, otherwise, process in prepared.values:
            if key in parameters:
                value = parameters[key]
            else:
                value = otherwise if place is None else written[place].effective_value
            values.append(process(value) if process else value)
        cursor = self._driver.execute(prepared.text, values)
        if prepared.names is None:
            return cursor
        rows = cursor.fetchall()
        for at, process in prepared.results:
            rows = [(*row[:at], process(row[at]), *row[at + 1 :]) for row in rows]
        return IteratorResult(prepared.names, iter(rows))


def _prepare(statement: Any, dialect: Dialect, key: Any) -> Prepared | None:
    """A statement made ready, or None where it is no plain one."""
    compiled = statement.compile(dialect=dialect, cache_key=key)
    if compiled.post_compile_params or compiled.literal_execute_params or compiled.positiontup is None:
        return None
    # There is no public way to what follows; SQLAlchemy's own one does the same for each execution.
    places = {one.key: at for at, one in enumerate(key.bindparams)}
    values = []
    for name in compiled.positiontup:
        bind = compiled.binds[name]
        process = compiled._bind_processors.get(name)  # noqa: SLF001
        values.append(Value(bind.key, places.get(bind.key), bind.effective_value, process))
    needed = frozenset(one.key for one in key.bindparams if one.required)
    columns = compiled._result_columns  # noqa: SLF001
    found = [(at, one.type._cached_result_processor(dialect, None)) for at, one in enumerate(columns)]  # noqa: SLF001
    results = tuple((at, process) for at, process in found if process)
    names = SimpleResultMetaData([one.keyname for one in columns]) if columns else None
    return Prepared(str(compiled), needed, tuple(values), names, results)


class LeanEngine:
    """A database in memory with every table, as the store uses an engine. ``trip`` is called wherever it could stop."""

    def __init__(self) -> None:
        """Make every table."""
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        create_all(self._engine)
        self._real = self._engine.connect()
        self._real.begin()  # for good: transactions are the driver's here
        driver: Any = self._real.connection.driver_connection
        driver.isolation_level = None
        driver.execute("PRAGMA foreign_keys=ON")
        self._driver: sqlite3.Connection = driver
        self._backup = sqlite3.connect(":memory:")
        self._connection = LeanConnection(self._real, driver)
        self.dialect: Dialect = self._engine.dialect
        self.url = self._engine.url
        self.trip: Callable[[str], None] = lambda _place: None

    @contextmanager
    def begin(self) -> Iterator[LeanConnection]:
        """A transaction; undone where an error comes out of it."""
        self.trip("database, before a transaction")
        self._driver.execute("BEGIN")
        try:
            yield self._connection
            self.trip("database, before a commit")
        except BaseException:
            self._driver.execute("ROLLBACK")
            raise
        self._driver.execute("COMMIT")

    def execution_options(self, **_options: Any) -> LeanEngine:
        """Itself."""
        return self

    def run(self, script: str) -> None:
        """Run several statements of the driver's at once."""
        self._driver.executescript(script)

    def raw_connection(self) -> Any:
        """The driver's connection, as SQLAlchemy hands it out."""
        return self._engine.raw_connection()

    def back_up(self) -> None:
        """Keep the whole database as it is now."""
        self._driver.backup(self._backup)

    def restore(self) -> None:
        """Put the whole database back to what was kept last."""
        self._backup.backup(self._driver)

    def dispose(self) -> None:
        """Close the database."""
        self._backup.close()
        self._real.close()
        self._engine.dispose()


EMPTY = tuple(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables))


def lean_of(engine: Engine | LeanEngine) -> LeanEngine | None:
    """The engine, where it is one of these."""
    return engine if isinstance(engine, LeanEngine) else None


def empty(engine: Engine | LeanEngine) -> None:
    """Throw every row of a database away."""
    if isinstance(engine, LeanEngine):
        engine.run(";".join(EMPTY))
        return
    with engine.begin() as db:
        for one in EMPTY:
            db.exec_driver_sql(one)
