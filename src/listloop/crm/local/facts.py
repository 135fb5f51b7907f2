"""Facts beside the people: communications written to them, and the deals they won."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from listloop.core.abilities import DealNote, note_refused, unknown_deal_field
from listloop.core.errors import RecordRejected
from listloop.core.side import Communication, Deal, Field, Outcome
from listloop.crm.local import feed
from listloop.crm.local.companies import find_or_make, name_key
from listloop.crm.local.opening import Place
from listloop.crm.local.records import PAGE, chunks, ids_of
from listloop.crm.local.tables import LIMIT, communications, companies, deal_people, deals, people
from listloop.crm.local.values import check_text


def append(place: Place, wanted: Sequence[Communication]) -> Iterator[Outcome]:
    """Write communications, each once, one that is there with its new text; the person's record is not touched."""
    for some in chunks(wanted):
        with place.write() as connection:
            outcomes = _append(connection, place.book, some)
        yield from outcomes


def _append(connection: Connection, book: int, wanted: Sequence[Communication]) -> list[Outcome]:
    ids = ids_of([one.key for one in wanted])
    here = set(connection.execute(select(people.c.id).where(people.c.book_id == book, people.c.id.in_(ids))).scalars())
    outcomes, rows = [], []
    for one in wanted:
        ref = f"{one.campaign}|{one.key}|{one.kind}"
        try:
            rows.append(_row(one, here))
            outcomes.append(Outcome(ref))
        except RecordRejected as error:
            outcomes.append(Outcome(ref, error=error))
    rows = list({(row["person_id"], row["campaign"], row["kind"]): row for row in rows}.values())
    if rows:
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        news = make(communications)
        said = {name: news.excluded[name] for name in ("at", "title", "text")}
        keys = ["person_id", "campaign", "kind"]
        connection.execute(news.on_conflict_do_update(index_elements=keys, set_=said), rows)
    return outcomes


def _row(one: Communication, here: set[int]) -> dict[str, Any]:
    person = next(iter(ids_of([one.key])), 0)
    if person not in here:
        raise RecordRejected("This person is no longer in the built-in CRM.", "Nothing is to be done.", code="gone")
    for title, text, limit in (
        ("Campaign", one.campaign, 200),
        ("Kind", one.kind, 50),
        ("Time", one.at, 40),
        ("Title", one.title, 400),
        ("Text", one.text, 100_000),
    ):
        check_text(title, text, limit)
    return {
        "person_id": person,
        "campaign": one.campaign,
        "kind": one.kind,
        "at": one.at,
        "title": one.title,
        "text": one.text,
    }


def communications_of(place: Place, key: str) -> list[Communication]:
    """What was written to a person, newest first."""
    columns = communications.c
    with place.read() as connection:
        rows = connection.execute(
            select(columns.campaign, columns.kind, columns.at, columns.title, columns.text)
            .where(columns.person_id.in_(ids_of([key])))
            .order_by(columns.at.desc(), columns.id.desc())
        ).all()
    return [Communication(row.campaign, key, row.kind, row.at, row.title, row.text) for row in rows]


def changed_deals(place: Place, since: int) -> Iterator[tuple[tuple[Deal, ...], str]]:
    """Deals written after a number, page by page; always at least one page."""
    while True:
        wanted = (
            select(deals, companies.c.name.label("company"))
            .outerjoin_from(deals, companies, deals.c.company_id == companies.c.id)
            .where(deals.c.book_id == place.book, deals.c.change > since)
        )
        with place.read() as connection:
            rows = connection.execute(wanted.order_by(deals.c.change).limit(PAGE)).all()
            page = deals_of(connection, rows)
        since = rows[-1].change if rows else since
        yield page, str(since)
        if len(rows) < PAGE:
            return


def deals_of(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[Deal, ...]:
    """These rows, each with the name of its company, as deals with their people."""
    belongs: defaultdict[int, list[str]] = defaultdict(list)
    wanted = select(deal_people.c.deal_id, deal_people.c.person_id).where(
        deal_people.c.deal_id.in_([row.id for row in rows])
    )
    for deal, person in connection.execute(wanted.order_by(deal_people.c.deal_id, deal_people.c.position)):
        belongs[deal].append(str(person))
    return tuple(
        Deal(
            key=str(row.id),
            title=row.title,
            stage=row.stage,
            value=row.value,
            currency=row.currency,
            won=row.won,
            people=tuple(belongs.get(row.id, ())),
            company=row.company or "",
        )
        for row in rows
    )


CAMPAIGN = Field("campaign", "Campaign", max_chars=LIMIT)
"""The field of a deal that says which campaigns won it."""


def note_deals(place: Place, field: str, notes: Sequence[DealNote]) -> list[Outcome]:
    """Write which campaigns won deals. That is no change of a deal: it is not read again for it."""
    if field != CAMPAIGN.name:
        raise unknown_deal_field(field)
    outcomes = []
    with place.write() as connection:
        ids = ids_of([one.key for one in notes])
        wanted = select(deals.c.id, deals.c.campaign).where(deals.c.book_id == place.book, deals.c.id.in_(ids))
        shown = {str(row.id): row.campaign for row in connection.execute(wanted)}
        for one in notes:
            error = note_refused(one, shown.get(one.key))
            if error is None:
                connection.execute(update(deals).where(deals.c.id == int(one.key)).values(campaign=one.text))
            outcomes.append(Outcome(one.key, error=error))
    return outcomes


def save_deal(place: Place, deal: Deal, now: datetime) -> str:
    """Write a deal with the people and the company it names; people that are gone are left out."""
    for title, text, limit in (("Title", deal.title, 400), ("Stage", deal.stage, 100), ("Won", deal.won, 40)):
        check_text(title, text, limit)
    check_text("Currency", deal.currency, 3)
    check_text("Company", deal.company)
    with place.write() as connection:
        number = feed.take(connection, place.book)
        names = {name_key(deal.company): deal.company.strip()} if deal.company.strip() else {}
        company = next(iter(find_or_make(connection, place.book, names, now).values()), (None, ""))[0]
        row = {"title": deal.title, "stage": deal.stage, "value": deal.value, "currency": deal.currency}
        row |= {"won": deal.won, "company_id": company, "change": number}
        key = _store_deal(connection, place.book, deal.key, row)
        ids = ids_of(deal.people)
        here = select(people.c.id).where(people.c.book_id == place.book, people.c.id.in_(ids))
        found = set(connection.execute(here).scalars())
        rows = [{"deal_id": key, "person_id": one, "position": n} for n, one in enumerate(ids) if one in found]
        connection.execute(delete(deal_people).where(deal_people.c.deal_id == key))
        if rows:
            connection.execute(insert(deal_people), rows)
    return str(key)


def _store_deal(connection: Connection, book: int, key: str, row: dict[str, Any]) -> int:
    if not key:
        statement = insert(deals).values(book_id=book, **row).returning(deals.c.id)
        made: int = connection.execute(statement).scalar_one()
        return made
    mine = deals.c.book_id == book, deals.c.id.in_(ids_of([key]))
    found: int | None = connection.execute(
        update(deals).where(*mine).values(row).returning(deals.c.id)
    ).scalar_one_or_none()
    if found is None:
        raise RecordRejected("There is no such deal in the built-in CRM.", "Make a new one.", code="gone")
    return found
