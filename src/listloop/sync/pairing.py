"""Find out who is who among people without a link: by stored Mailchimp ID, then by e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, select

from listloop.core.match import By, match
from listloop.core.people import SideName, address_key
from listloop.core.questions import Answer, Topic
from listloop.core.rules import Duplicate
from listloop.store.database import reading
from listloop.store.people import PersonRow, dirty_ids, join_people, load, split_person, unlinked
from listloop.store.questions import said_of
from listloop.store.records import chunks
from listloop.store.tables import addresses, people, records
from listloop.sync.context import Sync


def pair_up(sync: Sync) -> dict[int, str]:
    """Join people who are one; returns why some (by person id) can't be told apart and are held.

    A pair that was found before and is not linked yet is looked at again once one of its records changed.
    """
    held: dict[int, str] = {}
    for by in (By.ID, By.EMAIL) if _has_ids(sync) else (By.EMAIL,):
        after = 0
        while True:
            with sync.engine.begin() as db:
                ids = dirty_ids(db, sync.connection_id, sync.chunk, after)
                if not ids:
                    break
                after = ids[-1]
                rows = load(db, unlinked(db, ids))
                pairs = [row.id for row in rows if row.crm and row.mailchimp] if by is By.ID else []
                for one in pairs:
                    split_person(db, sync.connection_id, one)
                held |= _pair_chunk(sync, db, load(db, unlinked(db, ids)) if pairs else rows, by)
            sync.progress("match", after, None, "")
    return held


def _has_ids(sync: Sync) -> bool:
    """May a stored ID pair somebody, or part who was paired before? A first plan can mostly spare that pass."""
    stored = select(records.c.id).where(
        records.c.connection_id == sync.connection_id, records.c.side == SideName.CRM, records.c.mailchimp_id > ""
    )
    paired = select(people.c.id).where(
        people.c.connection_id == sync.connection_id,
        people.c.dirty.is_(True),
        people.c.linked_at.is_(None),
        people.c.crm_record.is_not(None),
        people.c.mailchimp_record.is_not(None),
    )
    with reading(sync.engine).begin() as db:
        return any(db.execute(query.limit(1)).first() is not None for query in (stored, paired))


def _pair_chunk(sync: Sync, db: Connection, rows: Collection[PersonRow], by: By) -> dict[int, str]:
    members = _members(sync, db, rows, by)
    candidates = _candidates(sync, db, members, by)
    chosen = said_of(db, sync.connection_id, Topic.WHO, Answer.SAME, over=False)
    found: list[tuple[int, int]] = []
    held: dict[int, str] = {}
    used: set[int] = set()
    for member in members:
        if member.mailchimp is None:
            continue
        possible = [one for one in candidates.get(member.id, ()) if one.id not in used and one.crm is not None]
        matched = match(
            member.mailchimp,
            [one.crm for one in possible if one.crm is not None],
            oldest=sync.rules.duplicate is Duplicate.OLDEST,
            chosen={one.crm.key for one in possible if one.crm is not None and one.id in chosen},
        )
        if matched.held:
            held[member.id] = matched.held
            held |= {one.id: matched.held for one in possible if one.crm is not None and one.crm.key in matched.among}
        elif matched.crm is not None and matched.by is by:
            person = next(one for one in possible if one.crm is not None and one.crm.key == matched.crm)
            used.add(person.id)
            found.append((person.id, member.id))
    join_people(db, SideName.MAILCHIMP, found, by)
    return held


def _members(sync: Sync, db: Connection, rows: Collection[PersonRow], by: By) -> list[PersonRow]:
    """Unlinked members among these people, and those that an unlinked CRM person among them could be."""
    found = {row.id: row for row in rows if row.mailchimp and not row.crm and not row.mailchimp_gone}
    alone = [row for row in rows if row.crm and not row.mailchimp and not row.crm_gone]
    if by is By.ID:
        wanted = {row.crm.mailchimp_id for row in alone if row.crm and row.crm.mailchimp_id}
        ids = _people_of(sync, db, SideName.MAILCHIMP, records.c.mailchimp_id, wanted)
    else:
        wanted = {address_key(email) for row in alone if row.crm for email in (row.crm.email, *row.crm.emails)} - {""}
        ids = _people_of(sync, db, SideName.MAILCHIMP, records.c.address, wanted)
    for row in load(db, ids - found.keys()):
        found[row.id] = row
    return sorted(found.values(), key=lambda row: row.id)


def _people_of(sync: Sync, db: Connection, side: SideName, column: object, values: Collection[str]) -> set[int]:
    """Unlinked people on one side whose record has one of these values."""
    own, other = people.c.crm_record, people.c.mailchimp_record
    if side is SideName.MAILCHIMP:
        own, other = other, own
    found: set[int] = set()
    for some in chunks(values):
        query = (
            select(people.c.id, other)
            .join(records, records.c.id == own)
            .where(
                records.c.connection_id == sync.connection_id,
                records.c.side == side,
                records.c.gone.is_(False),
                column.in_(some),  # type: ignore[attr-defined]
            )
        )
        found |= _alone(db, query)
    return found


def _alone(db: Connection, query: Select[Any]) -> set[int]:
    """The ids of rows (id, the other side's record) that have no other record.

    Not asked in SQL: SQLite then starts from everybody who is alone instead of from the values, for each chunk again.
    """
    return {person for person, other in db.execute(query) if other is None}


def _candidates(sync: Sync, db: Connection, members: Collection[PersonRow], by: By) -> dict[int, list[PersonRow]]:
    """For each member the unlinked CRM people that store its ID, or hold its address."""
    if by is By.ID:
        wanted = {row.mailchimp.mailchimp_id for row in members if row.mailchimp and row.mailchimp.mailchimp_id}
        ids = _people_of(sync, db, SideName.CRM, records.c.mailchimp_id, wanted)
    else:
        wanted = {address_key(row.mailchimp.email) for row in members if row.mailchimp} - {""}
        ids = set()
        for some in chunks(wanted):
            holders = (
                select(people.c.id, people.c.mailchimp_record)
                .join(addresses, addresses.c.record_id == people.c.crm_record)
                .join(records, records.c.id == people.c.crm_record)
                .where(
                    addresses.c.connection_id == sync.connection_id,
                    addresses.c.side == SideName.CRM,
                    addresses.c.address.in_(some),
                    records.c.gone.is_(False),
                )
            )
            ids |= _alone(db, holders)
    by_value: dict[str, list[PersonRow]] = defaultdict(list)
    for row in load(db, ids):
        if row.crm is None:
            continue
        if by is By.ID:
            by_value[row.crm.mailchimp_id].append(row)
        else:
            for address in {address_key(email) for email in (row.crm.email, *row.crm.emails)}:
                by_value[address].append(row)
    return {
        row.id: by_value[row.mailchimp.mailchimp_id if by is By.ID else address_key(row.mailchimp.email)]
        for row in members
        if row.mailchimp
    }
