"""Records that are gone while another one has their ID or address: the link goes with the person.

In a CRM two records are merged, or a contact moves to another company and gets a new key. In Mailchimp somebody who was
deleted for good signs up anew.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, select

from listloop.core.match import By
from listloop.core.moves import carry_memory, inherit
from listloop.core.people import SideName, address_key
from listloop.core.plan import Memory
from listloop.store.codec import encode
from listloop.store.links import Move, move_links
from listloop.store.people import PersonRow, load, move_crm_record, without_crm, without_member
from listloop.store.tables import people, records
from listloop.sync.context import Sync


def follow_the_gone(sync: Sync, db: Connection, ids: Collection[int]) -> None:
    """Give these people, where one of their records is gone, the record that took its place."""
    for row in load(db, without_crm(db, ids)):
        _follow_in_crm(sync, db, row)
    for row in load(db, without_member(db, ids)):
        _follow_in_mailchimp(sync, db, row)


def _follow_in_crm(sync: Sync, db: Connection, row: PersonRow) -> None:
    alive = _alone(sync, SideName.CRM, row)
    found = None
    if row.mailchimp and row.mailchimp.mailchimp_id:
        found = db.scalar(alive.where(records.c.mailchimp_id == row.mailchimp.mailchimp_id))
    address = address_key(row.crm.email) if row.crm else ""
    if found is None and address:
        found = db.scalar(alive.where(records.c.address == address))
    heir = next(iter(load(db, [found])), None) if found is not None else None
    if heir is not None and heir.crm is not None:
        memory = inherit(row.memory or Memory(), heir.memory or Memory(), heir.crm, sync.rules)
        move_crm_record(db, row.id, heir.id, encode(memory))


def _follow_in_mailchimp(sync: Sync, db: Connection, row: PersonRow) -> None:
    address = address_key(row.crm.email) if row.crm else ""
    found = db.scalar(_alone(sync, SideName.MAILCHIMP, row).where(records.c.address == address)) if address else None
    heir = next(iter(load(db, [found])), None) if found is not None else None
    if row.crm is None or heir is None or heir.mailchimp is None or heir.mailchimp.takes_part is False:
        return
    memory = carry_memory(
        row.memory or Memory(), heir.memory or Memory(), row.crm, heir.mailchimp, sync.rules, alone=True
    )
    move_links(db, sync.connection_id, [Move(row.id, heir.id, encode(memory), By.EMAIL, left_behind=False)])


def _alone(sync: Sync, side: SideName, row: PersonRow) -> Select[Any]:
    """Other people who have a record on this side that exists, and none on the other, the oldest first."""
    own, other = people.c.crm_record, people.c.mailchimp_record
    if side is SideName.MAILCHIMP:
        own, other = other, own
    return (
        select(people.c.id)
        .join(records, records.c.id == own)
        .where(
            records.c.connection_id == sync.connection_id,
            records.c.side == side,
            records.c.gone.is_(False),
            other.is_(None),
            people.c.id != row.id,
        )
        .order_by(people.c.id)
    )
