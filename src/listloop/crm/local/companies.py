"""Companies: found by their names, however these are spelled, and kept by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from listloop.core.errors import RecordRejected
from listloop.core.people import Key, company_key
from listloop.crm.local import feed
from listloop.crm.local.opening import Place
from listloop.crm.local.records import ids_of
from listloop.crm.local.tables import LIMIT, companies, people
from listloop.crm.local.values import check_known, check_text

#: What a company has.
FIELDS = ("name", "business", "phone", "street", "city", "postal_code", "country")


def name_key(name: str) -> str:
    """The form in which two companies' names are compared, as long as its column."""
    return company_key(name)[: 2 * LIMIT]


def find_or_make(
    connection: Connection, book: int, names: Mapping[str, str], now: datetime
) -> dict[str, tuple[int, str]]:
    """The number and the spelling of companies by their compared names; those that are missing are made."""

    def look() -> dict[str, tuple[int, str]]:
        wanted = companies.c.book_id == book, companies.c.name_key.in_(names)
        rows = connection.execute(select(companies.c.name_key, companies.c.id, companies.c.name).where(*wanted))
        return {row.name_key: (row.id, row.name) for row in rows}

    found = look() if names else {}
    missing = [key for key in names if key not in found]
    if missing:
        rows = [{"book_id": book, "name": names[key], "name_key": key, "created_at": now} for key in missing]
        connection.execute(insert(companies), rows)
        found = look()
    return found


def add(place: Place, fields: Mapping[str, str], now: datetime) -> Key:
    """A new company."""
    with place.write() as connection:
        feed.lock(connection, place.book)
        row = {"book_id": place.book, "created_at": now, **_checked(connection, place.book, fields)}
        if "name_key" not in row:
            raise _nameless()
        return str(connection.execute(insert(companies).values(row).returning(companies.c.id)).scalar_one())


def edit(place: Place, key: Key, fields: Mapping[str, str], now: datetime) -> None:
    """Set fields of a company; with its name the company value of its contacts changes."""
    with place.write() as connection:
        feed.lock(connection, place.book)
        company = _number(connection, place.book, key)
        row = _checked(connection, place.book, fields, company)
        connection.execute(update(companies).where(companies.c.id == company).values(row))
        if "name" in row:
            feed.rewrite(connection, place.book, people.c.company_id == company, now)


def remove(place: Place, key: Key, now: datetime) -> None:
    """Delete a company; its contacts become Individuals."""
    with place.write() as connection:
        feed.lock(connection, place.book)
        company = _number(connection, place.book, key)
        feed.rewrite(connection, place.book, people.c.company_id == company, now, company_id=None)
        connection.execute(delete(companies).where(companies.c.id == company))


def listed(place: Place, search: str, limit: int, offset: int) -> list[dict[str, str]]:
    """Companies by name, with their keys."""
    wanted = select(companies).where(companies.c.book_id == place.book)
    if search.strip():
        wanted = wanted.where(companies.c.name.icontains(search.strip(), autoescape=True))
    with place.read() as connection:
        rows = connection.execute(wanted.order_by(companies.c.name, companies.c.id).limit(limit).offset(offset))
        return [{"key": str(row["id"]), **{name: row[name] for name in FIELDS}} for row in rows.mappings()]


def _checked(connection: Connection, book: int, fields: Mapping[str, str], company: int = 0) -> dict[str, str]:
    check_known(fields, FIELDS)
    for name, value in fields.items():
        check_text(name.replace("_", " ").capitalize(), value)
    if "name" not in fields:
        return dict(fields)
    name = fields["name"].strip()
    if not name:
        raise _nameless()
    same = companies.c.book_id == book, companies.c.name_key == name_key(name), companies.c.id != company
    if connection.execute(select(companies.c.id).where(*same)).first() is not None:
        raise RecordRejected(f"There is a company “{name}” already.", "Use that one.", code="title-taken")
    return {**fields, "name": name, "name_key": name_key(name)}


def _nameless() -> RecordRejected:
    return RecordRejected("A company needs a name.", "Fill in its name.", code="required")


def _number(connection: Connection, book: int, key: Key) -> int:
    wanted = select(companies.c.id).where(companies.c.book_id == book, companies.c.id.in_(ids_of([key])))
    found: int | None = connection.execute(wanted).scalar_one_or_none()
    if found is None:
        raise RecordRejected("There is no such company in the built-in CRM.", "Choose another one.", code="gone")
    return found
