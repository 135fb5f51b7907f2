"""Writing people in bulk: a few statements per chunk, and whoever is refused is refused alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, tuple_, update

from listloop.core.side import Change, Outcome
from listloop.crm.local import feed
from listloop.crm.local.companies import find_or_make, name_key
from listloop.crm.local.drafts import Draft, Drafting, Hand
from listloop.crm.local.opening import Place
from listloop.crm.local.records import by_ids, chunks
from listloop.crm.local.tables import gone, members, people


def write_chunk(place: Place, changes: Sequence[Change], now: datetime, hand: Hand) -> list[Outcome]:
    """Carry out at most 500 changes in one transaction; one outcome each, in another order maybe."""
    with place.write() as connection:
        feed.lock(connection, place.book)
        drafting = Drafting(connection, place.book, changes, now, hand)
        refused = [outcome for change in changes if (outcome := drafting.take(change)) is not None]
        drafts = drafting.drafts
        _settle_companies(connection, place.book, drafts, now)
        _store(connection, place.book, [one for one in drafts if one.changed], now)
        stored = {one.key: one for one in by_ids(connection, place.book, [one.row["id"] for one in drafts])}
    done = (Outcome(ref, stored[str(one.row["id"])]) for one in drafts for ref in one.refs)
    return [*refused, *done]


def _settle_companies(connection: Connection, book: int, drafts: Sequence[Draft], now: datetime) -> None:
    """Find or make the companies that drafts name; the spelling that a company has already stays."""
    moved = [one for one in drafts if one.company != (one.before[1] if one.before else "")]
    # the first spelling wins, hence from the last to the first
    names = {name_key(one.company): one.company for one in reversed(moved) if one.company}
    found = find_or_make(connection, book, names, now)
    for one in moved:
        one.row["company_id"], one.company = found[name_key(one.company)] if one.company else (None, "")


def _store(connection: Connection, book: int, drafts: Sequence[Draft], now: datetime) -> None:
    if not drafts:
        return
    number = feed.take(connection, book, len(drafts))
    for offset, one in enumerate(drafts):
        one.row |= {"change": number + offset, "changed_at": now}
    old = [one for one in drafts if one.before is not None]
    new = [one for one in drafts if one.before is None]
    for columns, same in _by_columns(old).items():
        values: dict[str, Any] = {name: bindparam(name) for name in columns}
        statement = update(people).where(people.c.id == bindparam("person")).values(values)
        connection.execute(statement, [{"person": row["id"]} | {name: row[name] for name in columns} for row in same])
    if new:
        rows = [{name: value for name, value in one.row.items() if name != "id"} for one in new]
        made = insert(people).returning(people.c.id, sort_by_parameter_order=True)
        for one, person in zip(new, connection.execute(made, rows).scalars(), strict=True):
            one.row["id"] = person
    _store_groups(connection, drafts)


def _by_columns(drafts: Sequence[Draft]) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Rows by the columns that they change: an index whose columns are not named is not touched by the database."""
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in drafts:
        before = one.before[0] if one.before else {}
        rows.setdefault(tuple(name for name, value in one.row.items() if value != before.get(name)), []).append(one.row)
    return rows


def _store_groups(connection: Connection, drafts: Sequence[Draft]) -> None:
    had = {one.row["id"]: one.before[2] if one.before else frozenset() for one in drafts}
    added = [(group, one.row["id"]) for one in drafts for group in one.groups - had[one.row["id"]]]
    removed = [(group, one.row["id"]) for one in drafts for group in had[one.row["id"]] - one.groups]
    if added:
        connection.execute(insert(members), [{"group_id": group, "person_id": person} for group, person in added])
    for start in range(0, len(removed), 500):
        pairs = removed[start : start + 500]
        connection.execute(delete(members).where(tuple_(members.c.group_id, members.c.person_id).in_(pairs)))


def remove(place: Place, ids: Sequence[int]) -> int:
    """Delete people for good, each with a number in the feed; how many there were."""
    count = 0
    for some in chunks(ids):
        with place.write() as connection:
            feed.lock(connection, place.book)
            mine = people.c.book_id == place.book, people.c.id.in_(some)
            lost = connection.execute(delete(people).where(*mine).returning(people.c.id)).scalars().all()
            if lost:
                first = feed.take(connection, place.book, len(lost))
                rows = [{"book_id": place.book, "change": first + n, "person_id": one} for n, one in enumerate(lost)]
                connection.execute(insert(gone), rows)
        count += len(lost)
    return count
