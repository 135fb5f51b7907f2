"""The tables of connections: one place for the columns of all their nouns, so that a reader sees them side by side.

``people`` is the heart: one row per member of the population, with the CRM record, the audience record, or both (then
it is a link). Counts, search and paging read this one table. ``records`` is what each side showed last.
Patches, memory and settings are JSON texts, written and read by ``codec``.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from listloop.store import deal_tables, fact_tables, installation, mailing_tables
from listloop.store.installation import Id, UtcTime, connection_column

#: All tables, those of the installation and of facts among them.
metadata = installation.metadata
campaigns, responses, events = fact_tables.campaigns, fact_tables.responses, fact_tables.events
crowd_people = fact_tables.crowd_people
deals, deal_people, earned = deal_tables.deals, deal_tables.deal_people, deal_tables.earned
closing, costs = deal_tables.closing, deal_tables.costs
won_months, won_sums, credit_sums = deal_tables.won_months, deal_tables.won_sums, deal_tables.credit_sums
mailings, mailing_versions = mailing_tables.mailings, mailing_tables.mailing_versions
told, telling, crowds, mails = fact_tables.told, fact_tables.telling, fact_tables.crowds, fact_tables.mails
campaign_parts = fact_tables.parts

connections = Table(
    "connections",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("crm", String(50), nullable=False),  # the adapter's name
    Column("crm_settings", Text, nullable=False, default="{}"),  # never a secret: those are in `secrets`
    Column("audience", String(50), nullable=False),  # Mailchimp's list id
    Column("base_url", String(500), nullable=False, default=""),  # "" : derived from the key's datacenter
    Column("account", String(64), nullable=False, default="", server_default=""),  # Mailchimp's: they share one budget
    Column("webhook_check", UtcTime),  # when the webhook is looked after next; None: at once
    Column("rules", Text, nullable=False, default="{}"),
    Column("every_minutes", Integer, nullable=False, default=60),
    Column("cron", String(100), nullable=False, default="", server_default=""),  # "" : every so many minutes
    Column("zone", String(64), nullable=False, default="UTC", server_default="UTC"),  # of cron and audit
    Column("next_run", UtcTime),  # None: not on a schedule
    Column(
        "audit", String(100), nullable=False, default="", server_default=""
    ),  # cron of the full comparison; "" : never
    Column("next_audit", UtcTime),
    Column(
        "facts", String(100), nullable=False, default="4h", server_default="4h"
    ),  # when results are read; "" : never
    Column("next_facts", UtcTime),  # None: with the first run by the schedule
    Column("facts_asked", Boolean, nullable=False, default=False, server_default=text("false")),  # and not all read yet
    Column("facts_problem", Text, nullable=False, default="", server_default=""),  # why the last reading stopped
    Column("wanted", String(30), nullable=False, default=""),  # trigger of a run that was asked for and has not begun
    Column("not_before", UtcTime),  # the run that was put off: not before then
    Column("told_to_wait", Boolean, nullable=False, default=False, server_default=text("false")),  # a side said so
    Column("paused", Text, nullable=False, default=""),  # why, in plain words; "" : not paused
    Column("paused_fix", Text, nullable=False, default=""),
    Column("crm_identity", String(300), nullable=False, default=""),
    Column("crm_title", String(300), nullable=False, default=""),
    Column("mailchimp_identity", String(300), nullable=False, default=""),
    Column("mailchimp_title", String(300), nullable=False, default=""),
    Column("resting", Text, nullable=False, default="[]"),  # rows and labels that a side lacked at the last run
    Column("approved_rules", String(64), nullable=False, default=""),  # digest of the rules that got a yes
    Column("mark", String(40), nullable=False, default="", server_default=""),  # by which the audience knows us
    Column(
        "setup_step", String(20), nullable=False, default="", server_default=""
    ),  # where its set-up stands; "": done
    Column("created_at", UtcTime, nullable=False),
)

drafts = Table(  # connections of which only one end is known yet; their secrets are in `secrets`
    "drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("crm", String(50), nullable=False),
    Column("crm_settings", Text, nullable=False, default="{}"),
    Column("crm_title", String(300), nullable=False, default=""),
    Column("base_url", String(500), nullable=False, default=""),
    Column("created_at", UtcTime, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("side", String(10), nullable=False),
    Column("key", String(200), nullable=False),
    Column("address", String(400), nullable=False, default=""),  # address_key of the synced e-mail
    Column("mailchimp_id", String(64), nullable=False, default=""),
    Column("changed", String(40), nullable=False, default=""),  # the side's own time
    Column("payload", Text, nullable=False),  # the Record
    Column("read_at", UtcTime, nullable=False),
    Column("seen_run", Id, nullable=False, default=0),  # the last run whose full reading showed it
    Column("absent_run", Id, nullable=False, default=0),  # the run that first asked for it in vain; 0: here; -1: to ask
    Column("gone", Boolean, nullable=False, default=False),
    UniqueConstraint("connection_id", "side", "key"),
    Index("ix_records_address", "connection_id", "side", "address"),
    Index("ix_records_mailchimp_id", "connection_id", "side", "mailchimp_id"),
    Index("ix_records_absent_run", "connection_id", "side", "absent_run"),
    Index("ix_records_changed", "connection_id", "side", "changed"),
)

labels = Table(  # every tag and group that a side had at the last run, mapped or not: their words for people
    "labels",
    metadata,
    Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String(10), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("title", String(400), nullable=False),
    Column("kind", String(10), nullable=False),
)

addresses = Table(
    "addresses",
    metadata,
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("address", String(400), primary_key=True),
    Column("connection_id", Id, nullable=False),
    Column("side", String(10), nullable=False),
    Index("ix_addresses_address", "connection_id", "side", "address"),
)

older_ids = Table(
    "older_ids",  # what earlier connectors knew a member by: what members are, and what CRM records store
    metadata,
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("value", String(64), primary_key=True),
    Column("connection_id", Id, nullable=False),
    Column("side", String(10), nullable=False),
    Index("ix_older_ids_value", "connection_id", "side", "value"),
)

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("crm_record", Id, ForeignKey("records.id"), unique=True),
    Column("mailchimp_record", Id, ForeignKey("records.id"), unique=True),
    Column("linked_at", UtcTime),  # None: not a link
    Column("linked_by", String(20), nullable=False, default=""),  # id, e-mail, created, person
    Column("parted", Text, nullable=False, default=""),  # why the person no longer takes part; "" : takes part
    Column("memory", Text, nullable=False, default=""),  # what each side showed when last settled
    Column("settled", Boolean, nullable=False, default=False),
    Column("dirty", Boolean, nullable=False, default=True),  # to be decided by the next run
    Column("counted", Boolean, nullable=False, default=True),  # False: companies and unlinked archived members
    Column("standing", String(10), nullable=False, default="waiting"),
    Column("rule", String(50), nullable=False, default=""),
    Column("reason", Text, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("next_try", UtcTime),
    Column("error", Text, nullable=False, default=""),  # the raw reply behind a failure
    Column("name", String(400), nullable=False, default=""),
    Column("email", String(400), nullable=False, default=""),
    Column("company", String(400), nullable=False, default=""),
    Column("search", Text, nullable=False, default=""),  # lower-cased name, addresses and company; then labels
    Index("ix_people_standing", "connection_id", "counted", "standing", "rule", "id"),
    Index("ix_people_name", "connection_id", "counted", "name", "id"),
    Index("ix_people_dirty", "connection_id", "dirty"),
    Index("ix_people_next_try", "connection_id", "next_try"),
    Index("ix_people_company", "connection_id", "company"),
)

nos = Table(
    "nos",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("person_id", Id),
    Column("address", String(400), nullable=False),
    Column("side", String(10), nullable=False),  # where it was first said
    Column("origin", String(20), nullable=False),  # who said it
    Column("said_at", String(40), nullable=False),  # by that side's clock
    Column("noted_at", UtcTime, nullable=False),
    Column("stands_at", String(40), nullable=False, default=""),  # since when Mailchimp shows it, by its clock
    Column("lifted_at", UtcTime),
    Column("lifted_by", Text, nullable=False, default=""),
    Column("kept", String(10), nullable=False, default="", server_default=""),  # yes: outside the database as well
    Index("ix_nos_kept", "connection_id", "kept"),
    Index("ix_nos_address", "connection_id", "address"),
    Index("ix_nos_person", "connection_id", "person_id"),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("person_id", Id, nullable=False),
    Column("topic", String(20), nullable=False),
    Column("subject", String(500), nullable=False, default=""),  # tells several of one topic apart
    Column("title", String(400), nullable=False, default=""),
    Column("crm", Text, nullable=False, default=""),  # what both sides showed: an answer is about these values
    Column("mailchimp", Text, nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("answers", String(200), nullable=False, default=""),  # what may be said, comma separated
    Column("asked_at", UtcTime, nullable=False),
    Column("answer", String(20), nullable=False, default=""),
    Column("answered_at", UtcTime),
    Column("answered_by", String(400), nullable=False, default=""),
    Column("over_at", UtcTime),  # carried out, or not asked any more
    Index("ix_questions_open", "connection_id", "over_at", "topic", "id"),
    Index("ix_questions_person", "person_id", "id"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("connection_id", Id, ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String(10), primary_key=True),
    Column("cursor", Text, nullable=False, default=""),  # where the next run reads on; "" : from the start
    Column("reading", Text, nullable=False, default=""),  # where an interrupted reading resumes
    Column("full", Boolean, nullable=False, default=True),  # is the reading under way a full one?
    Column("reading_run", Id, nullable=False, default=0),
    Column("read_at", UtcTime),  # when the last finished reading began
    Column("swept_at", UtcTime),  # when every key was last counted
)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("number", Integer, nullable=False),  # counts within the connection; what people see
    Column("trigger", String(30), nullable=False),  # schedule, button, command, webhook, first
    Column("state", String(12), nullable=False),  # reading, deciding, waiting, writing, done, failed, dropped
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("wait", Text, nullable=False, default=""),  # why it waits for a yes
    Column("approved_at", UtcTime),
    Column("approved_by", String(200), nullable=False, default=""),
    Column("counts", Text, nullable=False, default="{}"),
    Column("progress", Text, nullable=False, default="{}"),
    Column("problem", Text, nullable=False, default=""),
    Column("fix", Text, nullable=False, default=""),
    UniqueConstraint("connection_id", "number"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("run_id", Id, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("action", String(20), nullable=False),  # update, new_crm, new_mailchimp, pair, part, ...
    Column("first", Boolean, nullable=False, default=False),  # a no: written before anything else
    Column("crm_patch", Text, nullable=False, default=""),
    Column("mailchimp_patch", Text, nullable=False, default=""),
    Column("reasons", Text, nullable=False, default="[]"),
    Column("body", Text, nullable=False, default="{}"),  # the rest of the Decision
    Column("kinds", String(200), nullable=False, default=""),  # the guard's kinds, comma separated
    Column("crm_state", String(10), nullable=False, default=""),  # "", planned, intended, done, refused, left
    Column("mailchimp_state", String(10), nullable=False, default=""),
    Column("held", Boolean, nullable=False, default=False),  # waits for a yes
    Column("problem", Text, nullable=False, default=""),
    Column("written_at", UtcTime),
    Index("ix_decisions_run", "run_id", "id"),
    Index("ix_decisions_first", "run_id", "first"),
    Index("ix_decisions_person", "person_id"),
    Index("ix_decisions_crm_state", "crm_state", "run_id", "first", "held"),
    Index("ix_decisions_mailchimp_state", "mailchimp_state", "run_id", "first", "held"),
)

history = Table(
    "history",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("person_id", Id, nullable=False),
    Column("run_id", Id),
    Column("at", UtcTime, nullable=False),
    Column("side", String(10), nullable=False),  # where it was written, or whose value lost
    Column("what", String(20), nullable=False),  # field, email, label, consent, flag, link, created, lost
    Column("field", String(200), nullable=False, default=""),
    Column("old", Text, nullable=False, default=""),
    Column("new", Text, nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Index("ix_history_person", "person_id", "id"),
    Index("ix_history_run", "run_id"),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("what", String(20), nullable=False),  # undo, restore, forget, audit
    Column("body", Text, nullable=False, default="{}"),  # of whom and what; emptied once an erasure is done
    Column("who", String(400), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("run_id", Id),  # the plan that it became
    Column("done_at", UtcTime),  # None: still to be carried out
    Column("problem", Text, nullable=False, default=""),
    Index("ix_orders_done_at", "connection_id", "done_at"),
    Index("ix_orders_run_id", "run_id"),
)

drifts = Table(
    "drifts",
    metadata,
    Column("id", Id, primary_key=True),
    connection_column(),
    Column("run_id", Id, nullable=False),
    Column("person_id", Id),
    Column("side", String(10), nullable=False),
    Column("cause", String(30), nullable=False),
    Column("name", String(400), nullable=False, default=""),  # whom people would call it
    Column("field", String(200), nullable=False, default=""),
    Column("known", Text, nullable=False, default=""),  # what we believed
    Column("shows", Text, nullable=False, default=""),  # what the side shows
    Index("ix_drifts_run", "run_id", "cause", "id"),
    Index("ix_drifts_person", "person_id"),
)

stale = Table(
    "stale",
    metadata,
    Column("record_id", Id, ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
    Column("connection_id", Id, nullable=False),
    Column("side", String(10), nullable=False),
    Column("shows", String(40), nullable=False),  # the side's own time of what it shows now
    Column("known", String(40), nullable=False),  # the newer one that it showed before
    Index("ix_stale_side", "connection_id", "side"),
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("salt", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # of an address; nothing else is remembered of anybody
    Column("at", UtcTime, nullable=False),
    Column("lifted_at", UtcTime),  # a person said: this one may come back
)
