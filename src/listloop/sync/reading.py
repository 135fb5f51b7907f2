"""Read both sides into the store, page by page; whoever shows something new is due for a decision.

Reading decides nothing and never moves memory. Absence is never a fact: whoever misses in a full reading, or was
named as deleted, is asked for by key, and is gone only when the side says so twice, one run apart.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Connection

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import replace
from listloop.core.people import Key, SideName, address_key
from listloop.core.side import Page
from listloop.store import inbox
from listloop.store.cursors import Place, place, save_place
from listloop.store.database import reading
from listloop.store.records import (
    chunks,
    count_here,
    count_seen,
    keys_at,
    mark_absent,
    mark_seen,
    missed,
    name_absent,
    save_readings,
    unseen,
)
from listloop.store.stale import any_stale, note_stale, settle_stale, stale_keys
from listloop.sync.context import Scope, Sync

#: A side whose deletions are not in its stream has its keys counted this often.
SWEEP = timedelta(hours=24)

#: A full reading that shows less than this share of what is known is taken for truncated, not for a mass deletion.
TRUNCATED = 0.5

#: Errors of a reading that showed a part of a side: what it showed is true.
IN_PART = frozenset({"side-empty"})

TITLES = {SideName.CRM: "the CRM", SideName.MAILCHIMP: "the Mailchimp audience"}


def read(sync: Sync, run_id: int, scope: Scope) -> None:
    """Read the scope from both sides. Raises NeedsAttention where a side reads empty or truncated.

    The other side is read even then: a no that it shows is not to wait for this one.
    """
    cut: NeedsAttention | None = None
    for name in SideName:
        if scope.some:
            ask(sync, name, run_id, scope.crm_keys if name is SideName.CRM else scope.mailchimp_keys)
            continue
        try:
            _read_side(sync, name, run_id, scope)
        except NeedsAttention as error:
            if error.code not in IN_PART:
                raise
            cut = cut or error
    if cut is not None:
        raise cut


def _read_side(sync: Sync, name: SideName, run_id: int, scope: Scope) -> None:
    side = sync.side(name)
    with reading(sync.engine).begin() as db:
        at = place(db, sync.connection_id, name)
        if not at.reading:
            at = replace(at, full=scope.full or not at.cursor, run=run_id, reading="")
        sweeps = scope.sweep or at.swept_at is None or sync.now() - at.swept_at > SWEEP
        counts = at.full or (sweeps and not side.can.deletions)
        known = count_here(db, sync.connection_id, name) if counts else 0
    since = at.reading or (None if at.full else at.cursor)
    # A reading is as old as its first page; of one that was resumed nobody knows, so what changed since is read again.
    begun = None if at.reading else sync.now()
    done = 0
    stale: list[Key] = []
    absent: list[Key] = []
    for page in side.changes(since):
        with sync.engine.begin() as db:
            at = _reached(at, page, begun)
            stale += _save_page(db, sync, name, page, at)
            absent += page.gone
            absent += missed(db, sync.connection_id, name, run_id) if page.last else []
        done += len(page.records)
        sync.progress("read", done, page.total, TITLES[name])
        if page.last:
            break
    else:
        raise NeedsAttention(
            f"Reading {TITLES[name]} ended in the middle.", "Run again; nothing was lost.", code="reading-cut"
        )
    if at.full:
        _check_whole(sync, name, at.run, known, scope)
        with sync.engine.begin() as db:
            now = sync.now()
            absent += _note_unseen(db, sync, name, at.run)
            save_place(db, sync.connection_id, name, Place(page.cursor, "", False, at.run, begun, now))
    elif counts:
        absent += _sweep(sync, name, run_id, known, scope)
    with reading(sync.engine).begin() as db:
        older = stale_keys(db, sync.connection_id, name)
    ask(sync, name, run_id, {*absent, *stale, *older})


def _reached(at: Place, page: Page, begun: datetime | None) -> Place:
    """The place after this page. A whole reading moves its cursor only after it was checked."""
    if not page.last:
        return replace(at, reading=page.cursor)
    return replace(at, reading="") if at.full else Place(page.cursor, "", False, at.run, begun, at.swept_at)


def _save_page(db: Connection, sync: Sync, name: SideName, page: Page, at: Place) -> tuple[Key, ...]:
    """Keep what a page shows, along with the place: whoever is named once is named no more, even if this run stops
    here. Returns the keys whose record is older than what was known.
    """
    sync.fence(db)
    stored = save_readings(db, sync.connection_id, name, page.records, sync.now(), at.run)
    if sync.watch is not None:
        sync.watch.readings(db, name, stored, page.records, again=False)
    name_absent(db, sync.connection_id, name, page.gone)
    save_place(db, sync.connection_id, name, at)
    return stored.stale


def _note_unseen(db: Connection, sync: Sync, name: SideName, run_id: int) -> list[Key]:
    """Whoever a whole reading did not show, noted as still to be asked for."""
    keys = unseen(db, sync.connection_id, name, run_id)
    name_absent(db, sync.connection_id, name, keys)
    return keys


def _check_whole(sync: Sync, name: SideName, run_id: int, known: int, scope: Scope) -> None:
    with reading(sync.engine).begin() as db:
        seen = count_seen(db, sync.connection_id, name, run_id)
    if known >= 20 and seen < known * TRUNCATED and not scope.believe_empty:
        raise NeedsAttention(
            f"Of the {known:,} people in {TITLES[name]}, it now shows {seen:,}. "
            "Nothing was written, since a side that reads almost empty is rarely meant.",
            "If the people are really gone, say so with “listloop sync --full --believe-empty”; "
            "otherwise check the rights of the user and the filter of the view.",
            code="side-empty",
        )


def _sweep(sync: Sync, name: SideName, run_id: int, known: int, scope: Scope) -> list[Key]:
    """Count every key, since the side's stream does not tell what was deleted; returns those that miss."""
    batch: list[Key] = []
    for key in sync.side(name).keys():  # noqa: SIM118 - a call to the outside, not a dict
        batch.append(key)
        if len(batch) >= 5000:
            with sync.engine.begin() as db:
                mark_seen(db, sync.connection_id, name, batch, run_id)
            batch = []
    with sync.engine.begin() as db:
        mark_seen(db, sync.connection_id, name, batch, run_id)
    _check_whole(sync, name, run_id, known, scope)
    with sync.engine.begin() as db:
        at = place(db, sync.connection_id, name)
        save_place(db, sync.connection_id, name, replace(at, swept_at=sync.now()))
        return _note_unseen(db, sync, name, run_id)


def ask(sync: Sync, name: SideName, run_id: int, keys: Collection[Key]) -> None:
    """Read these records by key; those that a side does not have are noted as absent, or as gone the second time."""
    for some in chunks(sorted(keys)):
        found = list(sync.side(name).fetch(some))
        with sync.engine.begin() as db:
            stored = save_readings(db, sync.connection_id, name, found, sync.now(), run_id)
            note_stale(db, sync.connection_id, name, [one for one in found if one.key in stored.stale])
            settle_stale(db, sync.connection_id, name, {one.key for one in found} - set(stored.stale))
            missing = set(some) - {one.key for one in found}
            if sync.watch is not None:
                sync.watch.readings(db, name, stored, found, again=True)
                sync.watch.missing(db, name, missing)
            if not any_stale(db, sync.connection_id, name):  # a side that was put back lacks whoever came since
                mark_absent(db, sync.connection_id, name, missing, run_id)


def read_inbox(sync: Sync, run_id: int) -> bool:
    """Read the people that webhooks and buttons name; False where nobody was named."""
    with reading(sync.engine).begin() as db:
        entries = inbox.take(db, sync.connection_id)
    if not entries:
        return False
    for name in SideName:
        mine = [one for one in entries if one.side == name]
        wanted = {address_key(one.address) for one in mine if one.address and not one.key}
        found = list(sync.side(name).find(wanted)) if wanted else []
        with sync.engine.begin() as db:
            save_readings(db, sync.connection_id, name, found, sync.now(), run_id)
            # Who is no longer found by that address moved to another one, or was deleted: asked for by key.
            lost = wanted - {address_key(one.email) for one in found}
            keys = keys_at(db, sync.connection_id, name, lost)
        ask(sync, name, run_id, keys | {one.key for one in mine if one.key})
    with sync.engine.begin() as db:
        sync.fence(db)
        inbox.clear(db, entries)
    return True
