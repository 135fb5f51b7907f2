"""A deal can say which campaigns won it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No deal says anything yet."""
    op.add_column("local_deals", sa.Column("campaign", sa.String(400), nullable=False, server_default=""))


def downgrade() -> None:
    """There is no way back: an older program is refused."""
    raise NotImplementedError
