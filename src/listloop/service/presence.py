"""Who of the workers on a PostgreSQL database is alive: each holds a session lock that is named after it.

The server lifts the lock when the worker's connection ends, which it does in the moment when its process dies, and
within about ten seconds when its machine or network does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b

from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

KEEPALIVE = "-c tcp_keepalives_idle=4 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"


class Presence:
    """A worker's sign of life, and its way to find those without. For one thread at a time."""

    def __init__(self, engine: Engine, executor: str) -> None:
        self._executor = executor
        self._connection: Connection | None = None
        # A connection of its own: the lock lives as long as it does, and a pool would hand it to somebody else.
        self._engine = create_engine(
            engine.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"options": KEEPALIVE, "application_name": "listloop worker"},
        )

    def keep(self) -> bool:
        """Hold the lock, again after the server was away; False while another worker takes us for dead."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:  # cut off, or left in a broken transaction by an earlier cut
                self.end()
            else:
                return True
        connection = self._engine.connect()
        if not _lock(connection, self._executor):
            connection.close()
            return False
        self._connection = connection
        return True

    @contextmanager
    def alone(self, name: str) -> Iterator[bool]:
        """Whether nobody else holds the lock of this name; we do then, to the end of the block.

        Of a worker's name it means: that worker is dead, and nobody else is looking after its runs.
        """
        connection = self._connection
        if connection is None or not _lock(connection, name):
            yield False
            return
        try:
            yield True
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _key(name)})

    def end(self) -> None:
        """Give the sign up: others take over what is left undone."""
        if self._connection is not None:
            with suppress(SQLAlchemyError):  # a server that is away has forgotten the lock
                # The server notices a closed connection only a moment later.
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _lock(connection: Connection, name: str) -> bool:
    return bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _key(name)}).scalar())


def _key(name: str) -> int:
    return int.from_bytes(blake2b(f"listloop {name}".encode(), digest_size=8).digest(), signed=True)
