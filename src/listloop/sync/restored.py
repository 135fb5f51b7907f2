"""Our own database was put back from a backup: noticed by what is kept outside it, and then everybody meets anew.

Nos and erasures of since are replayed from outside; the rest is ``store/restored``, as after ``listloop restore``.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, case, insert, select, update

from listloop.core.people import SideName, address_key
from listloop.store import inbox
from listloop.store.audit import note
from listloop.store.codec import decode_record
from listloop.store.connections import ConnectionRow, change_connection, connection
from listloop.store.database import reading
from listloop.store.erasures import Erasure, erase_person, erased_among, keep_erasures
from listloop.store.outside import KeptErasure, KeptNo, Outside
from listloop.store.restored import RESTORED_RULES, begin_anew
from listloop.store.runs import last_number
from listloop.store.stale import believe_stale
from listloop.store.tables import addresses, nos, people, records, runs
from listloop.sync.context import Sync
from listloop.sync.marks import mark_of

RESTORED = (
    "A backup was put back, of a side or of Listloop's own database. Whoever it concerns is met anew, and nothing but "
    "opt-outs is written before your yes."
)


def notice(sync: Sync, row: ConnectionRow) -> bool:
    """Was our database put back since the last run? If so, have everybody meet anew."""
    if sync.outside is None:
        return False
    if not row.mark:
        with sync.engine.begin() as db:
            mark_of(db, row.id)
        return False
    kept = sync.outside.last_run(row.mark)
    with reading(sync.engine).begin() as db:
        last = last_number(db, row.id)
    if kept <= last:
        return False
    with sync.engine.begin() as db:
        sync.fence(db)
        _replay(db, row, sync.outside)
        _erase_again(db, row.id)
        begin_anew(db, row.id, sync.now())
        _skip_to(sync, db, row.id, kept)
        note(db, sync.now(), "Listloop", "found its database put back from a backup", connection_id=row.id)
    return True


def believe(engine: Engine, connection_id: int, side: SideName, now: datetime) -> int:
    """A person's word that a side was put back from a backup: whom it shows as before meets anew, by a plan that waits.

    Returns how many people that concerns.
    """
    with engine.begin() as db:
        keys = believe_stale(db, connection_id, side)
        for key in keys:
            inbox.put(db, connection_id, side=side, source="button", at=now, key=key)
        if keys:
            change_connection(db, connection_id, approved_rules=RESTORED_RULES)
    return len(keys)


def keep(sync: Sync) -> None:
    """Keep every no that is new, or was lifted, outside the database as well; as far as runs have come, too."""
    if sync.outside is None:
        return
    state = case((nos.c.lifted_at.is_not(None), "lifted"), (nos.c.stands_at != "", "stands"), else_="noted")
    with reading(sync.engine).begin() as db:
        query = select(nos, state.label("state")).where(nos.c.connection_id == sync.connection_id, nos.c.kept != state)
        rows = list(db.execute(query))
        mark = _mark(db, sync.connection_id)
        last = last_number(db, sync.connection_id)
    if rows:
        sync.outside.add(
            [
                KeptNo(
                    mark,
                    row.address,
                    row.side,
                    row.origin,
                    row.said_at,
                    row.stands_at,
                    row.noted_at,
                    row.lifted_at,
                    row.lifted_by,
                )
                for row in rows
            ]
        )
        with sync.engine.begin() as db:
            kept = update(nos).where(nos.c.connection_id == sync.connection_id, nos.c.kept != state)
            db.execute(kept.values(kept=state))
    if mark and sync.outside.last_run(mark) < last:
        sync.outside.began(mark, last)


def _mark(db: Connection, connection_id: int) -> str:
    return connection(db, connection_id).mark


def _replay(db: Connection, row: ConnectionRow, outside: Outside) -> None:
    """Nos and erasures that the restored database has not, or has in an older state; the last line of each counts."""
    latest: dict[tuple[str, str, str], KeptNo] = {}
    for one in outside.lines():
        if isinstance(one, KeptErasure):
            keep_erasures(db, [Erasure(one.salt, one.digest, one.at, one.lifted_at)])
        elif one.mark == row.mark:
            latest[one.address, one.side, one.said_at] = one
    here = nos.c.connection_id == row.id
    known = {(one.address, one.side, one.said_at) for one in db.execute(select(nos).where(here))}
    for key, one in latest.items():
        values = {"stands_at": one.stands_at, "lifted_at": one.lifted_at, "lifted_by": one.lifted_by}
        if key in known:
            mine = here, nos.c.address == one.address, nos.c.side == one.side, nos.c.said_at == one.said_at
            db.execute(update(nos).where(*mine).values(values))
        else:
            fresh = {"connection_id": row.id, "address": one.address, "side": one.side, "origin": one.origin}
            db.execute(insert(nos).values(**fresh, **values, said_at=one.said_at, noted_at=one.noted_at))


def _erase_again(db: Connection, connection_id: int) -> None:
    """Who was forgotten since the backup is back in the database: erased once more."""
    held = list(db.scalars(select(addresses.c.address).where(addresses.c.connection_id == connection_id).distinct()))
    gone = erased_among(db, held)
    if not gone:
        return
    query = (
        select(people.c.id, records.c.payload)
        .join(records, (records.c.id == people.c.crm_record) | (records.c.id == people.c.mailchimp_record))
        .join(addresses, addresses.c.record_id == records.c.id)
        .where(people.c.connection_id == connection_id, addresses.c.address.in_(gone))
    )
    for person_id, payload in db.execute(query.distinct()).all():
        record = decode_record(payload)
        words = [one for one in (record.name, record.email, *record.emails) if len(one) > 2]
        erase_person(db, connection_id, person_id, {address_key(one) for one in words}, words)


def _skip_to(sync: Sync, db: Connection, connection_id: int, number: int) -> None:
    """Leave a line for the runs that are lost, so that no number is given twice."""
    values = {"connection_id": connection_id, "number": number, "trigger": "restored", "state": "done"}
    moments = {"started_at": sync.now(), "finished_at": sync.now()}
    db.execute(insert(runs).values(**values, **moments, problem=RESTORED))
