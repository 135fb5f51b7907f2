"""“Mail this group” inside the CRM: who of a CRM group would get a mail, and a campaign or a segment for it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.people import SideName
from listloop.store.database import reading
from listloop.store.labels import known_labels
from listloop.store.plans import ConnectionLine
from listloop.sync.sources import Kind
from listloop.web import campaign_words
from listloop.web.access import SIGNED, SIGNED_MARKETER, Refused, link_of, services_of, user_of
from listloop.web.pages.embed import beside, connected, not_ready, ready
from listloop.web.pages.embed_campaigns import GROUPS
from listloop.web.pages.embed_send import WRITE, written_here
from listloop.web.pages.sending import TEMPLATES
from listloop.web.recipients import Recipients
from listloop.web.render import plain

router = APIRouter()

PATH = "/embed/mail"


@router.get(PATH, dependencies=[SIGNED])
def ask(request: Request) -> Response:
    """How many of the group get a mail, how many do not, and why."""
    with reading(services_of(request).engine).begin() as db:
        connection = connected(db, request)
        if not ready(connection):
            return not_ready(request, connection)
        known = known_labels(db, connection.id)
    key = _key(request)
    names = {key, f"group:{key}"}
    written = written_here(request, connection.id) if services_of(request).sending else None
    titles = (one.label.title for one in known if one.side is SideName.CRM and one.label.name in names)
    return plain(
        request,
        "embed_mail",
        user=user_of(request),
        connection=connection,
        title=next(titles, ""),
        reach=_recipients(request).reach(connection.id, Kind.CRM, key),
        said_by=campaign_words,
        action=f"{PATH}?{request.url.query}",
        to=lambda path: beside(request, path),
        write=beside(request, WRITE, key),
        written=written,
        templates=TEMPLATES,
    )


@router.post(PATH, dependencies=[SIGNED_MARKETER])
def push(request: Request) -> Response:
    """Keep whom the group has at this moment as a static segment, and show where it stands."""
    with reading(services_of(request).engine).begin() as db:
        connection: ConnectionLine | None = connected(db, request)
    if not ready(connection):
        return not_ready(request, connection)
    _recipients(request).push(connection.id, _key(request), user_of(request).email)
    return RedirectResponse(beside(request, GROUPS), 303)


def _key(request: Request) -> str:
    """The key of the group in the CRM, which the link says."""
    key = link_of(request).record
    if not key:
        raise Refused(404, "missing")
    return key


def _recipients(request: Request) -> Recipients:
    found = services_of(request).recipients
    if found is None:
        raise Refused(404, "missing")
    return found
