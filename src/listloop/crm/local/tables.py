"""The tables of the built-in CRM. They begin with ``local_`` and know nothing of Listloop's other tables.

Every write to a person, and every deletion, takes the next number of its book (``feed``). It stands in the column
``change``, so that "what changed since" is a walk along one index, exact at any size.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from listloop.store.installation import Id, UtcTime

#: How many characters a text of a person or a company may have.
LIMIT = 400

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, size: int = LIMIT) -> Column[str]:
    return Column(name, String(size), nullable=False, default="")


def _owner(table: str) -> Column[int]:
    return Column(f"{table}_id", Id, ForeignKey(f"local_{table}s.id", ondelete="CASCADE"), nullable=False)


books = Table(
    "local_books",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("identity", String(40), nullable=False),
    Column("change", BigInteger, nullable=False, default=0),  # the last number given out
)

companies = Table(
    "local_companies",
    metadata,
    Column("id", Id, primary_key=True),
    _owner("book"),
    _text("name"),
    _text("name_key", 2 * LIMIT),  # how names are compared, which may be longer
    _text("business"),
    _text("phone"),
    _text("street"),
    _text("city"),
    _text("postal_code"),
    _text("country"),
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("book_id", "name_key"),
    sqlite_autoincrement=True,
)

people = Table(
    "local_people",
    metadata,
    Column("id", Id, primary_key=True),
    _owner("book"),
    Column("company_id", Id, ForeignKey("local_companies.id"), index=True),  # None: an Individual
    _text("first_name"),
    _text("last_name"),
    _text("title"),
    _text("email"),
    _text("email_2"),
    _text("email_3"),
    _text("address", 2 * LIMIT),  # address_key of email; the next two belong to email_2 and email_3
    _text("address_2", 2 * LIMIT),
    _text("address_3", 2 * LIMIT),
    _text("phone"),
    _text("street"),
    _text("city"),
    _text("postal_code"),
    _text("country"),
    _text("language"),
    _text("birthday", 10),
    _text("owner"),  # the user of the CRM who looks after this person
    Column("sync_with_mailchimp", Boolean),  # None: blank
    _text("mailchimp_id", 64),
    _text("consent", 20),
    _text("consent_origin", 20),  # who said it
    _text("consent_by"),  # whose hand wrote it
    Column("consent_at", UtcTime),
    Column("custom", JSON, nullable=False),  # name of a custom field -> canonical text, full ones only
    Column("created_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("change", BigInteger, nullable=False),
    UniqueConstraint("book_id", "change"),
    Index("ix_local_people_address", "book_id", "address"),
    Index("ix_local_people_address_2", "book_id", "address_2"),
    Index("ix_local_people_address_3", "book_id", "address_3"),
    Index("ix_local_people_mailchimp_id", "book_id", "mailchimp_id"),
    Index("ix_local_people_name", "book_id", "last_name", "first_name", "id"),
    sqlite_autoincrement=True,  # else SQLite gives the number of a deleted person to the next one
)

gone = Table(
    "local_gone",
    metadata,
    Column("book_id", Id, ForeignKey("local_books.id", ondelete="CASCADE"), primary_key=True),
    Column("change", BigInteger, primary_key=True),
    Column("person_id", Id, nullable=False),  # who was deleted
)

fields = Table(
    "local_fields",
    metadata,
    Column("id", Id, primary_key=True),
    _owner("book"),
    Column("name", String(100), nullable=False),  # without the prefix custom:
    _text("title"),
    Column("type", String(20), nullable=False),
    Column("choices", JSON, nullable=False),
    UniqueConstraint("book_id", "name"),
)

groups = Table(
    "local_groups",
    metadata,
    Column("id", Id, primary_key=True),
    Column("book_id", Id, ForeignKey("local_books.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("title"),
    Column("created_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

members = Table(
    "local_members",
    metadata,
    Column("group_id", Id, ForeignKey("local_groups.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Id, ForeignKey("local_people.id", ondelete="CASCADE"), primary_key=True, index=True),
)

communications = Table(
    "local_communications",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("local_people.id", ondelete="CASCADE"), nullable=False),
    Column("campaign", String(200), nullable=False),
    Column("kind", String(50), nullable=False),
    Column("at", String(40), nullable=False),
    _text("title"),
    Column("text", Text, nullable=False, default=""),
    UniqueConstraint("person_id", "campaign", "kind"),
)

deals = Table(
    "local_deals",
    metadata,
    Column("id", Id, primary_key=True),
    _owner("book"),
    Column("company_id", Id, ForeignKey("local_companies.id", ondelete="SET NULL"), index=True),
    _text("title"),
    _text("stage", 100),
    Column("value", BigInteger, nullable=False, default=0),  # whole cents
    Column("currency", String(3), nullable=False),
    _text("won", 40),  # ISO 8601, "" while it is not won
    _text("campaign"),  # which campaigns won it
    Column("change", BigInteger, nullable=False),
    UniqueConstraint("book_id", "change"),
    sqlite_autoincrement=True,
)

deal_people = Table(
    "local_deal_people",
    metadata,
    Column("deal_id", Id, ForeignKey("local_deals.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", Id, ForeignKey("local_people.id", ondelete="CASCADE"), primary_key=True, index=True),
    Column("position", Integer, nullable=False, default=0),
)
