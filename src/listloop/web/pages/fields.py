"""The mapping of a connection: which field of the CRM goes with which merge field, and which group with which tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.mapping import refusal
from listloop.core.rules import Direction, LabelRow, Owner, Row
from listloop.core.side import Field, Label, Schema
from listloop.web.access import ADMINISTRATOR, form_of, user_of
from listloop.web.pages.connection import connection_line
from listloop.web.pages.new_connection import setup_of
from listloop.web.pages.steps import go_on, settings_page
from listloop.web.render import tell
from listloop.web.setup import Example
from listloop.web.words import N_

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Line:
    """A merge field, the CRM field that was chosen for it (None: not mapped), and why the two can't go together."""

    mailchimp: Field
    crm: Field | None = None
    direction: Direction = Direction.BOTH
    owner: Owner = Owner.CRM
    refusal: str = ""
    crm_value: str = ""
    mailchimp_value: str = ""


@router.get("/connections/{connection_id}/fields", dependencies=[ADMINISTRATOR])
def fields(request: Request, connection_id: int) -> Response:
    """Every merge field with what it is mapped to, and an example from both sides."""
    line = connection_line(request, connection_id)
    crm, audience = setup_of(request).schemas(connection_id)
    mapped = {row.mailchimp.name: row for row in line.rules.rows}
    return _page(request, connection_id, crm, audience, mapped)


@router.post("/connections/{connection_id}/fields", dependencies=[ADMINISTRATOR])
def fields_given(request: Request, connection_id: int) -> Response:
    """Keep the mapping, or show which pair can't be kept in step and why."""
    line, setup, form = connection_line(request, connection_id), setup_of(request), form_of(request)
    crm, audience = setup.schemas(connection_id)
    chosen = _chosen({name: str(value) for name, value in form.items()}, crm, audience)
    if any(map(refusal, chosen.values())) or _twice(chosen):
        return _page(request, connection_id, crm, audience, chosen)
    rules = replace(line.rules, rows=tuple(chosen.values()))
    if rules != line.rules:
        setup.save(connection_id, rules, "changed the mapping of fields", user_of(request).email)
        tell(request, N_("The mapping is kept. The next plan waits for your yes."))
    return go_on(request, line, "fields")


@router.post("/connections/{connection_id}/fields/make", dependencies=[ADMINISTRATOR])
def make(request: Request, connection_id: int) -> Response:
    """Make a merge field for a field of the CRM that has none."""
    name = str(form_of(request).get("field", ""))
    setup_of(request).make_field(connection_id, name, user_of(request).email)
    tell(request, N_("Mailchimp has the new field, and it is mapped."))
    return RedirectResponse(f"/connections/{connection_id}/fields", 303)


@router.get("/connections/{connection_id}/labels", dependencies=[ADMINISTRATOR])
def labels(request: Request, connection_id: int) -> Response:
    """Every group of the CRM with the tag or group of the audience that means the same."""
    line = connection_line(request, connection_id)
    crm, audience = setup_of(request).schemas(connection_id)
    mapped = {row.crm.name: row.mailchimp.name for row in line.rules.labels}
    return settings_page(request, "labels", line, crm=crm, audience=audience, mapped=mapped)


@router.post("/connections/{connection_id}/labels", dependencies=[ADMINISTRATOR])
def labels_given(request: Request, connection_id: int) -> Response:
    """Keep which groups and tags go together; a tag that two groups ask for stays with the first."""
    line, setup, form = connection_line(request, connection_id), setup_of(request), form_of(request)
    crm, audience = setup.schemas(connection_id)
    rows: dict[str, LabelRow] = {}
    for here in crm.labels:
        there = audience.label(str(form.get(f"label:{here.name}", "")))
        if isinstance(there, Label):
            rows.setdefault(there.name, LabelRow(here, there))
    rules = replace(line.rules, labels=tuple(rows.values()))
    if rules != line.rules:
        setup.save(connection_id, rules, "changed the mapping of groups and tags", user_of(request).email)
        tell(request, N_("The mapping is kept. The next plan waits for your yes."))
    return go_on(request, line, "labels")


def _chosen(form: Mapping[str, str], crm: Schema, audience: Schema) -> dict[str, Row]:
    """What the form says, by merge tag; nonsense reads as not mapped, both ways, the CRM's."""
    rows = {}
    for there in audience.fields:
        here = crm.field(form.get(f"crm:{there.name}", ""))
        if here is not None:
            direction, owner = form.get(f"direction:{there.name}", ""), form.get(f"owner:{there.name}", "")
            rows[there.name] = Row(
                here,
                there,
                Direction(direction) if direction in set(Direction) else Direction.BOTH,
                Owner(owner) if owner in set(Owner) else Owner.CRM,
            )
    return rows


def _twice(rows: Mapping[str, Row]) -> set[str]:
    """The CRM fields that were chosen for more than one merge field."""
    names = [row.crm.name for row in rows.values()]
    return {name for name in names if names.count(name) > 1}


def _page(request: Request, connection_id: int, crm: Schema, audience: Schema, mapped: Mapping[str, Row]) -> Response:
    line = connection_line(request, connection_id)
    example = setup_of(request).example(connection_id)
    twice = _twice(mapped)
    lines = [_line(field, mapped.get(field.name), twice, example) for field in audience.fields]
    used = {row.crm.name for row in mapped.values()}
    return settings_page(
        request,
        "fields",
        line,
        422 if any(one.refusal for one in lines) else 200,
        lines=sorted(lines, key=lambda one: (not one.refusal, one.crm is None)),
        crm=crm,
        left_out=[field for field in crm.fields if field.name not in used],
        example=example,
    )


def _line(there: Field, row: Row | None, twice: set[str], example: Example) -> Line:
    theirs = example.mailchimp.person.fields.get(there.name, "") if example.mailchimp else ""
    if row is None:
        return Line(there, mailchimp_value=theirs)
    ours = example.crm.person.fields.get(row.crm.name, "") if example.crm else ""
    problem = refusal(row)
    if not problem and row.crm.name in twice:
        problem = f"{row.crm.title} is chosen more than once. A field goes with one merge field only."
    return Line(there, row.crm, row.direction, row.owner, problem, ours, theirs)
