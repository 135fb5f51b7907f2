"""State in a file: a snapshot, and every request since that may have changed it, written before it is answered.

What was answered survives a killed process. On opening, the requests are done again, each in its own second, and a new
snapshot takes their place. Credentials are not written.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from listloop.sandbox.standin import StandIn
from listloop.sandbox.wire import Call

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

SECRET = {"authorization", "cookie"}
TABLES = """
CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY, saved BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY, now INTEGER NOT NULL, head TEXT NOT NULL, body BLOB NOT NULL,
    frozen INTEGER, ahead INTEGER NOT NULL, steps INTEGER NOT NULL
);
"""
PIECE = 4 * 1024 * 1024  # bytes: a million members are some hundred of these, never in memory at once


class _Into(io.RawIOBase):
    """A file that is written: each piece becomes a row."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        piece = bytes(data)
        self.database.execute("INSERT INTO snapshot (saved) VALUES (?)", (piece,))
        return len(piece)


class _Pieces(io.RawIOBase):
    """The same, read."""

    def __init__(self, rows: Iterable[tuple[bytes]]) -> None:
        self.rows = iter(rows)
        self.rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: WriteableBuffer, /) -> int:
        if not self.rest:
            self.rest = memoryview(next(self.rows, (b"",))[0])
        view = memoryview(into).cast("B")
        size = min(len(view), len(self.rest))
        view[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


class Record:
    """An open file, and the stand-in brought to where it was. Only one server may have it open.

    Raises ValueError for a file of another stand-in, sqlite3.Error for one that is no such file or is in use.
    """

    def __init__(self, path: Path, standin: StandIn, redo: Callable[[Call, int], None]) -> None:
        self.standin = standin
        # The kill of a process loses nothing that was committed; only the kill of the machine could.
        self.database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self.database.execute("PRAGMA locking_mode=EXCLUSIVE")
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=NORMAL")
            self.database.executescript(TABLES)
            self._load(redo)
        except (sqlite3.Error, ValueError):
            self.database.close()
            raise

    def close(self) -> None:
        self.database.close()

    def add(self, now: int, steps: int, call: Call) -> None:
        """To be called when the call is done and before it is answered; ``steps`` had been done before it."""
        headers = {name: value for name, value in call.headers.items() if name not in SECRET}
        head = json.dumps([call.method, call.path, call.query, headers, call.base, dict(call.facts)])
        clock = self.standin.clock
        row = (now, head, call.body, clock.frozen, clock.offset, steps)
        columns = "now, head, body, frozen, ahead, steps"
        self.database.execute(f"INSERT INTO calls ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)

    def _load(self, redo: Callable[[Call, int], None]) -> None:
        with closing(self.database.execute("SELECT saved FROM snapshot ORDER BY id")) as kept:
            pieces = io.BufferedReader(_Pieces(kept), PIECE)
            kept_before = bool(pieces.peek(1))
            if kept_before:
                self.standin.load(pieces)
        clock, last = self.standin.clock, None
        found = self.database.execute("SELECT now, head, body, frozen, ahead, steps FROM calls ORDER BY number")
        with closing(found) as rows:
            for now, head, body, frozen, ahead, steps in rows:
                method, path, query, headers, base, facts = json.loads(head)
                clock.frozen = now
                redo(Call(method, path, query, headers, body, base, facts), steps)
                last = (frozen, ahead)
        if last:
            clock.frozen, clock.offset = last
        if last or not kept_before:
            self._compact()

    def _compact(self) -> None:
        self.database.execute("BEGIN")
        self.database.execute("DELETE FROM snapshot")
        with io.BufferedWriter(_Into(self.database), PIECE) as pieces:
            self.standin.save(pieces)
        self.database.execute("DELETE FROM calls")
        self.database.execute("COMMIT")
