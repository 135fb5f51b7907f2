"""Many rows by few statements: each is compiled once in the life of a process, and takes its rows as plain tuples.

SQLAlchemy's own way binds every value of every row by its name, which takes longer than SQLite needs to store it; and
a list of values in a statement becomes a parameter for each, where ``among`` takes one for all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
    insert,
    literal_column,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine

Rows = Sequence[Mapping[str, Any]]
"""Rows by the names of their columns; all of one call have the same columns."""

_DIALECTS: dict[str, Dialect] = {
    "sqlite": sqlite.dialect(),
    "postgresql": psycopg.dialect(paramstyle="format"),  # type: ignore[no-untyped-call]
}


def insert_many(db: Connection, table: Table, rows: Rows) -> None:
    """Insert rows; columns that are not given take the default of the table."""
    _write(db, "insert", table, rows, ())


def update_many(db: Connection, table: Table, rows: Rows, key: str = "id") -> None:
    """Update the rows that have these keys."""
    _write(db, "update", table, rows, (key,))


def upsert(db: Connection, table: Table, rows: Rows, keys: tuple[str, ...]) -> None:
    """Insert rows, or update those whose ``keys`` exist."""
    _write(db, "upsert", table, rows, keys)


class Listed(TypeDecorator[list[Any]]):
    """A list of values of a column's type as one parameter: JSON for SQLite, an array for PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        self.item = item
        super().__init__()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """What the driver is told."""
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        """The list as the driver takes it."""
        return list(value or ()) if dialect.name == "postgresql" else msgspec.json.encode(list(value or ())).decode()


class among(FunctionElement[bool]):  # noqa: N801 - used as SQL functions are
    """Is a column one of the values in this parameter? However many there are, they are one parameter.

    The statement can so be built once, and is the same for any number of values.
    """

    name = "among"
    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=Listed(column.type)))

    def self_group(self, against: OperatorType | None = None) -> among:  # noqa: ARG002 - SQLAlchemy's signature
        """Itself: a database without booleans would be asked for “… = 1”, to which no index leads."""
        return self


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    there = compiler.process(column, **options)
    return f"{there} IN (SELECT value FROM json_each({compiler.process(values, **options)}))"


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **options)} = ANY ({compiler.process(values, **options)})"


def _write(db: Connection, kind: str, table: Table, rows: Rows, keys: tuple[str, ...]) -> None:
    if not rows:
        return
    text, order, processors = _prepared(db.dialect.name, kind, table, tuple(rows[0]), keys)
    columns = list(zip(*map(itemgetter(*order), rows), strict=True))
    for place, process in processors:
        done = {value: process(value) for value in set(columns[place])}
        same = [*done.values()]
        columns[place] = tuple(same * len(rows)) if len(same) == 1 else tuple(map(done.__getitem__, columns[place]))
    db.exec_driver_sql(text, list(zip(*columns, strict=True)))


@lru_cache(maxsize=200)
def _prepared(
    dialect: str, kind: str, table: Table, names: tuple[str, ...], keys: tuple[str, ...]
) -> tuple[str, tuple[str, ...], list[tuple[int, Callable[[Any], Any]]]]:
    """The statement, the order of its values, and which of them pass through what."""
    statement = _statement(dialect, kind, table, names, keys)
    given = [name for name in names if kind != "update" or name not in keys]
    compiled: Any = statement.compile(dialect=_DIALECTS[dialect], column_keys=given)
    order = tuple(name.removeprefix("key_") for name in compiled.positiontup)
    processors = [
        (place, compiled._bind_processors[name])  # noqa: SLF001 - there is no public way to them
        for place, name in enumerate(compiled.positiontup)
        if name in compiled._bind_processors and not isinstance(table.c[order[place]].type, Boolean | String)  # noqa: SLF001
    ]
    if dialect == "sqlite":
        processors += [(place, _exact) for place, name in enumerate(order) if _of_few_values(table.c[name])]
    return str(compiled), order, processors


#: Columns of text that are no longer than this hold words of ours: states, sides, rules.
_WORD = 50


def _of_few_values(column: Column[Any]) -> bool:
    kind = column.type
    return isinstance(kind, Boolean) or (isinstance(kind, String) and 0 < (kind.length or 0) <= _WORD)


def _exact(value: Any) -> Any:
    """A word of an enum as text, and a truth as a number: SQLite's driver asks others long how it is to store them."""
    return str(value) if isinstance(value, str) else int(value) if isinstance(value, bool) else value


def _statement(dialect: str, kind: str, table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    if kind == "insert":
        return insert(table).values({**{name: bindparam(name) for name in names}, **_defaults(dialect, table, names)})
    if kind == "update":
        there = [table.c[key] == bindparam(f"key_{key}") for key in keys]
        return update(table).where(*there).values({name: bindparam(name) for name in names if name not in keys})
    new = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    changed = {name: new.excluded[name] for name in names if name not in keys}
    new = new.values({**{name: bindparam(name) for name in names}, **_defaults(dialect, table, names)})
    return new.on_conflict_do_update(index_elements=list(keys), set_=changed)


def _defaults(dialect: str, table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    """What the other columns get, written into the statement: a value that is the same in each row is bound in none."""
    missing = (column for column in table.columns if column.name not in names and column.default is not None)
    return {column.name: _constant(dialect, column) for column in missing}


def _constant(dialect: str, column: Column[Any]) -> Any:
    value: Any = column.default
    written = column.type.dialect_impl(_DIALECTS[dialect]).literal_processor(_DIALECTS[dialect])
    if written is None or not value.is_scalar:
        raise TypeError(f"the default of {column} is no constant")
    return literal_column(written(value.arg), column.type)
