"""Write crowds: a response group or a CRM group as a static segment, and as a group in the CRM.

A segment takes ⌈n/500⌉ calls. Its name carries the moment, so a crash in mid-creation finds its own again; who is in
already is noted with each chunk.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from listloop.core.abilities import FillsGroups, Segments
from listloop.core.crowd import Chosen
from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.store import audit
from listloop.store.crowds import (
    INTENDED,
    CrowdRow,
    Person,
    add_crowd,
    change_crowd,
    compare,
    crowd,
    due_crowds,
    finish,
    found,
    note,
    of_crm,
    open_records,
    open_seats,
)
from listloop.store.database import reading
from listloop.sync.context import Sync
from listloop.sync.sources import Source


def dated(name: str, at: datetime, number: int) -> str:
    """A name with the moment it is of; the number tells apart two of the same minute. At most 100 characters."""
    moment = f" · {at:%Y-%m-%d %H:%M} #{number}"
    return f"{name[: 100 - len(moment)]}{moment}"


def keep_responses(
    db: Connection,
    connection_id: int,
    name: str,
    chosen: Chosen,
    who: str,
    now: datetime,
    *,
    segment: bool = True,
    crm: bool = True,
    living: bool = False,
) -> int:
    """Keep whom a choice means now, to be written as a segment, a CRM group or both; the crowd's id.

    Raises NeedsAttention where nobody is meant.
    """
    some = found(db, connection_id, chosen)
    return _keep(db, connection_id, name, chosen, some, who, now, segment=segment, crm=crm, living=living)


def keep_crm_group(sync: Sync, group: Source, who: str) -> int:
    """Keep whom a CRM group has now, to be written as a static segment; the crowd's id.

    Raises NeedsAttention where it is empty.
    """
    keys = list(sync.crm.group(group.key))
    where = {"segment": True, "crm": False, "living": False}
    with sync.engine.begin() as db:
        some = of_crm(db, sync.connection_id, keys)
        return _keep(db, sync.connection_id, group.title, group.key, some, who, sync.now(), **where)


def _keep(
    db: Connection,
    connection_id: int,
    name: str,
    chosen: Chosen | str,
    some: list[Person],
    who: str,
    now: datetime,
    **where: bool,
) -> int:
    if not some:
        raise NeedsAttention("Nobody is meant.", "Choose a number or a group that has people.", code="nobody")
    made = add_crowd(db, connection_id, name, chosen, some, **where, who=who, now=now)
    audit.note(db, now, who, f"made the group {name} of {len(some)} people", connection_id=connection_id)
    return made


def write_crowds(sync: Sync) -> None:
    """Write those that are not written yet, and bring the living ones up to date.

    What a side refuses is noted with the crowd. Raises TryLater and NeedsAttention; called again, it goes on.
    """
    with reading(sync.engine).begin() as db:
        due = due_crowds(db, sync.connection_id)
    for one in due:
        try:
            write_crowd(sync, one)
        except RecordRejected as error:
            with sync.engine.begin() as db:
                change_crowd(db, one.id, problem=str(error), fresh_at=sync.now())


def write_crowd(sync: Sync, one: CrowdRow) -> None:
    """Write one crowd in full, or what of it has changed."""
    chosen = one.by_responses
    if one.living and one.fresh_at is not None and chosen is not None:
        with sync.engine.begin() as db:
            sync.fence(db)
            compare(db, one, found(db, sync.connection_id, chosen))
    if one.segment and isinstance(sync.audience, Segments):
        _write_segment(sync, one, sync.audience)
    if one.crm_group and sync.crm.can.groups:
        _write_group(sync, one)
    with sync.engine.begin() as db:
        sync.fence(db)
        finish(db, one.id, sync.now())


def _write_segment(sync: Sync, one: CrowdRow, audience: Segments) -> None:
    key = one.segment
    if key == INTENDED:
        key = _make_segment(sync, one, audience)
    for leaves in (True, False):
        while some := _seats(sync, one.id, leaves=leaves):
            emails = [email for _, email in some]
            audience.change_segment(key, [] if leaves else emails, emails if leaves else [])
            _note(sync, one.id, some, in_segment=not leaves)


def _make_segment(sync: Sync, one: CrowdRow, audience: Segments) -> str:
    """The segment, made with its first 500 people, unless an earlier try has made it already."""
    title = dated(one.name, one.made_at, one.id)
    some = _seats(sync, one.id, leaves=False)
    again = bool(one.problem)
    there = next((seg for seg in audience.segments() if seg.title == title), None) if again else None
    if there is None:
        with sync.engine.begin() as db:
            sync.fence(db)
            change_crowd(db, one.id, problem="It is being written.")
        there = audience.make_segment(title, [email for _, email in some])
        done = some
    else:
        done = []
    with sync.engine.begin() as db:
        sync.fence(db)
        change_crowd(db, one.id, segment=there.key)
        note(db, one.id, [who for who, _ in done], in_segment=True)
    return there.key


def _write_group(sync: Sync, one: CrowdRow) -> None:
    if one.crm_group == INTENDED:
        _make_group(sync, one)
        return
    if not isinstance(sync.crm, FillsGroups):
        return  # the group stays as it was made
    with reading(sync.engine).begin() as db:
        add, remove = (open_records(db, one.id, leaves=leaves) for leaves in (False, True))
    if add or remove:
        sync.crm.change_group(one.crm_group, [key for _, key in add], [key for _, key in remove])
        _note(sync, one.id, add, in_crm=True)
        _note(sync, one.id, remove, in_crm=False)


def _make_group(sync: Sync, one: CrowdRow) -> None:
    title = dated(one.name, one.made_at, one.id)
    with reading(sync.engine).begin() as db:
        everybody = open_records(db, one.id, leaves=False)
        known = crowd(db, one.id)
    there = next((group for group in sync.crm.groups() if group.title == title), None) if known.problem else None
    if there is None:
        with sync.engine.begin() as db:
            sync.fence(db)
            change_crowd(db, one.id, problem="It is being written.")
        there = sync.crm.make_group(title, [key for _, key in everybody])
    with sync.engine.begin() as db:
        sync.fence(db)
        change_crowd(db, one.id, crm_group=there.key)
        note(db, one.id, [who for who, _ in everybody], in_crm=True)


def _seats(sync: Sync, crowd_id: int, *, leaves: bool) -> list[tuple[str, str]]:
    with reading(sync.engine).begin() as db:
        return open_seats(db, crowd_id, leaves=leaves)


def _note(sync: Sync, crowd_id: int, some: list[tuple[str, str]], **values: bool) -> None:
    with sync.engine.begin() as db:
        sync.fence(db)
        note(db, crowd_id, [who for who, _ in some], **values)
