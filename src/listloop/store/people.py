"""People: one row for each of the population, with one record or both; both are a link once ``linked_at`` is set."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import frozen, replace
from listloop.core.people import Key, Record, SideName
from listloop.core.plan import Memory, Seen
from listloop.core.plan import Standing as PersonStanding
from listloop.store.addresses import OWN, held_by
from listloop.store.bulk import among, update_many
from listloop.store.codec import decode, decode_record, encode
from listloop.store.tables import addresses, decisions, history, nos, people, questions, records

_crm = records.alias("crm")
_mailchimp = records.alias("mailchimp")

#: What ``_person`` takes, in its order. Made once: building it costs more than asking it.
_QUERY: Select[Any] = (
    select(
        people.c.id,
        _crm.c.payload,
        _mailchimp.c.payload,
        _crm.c.gone,
        _mailchimp.c.gone,
        people.c.linked_at,
        people.c.linked_by,
        people.c.parted,
        people.c.memory,
        people.c.dirty,
        people.c.standing,
        people.c.rule,
        people.c.reason,
        people.c.tries,
    )
    .select_from(
        people.outerjoin(_crm, _crm.c.id == people.c.crm_record).outerjoin(
            _mailchimp, _mailchimp.c.id == people.c.mailchimp_record
        )
    )
    .order_by(people.c.id)
)


@frozen
class PersonRow:
    """A person of the population with what both sides showed last."""

    id: int
    crm: Record | None
    mailchimp: Record | None
    crm_gone: bool
    mailchimp_gone: bool
    linked_at: datetime | None
    linked_by: str
    parted: str
    memory: Memory | None
    dirty: bool
    standing: str
    rule: str
    reason: str
    tries: int


_DUE = (
    select(people.c.id)
    .where(people.c.connection_id == bindparam("of"), people.c.dirty.is_(True), people.c.id > bindparam("after"))
    .order_by(people.c.id)
    .limit(bindparam("most"))
)
_AMONG = among(people.c.id, "ids")
_THESE = _QUERY.where(_AMONG)
_WITHOUT_CRM = (
    select(people.c.id)
    .join(records, records.c.id == people.c.crm_record)
    .where(records.c.gone.is_(True), people.c.mailchimp_record.is_not(None), _AMONG)
    .order_by(people.c.id)
)
_WITHOUT_MEMBER = (
    select(people.c.id)
    .join(records, records.c.id == people.c.mailchimp_record)
    .where(records.c.gone.is_(True), people.c.crm_record.is_not(None), people.c.parted == "", _AMONG)
    .order_by(people.c.id)
)
_NEXT_TRY = (
    update(people)
    .where(people.c.connection_id == bindparam("of"), people.c.next_try <= bindparam("now"), people.c.dirty.is_(False))
    .values(dirty=True)
)


def dirty_ids(db: Connection, connection_id: int, limit: int, after: int = 0) -> list[int]:
    """People who are due for a decision, by id."""
    return [*db.scalars(_DUE, {"of": connection_id, "after": after, "most": limit}).all()]


def load(db: Connection, ids: Collection[int]) -> list[PersonRow]:
    """These people with their records, by id."""
    return [_person(row) for row in db.execute(_THESE, {"ids": ids}).all()] if ids else []


def without_crm(db: Connection, ids: Collection[int]) -> list[int]:
    """Of these people, the pairs whose CRM record is gone, by id."""
    return list(db.scalars(_WITHOUT_CRM, {"ids": ids})) if ids else []


def without_member(db: Connection, ids: Collection[int]) -> list[int]:
    """Of these people, the pairs that take part and whose member is gone, by id."""
    return list(db.scalars(_WITHOUT_MEMBER, {"ids": ids})) if ids else []


def _person(row: Row[*tuple[Any, ...]]) -> PersonRow:
    number, crm, member, crm_gone, member_gone, linked_at, linked_by, parted, memory, *rest = row
    return PersonRow(
        number,
        decode_record(crm) if crm else None,
        decode_record(member) if member else None,
        bool(crm_gone),
        bool(member_gone),
        linked_at,
        linked_by,
        parted,
        decode(Memory, memory) if memory else None,
        *rest,
    )


def connection_of(db: Connection, person_id: int) -> int:
    """The connection that a person belongs to. Raises NeedsAttention where there is no such person."""
    found = db.scalar(select(people.c.connection_id).where(people.c.id == person_id))
    if found is None:
        raise NeedsAttention("This person is no longer there.", "Search for the name or the address.", code="nobody")
    return int(found)


def by_record(db: Connection, connection_id: int, side: SideName, key: Key) -> PersonRow | None:
    """The person with this record."""
    column = OWN[side]
    record = select(records.c.id).where(
        records.c.connection_id == connection_id, records.c.side == side, records.c.key == key
    )
    row = db.execute(_QUERY.where(column == record.scalar_subquery())).first()
    return _person(row) if row else None


_PEOPLE_OF = {
    side: select(records.c.key, people.c.id)
    .join(people, own == records.c.id)
    .where(records.c.connection_id == bindparam("of"), records.c.side == bindparam("on"), among(records.c.key, "keys"))
    for side, own in OWN.items()
}


def ids_by_record(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> dict[Key, int]:
    """The ids of the people with these records, by key."""
    if not keys:
        return {}
    rows = db.execute(_PEOPLE_OF[side], {"of": connection_id, "on": side, "keys": keys})
    return {row[0]: row[1] for row in rows}


def by_address(db: Connection, connection_id: int, address: str) -> list[PersonRow]:
    """Everybody who has this address (in ``address_key`` form) on either side."""
    held = select(addresses.c.record_id).where(*held_by(connection_id), addresses.c.address == address)
    ids = list(db.scalars(held))
    found = _QUERY.where((people.c.crm_record.in_(ids)) | (people.c.mailchimp_record.in_(ids)))
    return [_person(row) for row in db.execute(found)]


def save_people(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Update people by ``id``; all rows have the same columns."""
    update_many(db, people, rows)


_BROUGHT = {
    side: select(people.c.id, people.c.connection_id, own.label("record")).where(_AMONG) for side, own in OWN.items()
}
_DELETED = delete(people).where(_AMONG)
#: What may be noted of a person; the index of nos begins with their connection.
_BEGIN = {history: (), decisions: (), questions: (), nos: (nos.c.connection_id == bindparam("of"),)}
_NOTED = {
    table: select(table.c.person_id).where(*begin, among(table.c.person_id, "ids")).distinct()
    for table, begin in _BEGIN.items()
}
_MOVED = {
    table: update(table).where(*begin, table.c.person_id == bindparam("_from")).values(person_id=bindparam("_to"))
    for table, begin in _BEGIN.items()
}


def join_people(db: Connection, side: SideName, pairs: Collection[tuple[int, int]], by: str) -> None:
    """Make one person of each (person that stays, person that goes); the latter brings its record of ``side``.

    What was noted about the one that goes now belongs to the one that stays. The pair is not a link yet.
    """
    if not pairs:
        return
    going = [other for _, other in pairs]
    rows = db.execute(_BROUGHT[side], {"ids": going}).all()
    if not rows:
        return
    brought = {row.id: row.record for row in rows}
    for table, noted in _NOTED.items():
        here = {"of": rows[0].connection_id} if table is nos else {}
        owners = set(db.scalars(noted, {"ids": going, **here}))
        moves = [{"_from": other, "_to": kept, **here} for kept, other in pairs if other in owners]
        if moves:
            db.execute(_MOVED[table], moves)
    db.execute(_DELETED, {"ids": going})
    joined = {"linked_by": by, "dirty": True, "counted": True}
    save_people(db, [{"id": kept, OWN[side].name: brought[other], **joined} for kept, other in pairs])


def split_person(db: Connection, connection_id: int, person_id: int) -> int | None:
    """Undo a pairing: the member becomes a person of its own, whose id is returned."""
    record = db.scalar(select(people.c.mailchimp_record).where(people.c.id == person_id))
    if record is None:
        return None
    save_people(
        db,
        [
            {
                "id": person_id,
                "mailchimp_record": None,
                "linked_at": None,
                "linked_by": "",
                "parted": "",
                "memory": "",
                "dirty": True,
            }
        ],
    )
    made = db.execute(
        insert(people).values(connection_id=connection_id, mailchimp_record=record).returning(people.c.id)
    )
    return int(made.scalar_one())


def move_crm_record(db: Connection, to_person: int, from_person: int, memory: str) -> None:
    """Give the CRM record of one person to another whose own is gone (merged, or moved to another company).

    A link that had parted since stays so until it is decided: it resumes as any other does.
    """
    record = db.scalar(select(people.c.crm_record).where(people.c.id == from_person))
    gone = db.scalar(select(people.c.crm_record).where(people.c.id == to_person))
    save_people(db, [{"id": from_person, "crm_record": None}])
    save_people(db, [{"id": to_person, "crm_record": record, "dirty": True, "memory": memory}])
    moves = {"person_id": to_person}
    for table in (history, decisions, nos, questions):
        db.execute(update(table).where(table.c.person_id == from_person).values(moves))
    db.execute(delete(people).where(people.c.id == from_person))
    db.execute(delete(records).where(records.c.id == gone))


def forget_rows(db: Connection, connection_id: int, names: Collection[str], page: int = 500) -> None:
    """Forget what everybody showed of these mapping rows and labels: they start as a first meeting, for everybody."""
    db.execute(update(people).where(people.c.connection_id == connection_id).values(dirty=True))
    after = 0
    while True:
        query = select(people.c.id, people.c.memory).where(
            people.c.connection_id == connection_id, people.c.memory != "", people.c.id > after
        )
        rows = db.execute(query.order_by(people.c.id).limit(page)).all()
        if not rows:
            return
        after = rows[-1].id
        changed = []
        for row in rows:
            memory = decode(Memory, row.memory)
            kept = replace(memory, crm=_without(memory.crm, names), mailchimp=_without(memory.mailchimp, names))
            if kept != memory:
                changed.append({"id": row.id, "memory": encode(kept)})
        save_people(db, changed)


def _without(seen: Seen, names: Collection[str]) -> Seen:
    return replace(
        seen,
        fields={name: value for name, value in seen.fields.items() if name not in names},
        labels={name: has for name, has in seen.labels.items() if name not in names},
    )


_MARKED = update(people).where(_AMONG, people.c.dirty.is_(False)).values(dirty=True)


def mark_dirty(db: Connection, ids: Collection[int]) -> None:
    """Make these people due for a decision."""
    if ids:
        db.execute(_MARKED, {"ids": ids})


def retry_failed(db: Connection, connection_id: int, ids: Collection[int] | None = None) -> int:
    """Put failed people (None: all of them) back to the start of their ladder, due at once; how many there were."""
    failed = (people.c.connection_id == connection_id) & (people.c.standing == PersonStanding.FAILED)
    again = update(people).values(dirty=True, tries=0, next_try=None)
    if ids is None:
        return int(db.execute(again.where(failed)).rowcount)
    return int(db.execute(again.where(failed, _AMONG), {"ids": ids}).rowcount)


def mark_due(db: Connection, connection_id: int, now: datetime) -> None:
    """Mark people whose next try has come."""
    db.execute(_NEXT_TRY, {"of": connection_id, "now": now})


def standings(db: Connection, connection_id: int | None = None) -> dict[str, int]:
    """How many people stand where; the four counts add up to the population."""
    query = select(people.c.standing, func.count()).where(people.c.counted.is_(True)).group_by(people.c.standing)
    if connection_id is not None:
        query = query.where(people.c.connection_id == connection_id)
    counts = {standing.value: 0 for standing in PersonStanding}
    counts.update({row[0]: row[1] for row in db.execute(query)})
    return counts


def count_links(db: Connection, connection_id: int) -> int:
    """How many links there are, parted ones left out."""
    query = select(func.count()).where(
        people.c.connection_id == connection_id, people.c.linked_at.is_not(None), people.c.parted == ""
    )
    return int(db.scalar(query) or 0)


def everybody(db: Connection, connection_id: int, page: int = 500) -> Iterator[PersonRow]:
    """The whole population by id, a page at a time."""
    after = 0
    while True:
        # A sum has no index: by id a page is a few rows, by connection it would be everybody, for each page again.
        mine = people.c.connection_id + 0 == connection_id
        query = _QUERY.where(mine, people.c.counted.is_(True), people.c.id > after)
        rows = [_person(row) for row in db.execute(query.limit(page)).all()]
        yield from rows
        if len(rows) < page:
            return
        after = rows[-1].id
