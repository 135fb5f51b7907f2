"""Connections: what there is, how it stands, and the buttons of one."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from listloop.store.database import reading
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.web.access import services_of
from listloop.web.api.access import PAUSE, READ, SYNC, area, caller_of
from listloop.web.api.paging import Number
from listloop.web.api.problems import missing
from listloop.web.standings import by_standing, counted

router = area("connections")


class Standings(BaseModel):
    """How many people stand where; they add up to the population."""

    in_sync: int
    waiting: int
    excluded: int
    failed: int


class ConnectionShown(BaseModel):
    """A CRM and an audience, and how they are kept in step. Never a secret."""

    id: int
    name: str
    crm: str = Field(description="The kind of CRM.")
    crm_title: str
    audience: str = Field(description="Mailchimp's number of the audience.")
    audience_title: str
    schedule: str = Field(description="When people are synced, as “listloop schedule set” takes it.")
    next_run: datetime | None
    results: str = Field(description="When campaign results are read; empty: only when somebody asks.")
    results_problem: str
    paused: str = Field(description="Why it is paused; empty: it is not.")
    next_step: str = Field(description="What to do where it is paused.")
    approved: bool = Field(description="Did its rules get a yes?")
    set_up: bool = Field(description="Is its set-up done?")
    standings: Standings


class Connections(BaseModel):
    """All connections, by name."""

    items: list[ConnectionShown]


class Asked(BaseModel):
    """The call is noted, and is carried out by a run that starts now, or by the next one."""

    asked: bool = True


@router.get("/connections", dependencies=[READ])
def list_connections(request: Request) -> Connections:
    """List all connections, by name."""
    with reading(services_of(request).engine).begin() as db:
        return Connections(items=[_shown(request, db, line) for line in connection_lines(db)])


@router.get("/connections/{connection_id}", dependencies=[READ])
def get_connection(request: Request, connection_id: Number) -> ConnectionShown:
    """Get one connection."""
    with reading(services_of(request).engine).begin() as db:
        return _shown(request, db, _line(db, connection_id))


@router.post("/connections/{connection_id}/sync", dependencies=[SYNC], status_code=202)
def sync_connection(request: Request, connection_id: Number) -> Asked:
    """Ask for a run now. Who asks during a run gets one more after it."""
    services_of(request).sync_now(known_connection(request, connection_id), caller_of(request).who)
    return Asked()


@router.post("/connections/{connection_id}/audit", dependencies=[SYNC], status_code=202)
def audit_connection(request: Request, connection_id: Number) -> Asked:
    """Have both sides read in full and compared now."""
    services_of(request).audit(known_connection(request, connection_id), caller_of(request).who)
    return Asked()


@router.post("/connections/{connection_id}/results", dependencies=[SYNC], status_code=202)
def read_results(request: Request, connection_id: Number) -> Asked:
    """Have campaign results read now."""
    services_of(request).results_now(known_connection(request, connection_id), caller_of(request).who)
    return Asked()


@router.post("/connections/{connection_id}/retry", dependencies=[SYNC], status_code=202)
def retry_failed(request: Request, connection_id: Number) -> Asked:
    """Have everybody tried again whom a side refused."""
    services_of(request).retry(known_connection(request, connection_id), None, caller_of(request).who)
    return Asked()


@router.post("/connections/{connection_id}/pause", dependencies=[PAUSE], status_code=204)
def pause_connection(request: Request, connection_id: Number) -> Response:
    """Stop running until somebody resumes. Opt-outs do not cross meanwhile."""
    services_of(request).pause(known_connection(request, connection_id), caller_of(request).who)
    return Response(status_code=204)


@router.post("/connections/{connection_id}/resume", dependencies=[PAUSE], status_code=204)
def resume_connection(request: Request, connection_id: Number) -> Response:
    """Go on after a pause, and run."""
    services_of(request).resume(known_connection(request, connection_id), caller_of(request).who)
    return Response(status_code=204)


@router.post("/connections/{connection_id}/start", dependencies=[PAUSE], status_code=202)
def start_connection(request: Request, connection_id: Number) -> Asked:
    """End the set-up of a new connection: both sides are read, and the first plan is made and waits for a yes."""
    line, setup = connection_at(request, connection_id), services_of(request).setup
    if line.setup_step and setup is not None:
        setup.step(line.id, "")
    services_of(request).sync_now(line.id, caller_of(request).who)
    return Asked()


def known_connection(request: Request, connection_id: int) -> int:
    """The number of a connection that is there. Raises ListloopError where there is none."""
    return connection_at(request, connection_id).id


def connection_at(request: Request, connection_id: int) -> ConnectionLine:
    """The connection with that number. Raises ListloopError where there is none."""
    with reading(services_of(request).engine).begin() as db:
        return _line(db, connection_id)


def _line(db: Connection, connection_id: int) -> ConnectionLine:
    found = next((line for line in connection_lines(db) if line.id == connection_id), None)
    if found is None:
        raise missing("connection")
    return found


def _shown(request: Request, db: Connection, line: ConnectionLine) -> ConnectionShown:
    return ConnectionShown(
        id=line.id,
        name=line.name,
        crm=line.crm,
        crm_title=line.crm_title,
        audience=line.audience,
        audience_title=line.mailchimp_title,
        schedule=line.rhythm.text,
        next_run=line.next_run,
        results=line.results.text if line.results else "",
        results_problem=line.results_problem,
        paused=line.paused,
        next_step=line.paused_fix,
        approved=line.approved,
        set_up=not line.setup_step,
        standings=Standings(**by_standing(counted(request, db, line.id).counts)),
    )
