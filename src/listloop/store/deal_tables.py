"""The tables of the closed loop: deals of the CRM, what campaigns earned of them, what campaigns cost.

Sums by month are kept beside the deals, so that a page does not add up all of them (``store/won_sums``).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from listloop.store.installation import Id, UtcTime, connection_column, metadata

deals = Table(
    "deals",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("key", String(200), nullable=False),  # the CRM's
    Column("title", String(400), nullable=False, default=""),
    Column("stage", String(100), nullable=False, default=""),
    Column("value", BigInteger, nullable=False, default=0),  # cents of its own currency
    Column("currency", String(3), nullable=False, default=""),
    Column("won_at", UtcTime),  # None: not won, or lost again
    Column("company", String(400), nullable=False, default=""),
    Column("shown", BigInteger),  # cents of the currency that is shown; None: no rate is known
    Column("state", String(20), nullable=False, default="open"),  # see store/deals.State
    Column("customer", Boolean, nullable=False, default=False),  # it made a customer
    Column("days", Integer, nullable=False, default=0),  # from the first touch until it was won, rounded up; 0: none
    Column("person_id", Id),  # the first of its people that is known here
    Column("dirty", Boolean, nullable=False, default=True),  # its credit is to be reckoned
    Column("noting", Boolean, nullable=False, default=False),  # the CRM's field may have to be written
    Column("noted", Text, nullable=False, default=""),  # what we wrote there last
    Column("note_problem", Text, nullable=False, default=""),  # why it was not written
    UniqueConstraint("connection_id", "key"),
    Index("ix_deals_dirty", "connection_id", "dirty", "won_at"),
    Index("ix_deals_noting", "connection_id", "noting", "id"),
    Index("ix_deals_won_at", "connection_id", "won_at"),
    Index("ix_deals_company", "connection_id", "company"),
)

deal_people = Table(
    "deal_people",
    metadata,
    Column("deal_id", Id, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(200), primary_key=True),  # the CRM record
    Column("place", Integer, nullable=False, default=0),
    Index("ix_deal_people_key", "key"),
)

earned = Table(
    "credits",
    metadata,
    Column("deal_id", Id, ForeignKey("deals.id", ondelete="CASCADE"), primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("first_at", UtcTime, nullable=False),  # its first touch that counts
    Column("last_at", UtcTime, nullable=False),
    *(
        Column(f"{what}_{model}", BigInteger, nullable=False, default=0)
        for what in ("cents", "customer")
        for model in ("first", "last", "linear", "decay", "position")
    ),
    Index("ix_credits_campaign", "campaign_id"),
)


def _by_month(*others: Column[Any]) -> list[Column[Any]]:
    """A connection and a month as “2026-03” (UTC), the key of what is kept of it."""
    month: Column[Any] = Column("month", String(7), nullable=False)
    return [connection_column(), month, *others]


#: Months in which deals were won. ``kept``: the sums of it below are right; else they are reckoned from the deals.
won_months = Table(
    "won_months",
    metadata,
    *_by_month(Column("kept", Boolean, nullable=False, default=False)),
    PrimaryKeyConstraint("connection_id", "month"),
)

won_sums = Table(
    "won_sums",  # deals by what came of them
    metadata,
    *_by_month(
        Column("state", String(20), nullable=False),
        Column("currency", String(3), nullable=False),
        Column("days", Integer, nullable=False),
        Column("number", Integer, nullable=False),
        Column("value", BigInteger, nullable=False),
        Column("shown", BigInteger, nullable=False),
        Column("customers", Integer, nullable=False),
    ),
    PrimaryKeyConstraint("connection_id", "month", "state", "currency", "days"),
)

credit_sums = Table(
    "credit_sums",  # what campaigns earned of deals won in a month
    metadata,
    *_by_month(
        Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
        Column("number", Integer, nullable=False),
        *(
            Column(f"{what}_{model}", BigInteger, nullable=False)
            for what in ("cents", "customer")
            for model in ("first", "last", "linear", "decay", "position")
        ),
    ),
    PrimaryKeyConstraint("connection_id", "month", "campaign_id"),
    Index("ix_credit_sums_campaign", "campaign_id"),
)

closing = Table(
    "closing",  # how credit is given; no row: as nobody has said otherwise
    metadata,
    Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("rules", Text, nullable=False, default=""),
    Column("mail_price", BigInteger, nullable=False, default=0),  # cents for 1,000 mails
    Column("note_field", String(200), nullable=False, default=""),  # of the CRM's deal; "": nothing is written there
    Column("note_model", String(20), nullable=False, default="linear"),
    Column("deal_fields", Text, nullable=False, default=""),  # those of the CRM's deals that take a text
    Column("cursor", Text, nullable=False, default=""),  # deals of the CRM were read up to here
    Column("read_at", UtcTime),
)

costs = Table(
    "campaign_costs",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("cents", BigInteger, nullable=False),  # of the currency that is shown, beside what its mails cost
)
