"""``listloop prune``, ``migrate`` and ``rotate-key``: what an installation needs now and then."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, opened
from listloop.service.upkeep import kept_days
from listloop.settings import load_settings
from listloop.store.audit import note
from listloop.store.database import open_database
from listloop.store.migrations import HEAD, migrate, version
from listloop.store.prune import prune
from listloop.store.secrets import VARIABLE, add_key


def prune_(
    *,
    dry_run: Annotated[bool, Parameter(negative=(), help="Only count what would go.")] = False,
    json: Json = False,
    database: Database = None,
) -> int:
    """Delete what is older than is set on the pages, or the keep_… settings say; the service does it every night."""
    with opened(database) as listloop:
        gone = prune(listloop.engine, kept_days(listloop), listloop.now(), dry=dry_run)
    if json:
        print_json(gone)
        return OK
    shown = table("#Rows", "would go" if dry_run else "deleted")
    for name, rows in gone.items():
        shown.add_row(f"{rows:,}", name.replace("_", " "))
    out.print(shown)
    return OK


def migrate_(*, database: Database = None) -> int:
    """Bring the database to this version. Every command does so by itself; this one does nothing else."""
    settings = load_settings(database)
    engine = open_database(settings.database)
    try:
        migrate(engine)
        with engine.connect() as db:
            out.print(f"The database is at step {version(db)} of {HEAD}.")
    finally:
        engine.dispose()
    return OK


def rotate_key(*, database: Database = None) -> int:
    """Encrypt all stored passwords with a new key; with LISTLOOP_KEY, with the first of the keys in it."""
    with opened(database) as listloop:
        path = add_key(listloop.engine)
    with opened(database) as listloop:  # again, with the new key first
        count = listloop.secrets.rotate()
        with listloop.engine.begin() as db:
            note(db, listloop.now(), me(), f"encrypted {count} secrets with a new key")
    out.print(f"{count} secrets are encrypted with the {'new' if path else 'first'} key.")
    if path:
        out.print(f"→ The new key is the first line of {path}; the other lines may go. A running service finds it.")
    else:
        out.print(f"→ Start all processes with the same {VARIABLE}; then the other keys may go out of it.")
    return OK
