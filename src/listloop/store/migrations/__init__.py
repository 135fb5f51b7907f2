"""The database's way from any earlier version to this one; only forward. One module per step, ``r0001_…`` and on.

``python -m tests.store.next_step WORDS`` writes the next step from what ``tables.py`` has and the steps have not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from listloop.core.errors import NeedsAttention
from listloop.store.tables import metadata
from listloop.store.trouble import explain

#: The newest step.
HEAD = "0003"

#: Not Alembic's usual name: in PostgreSQL another program may share the schema.
VERSION_TABLE = "listloop_version"

FOLDER = Path(__file__).parent

_LOCK = 0x6C69_7374_6C6F_6F70  # “listloop”: one migration at a time in a PostgreSQL database


def migrate(engine: Engine) -> None:
    """Bring the database to this version: all steps or none. One query where it is there already.

    Two processes that start at once are safe: one waits for the other. Raises NeedsAttention for a database that is
    out of reach, damaged, newer than this program, or somebody else's.
    """
    with _explained(engine):
        with engine.connect() as connection:
            if version(connection) == HEAD:
                return
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            found = version(connection)  # again: another process may have been faster
            if found != HEAD:
                _check(connection, found)
                _upgrade(connection, "head")


def make_at(engine: Engine, step: str) -> None:
    """Make the tables of an empty database as they were at a step, for a backup from then. Raises as ``migrate``."""
    with _explained(engine), engine.begin() as connection:
        _check(connection, step)
        _upgrade(connection, step)


def version(connection: Connection) -> str | None:
    """The step that the database is at; None: no step was ever done."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def _check(connection: Connection, found: str | None) -> None:
    if found is not None and found > HEAD:
        raise NeedsAttention(
            f"The database was made by a newer Listloop (it is at step {found}, this program knows {HEAD}).",
            "Use the newer program again, or restore the backup from before the upgrade.",
            code="database-newer",
        )
    if found is None:
        foreign = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
        if foreign:
            raise NeedsAttention(
                f"The database already has tables that are not Listloop's: {', '.join(foreign)}.",
                "Give Listloop a file or a database of its own.",
                code="database-foreign",
            )


def _upgrade(connection: Connection, to: str) -> None:
    from alembic.config import Config  # noqa: PLC0415 - a fifth of a second that an up-to-date start is spared
    from alembic.runtime.environment import EnvironmentContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])

    def steps(revision: str, _context: object) -> object:
        return script._upgrade_revs(to, revision)  # noqa: SLF001 - as Alembic's own upgrade command does

    with EnvironmentContext(Config(), script, fn=steps) as environment:
        environment.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=True)
        environment.run_migrations()


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    sqlite = engine.dialect.name == "sqlite"
    where = str(engine.url.database) if sqlite else engine.url.render_as_string(hide_password=True)
    try:
        yield
    except DatabaseError as error:
        told = explain(error, where)
        if told is None:
            raise
        raise told from error
