"""Write the next step: ``python -m tests.store.next_step WORDS``, for developers after a change of tables.py."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from listloop.store.database import open_database
from listloop.store.installation import Id, UtcTime
from listloop.store.migrations import FOLDER, HEAD, VERSION_TABLE, migrate
from listloop.store.tables import metadata

STEP = '''"""{words}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {before!r}


def upgrade() -> None:
{body}
'''


def main(words: str) -> Path:
    """Compare a database at HEAD with tables.py, write the step, and say what is left to do."""
    with TemporaryDirectory() as folder:
        engine = open_database(Path(folder) / "at-head.sqlite")
        if any(FOLDER.glob("r*.py")):
            migrate(engine)
        body = difference(engine)
        engine.dispose()
    number = sum(1 for _ in FOLDER.glob("r*.py")) + 1
    path = FOLDER / f"r{number:04d}_{'_'.join(words.lower().split())}.py"
    before = HEAD if number > 1 else None
    path.write_text(STEP.format(words=words, revision=f"{number:04d}", before=before, body=body))
    return path


def difference(engine: Engine) -> str:
    """The body of ``upgrade`` that leads from this database to tables.py."""
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "target_metadata": metadata, "render_item": _render}
        context = MigrationContext.configure(connection, opts={**options, "render_as_batch": True})
        operations = produce_migrations(context, metadata).upgrade_ops
        if operations is None or operations.is_empty():
            return "    pass"
        code = render_python_code(operations, render_as_batch=True, render_item=_render, migration_context=context)
    return "\n".join("    " + line.removeprefix("    ") for line in code.splitlines() if "# ###" not in line)


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A step must not change with tables.py: it names the types of the database, never ours.
    if kind == "type" and isinstance(item, UtcTime):
        return "sa.DateTime()"
    if kind == "type" and item is Id:
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


if __name__ == "__main__":
    written = main(" ".join(sys.argv[1:]))
    print(f"{written}: read it, run ruff format on it, and set HEAD to its number.")  # noqa: T201 - a developer's command
