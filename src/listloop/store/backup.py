"""A backup of everything that is known, taken while the service works, checked row by row; the same for both databases.

One gzip file of JSON lines: a head with the tables, their columns and the steps they are at; the rows; an end with how
many there are and a sum over them. It is read in one snapshot of the database, so it is as of one moment. A backup of
SQLite can be restored into PostgreSQL and the other way round. What lives only for a moment is left out: leases,
sessions, shares of the budget, and the queue of the job engine, which is filled again from the connections' rows.

Secrets are in it as they are stored: encrypted, and useless without the key, which is not in it.
"""

from __future__ import annotations

import gzip
import os
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, DateTime, Engine, LargeBinary, MetaData, Table, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from listloop.core.errors import NeedsAttention
from listloop.store.database import reading

FORMAT = 1

#: Rows per statement when restoring.
CHUNK = 1000

#: Tables whose rows mean nothing after a restoring.
TRANSIENT = frozenset({"leases", "sessions", "sign_in_links", "allotments"})


class Head(msgspec.Struct):
    """The first line: what the file holds. ``steps`` are the migrations its tables are at, by version table."""

    listloop_backup: int
    at: str
    steps: dict[str, str]
    tables: dict[str, list[str]]


@dataclass
class Sums:
    """How many rows each table has, and a sum over them that does not depend on their order."""

    rows: dict[str, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, row: bytes) -> None:
        """Count one row, in the form it has in the file."""
        self.rows[table] = self.rows.get(table, 0) + 1
        digest = int.from_bytes(blake2b(row, digest_size=12).digest())
        self.sums[table] = (self.sums.get(table, 0) + digest) % (1 << 96)

    def shown(self) -> dict[str, list[str]]:
        """As in the file's last line."""
        return {name: [str(self.rows[name]), f"{self.sums[name]:x}"] for name in sorted(self.rows)}


def write_backup(
    engine: Engine, path: Path, tables: Collection[str], versions: Collection[str], now: datetime
) -> dict[str, int]:
    """Write a backup and compare it with the database, row by row; how many rows each table has.

    The file appears under its name only when it is whole; one that exists is never overwritten. Raises NeedsAttention
    where it can't be written or does not agree.
    """
    aside = path.with_name(f".{path.name}.part")
    try:
        if path.exists():
            raise _failed(f"{path} exists already.", "Choose another name.")
        with _snapshot(engine) as db:
            with aside.open("wb") as raw:
                aside.chmod(0o600)  # people's data: for its owner only
                written = _write(db, raw, tables, versions, now)
                raw.flush()
                os.fsync(raw.fileno())
            if not _sums_of_file(aside).shown() == written.shown() == _sums_of_tables(db, tables).shown():
                raise _failed(f"What was written to {path} is not what the database holds.", "Check the disk, repeat.")
        aside.replace(path)
    except OSError as error:
        raise _failed(f"{path} can't be written: {error.strerror or error}.", "Choose another place.") from error
    finally:
        aside.unlink(missing_ok=True)
    return written.rows


def restore_backup(
    engine: Engine, path: Path, prepare: Mapping[str, Callable[[Engine, str], None]]
) -> tuple[Head, dict[str, int]]:
    """Fill an empty database from a backup and compare them, row by row; all or nothing of the rows.

    ``prepare`` makes the tables of each version table at a given step. Raises NeedsAttention for a file that is damaged
    or not a backup, and for a database that holds something already.
    """
    head = read_head(path)
    if unknown := head.steps.keys() - prepare.keys():
        raise _failed(f"{path} holds tables that this program does not know: {', '.join(sorted(unknown))}.", "")
    expected = _sums_of_file(path)  # before the database is touched: a damaged file changes nothing
    with reading(engine).connect() as db:
        there = set(inspect(db).get_table_names()) & set(head.tables)
    if there:
        raise _failed("The database to restore into is not empty.", "Name a new file, or a new PostgreSQL database.")
    for version, step in head.steps.items():
        prepare[version](engine, step)
    try:
        with engine.begin() as db:
            _fill(db, path, head)
            if _sums_of_tables(db, head.tables).shown() != expected.shown():
                raise _failed(f"What arrived in the database is not what {path} holds.", "Repeat into a new database.")
    except IntegrityError as error:
        raise _failed(f"{path} contradicts itself: {error.orig}.", "Use another backup.") from error
    return head, expected.rows


def read_head(path: Path) -> Head:
    """What a backup holds. Raises NeedsAttention where it is none."""
    with _opened(path) as lines:
        try:
            head = msgspec.json.decode(next(lines), type=Head)
        except (msgspec.DecodeError, StopIteration):
            raise _failed(f"{path} is no backup of Listloop.", "Name a file that “listloop backup” wrote.") from None
    if head.listloop_backup > FORMAT:
        raise _failed(f"{path} was written by a newer Listloop.", "Restore it with that version.")
    return head


class _snapshot:  # noqa: N801 - reads as a function where it is used
    """One moment of the database, whatever is written meanwhile."""

    def __init__(self, engine: Engine) -> None:
        postgresql = engine.dialect.name == "postgresql"
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ") if postgresql else reading(engine)

    def __enter__(self) -> Connection:
        self._db = self._engine.connect()
        self._db.begin()
        self._db.execute(text("SELECT 1"))
        return self._db

    def __exit__(self, *_: object) -> None:
        self._db.close()


def _write(db: Connection, raw: BinaryIO, tables: Collection[str], versions: Collection[str], now: datetime) -> Sums:
    schema = _reflected(db, tables)
    steps = {one: str(db.execute(text(f"SELECT version_num FROM {one}")).scalar()) for one in versions}
    columns = {str(table.name): [str(column.name) for column in table.columns] for table in schema}
    sums = Sums()
    with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=5, mtime=0) as file:
        file.write(msgspec.json.encode(Head(FORMAT, now.isoformat(), steps, columns)) + b"\n")
        for table in schema:
            for row in _rows(db, table):
                file.write(msgspec.json.encode(str(table.name)) + b":" + row + b"\n")
                sums.add(str(table.name), row)
        file.write(b"=" + msgspec.json.encode(sums.shown()) + b"\n")
    return sums


def _rows(db: Connection, table: Table) -> Iterator[bytes]:
    if table.name in TRANSIENT:
        return
    query = select(table).order_by(*table.primary_key.columns)
    for row in db.execution_options(yield_per=CHUNK).execute(query):
        yield msgspec.json.encode(list(row))


def _sums_of_tables(db: Connection, tables: Collection[str]) -> Sums:
    sums = Sums()
    for table in _reflected(db, tables):
        for row in _rows(db, table):
            sums.add(str(table.name), row)
    return sums


def _sums_of_file(path: Path) -> Sums:
    sums = Sums()
    with _opened(path) as lines:
        next(lines)
        for line in lines:
            if line.startswith(b"="):
                if msgspec.json.decode(line[1:], type=dict[str, list[str]]) != sums.shown():
                    break
                return sums
            name, row = _split(line)
            sums.add(name, row)
    raise _failed(f"{path} is damaged: its end is missing or does not fit its rows.", "Use another backup.")


def _fill(db: Connection, path: Path, head: Head) -> None:
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    tables = {table.name: table for table in _reflected(db, head.tables)}
    with _opened(path) as lines:
        next(lines)
        waiting: list[dict[str, Any]] = []
        of = ""
        for line in lines:
            if line.startswith(b"="):
                break
            name, row = _split(line)
            if name != of or len(waiting) >= CHUNK:
                _insert(db, tables.get(of), waiting)
                waiting, of = [], name
            waiting.append(_decoded(tables[name], head.tables[name], msgspec.json.decode(row)))
        _insert(db, tables.get(of), waiting)
    if db.dialect.name == "postgresql":
        for table in tables.values():
            _count_on(db, table)


def _insert(db: Connection, table: Table | None, rows: list[dict[str, Any]]) -> None:
    if table is not None and rows:
        db.execute(insert(table), rows)


def _count_on(db: Connection, table: Table) -> None:
    """Let new rows be numbered after those that are there; SQLite does so by itself."""
    if "id" in table.columns:
        highest = select(func.max(table.c.id)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, "id")
        db.execute(select(func.setval(sequence, highest)).where(highest.is_not(None), sequence.is_not(None)))


def _decoded(table: Table, columns: list[str], values: list[Any]) -> dict[str, Any]:
    row = dict(zip(columns, values, strict=True))
    for name, value in row.items():
        kind = table.c[name].type
        if value is not None and isinstance(kind, DateTime):
            row[name] = datetime.fromisoformat(value)
        elif value is not None and isinstance(kind, LargeBinary):
            row[name] = b64decode(value)
    return row


def _reflected(db: Connection, tables: Collection[str]) -> list[Table]:
    """The tables as the database has them, parents first: a backup may be older than this program."""
    schema = MetaData()
    schema.reflect(db, only=sorted(set(tables) & set(inspect(db).get_table_names())))
    return list(schema.sorted_tables)


def _split(line: bytes) -> tuple[str, bytes]:
    name, _, row = line.partition(b":")
    return msgspec.json.decode(name, type=str), row.rstrip(b"\n")


class _opened:  # noqa: N801 - reads as a function where it is used
    """The lines of a backup; what goes wrong with the file is told in words."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Iterator[bytes]:
        try:
            self._file = gzip.open(self._path, "rb")
        except OSError as error:
            raise _failed(f"{self._path} can't be read: {error.strerror}.", "Name another file.") from error
        return iter(self._file)

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._file.close()
        if isinstance(error, (EOFError, gzip.BadGzipFile, msgspec.DecodeError, StopIteration, OSError)):
            raise _failed(f"{self._path} is damaged, or no backup of Listloop.", "Use another backup.") from error


def _failed(problem: str, fix: str) -> NeedsAttention:
    return NeedsAttention(problem, fix, code="backup")
