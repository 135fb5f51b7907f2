"""A database that is thrown away after one plan: nothing of it has to survive a crash, and no page ever asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.schema import DropIndex

from listloop.store.database import create_all, open_database
from listloop.store.tables import metadata

#: These lead pages and writes to their rows. Keeping them would cost a plan more than the rows themselves.
SPARED = frozenset(
    {
        "ix_people_name",
        "ix_people_standing",
        "ix_people_company",
        "ix_people_next_try",
        "ix_records_absent_run",
        "ix_decisions_first",
        "ix_decisions_crm_state",
        "ix_decisions_mailchimp_state",
    }
)


def open_throwaway(path: Path) -> Engine:
    """An engine for a new SQLite file with every table in it."""
    engine = open_database(path)
    event.listen(engine, "connect", _hurry)
    create_all(engine)
    with engine.begin() as db:
        for table in metadata.tables.values():
            for index in table.indexes:
                if index.name in SPARED:
                    db.execute(DropIndex(index))
    return engine


def _hurry(connection: Any, _entry: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=OFF", "page_size=16384", "synchronous=OFF", "foreign_keys=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
