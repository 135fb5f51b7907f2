"""The description of the API (OpenAPI 3.1), made from its code."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from listloop.store.tokens import SCOPES
from listloop.web.access import ANYONE, needs
from listloop.web.api import (
    alerts,
    book,
    book_lists,
    campaigns,
    connections,
    customers,
    deal_notes,
    ends,
    files,
    installation,
    log,
    mailing_acts,
    mailings,
    mapping,
    new_connections,
    people,
    questions,
    recipients,
    results,
    rules,
    runs,
    schedules,
    users,
)
from listloop.web.api.access import Bearer
from listloop.web.api.problems import MEDIA_TYPE, Problem

router = APIRouter(prefix="/api/v1")

AREAS = (
    connections, new_connections, ends, mapping, rules, schedules, runs, people, questions, campaigns, results,
    recipients, mailings, mailing_acts, customers, deal_notes, book, book_lists, files, users, installation,
    alerts, log,
)  # fmt: skip

ABOUT = """\
Everything that the pages and the command line do, for programs.

A call carries a token, as `Authorization: Bearer llt_…`. Tokens are made under *Settings → API*, or with
`listloop token make`; each is good for some scopes and never for more than its owner's role:

{scopes}

Long lists come in pages: follow `next` with `cursor` until it is null. What a call starts is done by a run, within
moments: 202 says that it is noted. Errors are problem details (RFC 9457) with a `code` for programs.
"""

#: What every call may answer, besides what it is for.
PROBLEMS = {
    "400": "The body can't be read as JSON.",
    "401": "No token, or not a good one.",
    "403": "The token is not good for this, or its owner's role is not enough.",
    "404": "There is no such thing.",
    "409": "It can't be done as things are; the answer says why, and what to do.",
    "422": "A part of the call is not as described.",
    "429": "Too many calls; Retry-After says when to come again.",
    "503": "It can't be done now; Retry-After says when to come again.",
}


@router.get("/openapi.json", dependencies=[ANYONE], include_in_schema=False)
def get_description(_request: Request) -> Response:
    """The description itself, for everybody: it tells nothing of this installation."""
    return JSONResponse(description())


def routes() -> list[APIRoute]:
    """The calls that are described."""
    return [route for area in AREAS for route in area.router.routes if isinstance(route, APIRoute)]


@cache
def description() -> dict[str, Any]:
    """The description."""
    for route in routes():
        route.operation_id = route.unique_id = route.name
    scopes = "\n".join(f"- `{scope}`: {what}" for scope, what in SCOPES.items())
    made = get_openapi(
        title="Listloop",
        version="1",
        openapi_version="3.1.0",
        summary="Keeps a CRM and a Mailchimp audience in step.",
        description=ABOUT.format(scopes=scopes),
        routes=routes(),
    )
    parts = made["components"]
    parts["schemas"]["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "description": "An API token."}}
    body = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for route in routes():
        (needed,) = needs(route.dependencies)
        for method in route.methods or ():
            call = made["paths"][route.path][method.lower()]
            for status, why in PROBLEMS.items():
                call["responses"][status] = {"description": why, "content": body}
            if isinstance(needed, Bearer):
                call["security"] = [{"token": [str(needed.scope)]}]
                call["x-scope"], call["x-role"] = str(needed.scope), str(needed.role)
    return made
