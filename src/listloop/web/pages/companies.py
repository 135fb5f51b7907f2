"""Companies: does the company of a person go to Mailchimp, and does a member with one become a Contact under it?"""

from __future__ import annotations

from dataclasses import replace

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.mapping import refusal
from listloop.core.rules import Row
from listloop.core.side import Field, FieldType, Schema
from listloop.store.plans import ConnectionLine
from listloop.web.access import ADMINISTRATOR, form_of, user_of
from listloop.web.pages.connection import connection_line
from listloop.web.pages.new_connection import setup_of
from listloop.web.pages.steps import go_on, settings_page
from listloop.web.render import tell
from listloop.web.words import N_

router = APIRouter()


@router.get("/connections/{connection_id}/companies", dependencies=[ADMINISTRATOR])
def companies(request: Request, connection_id: int) -> Response:
    """Which merge field holds the company, and what follows from it."""
    line = connection_line(request, connection_id)
    crm, audience = setup_of(request).schemas(connection_id)
    here = _company(crm)
    fitting = [] if here is None else [one for one in audience.fields if not refusal(Row(here, one))]
    return settings_page(request, "companies", line, company=here, fitting=fitting, mapped=_mapped(line))


@router.post("/connections/{connection_id}/companies", dependencies=[ADMINISTRATOR])
def companies_given(request: Request, connection_id: int) -> Response:
    """Keep it: a merge field, a new one, or none."""
    line, setup = connection_line(request, connection_id), setup_of(request)
    crm, audience = setup.schemas(connection_id)
    here, wanted = _company(crm), str(form_of(request).get("company", ""))
    if here is None or wanted == _mapped(line):
        return go_on(request, line, "companies")
    if wanted == "+":
        setup.make_field(connection_id, here.name, user_of(request).email)
        tell(request, N_("Mailchimp has the new field, and it is mapped."))
        return go_on(request, line, "companies")
    there = audience.field(wanted)
    if wanted and (there is None or refusal(Row(here, there))):
        tell(request, N_("This merge field cannot hold a company. Nothing was changed."), "warn")
        return RedirectResponse(f"/connections/{connection_id}/companies", 303)
    # The field takes the place of what either of the two was mapped to before.
    rows = tuple(row for row in line.rules.rows if row.crm.name != here.name and row.mailchimp.name != wanted)
    rules = replace(line.rules, rows=rows if there is None else (*rows, Row(here, there)))
    setup.save(connection_id, rules, "changed what becomes of companies", user_of(request).email)
    tell(request, N_("Your answers are kept. The next plan waits for your yes."))
    return go_on(request, line, "companies")


def _company(crm: Schema) -> Field | None:
    return next((one for one in crm.fields if one.type is FieldType.COMPANY), None)


def _mapped(line: ConnectionLine) -> str:
    """The merge field that holds the company now, "" for none."""
    rows = (row for row in line.rules.rows if row.crm.type is FieldType.COMPANY)
    return next((row.mailchimp.name for row in rows), "")
