"""The first tables: books, companies, people, groups, communications, deals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, size: int = 400) -> sa.Column[str]:
    """A text that is never null."""
    return sa.Column(name, sa.String(size), nullable=False)


def upgrade() -> None:
    """Make them all."""
    _catalogue()
    _people()
    _deals()


def _catalogue() -> None:
    op.create_table(
        "local_books",
        sa.Column("id", Id, nullable=False),
        text("name", 100),
        text("identity", 40),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_local_books"),
        sa.UniqueConstraint("name", name="uq_local_books_name"),
    )
    op.create_table(
        "local_companies",
        sa.Column("id", Id, nullable=False),
        sa.Column("book_id", Id, nullable=False),
        text("name"),
        text("name_key", 800),
        text("business"),
        text("phone"),
        text("street"),
        text("city"),
        text("postal_code"),
        text("country"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_companies_book_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_local_companies"),
        sa.UniqueConstraint("book_id", "name_key", name="uq_local_companies_book_id_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "local_fields",
        sa.Column("id", Id, nullable=False),
        sa.Column("book_id", Id, nullable=False),
        text("name", 100),
        text("title"),
        text("type", 20),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_fields_book_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_local_fields"),
        sa.UniqueConstraint("book_id", "name", name="uq_local_fields_book_id_name"),
    )
    op.create_table(
        "local_groups",
        sa.Column("id", Id, nullable=False),
        sa.Column("book_id", Id, nullable=False),
        text("title"),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_groups_book_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_local_groups"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_local_groups_book_id", "local_groups", ["book_id"])
    op.create_table(
        "local_gone",
        sa.Column("book_id", Id, nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_gone_book_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("book_id", "change", name="pk_local_gone"),
    )


def _people() -> None:
    op.create_table(
        "local_people",
        sa.Column("id", Id, nullable=False),
        sa.Column("book_id", Id, nullable=False),
        sa.Column("company_id", Id, nullable=True),
        text("first_name"),
        text("last_name"),
        text("title"),
        text("email"),
        text("email_2"),
        text("email_3"),
        text("address", 800),
        text("address_2", 800),
        text("address_3", 800),
        text("phone"),
        text("street"),
        text("city"),
        text("postal_code"),
        text("country"),
        text("language"),
        text("birthday", 10),
        text("owner"),
        sa.Column("sync_with_mailchimp", sa.Boolean(), nullable=True),
        text("mailchimp_id", 64),
        text("consent", 20),
        text("consent_origin", 20),
        text("consent_by"),
        sa.Column("consent_at", sa.DateTime(), nullable=True),
        sa.Column("custom", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_people_book_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["company_id"], ["local_companies.id"], name="fk_local_people_company_id"),
        sa.PrimaryKeyConstraint("id", name="pk_local_people"),
        sa.UniqueConstraint("book_id", "change", name="uq_local_people_book_id_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_local_people_address", "local_people", ["book_id", "address"])
    op.create_index("ix_local_people_address_2", "local_people", ["book_id", "address_2"])
    op.create_index("ix_local_people_address_3", "local_people", ["book_id", "address_3"])
    op.create_index("ix_local_people_company_id", "local_people", ["company_id"])
    op.create_index("ix_local_people_mailchimp_id", "local_people", ["book_id", "mailchimp_id"])
    op.create_index("ix_local_people_name", "local_people", ["book_id", "last_name", "first_name", "id"])
    op.create_table(
        "local_members",
        sa.Column("group_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["local_groups.id"], name="fk_local_members_group_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["local_people.id"], name="fk_local_members_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "person_id", name="pk_local_members"),
    )
    op.create_index("ix_local_members_person_id", "local_members", ["person_id"])
    op.create_table(
        "local_communications",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        text("campaign", 200),
        text("kind", 50),
        text("at", 40),
        text("title"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["local_people.id"], name="fk_local_communications_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_local_communications"),
        sa.UniqueConstraint("person_id", "campaign", "kind", name="uq_local_communications_person_id_campaign_kind"),
    )


def _deals() -> None:
    op.create_table(
        "local_deals",
        sa.Column("id", Id, nullable=False),
        sa.Column("book_id", Id, nullable=False),
        sa.Column("company_id", Id, nullable=True),
        text("title"),
        text("stage", 100),
        sa.Column("value", sa.BigInteger(), nullable=False),
        text("currency", 3),
        text("won", 40),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["book_id"], ["local_books.id"], name="fk_local_deals_book_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["local_companies.id"], name="fk_local_deals_company_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_local_deals"),
        sa.UniqueConstraint("book_id", "change", name="uq_local_deals_book_id_change"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_local_deals_company_id", "local_deals", ["company_id"])
    op.create_table(
        "local_deal_people",
        sa.Column("deal_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"], ["local_deals.id"], name="fk_local_deal_people_deal_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["local_people.id"], name="fk_local_deal_people_person_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("deal_id", "person_id", name="pk_local_deal_people"),
    )
    op.create_index("ix_local_deal_people_person_id", "local_deal_people", ["person_id"])
