"""*Mailchimp following* inside the CRM: a panel on one person, opened by a link that the CRM signed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeGuard

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.store.credit import deals_of_person
from listloop.store.database import reading
from listloop.store.dossier import dossier, of_crm_record
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.store.results import followed, totals
from listloop.store.users import Role
from listloop.web.access import SIGNED, SIGNED_MARKETER, Refused, link_of, services_of, user_of
from listloop.web.render import plain
from listloop.web.signing import make_link

router = APIRouter()

PATH = "/embed/following"

#: Campaigns that are listed at once; more of them come by a link.
SIZE = 10


@router.get(PATH, dependencies=[SIGNED])
def following(request: Request, offset: int = 0) -> Response:
    """Where the person stands, may we mail, and what came of each campaign."""
    link, start = link_of(request), max(offset, 0)
    with reading(services_of(request).engine).begin() as database:
        connection = connected(database, request)
        if not ready(connection):
            return not_ready(request, connection)
        person_id = of_crm_record(database, connection.id, link.record)
        person = None if person_id is None else dossier(database, person_id)
        if person_id is None or person is None:
            return plain(request, "embed_nobody", connection=connection)
        found = followed(database, person_id, limit=SIZE + 1, offset=start)
        return plain(
            request,
            "embed_following",
            user=user_of(request),
            person=person,
            connection=connection,
            totals=totals(database, person_id),
            brought=deals_of_person(database, person_id, limit=3) if not start else [],
            followed=found[:SIZE],
            more=start + SIZE if len(found) > SIZE else 0,
            query=request.url.query.partition("&offset=")[0],
        )


@router.post(PATH, dependencies=[SIGNED_MARKETER])
def sync(request: Request) -> Response:
    """Bring this one person in step now, and show the panel again."""
    services, link = services_of(request), link_of(request)
    with reading(services.engine).begin() as database:
        connection = connected(database, request)
        person_id = None if connection is None else of_crm_record(database, connection.id, link.record)
    if person_id is not None:
        services.sync_person(person_id, user_of(request).email)
    return RedirectResponse(f"{PATH}?{request.url.query}", 303)


def connected(database: Connection, request: Request) -> ConnectionLine | None:
    """The connection that the link names, or the only one there is."""
    named, lines = link_of(request).connection, connection_lines(database)
    if not named:
        return lines[0] if len(lines) == 1 else None
    return next((line for line in lines if str(line.id) == named), None)


def ready(connection: ConnectionLine | None) -> TypeGuard[ConnectionLine]:
    """Is it set up, and did its first plan get its yes?"""
    return connection is not None and not connection.setup_step and connection.approved


def not_ready(request: Request, connection: ConnectionLine | None) -> Response:
    """Instead of any panel: that the connection is to be made, with the button for those who may."""
    may = user_of(request).role.covers(Role.ADMINISTRATOR)
    return plain(request, "embed_set_up", connection=connection, may=may)


def beside(request: Request, path: str, record: str = "") -> str:
    """The address of another panel for the same user, good for as long as the link by which this one was opened."""
    link, panels = link_of(request), services_of(request).panels
    if panels is None:
        raise Refused(404, "missing")
    until = datetime.fromtimestamp(link.until, UTC)
    return make_link(panels.key(), path, connection=link.connection, record=record, user=link.user, until=until)
