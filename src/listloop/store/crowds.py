"""Crowds: sets of people that were chosen by something, counted, and written as a segment or a CRM group.

Whom a frozen one has is kept from the moment it was made; a living one is compared with its choice again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, insert, literal, or_, select, update

from listloop.core.crowd import Chosen
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent, Key, SideName
from listloop.store.bulk import insert_many
from listloop.store.codec import decode, decode_record, encode
from listloop.store.records import chunks
from listloop.store.results import identities
from listloop.store.tables import crowd_people, crowds, people, records


class Part(StrEnum):
    """Whom of a crowd one asks for: all, who is where it was written, or whom Mailchimp may not mail and why."""

    ALL = "all"
    SEGMENT = "segment"
    CRM = "crm"
    UNSUBSCRIBED = Consent.UNSUBSCRIBED
    CLEANED = Consent.CLEANED
    PENDING = Consent.PENDING
    UNKNOWN = Consent.UNKNOWN
    ARCHIVED = "archived"
    ABSENT = "absent"


INTENDED = "?"
"""Stands for the key of a segment or a group that is to be made, or was being made when the process died."""

ABSENT, ARCHIVED = Part.ABSENT.value, Part.ARCHIVED.value


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a crowd: the member's key or an address, the CRM record, where Mailchimp may mail, or why not."""

    who: str
    crm_key: str = ""
    email: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody of a crowd, for people to read. ``person`` is the row of the population, None for nobody there; ``why``
    Mailchimp may not mail, "" where it may.
    """

    who: str
    person: int | None
    name: str
    company: str
    email: str
    why: str
    in_segment: bool
    in_crm: bool


@dataclass(frozen=True, slots=True)
class CrowdRow:
    """A crowd as stored; ``segment`` and ``crm_group`` are where it is written, INTENDED where it is to be."""

    id: int
    connection_id: int
    name: str
    chosen: str
    living: bool
    crm_group: str
    segment: str
    people: int
    in_segment: int
    in_crm: int
    made_at: datetime
    made_by: str
    fresh_at: datetime | None
    problem: str

    @property
    def by_responses(self) -> Chosen | None:
        """What it asks of results; None of one that was made of a CRM group."""
        return decode(Chosen, self.chosen) if self.chosen.startswith("{") else None


def found(db: Connection, connection_id: int, chosen: Chosen) -> list[Person]:
    """Whom a choice means now."""
    return members(db, connection_id, [row[0] for row in db.execute(identities(chosen))])


def members(db: Connection, connection_id: int, whos: Sequence[str]) -> list[Person]:
    """These people, by the keys of members (or an address), each with whether Mailchimp may mail."""
    known: dict[str, Person] = {}
    crm = records.alias("crm")
    for some in chunks(whos):
        query = (
            select(records.c.key, records.c.payload, records.c.gone, crm.c.key)
            .select_from(
                records.outerjoin(people, people.c.mailchimp_record == records.c.id).outerjoin(
                    crm, (crm.c.id == people.c.crm_record) & crm.c.gone.is_(False)
                )
            )
            .where(
                records.c.connection_id == connection_id,
                records.c.side == SideName.MAILCHIMP,
                records.c.key.in_(some),
            )
        )
        for row in db.execute(query):
            known[row[0]] = _person(row[0], row[1], row[3] or "", gone=row[2])
    return [known.get(one, Person(one, why=ABSENT)) for one in whos]


def of_crm(db: Connection, connection_id: int, keys: Sequence[Key]) -> list[Person]:
    """These people, by the keys of their CRM records."""
    known: dict[str, Person] = {}
    crm = records.alias("crm")
    for some in chunks(keys):
        query = (
            select(crm.c.key, records.c.key, records.c.payload, records.c.gone)
            .select_from(
                crm.outerjoin(people, people.c.crm_record == crm.c.id).outerjoin(
                    records, records.c.id == people.c.mailchimp_record
                )
            )
            .where(crm.c.connection_id == connection_id, crm.c.side == SideName.CRM, crm.c.key.in_(some))
        )
        for row in db.execute(query):
            if row[1] is not None:
                known[row[0]] = _person(row[1], row[2], row[0], gone=row[3])
    return [known.get(one, Person(f"crm:{one}", one, why=ABSENT)) for one in keys]


def _person(key: str, payload: str, crm_key: str, *, gone: bool) -> Person:
    record = decode_record(payload)
    consent = record.person.consent
    why = (
        ABSENT if gone else ARCHIVED if record.takes_part is False else "" if consent is Consent.SUBSCRIBED else consent
    )
    return Person(key, crm_key, "" if why else record.email, why)


def reach(some: Iterable[Person]) -> Counter[str]:
    """How many may be mailed (under ""), and how many not, by the reason."""
    return Counter(one.why for one in some)


def everybody(db: Connection, connection_id: int, label: str = "") -> Counter[str]:
    """The same for the whole audience, or for whoever has this label there, as the last run has seen them."""
    counts: Counter[str] = Counter()
    query = select(records.c.payload).where(
        records.c.connection_id == connection_id, records.c.side == SideName.MAILCHIMP, records.c.gone.is_(False)
    )
    for row in db.execute(query.execution_options(yield_per=5000)):
        if not label or label in decode_record(row[0]).person.labels:
            counts[_person("", row[0], "", gone=False).why] += 1
    return counts


def add_crowd(
    db: Connection,
    connection_id: int,
    name: str,
    chosen: Chosen | str,
    some: Sequence[Person],
    *,
    segment: bool,
    crm: bool,
    living: bool,
    who: str,
    now: datetime,
) -> int:
    """Keep a crowd that is to be written; returns its id."""
    values = {
        "connection_id": connection_id,
        "name": name[:300],
        "chosen": chosen if isinstance(chosen, str) else encode(chosen),
        "living": living,
        "segment": INTENDED if segment else "",
        "crm_group": INTENDED if crm else "",
        "people": len(some),
        "made_at": now,
        "made_by": who[:400],
    }
    made = int(db.execute(insert(crowds).values(values).returning(crowds.c.id)).scalar_one())
    insert_many(db, crowd_people, [_row(made, one) for one in {one.who: one for one in some}.values()])
    return made


def _row(crowd_id: int, one: Person) -> dict[str, Any]:
    return {"crowd_id": crowd_id, "who": one.who, "crm_key": one.crm_key, "email": one.email, "why": one.why}


def compare(db: Connection, crowd: CrowdRow, now_in: Sequence[Person]) -> None:
    """Bring the list of a living crowd up to date: who is new comes in, who no longer fits leaves, and so do those whom
    Mailchimp may no longer mail.
    """
    wanted = {one.who: one for one in now_in}
    known = {row.who: row for row in db.execute(select(crowd_people).where(crowd_people.c.crowd_id == crowd.id))}
    insert_many(db, crowd_people, [_row(crowd.id, one) for who, one in wanted.items() if who not in known])
    here = crowd_people.c.crowd_id == crowd.id
    for who, row in known.items():
        one = wanted.get(who)
        if one is None:
            db.execute(update(crowd_people).where(here, crowd_people.c.who == who).values(leaves=True))
        elif (one.crm_key, one.email, one.why, False) != (row.crm_key, row.email, row.why, row.leaves):
            values = {"crm_key": one.crm_key, "email": one.email, "why": one.why, "leaves": False}
            db.execute(update(crowd_people).where(here, crowd_people.c.who == who).values(values))
    db.execute(update(crowds).where(crowds.c.id == crowd.id).values(people=len(wanted)))


def open_seats(db: Connection, crowd_id: int, *, leaves: bool, limit: int = 500) -> list[tuple[str, str]]:
    """Who is still to be put into the segment, or taken out of it: (who, address)."""
    here = crowd_people.c.crowd_id == crowd_id, crowd_people.c.email != "", crowd_people.c.leaves.is_(leaves)
    query = select(crowd_people.c.who, crowd_people.c.email).where(*here, crowd_people.c.in_segment.is_(leaves))
    return [(row.who, row.email) for row in db.execute(query.order_by(crowd_people.c.who).limit(limit))]


def open_records(db: Connection, crowd_id: int, *, leaves: bool) -> list[tuple[str, Key]]:
    """Who is still to be put into the CRM's group, or taken out of it: (who, key of the record)."""
    here = crowd_people.c.crowd_id == crowd_id, crowd_people.c.crm_key != "", crowd_people.c.leaves.is_(leaves)
    query = select(crowd_people.c.who, crowd_people.c.crm_key).where(*here, crowd_people.c.in_crm.is_(leaves))
    return [(row.who, row.crm_key) for row in db.execute(query.order_by(crowd_people.c.who))]


def note(db: Connection, crowd_id: int, whos: Collection[str], **values: bool) -> None:
    """Note where these people of a crowd are now."""
    for some in chunks(whos):
        mine = crowd_people.c.crowd_id == crowd_id, crowd_people.c.who.in_(some)
        db.execute(update(crowd_people).where(*mine).values(values))


def finish(db: Connection, crowd_id: int, now: datetime) -> None:
    """Everything of a crowd is written: those who left are let go, and the numbers are counted."""
    mine = crowd_people.c.crowd_id == crowd_id
    db.execute(delete(crowd_people).where(mine, crowd_people.c.leaves))
    row = db.execute(
        select(
            func.count(),
            func.count().filter(crowd_people.c.in_segment),
            func.count().filter(crowd_people.c.in_crm),
        ).where(mine)
    ).one()
    values = {"people": row[0], "in_segment": row[1], "in_crm": row[2], "fresh_at": now, "problem": ""}
    db.execute(update(crowds).where(crowds.c.id == crowd_id).values(values))


def change_crowd(db: Connection, crowd_id: int, **values: Any) -> None:
    """Change columns of a crowd."""
    db.execute(update(crowds).where(crowds.c.id == crowd_id).values(**values))


def due_crowds(db: Connection, connection_id: int) -> list[CrowdRow]:
    """Those that are not written yet, and the living ones."""
    due = or_(crowds.c.fresh_at.is_(None), crowds.c.living)
    query = select(crowds).where(crowds.c.connection_id == connection_id, due).order_by(crowds.c.id)
    return [_crowd(row) for row in db.execute(query)]


def all_crowds(db: Connection, connection_id: int | None = None) -> list[CrowdRow]:
    """All, newest first."""
    query = select(crowds).order_by(crowds.c.id.desc())
    return [
        _crowd(row)
        for row in db.execute(query if connection_id is None else query.where(crowds.c.connection_id == connection_id))
    ]


def crowd(db: Connection, crowd_id: int) -> CrowdRow:
    """The crowd with that id. Raises NeedsAttention where there is none."""
    row = db.execute(select(crowds).where(crowds.c.id == crowd_id)).first()
    if row is None:
        raise no_group(crowd_id)
    return _crowd(row)


_WHY = case((crowd_people.c.email != "", literal("")), else_=crowd_people.c.why)


def seats(db: Connection, one: CrowdRow, part: Part = Part.ALL, *, after: str = "", limit: int = 50) -> list[Seat]:
    """Who is in a crowd, page by page; ``after`` is the ``who`` of the last one shown."""
    member, crm = records.alias("member"), records.alias("crm")
    by_member, by_crm = people.alias("by_member"), people.alias("by_crm")
    of = crowd_people.outerjoin(
        member,
        (member.c.connection_id == one.connection_id)
        & (member.c.side == SideName.MAILCHIMP)
        & (member.c.key == crowd_people.c.who),
    ).outerjoin(
        crm,
        (crm.c.connection_id == one.connection_id)
        & (crm.c.side == SideName.CRM)
        & (crm.c.key == crowd_people.c.crm_key),
    )
    whole = of.outerjoin(by_member, by_member.c.mailchimp_record == member.c.id)
    whole = whole.outerjoin(by_crm, by_crm.c.crm_record == crm.c.id)
    address = func.coalesce(by_member.c.email, by_crm.c.email, "")
    query = select(
        crowd_people.c.who,
        func.coalesce(by_member.c.id, by_crm.c.id),
        func.coalesce(by_member.c.name, by_crm.c.name, ""),
        func.coalesce(by_member.c.company, by_crm.c.company, ""),
        case((address != "", address), (crowd_people.c.who.contains("@"), crowd_people.c.who), else_=literal("")),
        _WHY,
        crowd_people.c.in_segment,
        crowd_people.c.in_crm,
    ).select_from(whole)
    query = query.where(crowd_people.c.crowd_id == one.id, crowd_people.c.who > after, _of(part))
    return [Seat(*row) for row in db.execute(query.order_by(crowd_people.c.who).limit(limit))]


def _of(part: Part) -> ColumnElement[bool]:
    parts = {
        Part.ALL: crowd_people.c.who != "",
        Part.SEGMENT: crowd_people.c.in_segment,
        Part.CRM: crowd_people.c.in_crm,
    }
    return parts[part] if part in parts else literal(part.value) == _WHY


def no_group(crowd_id: int) -> NeedsAttention:
    """The error for a number that no group has."""
    return NeedsAttention(f"There is no group {crowd_id} here.", "“listloop groups” lists them.", code="no-group")


def reach_of(db: Connection, crowd_id: int) -> Counter[str]:
    """How many of a crowd may be mailed (under ""), and how many not, by the reason."""
    query = select(_WHY, func.count()).where(crowd_people.c.crowd_id == crowd_id).group_by(_WHY)
    return Counter({row[0]: row[1] for row in db.execute(query)})


def _crowd(row: Any) -> CrowdRow:
    known: Mapping[str, Any] = row._mapping  # noqa: SLF001 - SQLAlchemy's documented way to a row's names
    return CrowdRow(**{name: known[name] for name in CrowdRow.__dataclass_fields__})
