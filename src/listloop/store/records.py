"""Readings: what each side showed last, and which people that makes due for a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from listloop.core.frozen import frozen, replace
from listloop.core.people import Key, Record, SideName, address_key
from listloop.store.addresses import OWN, Moved, save_addresses, save_older_ids, touch_addresses
from listloop.store.bulk import among, insert_many, update_many, upsert
from listloop.store.codec import decode_record, encode
from listloop.store.tables import addresses, people, records

#: Values in one IN list: far below every database's limit.
CHUNK = 500

#: In place of the run that asked for a record in vain: it was named as deleted, or missed, and not asked for yet.
NAMED = -1

_SIDE = (records.c.connection_id == bindparam("of"), records.c.side == bindparam("on"))
_KEYS = among(records.c.key, "keys")
_STORED = select(records.c.id, records.c.key, records.c.payload, records.c.gone, records.c.seen_run)
_KNOWN = _STORED.where(*_SIDE, _KEYS)
_AGAIN = (
    update(records)
    .where(among(records.c.id, "ids"))
    .values(read_at=bindparam("now"), seen_run=bindparam("run"), absent_run=0)
)
_MISSED = select(records.c.key).where(
    *_SIDE, records.c.gone.is_(False), records.c.absent_run > 0, records.c.absent_run != bindparam("run")
)
_NAMED = select(records.c.key).where(*_SIDE, records.c.absent_run == NAMED, records.c.gone.is_(False))
_NAME = (
    update(records).where(*_SIDE, _KEYS, records.c.absent_run == 0, records.c.gone.is_(False)).values(absent_run=NAMED)
)
_UNSEEN = select(records.c.key).where(*_SIDE, records.c.gone.is_(False), records.c.seen_run != bindparam("run"))
_HERE = select(func.count()).where(*_SIDE, records.c.gone.is_(False))
_SEEN = select(func.count()).where(*_SIDE, records.c.seen_run == bindparam("run"))
_MARK_SEEN = update(records).where(*_SIDE, _KEYS).values(seen_run=bindparam("run"))
# Whoever is due already is left out: most people of a first reading are, and writing them again costs most of all.
_DUE = {
    side: update(people).where(among(own, "ids"), people.c.dirty.is_(False)).values(dirty=True)
    for side, own in OWN.items()
}


@frozen
class Reading:
    """What came of storing a page: which records were new or changed, and which were older than what we knew."""

    moved: tuple[Moved, ...] = ()
    stale: tuple[Key, ...] = ()

    @property
    def fresh(self) -> int:
        """How many records were new or changed."""
        return len(self.moved)


def save_readings(
    db: Connection,
    connection_id: int,
    side: SideName,
    page: Sequence[Record],
    now: datetime,
    run_id: int,
) -> Reading:
    """Store what a side shows of these records; whoever shows something new is decided by the next plan.

    A record older, by its own side's clock, than what that side showed before is stale and left out.
    """
    latest = {one.key: one for one in page}
    known = _known(db, connection_id, side, latest)
    stale: list[Key] = []
    rows: list[dict[str, Any]] = []
    moved: list[Moved] = []
    same: list[int] = []
    for key, one in latest.items():
        before, columns = known.get(key), _columns(connection_id, side, one, now, run_id)
        if before is not None and not before.gone and before.payload == columns["payload"]:
            same += [before.id] if before.seen_run != run_id else []
            continue
        if before is not None and _older(one, before.record):
            stale.append(key)
            continue
        if before is None or before.gone or not alike(before.record, one):
            moved.append(Moved(before.record, one, before.gone) if before else Moved(None, one))
        rows.append(columns)
    upsert(db, records, rows, ("connection_id", "side", "key"))
    if same:
        db.execute(_AGAIN, {"ids": same, "now": now, "run": run_id})
    if moved:
        _mark(db, connection_id, side, moved, {key: one.id for key, one in known.items()})
    return Reading(tuple(moved), tuple(stale))


@frozen
class Reply:
    """What a side answered to a write of ours, about this person (by id); ``before`` is None where it was made."""

    person: int
    record: Record
    before: Record | None
    gone: bool = False


def save_replies(
    db: Connection, connection_id: int, side: SideName, replies: Collection[Reply], now: datetime, run_id: int
) -> list[Key]:
    """Store what a side answered, which is the newest there can be; new records go to the people they were made for.

    Nobody is made due but those who share an address that came or went: what becomes of the people themselves the
    caller knows. Returns the keys of records that were made, but that somebody else is known to have.
    """
    latest = {one.record.key: one for one in replies}
    made = [key for key, one in latest.items() if one.before is None]
    known = _known(db, connection_id, side, made)
    rows = [_columns(connection_id, side, one.record, now, run_id) for one in latest.values()]
    upsert(db, records, rows, ("connection_id", "side", "key"))
    moved = [_answered(one, known.get(key)) for key, one in latest.items()]
    moved = [one for one in moved if one.known is None or one.gone or _reaches(one.known, one.shows)]
    ids = record_ids(db, connection_id, side, [one.shows.key for one in moved])
    new = [latest[key] for key in made if key not in known]
    update_many(db, people, [{"id": one.person, OWN[side].name: ids[one.record.key]} for one in new])
    save_addresses(db, connection_id, side, moved, ids)
    save_older_ids(db, connection_id, side, moved, ids)
    return list(known)


def _answered(reply: Reply, stored: Stored | None) -> Moved:
    if stored is not None:
        return Moved(stored.record, reply.record, stored.gone)
    return Moved(reply.before, reply.record, reply.gone)


def _reaches(before: Record, now: Record) -> bool:
    """Does what changed concern other people, or what a record is found by?"""
    return (before.email, before.emails, before.takes_part, before.older_ids) != (
        now.email,
        now.emails,
        now.takes_part,
        now.older_ids,
    )


_IDS = select(records.c.key, records.c.id).where(*_SIDE, _KEYS)


def record_ids(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> dict[Key, int]:
    """The ids of stored readings by key; unknown keys are left out."""
    if not keys:
        return {}
    rows = db.execute(_IDS, {"of": connection_id, "on": side, "keys": keys}).all()
    return {row[0]: row[1] for row in rows}


def keys_at(db: Connection, connection_id: int, side: SideName, at: Collection[str]) -> set[Key]:
    """The keys of the records that a side showed with one of these addresses last, and that are not gone."""
    found: set[Key] = set()
    for some in chunks(at):
        query = select(records.c.key).where(
            records.c.connection_id == connection_id,
            records.c.side == side,
            records.c.address.in_(some),
            records.c.gone.is_(False),
        )
        found.update(db.execute(query).scalars())
    return found


def alike(before: Record, now: Record) -> bool:
    """Do two readings differ in nothing but what changes by itself? Then nothing is to be decided."""
    return replace(before, changed=now.changed) == now


def _older(now: Record, before: Record) -> bool:
    return bool(now.changed) and bool(before.changed) and now.changed < before.changed


@frozen
class Stored:
    """A stored reading."""

    id: int
    payload: str
    gone: bool
    seen_run: int

    @property
    def record(self) -> Record:
        """What it showed."""
        return decode_record(self.payload)


def _known(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> dict[Key, Stored]:
    if not keys:
        return {}
    rows = db.execute(_KNOWN, {"of": connection_id, "on": side, "keys": keys}).all()
    return {key: Stored(one, payload, gone, seen_run) for one, key, payload, gone, seen_run in rows}


def _columns(connection_id: int, side: SideName, record: Record, now: datetime, run_id: int) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "side": side,
        "key": record.key,
        "address": address_key(record.email),
        "mailchimp_id": record.mailchimp_id,
        "changed": record.changed,
        "payload": encode(record),
        "read_at": now,
        "seen_run": run_id,
        "absent_run": 0,
        "gone": False,
    }


def _mark(db: Connection, connection_id: int, side: SideName, moved: Sequence[Moved], known: Mapping[Key, int]) -> None:
    """Make people of new records, mark those of changed ones, and all who share an address that came or went."""
    new = [one.shows for one in moved if one.known is None]
    ids = {**known, **record_ids(db, connection_id, side, [one.key for one in new])}
    column = OWN[side]
    values = [
        {
            "connection_id": connection_id,
            column.name: ids[one.key],
            "counted": side is SideName.CRM or one.takes_part is not False,
        }
        for one in new
    ]
    insert_many(db, people, values)
    changed = [ids[one.shows.key] for one in moved if one.known is not None]
    if changed:
        db.execute(_DUE[side], {"ids": changed})
    save_addresses(db, connection_id, side, moved, ids)
    save_older_ids(db, connection_id, side, moved, ids)


_PAYLOADS = select(records.c.id, records.c.payload).where(among(records.c.id, "ids"))


def payloads(db: Connection, ids: Collection[int]) -> dict[int, str]:
    """What these records showed last, by their ids."""
    return {row[0]: row[1] for row in db.execute(_PAYLOADS, {"ids": ids})} if ids else {}


def unseen(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that a full reading did not show, and those that were missed once before: to be asked for by key."""
    return list(db.scalars(_UNSEEN, {"of": connection_id, "on": side, "run": run_id}))


def missed(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that an earlier run asked for in vain, or still has to ask for."""
    of = {"of": connection_id, "on": side}
    return [*db.scalars(_MISSED, {**of, "run": run_id}), *db.scalars(_NAMED, of)]


def name_absent(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> None:
    """Note that these have to be asked for by key, in a later run if this one does not come to it."""
    if keys:
        db.execute(_NAME, {"of": connection_id, "on": side, "keys": keys})


def mark_seen(db: Connection, connection_id: int, side: SideName, keys: Collection[Key], run_id: int) -> None:
    """Note that these keys exist in this run."""
    if keys:
        db.execute(_MARK_SEEN, {"of": connection_id, "on": side, "keys": keys, "run": run_id})


_DENIED = select(records.c.id, records.c.key, records.c.absent_run).where(*_SIDE, _KEYS, records.c.gone.is_(False))
_ABSENT = update(records).where(among(records.c.id, "ids")).values(absent_run=bindparam("run"))
_GONE = update(records).where(among(records.c.id, "ids")).values(gone=True)
_THEIRS = select(addresses.c.address).where(among(addresses.c.record_id, "ids"))


def mark_absent(db: Connection, connection_id: int, side: SideName, keys: Collection[Key], run_id: int) -> list[Key]:
    """Note that a side does not have these keys; those that it had denied in an earlier run already are gone now.

    Returns the keys that are gone; their people, and whoever shares an address with them, are decided anew.
    """
    if not keys:
        return []
    gone: list[tuple[int, str]] = []
    first: list[int] = []
    for row in db.execute(_DENIED, {"of": connection_id, "on": side, "keys": keys}):
        if row.absent_run in (0, NAMED, run_id):
            first.append(row.id)
        else:
            gone.append((row.id, row.key))
    db.execute(_ABSENT, {"ids": first, "run": run_id})
    ids = [one for one, _ in gone]
    if ids:
        db.execute(_GONE, {"ids": ids})
        for due in _DUE.values():
            db.execute(due, {"ids": ids})
        touch_addresses(db, connection_id, db.scalars(_THEIRS, {"ids": ids}).all())
    return [key for _, key in gone]


def latest_change(db: Connection, connection_id: int) -> str:
    """The newest moment that Mailchimp showed, by its own clock; the beginning of time while it showed nobody."""
    query = select(func.max(records.c.changed)).where(
        records.c.connection_id == connection_id, records.c.side == SideName.MAILCHIMP
    )
    return db.scalar(query) or "0001-01-01T00:00:00+00:00"


def count_here(db: Connection, connection_id: int, side: SideName) -> int:
    """How many records a side is known to have."""
    return int(db.scalar(_HERE, {"of": connection_id, "on": side}) or 0)


def count_seen(db: Connection, connection_id: int, side: SideName, run_id: int) -> int:
    """How many records a run's reading of a side has shown."""
    return int(db.scalar(_SEEN, {"of": connection_id, "on": side, "run": run_id}) or 0)


def chunks(values: Collection[Any], size: int = CHUNK) -> Iterable[list[Any]]:
    """Pieces that fit into one statement."""
    listed = list(values)
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
