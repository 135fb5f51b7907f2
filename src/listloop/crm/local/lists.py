"""Lists of the built-in CRM's pages: who is in a group or a company, opportunities, what was written to whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from listloop.core.people import Key, Record
from listloop.core.side import Communication, Deal
from listloop.crm.local import records
from listloop.crm.local.facts import deals_of
from listloop.crm.local.opening import Place
from listloop.crm.local.tables import communications, companies, deal_people, deals, members, people

_BY_NAME = (people.c.last_name, people.c.first_name, people.c.id)


def in_group(place: Place, group: Key, limit: int, offset: int = 0) -> list[Record]:
    """The people of a group, by last name."""
    inside = select(members.c.person_id).where(members.c.group_id.in_(records.ids_of([group])))
    return _people(place, records.select_people(place.book).where(people.c.id.in_(inside)), limit, offset)


def in_company(place: Place, company: Key, limit: int, offset: int = 0) -> list[Record]:
    """The Contacts of a company, by last name."""
    wanted = records.select_people(place.book).where(people.c.company_id.in_(records.ids_of([company])))
    return _people(place, wanted, limit, offset)


def company(place: Place, key: Key) -> dict[str, str] | None:
    """One company with its fields, or None."""
    wanted = select(companies).where(companies.c.book_id == place.book, companies.c.id.in_(records.ids_of([key])))
    with place.read() as connection:
        row = connection.execute(wanted).mappings().first()
    return None if row is None else {name: str(row[name]) for name in row if name not in {"id", "book_id", "name_key"}}


def opportunities(place: Place, limit: int, offset: int = 0, person: Key = "") -> list[Deal]:
    """Deals, the last written first; of one person where it is named."""
    wanted = (
        select(deals, companies.c.name.label("company"))
        .outerjoin_from(deals, companies, deals.c.company_id == companies.c.id)
        .where(deals.c.book_id == place.book)
    )
    if person:
        mine = select(deal_people.c.deal_id).where(deal_people.c.person_id.in_(records.ids_of([person])))
        wanted = wanted.where(deals.c.id.in_(mine))
    with place.read() as connection:
        rows = connection.execute(wanted.order_by(deals.c.change.desc()).limit(limit).offset(offset)).all()
        return list(deals_of(connection, rows))


def campaign_of(place: Place, key: Key) -> str:
    """Which campaigns won an opportunity, as Listloop wrote it; "" where it did not."""
    wanted = select(deals.c.campaign).where(deals.c.book_id == place.book, deals.c.id.in_(records.ids_of([key])))
    with place.read() as connection:
        return connection.execute(wanted).scalar() or ""


def opportunity(place: Place, key: Key) -> Deal | None:
    """One deal, or None."""
    wanted = (
        select(deals, companies.c.name.label("company"))
        .outerjoin_from(deals, companies, deals.c.company_id == companies.c.id)
        .where(deals.c.book_id == place.book, deals.c.id.in_(records.ids_of([key])))
    )
    with place.read() as connection:
        return next(iter(deals_of(connection, connection.execute(wanted).all())), None)


def latest(place: Place, limit: int, offset: int = 0) -> list[tuple[Communication, str]]:
    """What was written to anybody, the last first, with the person's name."""
    columns = communications.c
    name = func.trim(people.c.first_name + " " + people.c.last_name)
    wanted = select(communications, name.label("name")).join(people, people.c.id == columns.person_id)
    wanted = wanted.where(people.c.book_id == place.book).order_by(columns.id.desc()).limit(limit).offset(offset)
    with place.read() as connection:
        rows = connection.execute(wanted).all()
    return [
        (Communication(row.campaign, str(row.person_id), row.kind, row.at, row.title, row.text), row.name)
        for row in rows
    ]


def _people(place: Place, wanted: Select[Any], limit: int, offset: int) -> list[Record]:
    with place.read() as connection:
        rows = connection.execute(wanted.order_by(*_BY_NAME).limit(limit).offset(offset)).all()
        return records.records_of(connection, place.book, rows)
