"""One working process per SQLite file: two would each take the other's runs for those of a process that died.

The mark is an exclusive lock on a small file beside the database, taken through SQLite itself: it works alike on all
systems, and the operating system lifts it when the process ends, however it ends.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from listloop.core.errors import NeedsAttention


def is_taken(engine: Engine) -> bool:
    """Does a living process work on this SQLite file?"""
    mark = Path(f"{engine.url.database}-worker")
    if not mark.exists():
        return False
    with closing(sqlite3.connect(mark, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
    return False


class Sole:
    """The right to be the one process that works on a SQLite file; held until ``release``."""

    def __init__(self, engine: Engine) -> None:
        """Take it. Raises NeedsAttention where another process has it."""
        self._mark = sqlite3.connect(f"{engine.url.database}-worker", timeout=0, check_same_thread=False)
        self._mark.isolation_level = None
        try:
            self._mark.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self._mark.close()
            raise NeedsAttention(
                f"Another process already serves {engine.url.database}.",
                "Stop that one first, or use PostgreSQL, where any number may work together.",
                code="already-serving",
            ) from error

    def release(self) -> None:
        """Let others have it."""
        self._mark.close()
