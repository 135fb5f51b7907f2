"""The tables of campaigns that are written here: what they say, to whom, and how far they are at Mailchimp."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from listloop.store.installation import Id, UtcTime, connection_column, metadata

mailings = Table(
    "mailings",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("name", String(80), nullable=False),
    Column("subject", String(300), nullable=False, default=""),
    Column("preview", String(300), nullable=False, default=""),
    Column("from_name", String(200), nullable=False, default=""),
    Column("reply_to", String(320), nullable=False, default=""),
    Column("source", String(20), nullable=False, default="audience"),  # the kind of its recipients
    Column("source_key", Text, nullable=False, default=""),
    Column("source_title", String(300), nullable=False, default=""),
    Column("crowd_id", Integer),  # the crowd whose segment was made for it
    Column("design", Text, nullable=False, default=""),  # MJML; "": it was written as HTML
    Column("html", Text, nullable=False, default=""),
    Column("plain", Text, nullable=False, default=""),
    Column("own_plain", Boolean, nullable=False, default=False),  # a person wrote the plain text
    Column("number", Integer, nullable=False, default=0),  # of its newest version
    Column("tells", Boolean, nullable=False, default=True),  # sending it writes communications into the CRM
    Column("key", String(50), nullable=False, default=""),  # Mailchimp's; "": it is not there yet
    Column("state", String(20), nullable=False, default="draft"),
    Column("act", String(20), nullable=False, default=""),  # what was begun at Mailchimp and has no answer yet
    Column("at", UtcTime),  # when it goes out, or went out
    Column("put", Text, nullable=False, default=""),  # what was last written to Mailchimp, as it showed it then
    Column("changed", String(300), nullable=False, default=""),  # what somebody changed in Mailchimp since
    Column("note", Text, nullable=False, default=""),  # what else is to be known of it
    Column("parent_id", Integer),  # the one that it follows up
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(400), nullable=False, default=""),
    Column("changed_at", UtcTime, nullable=False),
    Index("ix_mailings_connection", "connection_id", "id"),
)

mailing_versions = Table(
    "mailing_versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("mailing_id", Id, ForeignKey("mailings.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String(400), nullable=False, default=""),
    Column("design", Text, nullable=False, default=""),
    Column("html", Text, nullable=False, default=""),
    Column("plain", Text, nullable=False, default=""),
    Column("own_plain", Boolean, nullable=False, default=False),
    UniqueConstraint("mailing_id", "number"),
)

mail_templates = Table(  # of the people here, for all connections; Listloop's own are files
    "mail_templates",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("design", Text, nullable=False, default=""),
    Column("html", Text, nullable=False, default=""),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(400), nullable=False, default=""),
)
