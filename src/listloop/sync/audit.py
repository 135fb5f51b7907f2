"""Audit: both sides read in full and compared with what we believed; what drifted is listed by cause, then healed.

What the sides tell by themselves is read first, as in any run: only what they had not told is drift.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from listloop.core.drift import Cause, Drift, disagreements, drifts_of
from listloop.core.people import Key, Record, SideName, address_key
from listloop.core.plan import Standing
from listloop.store.bulk import among
from listloop.store.database import reading
from listloop.store.drifts import Found, save_drifts
from listloop.store.people import everybody, ids_by_record, mark_dirty
from listloop.store.records import Reading
from listloop.store.tables import history, people, records
from listloop.sync.context import Scope, Sync
from listloop.sync.reading import read

#: As many pairs are compared together.
PAGE = 1000


@dataclass(slots=True)
class Watch:
    """Notes what a full reading shows that we did not know. ``newest`` is the last moment that a side had told of."""

    sync: Sync
    run_id: int
    newest: dict[SideName, str] = field(default_factory=dict)

    def readings(self, db: Connection, side: SideName, read: Reading, page: Collection[Record], *, again: bool) -> None:
        """Compare what was read with what was known, right after it was stored; ``again``: asked for by key."""
        stale = set(read.stale) if again else set()  # else it is read once more
        found = [(key, Drift(side, Cause.OLDER)) for key in stale]
        shown = {one.key: one for one in page}
        moved = [one for one in read.moved if not self._told(side, one.shows, one.known)]
        keys = {one.shows.key for one in moved}
        ids = ids_by_record(db, self.sync.connection_id, side, keys | stale)
        wrote = _written_before(db, side, set(ids.values()))
        linked = self._linked(db, side, [one.shows for one in moved if one.known is None])
        for one in moved:
            key = one.shows.key
            if one.known is None:
                found.append((key, Drift(side, Cause.DUPLICATE if key in linked else Cause.NEW)))
                continue
            if one.gone:
                found.append((key, Drift(side, Cause.BACK)))
            last = wrote.get(ids.get(key, 0), {})
            found += [(key, drift) for drift in drifts_of(side, one.known, one.shows, self.sync.rules, last.get)]
        self._save(db, [(key, _name(shown.get(key)), drift) for key, drift in found], ids)

    def missing(self, db: Connection, side: SideName, keys: Collection[Key]) -> None:
        """Note whom a side no longer has, for the first time."""
        query = select(records.c.key, records.c.address).where(
            records.c.connection_id == self.sync.connection_id,
            records.c.side == side,
            among(records.c.key, "keys"),
            records.c.gone.is_(False),
            records.c.absent_run <= 0,
        )
        rows = list(db.execute(query, {"keys": sorted(keys)}))
        ids = ids_by_record(db, self.sync.connection_id, side, {row.key for row in rows})
        self._save(db, [(row.key, row.address, Drift(side, Cause.MISSING)) for row in rows], ids)

    def _told(self, side: SideName, shows: Record, known: Record | None) -> bool:
        """Will the side tell of this by itself, since it came about only after we last asked what changed?"""
        newest = self.newest.get(side, "")
        return bool(newest) and shows.changed > newest and (known is None or known.changed != shows.changed)

    def _linked(self, db: Connection, side: SideName, new: Collection[Record]) -> set[Key]:
        """Those of the new records whose Mailchimp ID or address belongs to a pair already."""
        ids = {one.mailchimp_id for one in new if side is SideName.CRM and one.mailchimp_id}
        addresses = {address_key(one.email) for one in new} - {""}
        if not new:
            return set()
        pair = people.c.crm_record if side is SideName.MAILCHIMP else people.c.mailchimp_record
        query = (
            select(records.c.mailchimp_id, records.c.address)
            .join(people, pair == records.c.id)
            .where(
                records.c.connection_id == self.sync.connection_id,
                records.c.side == side.other,
                people.c.linked_at.is_not(None),
                among(records.c.address, "addresses") | among(records.c.mailchimp_id, "ids"),
            )
        )
        rows = list(db.execute(query, {"addresses": sorted(addresses), "ids": sorted(ids)}))
        taken_ids, taken = {row[0] for row in rows} - {""}, {row[1] for row in rows} - {""}
        return {one.key for one in new if one.mailchimp_id in taken_ids or address_key(one.email) in taken}

    def _save(self, db: Connection, found: Collection[tuple[Key, str, Drift]], ids: dict[Key, int]) -> None:
        rows = [Found(ids.get(key), name, drift) for key, name, drift in found]
        save_drifts(db, self.sync.connection_id, self.run_id, rows)


def _name(record: Record | None) -> str:
    return (record.name or record.email or record.key) if record else ""


def _written_before(db: Connection, side: SideName, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """For each person the value of each field before we wrote it last."""
    found: dict[int, dict[str, str]] = {}
    query = select(history.c.person_id, history.c.field, history.c.old).where(
        among(history.c.person_id, "ids"), history.c.side == side, history.c.what == "field"
    )
    for row in db.execute(query.order_by(history.c.id), {"ids": sorted(ids)}):
        found.setdefault(row[0], {})[row[1]] = row[2]
    return found


@contextmanager
def watching(sync: Sync, run_id: int) -> Iterator[None]:
    """Note every drift that the readings meanwhile show."""
    query = select(records.c.side, func.max(records.c.changed)).where(records.c.connection_id == sync.connection_id)
    with reading(sync.engine).begin() as db:
        newest = {SideName(side): last for side, last in db.execute(query.group_by(records.c.side))}
    watch = Watch(sync, run_id, newest)
    sync.watch = watch
    try:
        yield
    finally:
        sync.watch = None


def compare_memory(sync: Sync, run_id: int) -> None:
    """Find pairs that count as in sync though their sides differ, or of which nothing is remembered."""
    found: list[Found] = []
    with reading(sync.engine).begin() as db:
        for done, person in enumerate(everybody(db, sync.connection_id, PAGE), 1):
            crm, member = person.crm, person.mailchimp
            if done % PAGE == 0:
                sync.progress("compare", done, None, "")
            if person.standing != Standing.IN_SYNC or person.dirty or person.linked_at is None or person.parted:
                continue
            if crm is None or member is None or person.crm_gone or person.mailchimp_gone:
                continue
            drifts = disagreements(crm, member, person.memory, sync.rules)
            found.extend(Found(person.id, _name(crm), drift) for drift in drifts)
    with sync.engine.begin() as db:
        sync.fence(db)
        save_drifts(db, sync.connection_id, run_id, found)
        mark_dirty(db, [one.person_id for one in found if one.person_id is not None])


def read_all(sync: Sync, run_id: int, scope: Scope) -> None:
    """Read what both sides tell, then everything, noting what they had not told. Raises as ``read`` does."""
    read(sync, run_id, Scope())
    with watching(sync, run_id):
        read(sync, run_id, scope)
    compare_memory(sync, run_id)
