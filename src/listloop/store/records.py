"""Readings: what each side showed last, and which people that makes due for a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, update

from listloop.core.people import Key, Record, SideName, address_key
from listloop.store.bulk import among, insert_many, upsert
from listloop.store.codec import decode_record, encode
from listloop.store.tables import addresses, older_ids, people, records

#: Values in one IN list: far below every database's limit.
CHUNK = 500


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
_UNSEEN = select(records.c.key).where(*_SIDE, records.c.gone.is_(False), records.c.seen_run != bindparam("run"))
_HERE = select(func.count()).where(*_SIDE, records.c.gone.is_(False))
_SEEN = select(func.count()).where(*_SIDE, records.c.seen_run == bindparam("run"))
_MARK_SEEN = update(records).where(*_SIDE, _KEYS).values(seen_run=bindparam("run"))
_REPLACED = delete(addresses).where(among(addresses.c.record_id, "ids"))
_FORGOTTEN = delete(older_ids).where(among(older_ids.c.record_id, "ids"))

#: The column of a person with the record of a side.
OWN = {SideName.CRM: people.c.crm_record, SideName.MAILCHIMP: people.c.mailchimp_record}

# Whoever is due already is left out: most people of a first reading are, and writing them again costs most of all.
_DUE = {
    side: update(people).where(among(own, "ids"), people.c.dirty.is_(False)).values(dirty=True)
    for side, own in OWN.items()
}
_HOLDING = select(addresses.c.record_id).where(
    addresses.c.connection_id == bindparam("of"),
    addresses.c.side == bindparam("on"),
    among(addresses.c.address, "addresses"),
)
_HOLDERS_DUE = {
    side: update(people).where(own.in_(_HOLDING), people.c.dirty.is_(False)).values(dirty=True)
    for side, own in OWN.items()
}


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that shows something new; ``known`` is what it showed before, ``gone`` that we held it for gone."""

    known: Record | None
    shows: Record
    gone: bool = False


@dataclass(frozen=True, slots=True)
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
    *,
    reply: bool = False,
) -> Reading:
    """Store what a side shows of these records; whoever shows something new is decided by the next plan.

    A record older, by its own side's clock, than what that side showed before is stale and left out, but for the
    ``reply`` to a write of ours, which is the newest there can be.
    """
    latest = {one.key: one for one in page}
    known = _known(db, connection_id, side, latest)
    stale: list[Key] = []
    rows: list[dict[str, Any]] = []
    moved: list[Record] = []
    same: list[int] = []
    for key, one in latest.items():
        before, columns = known.get(key), _columns(connection_id, side, one, now, run_id)
        if before is not None and not before.gone and before.payload == columns["payload"]:
            same += [before.id] if before.seen_run != run_id else []
            continue
        if before is not None and not reply and _older(one, before.record):
            stale.append(key)
            continue
        if before is None or before.gone or not alike(before.record, one):
            moved.append(one)
        rows.append(columns)
    upsert(db, records, rows, ("connection_id", "side", "key"))
    if same:
        db.execute(_AGAIN, {"ids": same, "now": now, "run": run_id})
    _mark(db, connection_id, side, moved, known)
    pairs = [(one, known.get(one.key)) for one in moved]
    told = (Moved(before.record if before else None, one, bool(before and before.gone)) for one, before in pairs)
    return Reading(tuple(told), tuple(stale))


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


@dataclass(frozen=True, slots=True)
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


def _mark(
    db: Connection, connection_id: int, side: SideName, moved: Sequence[Record], known: dict[Key, Stored]
) -> None:
    """Make people of new records, mark those of changed ones, and all who share an address that came or went."""
    if not moved:
        return
    ids = {key: one.id for key, one in known.items()}
    ids |= record_ids(db, connection_id, side, [one.key for one in moved if one.key not in known])
    column = OWN[side]
    values = [
        {
            "connection_id": connection_id,
            column.name: ids[one.key],
            "counted": side is SideName.CRM or one.takes_part is not False,
        }
        for one in moved
        if one.key not in known
    ]
    insert_many(db, people, values)
    changed = [ids[one.key] for one in moved if one.key in known]
    if changed:
        db.execute(_DUE[side], {"ids": changed})
    _save_addresses(db, connection_id, side, moved, known, ids)
    _save_older_ids(db, connection_id, side, moved, known, ids)


def _save_older_ids(
    db: Connection,
    connection_id: int,
    side: SideName,
    moved: Sequence[Record],
    known: dict[Key, Stored],
    ids: dict[Key, int],
) -> None:
    changed = [one for one in moved if one.older_ids != (known[one.key].record.older_ids if one.key in known else ())]
    replaced = [ids[one.key] for one in changed if one.key in known]
    if replaced:
        db.execute(_FORGOTTEN, {"ids": replaced})
    shared = {"connection_id": connection_id, "side": side}
    rows = [{**shared, "record_id": ids[one.key], "value": value} for one in changed for value in set(one.older_ids)]
    insert_many(db, older_ids, rows)


def _save_addresses(
    db: Connection,
    connection_id: int,
    side: SideName,
    moved: Sequence[Record],
    known: dict[Key, Stored],
    ids: dict[Key, int],
) -> None:
    touched: set[str] = set()
    rows: list[dict[str, Any]] = []
    replaced: list[int] = []
    for one in moved:
        old = known.get(one.key)
        now, before = _addresses(one), _addresses(old.record) if old else set()
        if now != before:
            touched |= now ^ before
            if old:
                replaced.append(old.id)
            shared = {"record_id": ids[one.key], "connection_id": connection_id, "side": side}
            rows += [{**shared, "address": address} for address in sorted(now)]
        if old and (old.gone or old.record.takes_part != one.takes_part):
            touched |= now  # whoever shares the address may come in, or has to leave
    if replaced:
        db.execute(_REPLACED, {"ids": replaced})
    insert_many(db, addresses, rows)
    touch_addresses(db, connection_id, touched)


def _addresses(record: Record) -> set[str]:
    return {address_key(email) for email in (record.email, *record.emails)} - {""}


def held_by(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    """The addresses of a connection on either side, named one by one: only so does the index lead to an address."""
    return (addresses.c.connection_id == connection_id, addresses.c.side.in_(list(SideName)))


@dataclass(frozen=True, slots=True)
class Held:
    """An address that a record has, and the person whose record that is."""

    address: str
    person: int
    record: int
    linked: bool
    gone: bool


_HELD = {
    side: select(
        addresses.c.address, people.c.id, addresses.c.record_id, people.c.linked_at.is_not(None), records.c.gone
    )
    .join(people, own == addresses.c.record_id)
    .join(records, records.c.id == addresses.c.record_id)
    .where(
        addresses.c.connection_id == bindparam("of"),
        addresses.c.side == bindparam("on"),
        among(addresses.c.address, "addresses"),
    )
    for side, own in OWN.items()
}
_PAYLOADS = select(records.c.id, records.c.payload).where(among(records.c.id, "ids"))


def held_addresses(db: Connection, connection_id: int, side: SideName, wanted: Collection[str]) -> list[Held]:
    """Who has these addresses on one side, as the synced one or another."""
    if not wanted:
        return []
    rows = db.execute(_HELD[side], {"of": connection_id, "on": side, "addresses": wanted}).all()
    return [Held(address, person, record, bool(linked), gone) for address, person, record, linked, gone in rows]


def payloads(db: Connection, ids: Collection[int]) -> dict[int, str]:
    """What these records showed last, by their ids."""
    return {row[0]: row[1] for row in db.execute(_PAYLOADS, {"ids": ids})} if ids else {}


def touch_addresses(db: Connection, connection_id: int, wanted: Collection[str]) -> None:
    """Mark everybody who has one of these addresses as due for a decision."""
    for side, due in _HOLDERS_DUE.items() if wanted else ():
        db.execute(due, {"of": connection_id, "on": side, "addresses": wanted})


def unseen(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that a full reading did not show, and those that were missed once before: to be asked for by key."""
    return list(db.scalars(_UNSEEN, {"of": connection_id, "on": side, "run": run_id}))


def missed(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that an earlier run asked for in vain."""
    return list(db.scalars(_MISSED, {"of": connection_id, "on": side, "run": run_id}))


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
        if row.absent_run in (0, run_id):
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
