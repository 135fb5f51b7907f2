"""Companies are found by their names in any case, spacing and Unicode form."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_companies = sa.table(
    "local_companies", sa.column("id"), sa.column("book_id"), sa.column("name"), sa.column("name_key")
)


def upgrade() -> None:
    """Write every name's new form; of several companies that are one by it, the first is found from now on."""
    connection = op.get_bind()
    seen: set[tuple[int, str]] = set()
    changed = []
    for row in connection.execute(sa.select(_companies).order_by(_companies.c.id)).all():
        key = _key(row.name)[:800]
        if (row.book_id, key) in seen:
            key = f"{key[:770]} #{row.id}"
        seen.add((row.book_id, key))
        if key != row.name_key:
            changed.append({"company": row.id, "key": key})
    if changed:
        statement = sa.update(_companies).where(_companies.c.id == sa.bindparam("company"))
        # in two steps, for a new form may be another company's old one until that has its own
        connection.execute(
            statement.values(name_key=sa.bindparam("key")), [one | {"key": f" {one['company']}"} for one in changed]
        )
        connection.execute(statement.values(name_key=sa.bindparam("key")), changed)


def _key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def downgrade() -> None:
    """There is no way back: an older program is refused."""
    raise NotImplementedError
