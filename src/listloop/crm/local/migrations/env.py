"""How Alembic runs the steps: on the connection of whoever opens the book, in that one's transaction."""

from __future__ import annotations

from alembic import context

from listloop.crm.local.opening import VERSION_TABLE
from listloop.crm.local.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
