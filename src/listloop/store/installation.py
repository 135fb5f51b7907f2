"""The columns that all tables share, and the tables of the installation itself: secrets, users, and who does what now.

Connections, people and what is known of them are in ``tables``, which builds on this.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC; aware in Python, naive in the database, so that both databases order it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Aware Python time to naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment needs its time zone"
            raise ValueError(msg)
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Naive UTC to aware Python time."""
        return None if value is None else value.replace(tzinfo=UTC)


#: SQLite counts up only in a column that is exactly INTEGER; PostgreSQL wants 64 bits.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def connection_column() -> Column[int]:
    return Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), nullable=False)


secrets = Table(
    "secrets",
    metadata,
    Column("name", String(200), primary_key=True),  # for example connection/3/mailchimp-key
    Column("ciphertext", LargeBinary, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("side", String(10), nullable=False),
    Column("key", String(200), nullable=False, default=""),
    Column("address", String(400), nullable=False, default=""),
    Column("source", String(30), nullable=False),  # webhook, button, command
    Column("at", UtcTime, nullable=False),
    Column("times", Integer, nullable=False, default=1, server_default="1"),  # how often it was said
    Index("ix_inbox_connection", "connection_id", "id"),
    Index("ix_inbox_who", "connection_id", "side", "address", "key"),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the secret end of its address
    Column("mailchimp_id", String(50), nullable=False, default=""),  # "" : not made yet
    Column("signed", Boolean, nullable=False, default=False),
    Column("created_at", UtcTime, nullable=False),
    Column("checked_at", UtcTime),  # when Mailchimp last showed it to be as it should
    Column("heard_at", UtcTime),  # when it last brought something, to within some seconds
    Column("retired_at", UtcTime),  # its successor is there; what was on its way to it is still taken
    Column("problem", Text, nullable=False, default=""),
    Column("fix", Text, nullable=False, default=""),
    Index("ix_webhooks_connection", "connection_id", "id"),
)

allotments = Table(
    "allotments",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("owner", String(200), primary_key=True),  # a process
    Column("granted", Integer, nullable=False),  # calls that it may have open at once
    Column("wants", Integer, nullable=False),
    Column("until", UtcTime, nullable=False),  # by the database's clock; then it is taken for dead
)

leases = Table(
    "leases",
    metadata,
    Column("connection_id", Id, primary_key=True),
    Column("owner", String(200), nullable=False, default=""),
    Column("fence", Id, nullable=False, default=0),
    Column("until", UtcTime, nullable=False),
)

options = Table(  # what administrators set on the pages; what is not here is as the settings of the program say
    "options",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", Text, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", String(400), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),  # administrator, marketer, viewer
    Column("language", String(10), nullable=False, default="", server_default=""),  # "" : what the browser asks for
    Column("created_at", UtcTime, nullable=False),
    Column("password", String(200), nullable=False, default="", server_default=""),  # Argon2id's own text; "" : none
    Column("password_at", UtcTime),
    Column("factor_step", Id),  # the half minute of the last code that was used; None: no second factor
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of user and code
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
)

identities = Table(  # who is who at a single sign-on's provider
    "identities",
    metadata,
    Column("issuer", String(400), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of the token: the link itself is never stored
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("how", String(20), nullable=False, default="link", server_default="link"),  # link, password, sign-on
    Column(
        "half", Boolean, nullable=False, default=False, server_default=text("false")
    ),  # the second factor is to come
    Column("address", String(100), nullable=False, default="", server_default=""),  # of the sign-in, as the next
    Column("browser", String(200), nullable=False, default="", server_default=""),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime),  # to within some minutes; None: signed in before it was noted
    Column("expires_at", UtcTime, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user_id", Id, ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(100), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the token: itself it is never stored
    Column("scopes", String(200), nullable=False),  # by commas
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),  # None: good until it is revoked
    Column("used_at", UtcTime),  # to within some minutes
)

alerts = Table(  # troubles that are there, or were a moment ago
    "alerts",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("about", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("fix", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("told_at", UtcTime),  # None: not told yet
)

alert_history = Table(  # what was told as wrong, until it was over
    "alert_history",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("about", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("first_at", UtcTime, nullable=False),
    Column("over_at", UtcTime),  # None: it lasts
    Index("ix_alert_history_over", "over_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connection_id", Id),
    Column("at", UtcTime, nullable=False),
    Column("who", String(400), nullable=False),
    Column("what", Text, nullable=False),
    Column("address", String(100), nullable=False, default=""),  # from where
)
