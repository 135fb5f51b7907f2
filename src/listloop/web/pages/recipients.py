"""Recipients: what a campaign can go to, who of them gets it, and CRM and Mailchimp groups made into segments."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.database import reading
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.sync.sources import Kind, Source
from listloop.web import campaign_words
from listloop.web.access import MARKETER, Refused, form_of, services_of, user_of
from listloop.web.pages.campaigns import address
from listloop.web.recipients import Recipients
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()


@router.get("/recipients", dependencies=[MARKETER])
def listed(request: Request, connection: str = "", kind: str = "", name: str = "") -> Response:
    """Everything that a campaign can be sent to; where one is asked for, who of it gets a mail and who does not."""
    lines = _lines(request)
    line = next((one for one in lines if str(one.id) == connection), lines[0] if lines else None)
    known: Sequence[Source] = _recipients(request).sources(line.id) if line else ()
    asked = next((one for one in known if (one.kind, one.key) == (kind, name)), None)
    return page(
        request,
        "recipients",
        lines=lines,
        line=line,
        groups=[(some, [one for one in known if one.kind is some]) for some in Kind if some is not Kind.RESPONSES],
        asked=asked,
        reach=_recipients(request).reach(line.id, asked.kind, asked.key) if line and asked else None,
        door=lambda one: address("/recipients", connection=str(one.id)),
        count=lambda one: address("/recipients", connection=str(line.id if line else ""), kind=one.kind, name=one.key),
        said_by=campaign_words,
        Kind=Kind,
    )


@router.post("/recipients/push", dependencies=[MARKETER])
def push(request: Request) -> Response:
    """Push a CRM group as a static segment that is named with this moment."""
    connection_id, group = _meant(request)
    _recipients(request).push(connection_id, group, user_of(request).email)
    tell(request, N_("The segment is being written. Whoever is in the group now is in it, and nobody else later."))
    return RedirectResponse("/groups", 303)


@router.post("/recipients/segment", dependencies=[MARKETER])
def segment(request: Request) -> Response:
    """Make the saved segment of a Mailchimp group."""
    connection_id, group = _meant(request)
    made = _recipients(request).segment(connection_id, group, user_of(request).email)
    tell(request, N_("The saved segment is there. It holds everybody in the group, now and later."))
    there = {"connection": str(connection_id), "kind": Kind.SEGMENT, "name": made.key}
    return RedirectResponse(address("/recipients", **there), 303)


def _meant(request: Request) -> tuple[int, str]:
    form = form_of(request)
    connection, group = str(form.get("connection", "")), str(form.get("group", ""))
    if not group or connection not in {str(one.id) for one in _lines(request)}:
        raise Refused(404, "missing")
    return int(connection), group


def _lines(request: Request) -> list[ConnectionLine]:
    """The connections that are set up."""
    with reading(services_of(request).engine).begin() as db:
        return [one for one in connection_lines(db) if not one.setup_step]


def _recipients(request: Request) -> Recipients:
    found = services_of(request).recipients
    if found is None:
        raise Refused(404, "missing")
    return found
