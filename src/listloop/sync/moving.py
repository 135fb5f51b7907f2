"""Find the people whose address, or stored Mailchimp ID, names somebody else's member; and move their links."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from listloop.core.match import By
from listloop.core.moves import Claim, Holder, PersonId, Place, Verdict, by_id, carry_memory, resolve, together
from listloop.core.people import Key, Record, SideName, address_key
from listloop.core.plan import NOBODY, Memory
from listloop.core.scope import outside
from listloop.store.codec import encode
from listloop.store.decisions import DecisionRow, leave, planned_moves, set_states
from listloop.store.history import Entry, add_history
from listloop.store.links import Move, move_links
from listloop.store.people import PersonRow, load, mark_dirty
from listloop.store.records import chunks
from listloop.store.tables import people, records
from listloop.sync.context import Sync

_ClaimOf = Callable[[Sync, PersonRow], Claim | None]

#: How many people are followed from claim to claim at most; beyond that, the rest is seen by the next plan.
MOST = 2000


@dataclass(slots=True)
class _Found:
    """What is known of claims so far."""

    people: dict[PersonId, PersonRow] = field(default_factory=dict)
    claims: dict[PersonId, Claim] = field(default_factory=dict)
    holders: dict[Place, Holder] = field(default_factory=dict)


def verdicts(sync: Sync, db: Connection, rows: Collection[PersonRow]) -> tuple[dict[PersonId, Verdict], set[PersonId]]:
    """What becomes of the claims of these people, and everybody whose link moves along with one of theirs."""
    named = _follow(sync, db, rows, _id_claim)
    decided = {one: verdict for one, verdict in resolve(named.claims, named.holders).items() if verdict.take}
    taken, busy = {verdict.take for verdict in decided.values()}, frozenset(decided)
    moved = _follow(sync, db, [row for row in rows if row.id not in busy], _address_claim)
    for one, verdict in resolve(moved.claims, moved.holders).items():
        holder = moved.holders.get(moved.claims[one].place)
        if one in busy:
            continue
        leaving = holder is not None and (holder.member in taken or holder.person in busy)
        decided[one] = Verdict(waits="which another record is about to leave") if leaving else verdict
    return decided, {one for one, verdict in decided.items() if verdict.take}


def _follow(sync: Sync, db: Connection, rows: Iterable[PersonRow], claim_of: _ClaimOf) -> _Found:
    """Everybody's claims, the holders of what they claim, those holders' own claims, and so on."""
    found = _Found({row.id: row for row in rows})
    new = list(found.people.values())
    while new and len(found.people) < MOST:
        claims = [claim for row in new if (claim := claim_of(sync, row)) is not None]
        found.claims |= {claim.person: claim for claim in claims}
        wanted = {claim.place for claim in claims} - found.holders.keys()
        there = _holders(sync, db, wanted)
        new = [row for _, row in there if row.id not in found.people]
        found.people |= {row.id: row for row in new}
        for place, row in there:
            found.holders.setdefault(place, _holder(place, row))
    return found


def _takes_part(sync: Sync, row: PersonRow) -> bool:
    here = row.crm is not None and not row.crm_gone and not outside(row.crm, sync.rules, linked=True)
    return here and row.mailchimp is not None and not row.mailchimp_gone and row.mailchimp.takes_part is not False


def _id_claim(sync: Sync, row: PersonRow) -> Claim | None:
    """Did a user write another member's ID into a linked CRM record?"""
    if row.linked_at is None or row.memory is None or not row.crm or not row.mailchimp:
        return None
    known = ("", row.memory.crm.mailchimp_id, row.mailchimp.mailchimp_id)
    if row.crm.mailchimp_id in known or not row.memory.crm.mailchimp_id or not _takes_part(sync, row):
        return None
    return Claim(row.id, _name(row.crm), by_id(row.crm.mailchimp_id), moved=True)


def _address_claim(sync: Sync, row: PersonRow) -> Claim | None:
    if not row.crm or not row.mailchimp:
        return None
    here, there = address_key(row.crm.email), address_key(row.mailchimp.email)
    if here == there or not _takes_part(sync, row):
        return None
    seen = row.memory if row.linked_at is not None else None
    if seen is None or not (seen.crm.email or seen.mailchimp.email):
        if there in {address_key(one) for one in row.crm.emails}:
            return None
        return Claim(row.id, _name(row.crm), here, moved=True, first=True)
    moved = here != address_key(seen.crm.email)
    if not moved and there == address_key(seen.mailchimp.email):
        return None
    return Claim(row.id, _name(row.crm), here, moved=moved)


def _holders(sync: Sync, db: Connection, places: Collection[Place]) -> list[tuple[Place, PersonRow]]:
    """Who has these places in the audience."""
    ids = {place.removeprefix("id ") for place in places if place.startswith("id ")}
    found: list[tuple[Place, PersonRow]] = []
    for column, wanted in ((records.c.mailchimp_id, ids), (records.c.address, {*places} - {by_id(one) for one in ids})):
        for some in chunks(sorted(wanted - {""})):
            query = select(column, people.c.id).join(people, people.c.mailchimp_record == records.c.id)
            here = (records.c.connection_id == sync.connection_id, records.c.side == SideName.MAILCHIMP)
            held = db.execute(query.where(*here, records.c.gone.is_(False), column.in_(some))).all()
            rows = {row.id: row for row in load(db, [person for _, person in held])}
            named = by_id if column is records.c.mailchimp_id else str
            found += [(named(place), rows[person]) for place, person in held]
    return found


def _holder(place: Place, row: PersonRow) -> Holder:
    member = row.mailchimp
    if member is None:
        raise ValueError("a holder has a member")
    archived = member.takes_part is False
    keeps = row.crm is not None and not row.crm_gone and (not row.parted or address_key(row.crm.email) == place)
    return Holder(row.id, _name(row.crm or member), member.key, free=not archived and not keeps, archived=archived)


def _name(record: Record) -> str:
    return record.name or record.email


def carry_out(sync: Sync, run_id: int) -> int:
    """Move the links that a run planned to move and that got their yes, in one transaction; returns how many moved.

    Of people who moved meanwhile, and of a circle that is not whole any more, nothing is moved: the next plan knows.
    """
    with sync.engine.begin() as db:
        rows = planned_moves(db, run_id)
        if not rows:
            return 0
        sync.fence(db)
        moving = {row.id: row for row in load(db, [one.person_id for one in rows])}
        wanted = {one.person_id: one.decision.take for one in rows if _still_as_planned(moving.get(one.person_id))}
        there = {row.mailchimp.key: row for row in _having(sync, db, wanted.values()) if row.mailchimp}
        kept = {row.id for row in there.values() if row.crm and not row.crm_gone and not row.parted}
        going = {one for one, key in wanted.items() if key == NOBODY}
        kept -= going
        able = together({one: wanted[one] for one in wanted.keys() - going}, _persons(there), kept) | going
        moves = [_move(sync, moving[one], there.get(wanted[one])) for one in sorted(able)]
        move_links(db, sync.connection_id, moves)
        _note(sync, db, run_id, [one for one in rows if one.person_id in able], moving, there)
        left = [one for one in rows if one.person_id not in able]
        leave(db, [one.id for one in left])
        mark_dirty(db, [one.person_id for one in left])
        return len(moves)


def _persons(there: dict[Key, PersonRow]) -> dict[Key, PersonId]:
    return {key: row.id for key, row in there.items()}


def _still_as_planned(person: PersonRow | None) -> bool:
    return person is not None and not person.dirty and person.mailchimp is not None and person.linked_at is not None


def _having(sync: Sync, db: Connection, keys: Collection[Key]) -> list[PersonRow]:
    ids: list[int] = []
    for some in chunks(sorted(set(keys))):
        query = select(people.c.id).join(records, records.c.id == people.c.mailchimp_record)
        here = (records.c.connection_id == sync.connection_id, records.c.side == SideName.MAILCHIMP)
        ids += db.scalars(query.where(*here, records.c.gone.is_(False), records.c.key.in_(some)))
    return load(db, ids)


def _move(sync: Sync, mine: PersonRow, theirs: PersonRow | None) -> Move:
    if theirs is None:
        return Move(mine.id, None, encode(mine.memory or Memory()), "")
    if mine.crm is None or theirs.mailchimp is None:
        raise ValueError("a link has both ends")
    by = By.EMAIL if address_key(mine.crm.email) == address_key(theirs.mailchimp.email) else By.ID
    alone = theirs.crm is None or by is By.ID
    memory = carry_memory(
        mine.memory or Memory(), theirs.memory or Memory(), mine.crm, theirs.mailchimp, sync.rules, alone=alone
    )
    return Move(mine.id, theirs.id, encode(memory), by, left_behind=by is By.EMAIL)


def _note(
    sync: Sync,
    db: Connection,
    run_id: int,
    rows: Collection[DecisionRow],
    people_of: dict[PersonId, PersonRow],
    there: dict[Key, PersonRow],
) -> None:
    entries = []
    for row in rows:
        other = there.get(row.decision.take)
        mine, theirs = people_of[row.person_id].mailchimp, other.mailchimp if other else None
        old, new = (one.email if one else "" for one in (mine, theirs))
        entries.append(
            Entry(row.person_id, SideName.MAILCHIMP, "moved", old=old, new=new, why=row.decision.reasons[-1])
        )
    add_history(db, sync.connection_id, run_id, sync.now(), entries)
    set_states(db, SideName.CRM, [(row.id, "done", "") for row in rows], sync.now())
