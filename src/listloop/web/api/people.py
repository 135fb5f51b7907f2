"""People: found, looked at, brought in step now, and what concerns their consent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from listloop.store.database import reading
from listloop.store.dossier import Change, Dossier, End, dossier, past
from listloop.store.held import held_on
from listloop.store.orders import Wish
from listloop.store.results import totals
from listloop.store.search import Line as PersonLine
from listloop.store.search import Question, find
from listloop.web.access import services_of
from listloop.web.api.access import CONFIRM, FORGET, READ, SYNC, TAKE_BACK, area, caller_of
from listloop.web.api.connections import Asked
from listloop.web.api.paging import Cursor, Id, Limit, Line, Number, Of, Page, cursor, number, page_of, place
from listloop.web.api.problems import missing

router = area("people")


class PersonShown(BaseModel):
    """A person as lists show one."""

    id: int
    connection_id: int
    name: str
    email: str
    company: str
    standing: Literal["in_sync", "waiting", "excluded", "failed"]
    rule: str
    reason: str
    next_try: datetime | None = Field(description="When somebody who failed is tried again.")


class EndShown(BaseModel):
    """What one side showed when it was last read."""

    key: str
    email: str
    name: str
    fields: dict[str, str]
    labels: list[str]
    consent: str
    takes_part: bool | None = Field(description="The CRM's flag; in the audience: active (true) or archived (false).")
    mailchimp_id: str
    read_at: datetime
    gone: bool


class NoShown(BaseModel):
    """A remembered refusal."""

    side: str
    origin: str
    said_at: str
    noted_at: datetime
    lifted_at: datetime | None
    lifted_by: str


class Responses(BaseModel):
    """Campaigns in numbers."""

    sent: int
    opened: int
    clicked: int
    bounced: int
    left: int


class PersonWhole(PersonShown):
    """Everything about one person, but for the history."""

    crm: EndShown | None
    mailchimp: EndShown | None
    linked_at: datetime | None
    linked_by: str
    parted: str
    error: str
    refusals: list[NoShown]
    campaigns: Responses


class ChangeShown(BaseModel):
    """A line of a person's history."""

    id: int
    at: datetime
    side: str
    what: str
    field: str
    old: str
    new: str
    why: str
    run_id: int | None


class Reason(BaseModel):
    """Why somebody shall be asked; it is kept with the consent log."""

    why: Annotated[Line, Field(min_length=1)]


class TakesBack(BaseModel):
    """What of a person is taken back: all that a run wrote, or one field; 0 and empty: everything."""

    run_id: int = Field(0, ge=0, le=2**53 - 1)
    field: Line = ""


class PutsBack(BaseModel):
    """The line of the history whose old value is put back on both sides."""

    change_id: Id


class Flag(BaseModel):
    """*Sync with Mailchimp* of some people of a connection."""

    connection_id: Id
    people: list[Id] = Field(min_length=1, max_length=1000)
    takes_part: bool


@router.get("/people", dependencies=[READ])
def list_people(
    request: Request,
    connection: Of = None,
    q: Annotated[Line, Query(description="Part of a name, an address or a company.")] = "",
    standing: Annotated[Literal["", "in_sync", "waiting", "excluded", "failed"], Query()] = "",
    rule: Line = "",
    company: Annotated[Line, Query(description="The whole name of a company.")] = "",
    label: Annotated[Line, Query(description="The name of a mapped group or tag.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[PersonShown]:
    """Find people."""
    question = Question(q, standing, rule, connection, company, label)
    after = place(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = find(db, question, after, limit)
    return Page(items=[PersonShown(**_line(one)) for one in found.lines], next=_next(found.after))


@router.get("/people/{person_id}", dependencies=[READ])
def get_person(request: Request, person_id: Number) -> PersonWhole:
    """Get one person: both sides, the link, the refusals."""
    with reading(services_of(request).engine).begin() as db:
        found = found_person(db, person_id)
        counted = totals(db, person_id)
    return PersonWhole(
        **_line(found.line),
        crm=_end(found.crm),
        mailchimp=_end(found.mailchimp),
        linked_at=found.linked_at,
        linked_by=found.linked_by,
        parted=found.parted,
        error=found.error,
        refusals=[
            NoShown(
                side=one.side,
                origin=one.origin,
                said_at=one.said_at,
                noted_at=one.noted_at,
                lifted_at=one.lifted_at,
                lifted_by=one.lifted_by,
            )
            for one in found.nos
        ],
        campaigns=Responses(
            sent=counted.sent,
            opened=counted.opened,
            clicked=counted.clicked,
            bounced=counted.bounced,
            left=counted.left,
        ),
    )


@router.get("/people/{person_id}/history", dependencies=[READ])
def get_history(request: Request, person_id: Number, cursor: Cursor = "", limit: Limit = 50) -> Page[ChangeShown]:
    """Get what happened to a person, the newest first."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found_person(db, person_id)
        found = past(db, person_id, before=before or None, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([_change(one) for one in found], limit, str(last))


@router.get("/people/{person_id}/everything", dependencies=[FORGET])
def get_everything(request: Request, person_id: Number) -> dict[str, Any]:
    """Get all that is held on a person, to hand it over to that person."""
    with reading(services_of(request).engine).begin() as db:
        found_person(db, person_id)
        held: dict[str, Any] = msgspec.to_builtins(held_on(db, person_id))
    return held


@router.post("/people/{person_id}/sync", dependencies=[SYNC], status_code=202)
def sync_person(request: Request, person_id: Number) -> Asked:
    """Bring this one person in step now."""
    _connection(request, person_id)
    services_of(request).sync_person(person_id, caller_of(request).who)
    return Asked()


@router.post("/people/{person_id}/retry", dependencies=[SYNC], status_code=202)
def retry_person(request: Request, person_id: Number) -> Asked:
    """Try this person again whom a side refused."""
    services_of(request).retry(_connection(request, person_id), person_id, caller_of(request).who)
    return Asked()


@router.post("/people/{person_id}/undo", dependencies=[TAKE_BACK], status_code=202)
def undo_person(request: Request, person_id: Number, what: TakesBack | None = None) -> Asked:
    """Ask for a plan that takes back what was written for this person; it waits for a yes."""
    wish = Wish(what.run_id if what else 0, person_id, what.field if what else "")
    services_of(request).undo(_connection(request, person_id), wish, caller_of(request).who)
    return Asked()


@router.post("/people/{person_id}/restore", dependencies=[TAKE_BACK], status_code=202)
def restore_value(request: Request, person_id: Number, what: PutsBack) -> Asked:
    """Put an old value of the history back on both sides."""
    _connection(request, person_id)
    services_of(request).restore(person_id, what.change_id, caller_of(request).who)
    return Asked()


@router.post("/people/{person_id}/confirmation", dependencies=[CONFIRM], status_code=202)
def send_confirmation(request: Request, person_id: Number, reason: Reason) -> Asked:
    """Have Mailchimp ask a person who opted out; only that person's own yes counts. It is logged with who and why."""
    _connection(request, person_id)
    services_of(request).confirm(person_id, caller_of(request).who, reason.why)
    return Asked()


@router.post("/people/{person_id}/forget", dependencies=[FORGET], status_code=202)
def forget_person(request: Request, person_id: Number) -> Asked:
    """Delete a person for good, on both sides and here."""
    _connection(request, person_id)
    services_of(request).forget(person_id, caller_of(request).who)
    return Asked()


@router.post("/people/{person_id}/welcome", dependencies=[FORGET], status_code=202)
def welcome_person(request: Request, person_id: Number) -> Asked:
    """Let a person come back who was forgotten."""
    _connection(request, person_id)
    services_of(request).welcome(person_id, caller_of(request).who)
    return Asked()


@router.post("/people/flag", dependencies=[SYNC], status_code=202)
def flag_people(request: Request, flag: Flag) -> Asked:
    """Say of some people whether they take part: sets *Sync with Mailchimp* in the CRM, and runs."""
    services = services_of(request)
    question = Question(connection_id=flag.connection_id)
    with reading(services.engine).begin() as db:
        for one in flag.people:
            if found_person(db, one).line.connection_id != flag.connection_id:
                raise missing("person in this connection")
    services.flag(flag.connection_id, question, flag.people, flag.takes_part, caller_of(request).who)
    return Asked()


def _next(after: str) -> str | None:
    return cursor(after) if after else None


def found_person(db: Connection, person_id: int) -> Dossier:
    """The person with that number. Raises ListloopError where there is none."""
    found = dossier(db, person_id)
    if found is None:
        raise missing("person")
    return found


def _connection(request: Request, person_id: int) -> int:
    with reading(services_of(request).engine).begin() as db:
        return found_person(db, person_id).line.connection_id


def _line(one: PersonLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "connection_id": one.connection_id,
        "name": one.name,
        "email": one.email,
        "company": one.company,
        "standing": one.standing,
        "rule": one.rule,
        "reason": one.reason,
        "next_try": one.next_try,
    }


def _end(one: End | None) -> EndShown | None:
    if one is None:
        return None
    record = one.record
    return EndShown(
        key=record.key,
        email=record.email,
        name=record.name,
        fields=dict(record.person.fields),
        labels=sorted(record.person.labels),
        consent=record.person.consent,
        takes_part=record.takes_part,
        mailchimp_id=record.mailchimp_id,
        read_at=one.read_at,
        gone=one.gone,
    )


def _change(one: Change) -> ChangeShown:
    return ChangeShown(
        id=one.id,
        at=one.at,
        side=one.side,
        what=one.what,
        field=one.field,
        old=one.old,
        new=one.new,
        why=one.why,
        run_id=one.run_id,
    )
