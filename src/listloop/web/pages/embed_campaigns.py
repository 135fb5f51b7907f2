"""Campaigns inside the CRM: what was sent, what came of it, and response groups; each panel leads on to the next.

The CRM signs the first link; every other address here is signed by us for the same user, and ends at the same moment.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.crowd import Did, one
from listloop.store.campaigns import CampaignRow, by_ids, campaign, list_campaigns
from listloop.store.crowds import all_crowds
from listloop.store.database import reading
from listloop.store.plans import ConnectionLine
from listloop.store.report import parts_of
from listloop.web import campaign_words
from listloop.web.access import SIGNED, SIGNED_MARKETER, Refused, services_of, user_of
from listloop.web.crowds import make_group
from listloop.web.pages.embed import beside, connected, not_ready, ready
from listloop.web.pages.groups import group_name
from listloop.web.render import plain

router = APIRouter()

PATH, GROUPS = "/embed/campaigns", "/embed/groups"

#: Campaigns or groups that are listed at once, and links of a campaign that are shown.
SIZE, LINKS = 10, 5

#: Who can be made a group of in the panel; every other group is made on the pages.
FOLLOW_UP = (Did.OPENED_NOT_CLICKED, Did.NOT_OPENED, Did.CLICKED)

Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get(PATH, dependencies=[SIGNED])
def listed(request: Request, offset: Offset = 0) -> Response:
    """Campaigns, newest first."""
    with reading(services_of(request).engine).begin() as db:
        connection = connected(db, request)
        if not ready(connection):
            return not_ready(request, connection)
        found = list_campaigns(db, connection.id, sent=True, offset=offset, limit=SIZE + 1)
        return plain(
            request,
            "embed_campaigns",
            connection=connection,
            found=found[:SIZE],
            to=lambda path: beside(request, path),
            more=f"{beside(request, PATH)}&offset={offset + SIZE}" if len(found) > SIZE else "",
        )


@router.get(PATH + "/{campaign_id}", dependencies=[SIGNED])
def results(request: Request, campaign_id: int) -> Response:
    """What came of one campaign, and whom to follow up."""
    with reading(services_of(request).engine).begin() as db:
        connection = connected(db, request)
        if not ready(connection):
            return not_ready(request, connection)
        row = _find(db, connection, campaign_id)
        found = parts_of(db, row)
        return plain(
            request,
            "embed_campaign",
            user=user_of(request),
            connection=connection,
            row=row,
            links=found.links[:LINKS],
            follow=[(did, found.did[did]) for did in FOLLOW_UP],
            said_by=campaign_words,
            to=lambda path: beside(request, path),
        )


@router.post(PATH + "/{campaign_id}/{did}", dependencies=[SIGNED_MARKETER])
def make(request: Request, campaign_id: int, did: Did) -> Response:
    """Make a group of those who did this, in the CRM and as a segment, and show the groups."""
    services, chosen = services_of(request), one(did, campaign_id)
    with reading(services.engine).begin() as db:
        connection = connected(db, request)
        if not ready(connection):
            return not_ready(request, connection)
        row = _find(db, connection, campaign_id)
    make_group(services, group_name(chosen, {row.id: row}), chosen, "both", user_of(request).email)
    return RedirectResponse(beside(request, GROUPS), 303)


@router.get(GROUPS, dependencies=[SIGNED])
def groups(request: Request, offset: Offset = 0) -> Response:
    """The response groups, newest first."""
    with reading(services_of(request).engine).begin() as db:
        connection = connected(db, request)
        if not ready(connection):
            return not_ready(request, connection)
        rows = all_crowds(db, connection.id)
        asked = {one.id: one.by_responses for one in rows[offset : offset + SIZE]}
        known = by_ids(db, {number for one in asked.values() if one for number in one.campaigns})
        return plain(
            request,
            "embed_groups",
            connection=connection,
            rows=rows[offset : offset + SIZE],
            asked=asked,
            known=known,
            said_by=campaign_words,
            to=lambda path: beside(request, path),
            more=f"{beside(request, GROUPS)}&offset={offset + SIZE}" if len(rows) > offset + SIZE else "",
        )


def _find(db: Connection, connection: ConnectionLine, campaign_id: int) -> CampaignRow:
    found = campaign(db, campaign_id)
    if found is None or found.connection_id != connection.id:
        raise Refused(404, "missing")
    return found
