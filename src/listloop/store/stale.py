"""Records that a side shows as they were before: it was put back from a backup, and a person is asked about it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, bindparam, delete, func, select, update

from listloop.core.frozen import replace
from listloop.core.people import Key, Record, SideName
from listloop.store.bulk import among, upsert
from listloop.store.codec import decode_record, encode
from listloop.store.people import ids_by_record, mark_dirty
from listloop.store.records import record_ids
from listloop.store.tables import people, records, stale

#: So many of them are asked for again by each run: where the side has come back, it shows in any of them.
SAMPLE = 20


def note_stale(db: Connection, connection_id: int, side: SideName, shown: Collection[Record]) -> None:
    """Note records that were asked for by key and are still older than before; their people wait."""
    ids = record_ids(db, connection_id, side, {one.key for one in shown})
    known = {row.id: row.changed for row in db.execute(_KNOWN, {"ids": list(ids.values())})}
    rows = [
        {
            "record_id": ids[one.key],
            "connection_id": connection_id,
            "side": side,
            "shows": one.changed,
            "known": known[ids[one.key]],
        }
        for one in shown
        if one.key in ids
    ]
    upsert(db, stale, rows, ("record_id",))
    mark_dirty(db, ids_by_record(db, connection_id, side, set(ids)).values())


_KNOWN = select(records.c.id, records.c.changed).where(among(records.c.id, "ids"))


def settle_stale(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> None:
    """These records are shown as new as ever: their people are decided again."""
    if not any_stale(db, connection_id, side):
        return
    ids = record_ids(db, connection_id, side, set(keys))
    gone = delete(stale).where(among(stale.c.record_id, "ids")).returning(stale.c.record_id)
    settled = set(db.scalars(gone, {"ids": list(ids.values())}))
    back = {key for key, one in ids.items() if one in settled}
    mark_dirty(db, ids_by_record(db, connection_id, side, back).values())


_ANY = select(stale.c.record_id).where(stale.c.connection_id == bindparam("of")).limit(1)
_ANY_THERE = _ANY.where(stale.c.side == bindparam("side"))


def any_stale(db: Connection, connection_id: int, side: SideName | None = None) -> bool:
    """Does a side (or any of the two) show somebody as before?"""
    here = {"of": connection_id} if side is None else {"of": connection_id, "side": side}
    return db.scalar(_ANY if side is None else _ANY_THERE, here) is not None


_KEYS = (
    select(records.c.key)
    .join(stale, stale.c.record_id == records.c.id)
    .where(stale.c.connection_id == bindparam("of"), stale.c.side == bindparam("side"))
    .order_by(stale.c.record_id)
)
_SOME_KEYS = _KEYS.limit(bindparam("most"))


def stale_keys(db: Connection, connection_id: int, side: SideName, limit: int | None = SAMPLE) -> list[Key]:
    """The keys of records that a side shows as before."""
    here = {"of": connection_id, "side": side}
    return list(db.scalars(_KEYS, here) if limit is None else db.scalars(_SOME_KEYS, {**here, "most": limit}))


def stale_people(db: Connection, connection_id: int, ids: Collection[int]) -> dict[int, SideName]:
    """Of these people, those with such a record, and on which side."""
    if not any_stale(db, connection_id):
        return {}
    query = select(people.c.id, stale.c.side).join(
        stale, (stale.c.record_id == people.c.crm_record) | (stale.c.record_id == people.c.mailchimp_record)
    )
    return {row[0]: SideName(row[1]) for row in db.execute(query.where(among(people.c.id, "ids")), {"ids": list(ids)})}


def count_stale(db: Connection) -> dict[tuple[int, SideName], int]:
    """How many records each side of each connection shows as before."""
    query = select(stale.c.connection_id, stale.c.side, func.count()).group_by(stale.c.connection_id, stale.c.side)
    return {(row[0], SideName(row[1])): row[2] for row in db.execute(query)}


def believe_stale(db: Connection, connection_id: int, side: SideName) -> list[Key]:
    """A person's word that the side was put back and is meant so: these records are taken as they are shown next.

    What was remembered of their people is let go, so that they meet anew. Returns the keys, to be read now.
    """
    keys = stale_keys(db, connection_id, side, None)
    ids = record_ids(db, connection_id, side, set(keys))
    for row in db.execute(_PAYLOADS, {"ids": list(ids.values())}).all():
        payload = encode(replace(decode_record(row.payload), changed=""))
        db.execute(update(records).where(records.c.id == row.id).values(payload=payload, changed=""))
    whose = list(ids_by_record(db, connection_id, side, set(keys)).values())
    forget = update(people).where(among(people.c.id, "ids")).values(memory="", settled=False, dirty=True)
    db.execute(forget, {"ids": whose})
    db.execute(delete(stale).where(stale.c.connection_id == connection_id, stale.c.side == side))
    return keys


_PAYLOADS = select(records.c.id, records.c.payload).where(among(records.c.id, "ids"))
