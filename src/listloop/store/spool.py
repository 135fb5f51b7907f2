"""Deliveries that were taken and are not in the inbox yet: a small SQLite file of its own beside the database.

SQLite lets one writer at a time into a file, and a run writes for long. Who must answer within a moment writes here
instead, and the receiver carries it over when it is its turn; once more where a process dies in between: an inbox holds
the same thing once. The file is not backed up: a delivery is a hint, and the next run sees the same people.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a delivery said: the digest of the webhook by which it came, and whom to look at."""

    id: int
    webhook: str
    addresses: tuple[str, ...]


class Spool:
    """The file; made on first use. For any thread of the one process that serves the database."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        path.touch(mode=0o600)  # people's addresses: for its owner only
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute("CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, webhook TEXT, addresses TEXT)")

    def put(self, webhook: str, addresses: Sequence[str]) -> None:
        """Store a delivery; it survives a crash when this returns."""
        row = (webhook, "\n".join(addresses))
        with self._lock:
            self._db.execute("INSERT INTO deliveries (webhook, addresses) VALUES (?, ?)", row)

    def take(self, limit: int = 500) -> list[Delivery]:
        """The oldest deliveries, which stay until they are cleared."""
        with self._lock:
            rows = self._db.execute("SELECT id, webhook, addresses FROM deliveries ORDER BY id LIMIT ?", (limit,))
            return [Delivery(number, webhook, tuple(text.splitlines())) for number, webhook, text in rows]

    def clear(self, taken: Sequence[Delivery]) -> None:
        """Remove what is in the inbox by now, the oldest ones as ``take`` gave them."""
        with self._lock:
            self._db.execute("DELETE FROM deliveries WHERE id <= ?", (taken[-1].id,))

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._db.close()


def spool_beside(engine: Engine) -> Spool | None:
    """The spool of a SQLite database; None for PostgreSQL, where nobody waits for another one's writing."""
    if engine.dialect.name != "sqlite":
        return None
    return Spool(Path(f"{engine.url.database}-deliveries"))
