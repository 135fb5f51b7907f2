"""The tables of the closed loop: deals of the CRM, what campaigns earned of them, what campaigns cost."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

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
    Column("person_id", Id),  # the first of its people that is known here
    Column("dirty", Boolean, nullable=False, default=True),  # its credit is to be reckoned
    UniqueConstraint("connection_id", "key"),
    Index("ix_deals_dirty", "connection_id", "dirty", "id"),
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

closing = Table(
    "closing",  # how credit is given; no row: as nobody has said otherwise
    metadata,
    Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("rules", Text, nullable=False, default=""),
    Column("mail_price", BigInteger, nullable=False, default=0),  # cents for 1,000 mails
    Column("cursor", Text, nullable=False, default=""),  # deals of the CRM were read up to here
    Column("read_at", UtcTime),
)

costs = Table(
    "campaign_costs",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("cents", BigInteger, nullable=False),  # of the currency that is shown, beside what its mails cost
)
