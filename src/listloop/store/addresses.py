"""What records are found by: addresses, synced or not, and the IDs by which earlier connectors knew members."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, select, update

from listloop.core.frozen import frozen
from listloop.core.people import Key, Record, SideName, address_key
from listloop.store.bulk import among, insert_many
from listloop.store.tables import addresses, older_ids, people, records

#: The column of a person with the record of a side.
OWN = {SideName.CRM: people.c.crm_record, SideName.MAILCHIMP: people.c.mailchimp_record}

_REPLACED = delete(addresses).where(among(addresses.c.record_id, "ids"))
_FORGOTTEN = delete(older_ids).where(among(older_ids.c.record_id, "ids"))

# Whoever is due already is left out, as in ``records``.
_HOLDING = select(addresses.c.record_id).where(
    addresses.c.connection_id == bindparam("of"),
    addresses.c.side == bindparam("on"),
    among(addresses.c.address, "addresses"),
)
_HOLDERS_DUE = {
    side: update(people).where(own.in_(_HOLDING), people.c.dirty.is_(False)).values(dirty=True)
    for side, own in OWN.items()
}
_ANY_NOT_DUE = select(people.c.id).where(people.c.connection_id == bindparam("of"), people.c.dirty.is_(False)).limit(1)


@frozen
class Moved:
    """A record that shows something new; ``known`` is what it showed before, ``gone`` that we held it for gone."""

    known: Record | None
    shows: Record
    gone: bool = False


def save_older_ids(
    db: Connection, connection_id: int, side: SideName, moved: Sequence[Moved], ids: Mapping[Key, int]
) -> None:
    """Keep what earlier connectors knew these records (by their ids) by."""
    changed = [one for one in moved if one.shows.older_ids != (one.known.older_ids if one.known else ())]
    replaced = [ids[one.shows.key] for one in changed if one.known is not None]
    if replaced:
        db.execute(_FORGOTTEN, {"ids": replaced})
    shared = {"connection_id": connection_id, "side": side}
    rows = [
        {**shared, "record_id": ids[one.shows.key], "value": value}
        for one in changed
        for value in set(one.shows.older_ids)
    ]
    insert_many(db, older_ids, rows)


def save_addresses(
    db: Connection, connection_id: int, side: SideName, moved: Sequence[Moved], ids: Mapping[Key, int]
) -> None:
    """Keep the addresses of these records (by their ids); all who share one that came or went are due."""
    touched: set[str] = set()
    rows: list[dict[str, Any]] = []
    replaced: list[int] = []
    for one in moved:
        now, before = _addresses(one.shows), _addresses(one.known) if one.known else _NOWHERE
        if now != before:
            touched |= now ^ before if before else now
            here = ids[one.shows.key]
            if one.known:
                replaced.append(here)
            rows += [
                {"record_id": here, "address": address, "connection_id": connection_id, "side": side}
                for address in (sorted(now) if len(now) > 1 else now)
            ]
        if one.gone or (one.known and one.known.takes_part != one.shows.takes_part):
            touched |= now  # whoever shares the address may come in, or has to leave
    if replaced:
        db.execute(_REPLACED, {"ids": replaced})
    insert_many(db, addresses, rows)
    touch_addresses(db, connection_id, touched)


_NOWHERE: Set[str] = frozenset()


def _addresses(record: Record) -> Set[str]:
    if not record.emails:  # as of most
        own = address_key(record.email)
        return {own} if own else _NOWHERE
    return {address_key(email) for email in (record.email, *record.emails)} - {""}


def held_by(connection_id: int) -> tuple[ColumnElement[bool], ...]:
    """The addresses of a connection on either side, named one by one: only so does the index lead to an address."""
    return (addresses.c.connection_id == connection_id, addresses.c.side.in_(list(SideName)))


@frozen
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


_SHARED = (
    select(addresses.c.address)
    .where(
        addresses.c.connection_id == bindparam("of"),
        addresses.c.side == bindparam("on"),
        among(addresses.c.address, "addresses"),
    )
    .group_by(addresses.c.address)
    .having(func.count() > 1)
)


def shared_addresses(db: Connection, connection_id: int, side: SideName, wanted: Collection[str]) -> set[str]:
    """Those of these addresses that several records of a side have: the index tells it without a look at them."""
    return set(db.scalars(_SHARED, {"of": connection_id, "on": side, "addresses": wanted})) if wanted else set()


def held_addresses(db: Connection, connection_id: int, side: SideName, wanted: Collection[str]) -> list[Held]:
    """Who has these addresses on one side, as the synced one or another."""
    if not wanted:
        return []
    rows = db.execute(_HELD[side], {"of": connection_id, "on": side, "addresses": wanted}).all()
    return [Held(address, person, record, bool(linked), gone) for address, person, record, linked, gone in rows]


def all_due(db: Connection, connection_id: int) -> bool:
    """Is everybody to be decided, as in a first run? Then nobody has to be looked for who is."""
    return db.scalar(_ANY_NOT_DUE, {"of": connection_id}) is None


def touch_addresses(db: Connection, connection_id: int, wanted: Collection[str]) -> None:
    """Mark everybody who has one of these addresses as due for a decision."""
    if not wanted or all_due(db, connection_id):
        return
    for side, due in _HOLDERS_DUE.items():
        db.execute(due, {"of": connection_id, "on": side, "addresses": wanted})
