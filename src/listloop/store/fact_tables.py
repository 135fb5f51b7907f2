"""The tables of facts: campaigns, one row for each recipient of each, and what happened between them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from listloop.store.installation import Id, UtcTime, connection_column, metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("key", String(50), nullable=False),  # Mailchimp's
    Column("web_id", String(30), nullable=False, default=""),  # by which conditions of segments know it
    Column("kind", String(30), nullable=False, default="regular"),
    Column("parent", String(50), nullable=False, default=""),  # the key of the campaign that it is a part of
    Column("title", String(400), nullable=False, default=""),
    Column("subject", String(400), nullable=False, default=""),
    Column("status", String(20), nullable=False, default=""),
    Column("audience", Text, nullable=False, default=""),  # to whom it went, in Mailchimp's words
    Column("page", String(500), nullable=False, default=""),  # the mail as everybody can see it
    Column("sent_at", UtcTime),
    Column("recipients", Integer, nullable=False, default=0),
    Column("sums", Text, nullable=False, default=""),  # of the report; "": it has none
    Column("read_sums", Text, nullable=False, default=""),  # those that its events were read for
    Column("counted", Text, nullable=False, default=""),  # the same, counted from the rows of its recipients
    Column("cursor", Text, nullable=False, default=""),  # where an interrupted reading goes on
    Column("reading", Text, nullable=False, default=""),  # the sums for which that reading began; "": none is under way
    Column("began", String(40), nullable=False, default=""),  # when it did, by Mailchimp's clock
    Column("since", String(40), nullable=False, default=""),  # when the last finished one did; "": none has
    Column("done", Integer, nullable=False, default=0),  # recipients read so far by the reading under way
    Column("read_at", UtcTime),
    Column("gone", Boolean, nullable=False, default=False),  # deleted in Mailchimp; its results stay
    UniqueConstraint("connection_id", "key"),
    Index("ix_campaigns_sent_at", "connection_id", "sent_at"),
)

mails = Table(
    "campaign_mails",
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("mail", Text, nullable=False),  # its HTML, and where it was opened
)

parts = Table(
    "campaign_parts",  # hours, links, domains and reasons as of the last full reading: to count them takes a while
    metadata,
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("parts", Text, nullable=False),
)

responses = Table(
    "responses",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("who", String(400), nullable=False),  # the address of the mail; of an erased person a hash or a number
    Column("member", String(200)),  # the member's key, which survives a change of address; None: nobody knows
    Column("version", String(20), nullable=False, default=""),  # of a campaign that tries several mails
    Column("opens", Integer, nullable=False, default=0),
    Column("own_opens", Integer, nullable=False, default=0),  # without those of machines
    Column("first_open", UtcTime),
    Column("last_open", UtcTime),
    Column("clicks", Integer, nullable=False, default=0),
    Column("first_click", UtcTime),
    Column("last_click", UtcTime),
    Column("bounce", String(10), nullable=False, default=""),  # hard, soft
    Column("bounced_at", UtcTime),
    Column("left_at", UtcTime),
    Column("left_why", Text, nullable=False, default=""),
    Column("complained_at", UtcTime),
    Column("telling", Boolean, nullable=False, default=True),  # the CRM may not know all of this yet
    UniqueConstraint("campaign_id", "who"),
    Index("ix_responses_member", "connection_id", "member", "campaign_id"),
    Index("ix_responses_who", "connection_id", "who"),
    Index("ix_responses_campaign_member", "campaign_id", "member"),
    Index("ix_responses_telling", "connection_id", "telling", "id"),
)

events = Table(
    "campaign_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("campaign_id", Id, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("response_id", Id, ForeignKey("responses.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("detail", String(1000), nullable=False, default=""),
    Column("place", Integer, nullable=False, default=0),  # among those that are alike in all else
    Column("machine", Boolean, nullable=False, default=False),
    UniqueConstraint("response_id", "kind", "at", "detail", "place"),
    Index("ix_campaign_events_kind", "campaign_id", "kind", "at"),
)

told = Table(
    "told",  # the communications in the CRM: each once, however often its text has changed
    metadata,
    Column("response_id", Id, ForeignKey("responses.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("key", String(200), nullable=False),  # the CRM record
    Column("at", UtcTime, nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("problem", Text, nullable=False, default=""),  # why the CRM did not take it
)

telling = Table(
    "telling",  # what of the results goes into the CRM as communications; no row: nothing does
    metadata,
    Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("kinds", String(100), nullable=False, default=""),  # comma separated
    Column("since", UtcTime),  # only of campaigns sent from then on; None: of all
)

crowds = Table(
    "crowds",  # sets of people that were chosen by something and written somewhere: response groups, pushed CRM groups
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("name", String(300), nullable=False),
    Column("chosen", Text, nullable=False),  # by what, as data
    Column("living", Boolean, nullable=False, default=False),
    Column("crm_group", String(200), nullable=False, default=""),  # the key of the group in the CRM
    Column("segment", String(30), nullable=False, default=""),  # the id of the static segment
    Column("people", Integer, nullable=False, default=0),
    Column("in_segment", Integer, nullable=False, default=0),
    Column("in_crm", Integer, nullable=False, default=0),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", String(400), nullable=False, default=""),
    Column("fresh_at", UtcTime),  # when it was last brought up to date; None: it is not written in full yet
    Column("problem", Text, nullable=False, default=""),
    Index("ix_crowds_connection", "connection_id", "id"),
)

crowd_people = Table(
    "crowd_people",
    metadata,
    Column("crowd_id", Id, ForeignKey("crowds.id", ondelete="CASCADE"), primary_key=True),
    Column("who", String(400), primary_key=True),  # the member's key, or the address of who is no member
    Column("crm_key", String(200), nullable=False, default=""),  # "": no record in the CRM
    Column("email", String(400), nullable=False, default=""),  # where Mailchimp may mail; "": it may not
    Column("why", String(20), nullable=False, default=""),  # why it may not
    Column("in_segment", Boolean, nullable=False, default=False),
    Column("in_crm", Boolean, nullable=False, default=False),
    Column("leaves", Boolean, nullable=False, default=False),  # of a living one: no longer fits
    Index("ix_crowd_people_open", "crowd_id", "in_segment"),
)
