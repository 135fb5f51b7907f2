"""One person in full: what both sides hold, the link, the refusals and the history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from listloop.core.people import Record, SideName, address_key
from listloop.core.rules import Rules
from listloop.store.codec import decode_record, decode_rules
from listloop.store.search import Line
from listloop.store.tables import connections, history, nos, people, records, runs


@dataclass(frozen=True, slots=True)
class End:
    """One side's record as it was last read. ``gone``: the side said twice that it no longer exists."""

    record: Record
    read_at: datetime
    gone: bool


@dataclass(frozen=True, slots=True)
class No:
    """A remembered refusal. ``said_at`` is by the clock of the side where it was said, in its own words."""

    side: str
    origin: str
    said_at: str
    noted_at: datetime
    lifted_at: datetime | None
    lifted_by: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a person's history. ``run`` is the run's number as people see it, None outside a run."""

    id: int
    person_id: int
    at: datetime
    side: str
    what: str
    field: str
    old: str
    new: str
    why: str
    run_id: int | None
    run: int | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything about one person that a page shows, but for the history."""

    line: Line
    connection: str
    crm_name: str
    rules: Rules
    crm: End | None
    mailchimp: End | None
    linked_at: datetime | None
    linked_by: str
    parted: str
    error: str
    nos: tuple[No, ...]


def dossier(database: Connection, person_id: int) -> Dossier | None:
    """The person with that id, or None."""
    query = select(people, connections.c.name.label("title"), connections.c.crm, connections.c.rules).join(connections)
    row = database.execute(query.where(people.c.id == person_id)).one_or_none()
    if row is None:
        return None
    line = Line(
        row.id, row.connection_id, row.name, row.email, row.company, row.standing, row.rule, row.reason, row.next_try
    )
    return Dossier(
        line=line,
        connection=row.title,
        crm_name=row.crm,
        rules=decode_rules(row.rules),
        crm=_end(database, row.crm_record),
        mailchimp=_end(database, row.mailchimp_record),
        linked_at=row.linked_at,
        linked_by=row.linked_by,
        parted=row.parted,
        error=row.error,
        nos=_nos(database, row),
    )


def of_crm_record(database: Connection, connection_id: int, key: str) -> int | None:
    """The person that a CRM record is, by its key there; None for a company, and for a record not read yet."""
    here = (records.c.connection_id == connection_id, records.c.side == SideName.CRM, records.c.key == key)
    query = select(people.c.id).join(records, records.c.id == people.c.crm_record)
    return database.scalar(query.where(*here, people.c.counted))


def past(database: Connection, person_id: int, *, before: int | None = None, limit: int = 50) -> tuple[Change, ...]:
    """A person's history, newest first; ``before`` is the id of the last line shown."""
    query = _changes().where(history.c.person_id == person_id).order_by(history.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(history.c.id < before)
    return tuple(Change(*row) for row in database.execute(query))


def run_changes(database: Connection, run_id: int, people_ids: list[int]) -> tuple[Change, ...]:
    """What a run wrote for these people, oldest first."""
    query = _changes().where(history.c.person_id.in_(people_ids), history.c.run_id == run_id).order_by(history.c.id)
    return tuple(Change(*row) for row in database.execute(query))


def _changes() -> Any:
    h = history.c
    columns = (h.id, h.person_id, h.at, h.side, h.what, h.field, h.old, h.new, h.why, h.run_id, runs.c.number)
    return select(*columns).select_from(history.outerjoin(runs, runs.c.id == h.run_id))


def _end(database: Connection, record_id: int | None) -> End | None:
    if record_id is None:
        return None
    row = database.execute(select(records).where(records.c.id == record_id)).one()
    return End(decode_record(row.payload), row.read_at, row.gone)


def _nos(database: Connection, person: Any) -> tuple[No, ...]:
    # A no belongs to the person and to the address, and so outlives either.
    whose = nos.c.person_id == person.id
    if person.email:
        whose = or_(whose, nos.c.address == address_key(person.email))
    query = select(nos).where(nos.c.connection_id == person.connection_id, whose).order_by(nos.c.id.desc())
    return tuple(
        No(row.side, row.origin, row.said_at, row.noted_at, row.lifted_at, row.lifted_by)
        for row in database.execute(query)
    )


def crm_keys(database: Connection, people_ids: list[int]) -> list[str]:
    """The keys of these people's CRM records, in the people's order; who has none is left out."""
    query = select(people.c.id, records.c.key).join(records, records.c.id == people.c.crm_record)
    found = dict(database.execute(query.where(people.c.id.in_(people_ids))).tuples().all())
    return [found[one] for one in people_ids if one in found]
