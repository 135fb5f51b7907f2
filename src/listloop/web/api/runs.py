"""Runs and their plans: what was written, what would be, and a person's yes or no."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from listloop.core.errors import NeedsAttention
from listloop.core.people import Patch
from listloop.store.database import reading
from listloop.store.holding import ALL, Chosen
from listloop.store.orders import Wish
from listloop.store.plans import DecisionLine, RunLine, decision_lines, run_line, run_lines, tally
from listloop.web.access import services_of
from listloop.web.api.access import APPROVE, READ, area, caller_of
from listloop.web.api.connections import Asked
from listloop.web.api.paging import Cursor, Id, Limit, Line, Number, Of, Page, number, page_of
from listloop.web.api.problems import missing

router = area("runs")


class Progress(BaseModel):
    """Where a run is."""

    stage: str
    done: int
    of: int | None
    note: str


class RunShown(BaseModel):
    """One pass over a connection."""

    id: int
    number: int = Field(description="As people see it; it counts within the connection.")
    connection_id: int
    connection: str
    trigger: str
    state: Literal["reading", "deciding", "writing", "waiting", "agreed", "done", "failed", "dropped"]
    waits: bool = Field(description="Does its plan wait for a yes?")
    why: str = Field(description="Why it waits.")
    started_at: datetime
    finished_at: datetime | None
    approved_at: datetime | None
    approved_by: str
    problem: str
    next_step: str
    progress: Progress


class RunCounted(RunShown):
    """A run, with its plan in numbers."""

    counts: dict[str, int] = Field(description="People by what is done; “held” wait for a yes, “opt_out” are opt-outs.")


class PatchShown(BaseModel):
    """What changes on one side; null and empty are left as they are."""

    email: str | None
    fields: dict[str, str] = Field(description="New values by the side's own field names; empty clears.")
    add: list[str] = Field(description="Labels to add.")
    remove: list[str] = Field(description="Labels to remove.")
    consent: str | None
    takes_part: bool | None
    state: str = Field(description="planned, intended, done, refused or left; empty: nothing is to be written.")


class DecisionShown(BaseModel):
    """One person's part of a plan."""

    id: int
    person_id: int
    name: str
    email: str
    company: str
    action: str
    opt_out: bool
    held: bool = Field(description="Does it wait for a yes?")
    crm: PatchShown
    mailchimp: PatchShown
    reasons: list[str]
    problem: str


class Yes(BaseModel):
    """A yes to a whole plan, or only to some of it; the rest becomes a plan of its own, which waits on."""

    kinds: list[Line] = Field([], max_length=50, description="Only these actions; empty: all.")
    people: list[Id] = Field([], max_length=1000, description="Only these people, by number; empty: all.")


@router.get("/runs", dependencies=[READ])
def list_runs(request: Request, connection: Of = None, cursor: Cursor = "", limit: Limit = 50) -> Page[RunShown]:
    """List runs, the newest first."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = run_lines(db, connection_id=connection, before=before or None, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([RunShown(**_values(one)) for one in found], limit, str(last))


@router.get("/runs/{run_id}", dependencies=[READ])
def get_run(request: Request, run_id: Number) -> RunCounted:
    """Get one run, with its plan in numbers."""
    with reading(services_of(request).engine).begin() as db:
        found = run_line(db, run_id)
        if found is None:
            raise missing("run")
        return RunCounted(**_values(found), counts=tally(db, found))


@router.get("/runs/{run_id}/plan", dependencies=[READ])
def get_plan(
    request: Request,
    run_id: Number,
    kind: Annotated[Line, Query(description="Only this action, or “held”, or “opt_out”.")] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[DecisionShown]:
    """Get a run's plan person by person, in the order of its making; nobody else is written to."""
    after = number(cursor)
    _found(request, run_id)
    with reading(services_of(request).engine).begin() as db:
        found = decision_lines(db, run_id, kind=kind, after=after, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([_decision(one) for one in found], limit, str(last))


@router.post("/runs/{run_id}/approve", dependencies=[APPROVE], status_code=202)
def approve_run(request: Request, run_id: Number, yes: Yes | None = None) -> Asked:
    """Say yes to a plan that waits; it is written now. 409 where it does not wait."""
    _found(request, run_id)
    chosen = Chosen(frozenset(yes.kinds), frozenset(yes.people)) if yes else ALL
    services_of(request).approve(run_id, caller_of(request).who, chosen)
    return Asked()


@router.post("/runs/{run_id}/reject", dependencies=[APPROVE], status_code=204)
def reject_run(request: Request, run_id: Number) -> Response:
    """Say no to a plan that waits; nothing of it is written. 409 where it does not wait."""
    found = _found(request, run_id)
    if not found.waits:
        raise NeedsAttention(
            f"Run {found.number} does not wait for a yes.", "Look for the one that does.", code="not-waiting"
        )
    services_of(request).drop(run_id, caller_of(request).who)
    return Response(status_code=204)


@router.post("/runs/{run_id}/undo", dependencies=[APPROVE], status_code=202)
def undo_run(request: Request, run_id: Number) -> Asked:
    """Ask for a plan that takes back what this run wrote, where it is still ours; it waits for a yes."""
    found = _found(request, run_id)
    services_of(request).undo(found.connection_id, Wish(run_id=run_id), caller_of(request).who)
    return Asked()


def _found(request: Request, run_id: int) -> RunLine:
    with reading(services_of(request).engine).begin() as db:
        found = run_line(db, run_id)
    if found is None:
        raise missing("run")
    return found


def _values(one: RunLine) -> dict[str, Any]:
    at = one.progress
    return {
        "id": one.id,
        "number": one.number,
        "connection_id": one.connection_id,
        "connection": one.connection,
        "trigger": one.trigger,
        "state": one.phase,
        "waits": one.waits,
        "why": one.wait,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
        "approved_at": one.approved_at,
        "approved_by": one.approved_by,
        "problem": one.problem,
        "next_step": one.fix,
        "progress": Progress(stage=at.stage, done=at.done, of=at.of, note=at.note),
    }


def _decision(one: DecisionLine) -> DecisionShown:
    return DecisionShown(
        id=one.id,
        person_id=one.person_id,
        name=one.name,
        email=one.email,
        company=one.company,
        action=one.action,
        opt_out=one.opt_out,
        held=one.held,
        crm=_patch(one.crm_patch, one.crm_state),
        mailchimp=_patch(one.mailchimp_patch, one.mailchimp_state),
        reasons=list(one.reasons),
        problem=one.problem,
    )


def _patch(patch: Patch, state: str) -> PatchShown:
    return PatchShown(
        email=patch.email,
        fields=dict(patch.fields),
        add=sorted(patch.add),
        remove=sorted(patch.remove),
        consent=patch.consent,
        takes_part=patch.takes_part,
        state=state,
    )
