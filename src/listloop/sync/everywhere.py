"""An opt-out in one audience counts in the account's other connected audiences, where their settings say so.

Mailchimp itself keeps opt-outs apart by audience. Nothing is lifted this way: who signs up again in one audience has
said nothing about the others.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from listloop.core.frozen import replace
from listloop.core.people import SideName
from listloop.store.addresses import touch_addresses
from listloop.store.connections import all_connections, connection
from listloop.store.history import Entry, add_history
from listloop.store.nos import nos_elsewhere, note_no, were_noted_since
from listloop.store.records import keys_at, latest_change
from listloop.store.schedule import wish
from listloop.sync.context import Sync

#: The trigger of a run that another audience's opt-out asks for.
TRIGGER = "opt-out"


def take_nos(sync: Sync, run_id: int) -> None:
    """Note the opt-outs of the account's other audiences for whoever has these addresses here."""
    if not sync.rules.everywhere:
        return
    with sync.engine.begin() as db:
        entries = []
        for person_id, no, where in nos_elsewhere(db, sync.connection_id):
            # Whom Mailchimp can't mail here anyway: who signs up here later came back.
            mailed = keys_at(db, sync.connection_id, SideName.MAILCHIMP, [no.address])
            mine = replace(no, stands_at="" if mailed else latest_change(db, sync.connection_id))
            if note_no(db, sync.connection_id, person_id, mine, sync.now()):
                why = f"opted out in “{where}”, an audience of the same account"
                entries.append(Entry(person_id, SideName.MAILCHIMP, "consent", new="unsubscribed", why=why))
                touch_addresses(db, sync.connection_id, {no.address})
        add_history(db, sync.connection_id, run_id, sync.now(), entries)


def tell_others(db: Connection, connection_id: int, since: datetime) -> None:
    """Ask for a run of the account's other audiences, where an opt-out that was noted since then counts too."""
    if not were_noted_since(db, connection_id, since):
        return
    here = connection(db, connection_id)
    for other in all_connections(db):
        if other.id != connection_id and other.account and other.account == here.account and other.rules.everywhere:
            wish(db, other.id, TRIGGER)
