"""Fixed groups: lists of people. In the mapping a group is the label ``group:<its key>``."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, insert, select, update

from listloop.core.errors import RecordRejected
from listloop.core.people import Key
from listloop.core.side import Group, Label, LabelKind
from listloop.crm.local import feed
from listloop.crm.local.opening import Place
from listloop.crm.local.records import chunks, ids_of
from listloop.crm.local.tables import groups, members, people
from listloop.crm.local.values import check_text

_MEMBERS = 10_000


def labels_of(connection: Connection, book: int) -> tuple[Label, ...]:
    """Every group as a label."""
    rows = connection.execute(select(groups).where(groups.c.book_id == book).order_by(groups.c.id))
    return tuple(Label(f"group:{row.id}", row.title, LabelKind.GROUP) for row in rows)


def listed(place: Place) -> list[Group]:
    """Every group with the count of its people."""
    counted = select(groups.c.id, groups.c.title, func.count(members.c.person_id).label("members"))
    wanted = counted.outerjoin_from(groups, members).where(groups.c.book_id == place.book)
    with place.read() as connection:
        rows = connection.execute(wanted.group_by(groups.c.id, groups.c.title).order_by(groups.c.id)).all()
    return [Group(str(row.id), row.title, row.members) for row in rows]


def people_in(place: Place, key: Key) -> Iterator[Key]:
    """The keys of the people in a group, in the order of their numbers."""
    group, after = number(place, key), 0
    while True:
        wanted = select(members.c.person_id).where(members.c.group_id == group, members.c.person_id > after)
        with place.read() as connection:
            ids = connection.execute(wanted.order_by(members.c.person_id).limit(_MEMBERS)).scalars().all()
        yield from map(str, ids)
        if len(ids) < _MEMBERS:
            return
        after = ids[-1]


def number(place: Place, key: Key) -> int:
    """The number of a group; ``RecordRejected`` where there is none."""
    wanted = select(groups.c.id).where(groups.c.book_id == place.book, groups.c.id.in_(ids_of([key])))
    with place.read() as connection:
        found: int | None = connection.execute(wanted).scalar_one_or_none()
    if found is None:
        raise RecordRejected("There is no such group in the built-in CRM.", "Choose another group.", code="gone")
    return found


def make(place: Place, title: str, keys: Collection[Key], now: datetime) -> Group:
    """A new group with these people; keys of nobody are left out."""
    with place.write() as connection:
        group = make_row(connection, place.book, _title(title), now)
    add(place, str(group), keys, now)
    return next(one for one in listed(place) if one.key == str(group))


def make_row(connection: Connection, book: int, title: str, now: datetime) -> int:
    """The number of a new, empty group."""
    statement = insert(groups).values(book_id=book, title=title, created_at=now).returning(groups.c.id)
    made: int = connection.execute(statement).scalar_one()
    return made


def add(place: Place, key: Key, keys: Collection[Key], now: datetime) -> int:
    """Put people into a group; how many were not in it."""
    group, count = number(place, key), 0
    for ids in chunks(ids_of(keys)):
        with place.write() as connection:
            feed.lock(connection, place.book)
            here = connection.execute(_missing(place.book, group, ids)).scalars().all()
            if here:
                connection.execute(insert(members), [{"group_id": group, "person_id": person} for person in here])
            feed.rewrite(connection, place.book, people.c.id.in_(here), now)
        count += len(here)
    return count


def _missing(book: int, group: int, ids: Sequence[int]) -> Select[Any]:
    there = exists().where(members.c.group_id == group, members.c.person_id == people.c.id)
    return select(people.c.id).where(people.c.book_id == book, people.c.id.in_(ids), ~there)


def remove(place: Place, key: Key, keys: Collection[Key], now: datetime) -> int:
    """Take people out of a group; how many were in it."""
    group, count = number(place, key), 0
    for ids in chunks(ids_of(keys)):
        with place.write() as connection:
            feed.lock(connection, place.book)
            statement = delete(members).where(members.c.group_id == group, members.c.person_id.in_(ids))
            left = connection.execute(statement.returning(members.c.person_id)).scalars().all()
            feed.rewrite(connection, place.book, people.c.id.in_(left), now)
        count += len(left)
    return count


def rename(place: Place, key: Key, title: str) -> None:
    """Give a group another name; its key, and so its mapping, stays."""
    group = number(place, key)
    with place.write() as connection:
        connection.execute(update(groups).where(groups.c.id == group).values(title=_title(title)))


def drop(place: Place, key: Key, now: datetime) -> None:
    """Remove a group; its people stay."""
    group = number(place, key)
    with place.write() as connection:
        inside = select(members.c.person_id).where(members.c.group_id == group)
        feed.rewrite(connection, place.book, people.c.id.in_(inside), now)
        connection.execute(delete(groups).where(groups.c.id == group))


def _title(text: str) -> str:
    """The title, trimmed; ``RecordRejected`` where it is empty or too long. Two groups may have the same."""
    check_text("Group", text)
    if not text.strip():
        raise RecordRejected("A group needs a name.", "Give it one.", code="required")
    return text.strip()
