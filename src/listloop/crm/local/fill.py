"""Loads the CRM half of a world (``listloop.testing.world``) into a book, as fast as the database goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from listloop.core.frozen import replace
from listloop.core.people import Consent, Origin, address_key
from listloop.core.side import Label, LabelKind, Schema
from listloop.crm.local import definitions, feed
from listloop.crm.local.companies import name_key
from listloop.crm.local.opening import Place
from listloop.crm.local.tables import companies, groups, members, people
from listloop.crm.local.values import PREFIX
from listloop.testing.world import CrmPerson, Firm, World

_CHUNK = 5_000
_SAME = (
    "first_name",
    "last_name",
    "title",
    "phone",
    "street",
    "city",
    "postal_code",
    "country",
    "language",
    "birthday",
)


def fill(place: Place, world: World, now: datetime) -> None:
    """Put a world's companies, people, custom fields and groups into a book that is empty; nothing is checked.

    The people get the times at which the world made them; their changes are as of ``now``.
    """
    fields = tuple(replace(one, name=PREFIX + one.name) for one in world.fields)
    labels = tuple(Label(title, title, LabelKind.GROUP) for title in world.groups)
    definitions.prepare(place, Schema(fields, labels), now)
    with place.write() as connection:
        _insert_companies(connection, place.book, world.companies, now)
        numbers = select(companies.c.name, companies.c.id).where(companies.c.book_id == place.book)
        firms = {row.name: row.id for row in connection.execute(numbers)}
        titles = select(groups.c.title, groups.c.id).where(groups.c.book_id == place.book)
        lists = {row.title: row.id for row in connection.execute(titles)}
    for start in range(0, len(world.people), _CHUNK):
        with place.write() as connection:
            _insert_people(connection, place.book, world.people[start : start + _CHUNK], firms, lists, now)


def _insert_companies(connection: Connection, book: int, firms: Sequence[Firm], now: datetime) -> None:
    if firms:
        rows = [
            {
                "book_id": book,
                "name": one.name,
                "name_key": name_key(one.name),
                "business": one.business,
                "phone": one.phone,
                "street": one.street,
                "city": one.city,
                "postal_code": one.postal_code,
                "country": one.country,
                "created_at": now,
            }
            for one in firms
        ]
        connection.execute(insert(companies), rows)


def _insert_people(
    connection: Connection,
    book: int,
    some: Sequence[CrmPerson],
    firms: dict[str, int],
    lists: dict[str, int],
    now: datetime,
) -> None:
    first = feed.take(connection, book, len(some))
    rows = [_row(one, book, firms.get(one.company), first + place, now) for place, one in enumerate(some)]
    connection.execute(insert(people), rows)
    mine = people.c.book_id == book, people.c.change >= first
    numbers = {row.change: row.id for row in connection.execute(select(people.c.change, people.c.id).where(*mine))}
    belongs = list(_members(some, {place: numbers[first + place] for place in range(len(some))}, lists))
    if belongs:
        connection.execute(insert(members), belongs)


def _members(some: Sequence[CrmPerson], numbers: dict[int, int], lists: dict[str, int]) -> Iterator[dict[str, int]]:
    for place, one in enumerate(some):
        for title in one.groups:
            yield {"group_id": lists[title], "person_id": numbers[place]}


def _row(one: CrmPerson, book: int, company: int | None, change: int, now: datetime) -> dict[str, Any]:
    known = one.consent is not Consent.UNKNOWN
    row: dict[str, Any] = {name: getattr(one, name) for name in _SAME}
    return row | {
        "book_id": book,
        "company_id": company,
        "email": one.email,
        "address": address_key(one.email),
        "email_2": one.email_2,
        "address_2": address_key(one.email_2),
        "owner": one.owner,
        "sync_with_mailchimp": one.takes_part,
        "consent": one.consent.value,
        "consent_origin": (Origin.CRM if known else Origin.UNKNOWN).value,
        "consent_by": one.owner if known else "",
        "consent_at": one.created if known else None,
        "custom": dict(one.custom),
        "created_at": one.created,
        "changed_at": now,
        "change": change,
    }
