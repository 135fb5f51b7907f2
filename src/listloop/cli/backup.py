"""``listloop backup`` and ``listloop restore``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from sqlalchemy import Engine, inspect

from listloop.cli.console import OK, me, out, print_json
from listloop.cli.options import Database, Json, opened
from listloop.crm.local.opening import VERSION_TABLE as LOCAL_VERSION
from listloop.crm.local.opening import migrate as make_local
from listloop.crm.local.tables import metadata as local
from listloop.settings import load_settings
from listloop.store.audit import note
from listloop.store.backup import restore_backup, write_backup
from listloop.store.database import open_database
from listloop.store.migrations import VERSION_TABLE, make_at, migrate
from listloop.store.restored import begin_all_anew
from listloop.store.secrets import VARIABLE
from listloop.store.tables import metadata
from listloop.wiring import utc_now

#: The tables of each part, by what says which step they are at.
VERSIONS: dict[str, Callable[[Engine, str], None]] = {VERSION_TABLE: make_at, LOCAL_VERSION: make_local}


def backup(
    file: Annotated[Path | None, Parameter(help="Where to; else a name with the moment, in this folder.")] = None,
    *,
    json: Json = False,
    database: Database = None,
) -> int:
    """Write everything that Listloop knows into one file, while it works, and check it row by row."""
    with opened(database) as listloop:
        path = file or Path(f"listloop-{listloop.now():%Y%m%d-%H%M%S}.backup")
        versions = [one for one in VERSIONS if inspect(listloop.engine).has_table(one)]
        tables = {*metadata.tables, *local.tables}
        rows = write_backup(listloop.engine, path, tables, versions, listloop.now())
    if json:
        print_json({"file": str(path), "rows": rows})
        return OK
    out.print(f"{path}: {sum(rows.values()):,} rows, compared with the database one by one.")
    out.print(f"→ Keep the key apart from it (the .key file beside the database, or {VARIABLE}): passwords need it.")
    return OK


def restore(
    file: Annotated[Path, Parameter(help="A file that “listloop backup” wrote.")],
    *,
    json: Json = False,
    database: Database = None,
) -> int:
    """Fill a new, empty database from a backup, and check it row by row; the next plans wait for your yes."""
    settings = load_settings(database)
    if "://" not in settings.database:
        new = Path(settings.database).expanduser().absolute()
        new.parent.mkdir(parents=True, exist_ok=True)
        new.touch(mode=0o600)  # people's data: for its owner only
    engine = open_database(settings.database)  # not opened as an installation: that would make a new key
    try:
        head, rows = restore_backup(engine, file, VERSIONS)
        migrate(engine)
        with engine.begin() as db:
            begin_all_anew(db, utc_now())
            note(db, utc_now(), me(), f"restored the backup of {head.at[:16]}")
    finally:
        engine.dispose()
    if json:
        print_json({"at": head.at, "rows": rows})
        return OK
    out.print(f"Restored {sum(rows.values()):,} rows as of {head.at[:16].replace('T', ' ')} UTC, compared one by one.")
    out.print(
        "→ Put the newest .outside and .outside.runs of that installation beside it: they know the refusals since."
    )
    out.print("→ Put the key of that installation back, then say “listloop doctor”. The next plans wait for your yes.")
    return OK
