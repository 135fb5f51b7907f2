"""The memory of nos: who refused, when, and where it was first said. It outlives link, archive and record."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, exists, or_, select, update

from listloop.core.consent import No
from listloop.core.people import Consent, Origin, SideName
from listloop.store.bulk import among, insert_many
from listloop.store.codec import decode_record
from listloop.store.tables import addresses, connections, nos, people, records

_STANDING = select(nos).where(nos.c.connection_id == bindparam("of"), nos.c.lifted_at.is_(None)).order_by(nos.c.id)
_AT = _STANDING.where(among(nos.c.address, "addresses"))
_BY = _STANDING.where(among(nos.c.person_id, "people"))


def standing_nos(
    db: Connection, connection_id: int, addresses: Collection[str], people: Collection[int]
) -> tuple[dict[str, list[No]], dict[int, No]]:
    """Nos that stand for these addresses and people: all of an address, the first of a person. The earliest said
    comes first.
    """
    by_address: dict[str, list[No]] = {}
    by_person: dict[int, No] = {}
    for row in db.execute(_AT, {"of": connection_id, "addresses": addresses}) if addresses else ():
        by_address.setdefault(row.address, []).append(_no(row))
    for row in db.execute(_BY, {"of": connection_id, "people": people}) if people else ():
        by_person.setdefault(row.person_id, _no(row))
    return by_address, by_person


def _no(row: Row[tuple[object, ...]]) -> No:
    return No(row.address, SideName(row.side), Origin(row.origin), row.said_at, row.stands_at)


_LIFTED = select(nos.c.person_id, nos.c.address, nos.c.side, nos.c.said_at).where(
    nos.c.connection_id == bindparam("of"),
    among(nos.c.person_id, "people"),
    nos.c.lifted_at.is_not(None),
    nos.c.said_at != "",
)


def taken_back(db: Connection, connection_id: int, people: Collection[int]) -> set[tuple[int, str, str, str]]:
    """The nos that these people took back: (person, address, side, when it was said)."""
    return {tuple(row) for row in db.execute(_LIFTED, {"of": connection_id, "people": people})}


_SAID_SINCE = (
    select(addresses.c.address, records.c.payload)
    .join(records, records.c.id == addresses.c.record_id)
    .join(people, (people.c.crm_record == records.c.id) | (people.c.mailchimp_record == records.c.id))
    .where(
        addresses.c.connection_id == bindparam("of"),
        among(addresses.c.address, "wanted"),
        records.c.gone.is_(False),
        people.c.dirty.is_(True),
    )
)


def said_since(db: Connection, connection_id: int, wanted: Collection[str]) -> set[str]:
    """Those of these addresses at which somebody says no who was read, and is not decided yet."""
    found = db.execute(_SAID_SINCE, {"of": connection_id, "wanted": wanted}) if wanted else ()
    return {row.address for row in found if decode_record(row.payload).person.consent is Consent.UNSUBSCRIBED}


def note_no(db: Connection, connection_id: int, person_id: int, no: No, now: datetime) -> bool:
    """Remember a no; False where one stands for this person and address already."""
    book = NoBook(db, connection_id, [person_id])
    new = book.note(person_id, no, now)
    book.write()
    return new


_NOTED = select(nos.c.person_id, nos.c.address, nos.c.side, nos.c.said_at, nos.c.lifted_at).where(
    nos.c.connection_id == bindparam("of"), among(nos.c.person_id, "people")
)


class NoBook:
    """The nos of some people while many are noted: looked up once, and written together by ``write``.

    Whatever else changes nos in between, ``write`` goes before it and ``read`` after it.
    """

    def __init__(self, db: Connection, connection_id: int, people: Collection[int]) -> None:
        self._db, self._connection_id, self._people = db, connection_id, people
        self._rows: list[dict[str, object]] = []
        self.read()

    def read(self) -> None:
        """Look up what was noted of these people."""
        self._standing: set[tuple[int, str]] = set()
        self._noted: set[tuple[int, str, str, str]] = set()
        mine = {"of": self._connection_id, "people": self._people}
        for person, address, side, said_at, lifted_at in self._db.execute(_NOTED, mine):
            self._noted.add((person, address, side, said_at))
            if lifted_at is None:
                self._standing.add((person, address))

    def note(self, person_id: int, no: No, now: datetime) -> bool:
        """Remember a no; False where one stands for this person and address already."""
        if (person_id, no.address) in self._standing:
            return False
        self._standing.add((person_id, no.address))
        self._noted.add((person_id, no.address, no.side, no.said_at))
        self._rows.append(
            {
                "connection_id": self._connection_id,
                "person_id": person_id,
                "address": no.address,
                "side": no.side,
                "origin": no.origin,
                "said_at": no.said_at,
                "noted_at": now,
                "stands_at": no.stands_at,
            }
        )
        return True

    def was_noted(self, person_id: int, no: No) -> bool:
        """Was this very no noted for this person and address before, whether or not it was lifted since?"""
        return (person_id, no.address, no.side, no.said_at) in self._noted

    def write(self) -> None:
        """Write what was noted since."""
        insert_many(self._db, nos, self._rows)
        self._rows = []


_STANDS = (
    update(nos)
    .where(
        nos.c.connection_id == bindparam("of"),
        nos.c.address == bindparam("at_address"),
        nos.c.lifted_at.is_(None),
        nos.c.stands_at == "",
    )
    .values(stands_at=bindparam("since"))
)


def stands_since(db: Connection, connection_id: int, since: Mapping[str, str]) -> None:
    """Note since when, by Mailchimp's clock, the nos of these addresses stand there; the first time counts."""
    if since:
        db.execute(_STANDS, [{"of": connection_id, "at_address": one, "since": at} for one, at in since.items()])


def lift_nos(
    db: Connection, connection_id: int, person_id: int, addresses: Collection[str], by: str, now: datetime
) -> None:
    """Lift every no of this person and these addresses, saying by what act."""
    db.execute(
        update(nos)
        .where(
            nos.c.connection_id == connection_id,
            nos.c.lifted_at.is_(None),
            or_(nos.c.person_id == person_id, nos.c.address.in_(list(addresses))),
        )
        .values(lifted_at=now, lifted_by=by)
    )


def nos_of(
    db: Connection, connection_id: int, person_id: int, addresses: Collection[str]
) -> list[Row[tuple[object, ...]]]:
    """The whole consent ledger of a person and these addresses, newest first."""
    query = (
        select(nos)
        .where(
            nos.c.connection_id == connection_id,
            or_(nos.c.person_id == person_id, nos.c.address.in_(list(addresses))),
        )
        .order_by(nos.c.id.desc())
    )
    return list(db.execute(query))


def nos_elsewhere(db: Connection, connection_id: int) -> list[tuple[int, No, str]]:
    """Nos that stand in other audiences of the same account and whose address somebody here has.

    (Person here, the no, the name of the connection where it was said); each until it was noted here once, so that
    who came back here since is not opted out again. Nothing where the account is not known.
    """
    here, there, mine = connections.alias("here"), connections.alias("there"), nos.alias("mine")
    seen = exists().where(
        mine.c.connection_id == connection_id,
        mine.c.person_id == people.c.id,
        mine.c.address == nos.c.address,
        mine.c.side == nos.c.side,
        mine.c.said_at == nos.c.said_at,
    )
    query = (
        select(nos, people.c.id.label("whose"), there.c.name.label("where"))
        .join(there, there.c.id == nos.c.connection_id)
        .join(here, (here.c.account == there.c.account) & (here.c.id != there.c.id))
        .join(addresses, (addresses.c.connection_id == here.c.id) & (addresses.c.address == nos.c.address))
        .join(
            people,
            (people.c.crm_record == addresses.c.record_id) | (people.c.mailchimp_record == addresses.c.record_id),
        )
        .where(here.c.id == connection_id, here.c.account != "", nos.c.lifted_at.is_(None), ~seen)
        .order_by(nos.c.id)
    )
    return [(row.whose, _no(row), row.where) for row in db.execute(query)]


_NOTED_SINCE = (
    select(nos.c.id)
    .where(nos.c.connection_id == bindparam("of"), nos.c.noted_at >= bindparam("since"))
    .order_by(nos.c.id)
    .limit(1)
)


def were_noted_since(db: Connection, connection_id: int, since: datetime) -> bool:
    """Was a no noted since then?"""
    return db.scalar(_NOTED_SINCE, {"of": connection_id, "since": since}) is not None
