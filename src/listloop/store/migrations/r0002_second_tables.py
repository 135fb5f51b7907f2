"""second tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "allotments",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("wants", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "owner", name=op.f("pk_allotments")),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("crm", sa.String(length=50), nullable=False),
        sa.Column("crm_settings", sa.Text(), nullable=False),
        sa.Column("crm_title", sa.String(length=300), nullable=False),
        sa.Column("base_url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("digest", name=op.f("uq_erasures_digest")),
    )
    op.create_table(
        "drifts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("field", sa.String(length=200), nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_drifts_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drifts")),
    )
    with op.batch_alter_table("drifts", schema=None) as batch_op:
        batch_op.create_index("ix_drifts_person", ["person_id"], unique=False)
        batch_op.create_index("ix_drifts_run", ["run_id", "cause", "id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("who", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_at", sa.DateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_orders_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_done_at", ["connection_id", "done_at"], unique=False)
        batch_op.create_index("ix_orders_run_id", ["run_id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("mailchimp", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("answers", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answered_by", sa.String(length=400), nullable=False),
        sa.Column("over_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_questions_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index("ix_questions_open", ["connection_id", "over_at", "topic", "id"], unique=False)
        batch_op.create_index("ix_questions_person", ["person_id", "id"], unique=False)

    op.create_table(
        "webhooks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mailchimp_id", sa.String(length=50), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("checked_at", sa.DateTime(), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.Column("retired_at", sa.DateTime(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("fix", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name=op.f("fk_webhooks_connection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("digest", name=op.f("uq_webhooks_digest")),
    )
    with op.batch_alter_table("webhooks", schema=None) as batch_op:
        batch_op.create_index("ix_webhooks_connection", ["connection_id", "id"], unique=False)

    op.create_table(
        "older_ids",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_older_ids_record_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "value", name=op.f("pk_older_ids")),
    )
    with op.batch_alter_table("older_ids", schema=None) as batch_op:
        batch_op.create_index("ix_older_ids_value", ["connection_id", "side", "value"], unique=False)

    op.create_table(
        "stale",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("shows", sa.String(length=40), nullable=False),
        sa.Column("known", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_stale_record_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_stale")),
    )
    with op.batch_alter_table("stale", schema=None) as batch_op:
        batch_op.create_index("ix_stale_side", ["connection_id", "side"], unique=False)

    with op.batch_alter_table("connections", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("webhook_check", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("cron", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("zone", sa.String(length=64), server_default="UTC", nullable=False))
        batch_op.add_column(sa.Column("audit", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("next_audit", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("mark", sa.String(length=40), server_default="", nullable=False))
        batch_op.add_column(sa.Column("setup_step", sa.String(length=20), server_default="", nullable=False))

    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("times", sa.Integer(), server_default="1", nullable=False))
        batch_op.create_index("ix_inbox_who", ["connection_id", "side", "address", "key"], unique=False)

    with op.batch_alter_table("nos", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept", sa.String(length=10), server_default="", nullable=False))
        batch_op.create_index("ix_nos_kept", ["connection_id", "kept"], unique=False)

    with op.batch_alter_table("records", schema=None) as batch_op:
        batch_op.create_index("ix_records_changed", ["connection_id", "side", "changed"], unique=False)
