"""Readings: what each side showed last, and which people that makes due for a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from listloop.core.people import Key, Record, SideName, address_key
from listloop.store.codec import decode_record, encode
from listloop.store.database import upsert
from listloop.store.tables import addresses, people, records

#: Values in one IN list: far below every database's limit.
CHUNK = 500


_SIDE = (records.c.connection_id == bindparam("of"), records.c.side == bindparam("on"))
_KEYS = records.c.key.in_(bindparam("keys", expanding=True))
_STORED = select(records.c.id, records.c.key, records.c.payload, records.c.gone, records.c.seen_run)
_KNOWN = _STORED.where(*_SIDE, _KEYS)
_AGAIN = (
    update(records)
    .where(records.c.id.in_(bindparam("ids", expanding=True)))
    .values(read_at=bindparam("now"), seen_run=bindparam("run"), absent_run=0)
)
_MISSED = select(records.c.key).where(
    *_SIDE, records.c.gone.is_(False), records.c.absent_run > 0, records.c.absent_run != bindparam("run")
)
_UNSEEN = select(records.c.key).where(*_SIDE, records.c.gone.is_(False), records.c.seen_run != bindparam("run"))
_HERE = select(func.count()).where(*_SIDE, records.c.gone.is_(False))
_SEEN = select(func.count()).where(*_SIDE, records.c.seen_run == bindparam("run"))
_MARK_SEEN = update(records).where(*_SIDE, _KEYS).values(seen_run=bindparam("run"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of storing a page: how many records were new or changed, and which were older than what we knew."""

    fresh: int = 0
    stale: tuple[Key, ...] = ()


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
    for some in chunks(same):
        db.execute(_AGAIN, {"ids": some, "now": now, "run": run_id})
    _mark(db, connection_id, side, moved, known)
    return Reading(len(moved), tuple(stale))


def record_ids(db: Connection, connection_id: int, side: SideName, keys: Collection[Key]) -> dict[Key, int]:
    """The ids of stored readings by key; unknown keys are left out."""
    found: dict[Key, int] = {}
    for some in chunks(keys):
        query = select(records.c.key, records.c.id).where(
            records.c.connection_id == connection_id, records.c.side == side, records.c.key.in_(some)
        )
        found.update((row.key, row.id) for row in db.execute(query))
    return found


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
    found: dict[Key, Stored] = {}
    for some in chunks(keys):
        for row in db.execute(_KNOWN, {"of": connection_id, "on": side, "keys": some}):
            found[row.key] = Stored(row.id, row.payload, row.gone, row.seen_run)
    return found


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
    column = people.c.crm_record if side is SideName.CRM else people.c.mailchimp_record
    values = [
        {
            "connection_id": connection_id,
            column.name: ids[one.key],
            "counted": side is SideName.CRM or one.takes_part is not False,
        }
        for one in moved
        if one.key not in known
    ]
    if values:
        db.execute(insert(people), values)
    for some in chunks([ids[one.key] for one in moved if one.key in known]):
        db.execute(update(people).where(column.in_(some)).values(dirty=True))
    _save_addresses(db, connection_id, side, moved, known, ids)


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
    for some in chunks(replaced):
        db.execute(delete(addresses).where(addresses.c.record_id.in_(some)))
    if rows:
        db.execute(insert(addresses), rows)
    touch_addresses(db, connection_id, touched)


def _addresses(record: Record) -> set[str]:
    return {address_key(email) for email in (record.email, *record.emails)} - {""}


def held_by(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    """The addresses of a connection on either side, named one by one: only so does the index lead to an address."""
    return (addresses.c.connection_id == connection_id, addresses.c.side.in_(list(SideName)))


def touch_addresses(db: Connection, connection_id: int, wanted: Collection[str]) -> None:
    """Mark everybody who has one of these addresses as due for a decision."""
    for some in chunks(wanted):
        held = select(addresses.c.record_id).where(*held_by(connection_id), addresses.c.address.in_(some))
        ids = [row.record_id for row in db.execute(held)]
        for part in chunks(ids):
            db.execute(
                update(people)
                .where((people.c.crm_record.in_(part)) | (people.c.mailchimp_record.in_(part)))
                .values(dirty=True)
            )


def unseen(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that a full reading did not show, and those that were missed once before: to be asked for by key."""
    return list(db.scalars(_UNSEEN, {"of": connection_id, "on": side, "run": run_id}))


def missed(db: Connection, connection_id: int, side: SideName, run_id: int) -> list[Key]:
    """Keys that an earlier run asked for in vain."""
    return list(db.scalars(_MISSED, {"of": connection_id, "on": side, "run": run_id}))


def mark_seen(db: Connection, connection_id: int, side: SideName, keys: Collection[Key], run_id: int) -> None:
    """Note that these keys exist in this run."""
    for some in chunks(keys):
        db.execute(_MARK_SEEN, {"of": connection_id, "on": side, "keys": some, "run": run_id})


def mark_absent(db: Connection, connection_id: int, side: SideName, keys: Collection[Key], run_id: int) -> list[Key]:
    """Note that a side does not have these keys; those that it had denied in an earlier run already are gone now.

    Returns the keys that are gone; their people, and whoever shares an address with them, are decided anew.
    """
    gone: list[tuple[int, str]] = []
    for some in chunks(keys):
        query = select(records.c.id, records.c.key, records.c.absent_run).where(
            records.c.connection_id == connection_id,
            records.c.side == side,
            records.c.key.in_(some),
            records.c.gone.is_(False),
        )
        first: list[int] = []
        for row in db.execute(query):
            if row.absent_run in (0, run_id):
                first.append(row.id)
            else:
                gone.append((row.id, row.key))
        db.execute(update(records).where(records.c.id.in_(first)).values(absent_run=run_id))
    ids = [one for one, _ in gone]
    for part in chunks(ids):
        db.execute(update(records).where(records.c.id.in_(part)).values(gone=True))
        db.execute(
            update(people)
            .where((people.c.crm_record.in_(part)) | (people.c.mailchimp_record.in_(part)))
            .values(dirty=True)
        )
        held = select(addresses.c.address).where(addresses.c.record_id.in_(part))
        touch_addresses(db, connection_id, [row.address for row in db.execute(held)])
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
