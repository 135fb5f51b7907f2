"""Reading people: rows in bulk, made into records with their groups; never a query per person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, func, select, union

from listloop.core.frozen import replace
from listloop.core.people import Consent, Key, Origin, Person, Record, address_key
from listloop.core.side import Page
from listloop.crm.local import feed
from listloop.crm.local.opening import Place, moment
from listloop.crm.local.tables import companies, gone, members, people
from listloop.crm.local.values import FIXED, PREFIX, fields_of

T = TypeVar("T")

PAGE = 1000
CHUNK = 500
_KEYS = 10_000

#: The texts of a record: the fixed fields, by name.
_NAMES = tuple(one.name for one in FIXED)
_TEXTS = tuple(func.coalesce(companies.c.name, "") if name == "company" else people.c[name] for name in _NAMES)
_COLUMNS = (
    people.c.change,
    people.c.id,
    people.c.company_id,
    people.c.email,
    people.c.sync_with_mailchimp,
    people.c.mailchimp_id,
    people.c.consent,
    people.c.consent_origin,
    people.c.custom,
    people.c.created_at,
    people.c.changed_at,
)


def select_people(book: int) -> Select[Any]:
    """The rows that ``records_of`` takes."""
    joined = select(*_COLUMNS, *_TEXTS).outerjoin_from(people, companies, people.c.company_id == companies.c.id)
    return joined.where(people.c.book_id == book)


def records_of(connection: Connection, book: int, rows: Sequence[Row[Any]]) -> list[Record]:
    """These rows as records, in their order; two more queries, however many rows."""
    known = fields_of(connection, book)
    custom = [(name, name.removeprefix(PREFIX)) for name in known if name.startswith(PREFIX)]
    labels: defaultdict[int, set[str]] = defaultdict(set)
    statement = select(members.c.person_id, members.c.group_id).where(members.c.person_id.in_([row.id for row in rows]))
    for person, group in connection.execute(statement):
        labels[person].add(f"group:{group}")
    return [_record(row, custom, frozenset(labels.get(row.id, ()))) for row in rows]


def _record(row: Row[*tuple[Any, ...]], custom: Sequence[tuple[str, str]], labels: frozenset[str]) -> Record:
    _, number, company, email, takes_part, mailchimp_id, consent, origin, values, created, changed, *texts = row
    fields = dict(zip(_NAMES, texts, strict=True))
    for name, short in custom:
        fields[name] = values.get(short, "")
    return Record(
        key=str(number),
        person=Person(email, fields, labels, Consent(consent)),
        takes_part=takes_part,
        mailchimp_id=mailchimp_id,
        changed=moment(changed),
        created=moment(created),
        kind="Individual" if company is None else "Contact",
        emails=tuple(one for one in (fields["email_2"], fields["email_3"]) if one),
        origin=Origin(origin),
        name=" ".join(part for part in (fields["first_name"], fields["last_name"]) if part),
    )


def ids_of(keys: Collection[Key]) -> list[int]:
    """The numbers behind keys, each once; what can't be a key of this CRM is left out."""
    return list(dict.fromkeys(int(key) for key in keys if key.isascii() and key.isdigit() and len(key) <= 18))


def chunks(things: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """A long sequence in pieces that fit one statement."""
    return (things[start : start + size] for start in range(0, len(things), size))


def by_ids(connection: Connection, book: int, ids: Sequence[int]) -> list[Record]:
    """These people, at most ``CHUNK`` at once; whoever is gone is left out."""
    rows = connection.execute(select_people(book).where(people.c.id.in_(ids))).all()
    return records_of(connection, book, rows)


def changes(place: Place, since: int) -> Iterator[Page]:
    """Whoever was written or deleted after the number ``since``, by number; the cursors are numbers.

    A person who is written while this reads comes again at the end, so a reading from 0 leaves nobody out.
    """
    with place.read() as connection:
        if since > feed.last(connection, place.book):
            since = 0  # the book was put back from a backup: its numbers mean something else now
        wanted = select(func.count()).where(people.c.book_id == place.book, people.c.change > since)
        total = connection.execute(wanted).scalar_one()
    while True:
        with place.read() as connection:
            page = _page(connection, place.book, since)
        yield replace(page, total=total)
        since = int(page.cursor)
        if page.last:
            return


def _page(connection: Connection, book: int, since: int) -> Page:
    wanted = select_people(book).where(people.c.change > since).order_by(people.c.change).limit(PAGE)
    rows = connection.execute(wanted).all()
    deleted = select(gone.c.change, gone.c.person_id).where(gone.c.book_id == book, gone.c.change > since)
    lost = connection.execute(deleted.order_by(gone.c.change).limit(PAGE)).all()
    numbers = sorted([row.change for row in rows] + [row.change for row in lost])[:PAGE]
    last = len(numbers) < PAGE
    since = numbers[-1] if numbers else since
    return Page(
        records=tuple(records_of(connection, book, [row for row in rows if row.change <= since])),
        cursor=str(since),
        last=last,
        gone=tuple(str(row.person_id) for row in lost if row.change <= since),
    )


def keys(place: Place) -> Iterator[Key]:
    """The key of everybody, by number."""
    after = 0
    while True:
        wanted = select(people.c.id).where(people.c.book_id == place.book, people.c.id > after)
        with place.read() as connection:
            ids = connection.execute(wanted.order_by(people.c.id).limit(_KEYS)).scalars().all()
        yield from map(str, ids)
        if len(ids) < _KEYS:
            return
        after = ids[-1]


def fetch(place: Place, wanted: Collection[Key]) -> Iterator[Record]:
    """These people as they are now."""
    for ids in chunks(ids_of(wanted)):
        with place.read() as connection:
            found = by_ids(connection, place.book, ids)
        yield from found


def find(place: Place, emails: Collection[str], mailchimp_ids: Collection[str]) -> Iterator[Record]:
    """Everybody with one of these addresses, in any of their three, or one of these Mailchimp IDs; each once."""
    wanted = list({address_key(email) for email in emails} - {""})
    found: set[int] = set()
    with place.read() as connection:
        for some in chunks(wanted):
            found |= set(ids_with(connection, place.book, some))
        for some in chunks(list(set(mailchimp_ids) - {""})):
            same = select(people.c.id).where(people.c.book_id == place.book, people.c.mailchimp_id.in_(some))
            found |= set(connection.execute(same).scalars())
    return fetch(place, [str(number) for number in sorted(found)])


def without_address(place: Place, last_names: Collection[str]) -> Iterator[Record]:
    """Everybody without an address who has one of these last names, as written, in small or in capital letters."""
    spelt = {way for name in last_names for way in (name, name.lower(), name.upper(), name.title())} - {""}
    found: set[int] = set()
    with place.read() as connection:
        for some in chunks(list(spelt)):
            mine = people.c.book_id == place.book, people.c.last_name.in_(some), people.c.address == ""
            found |= set(connection.execute(select(people.c.id).where(*mine)).scalars())
    return fetch(place, [str(number) for number in sorted(found)])


def last_number(place: Place) -> int:
    """The number of the person who came into the database last; 0 where there is none."""
    with place.read() as connection:
        return connection.execute(select(func.max(people.c.id))).scalar() or 0


def ids_with(connection: Connection, book: int, addresses: Sequence[str]) -> list[int]:
    """The numbers of the people with one of these compared addresses."""
    spots = (people.c.address, people.c.address_2, people.c.address_3)  # a query each, so that each has its index
    parts = (select(people.c.id).where(people.c.book_id == book, spot.in_(addresses)) for spot in spots)
    return list(connection.execute(union(*parts)).scalars())
