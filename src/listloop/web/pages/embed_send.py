"""“Mail this group” to its end, inside the CRM: a campaign for the group, its checklist, a test, and off it goes.

What is designed is designed in Listloop; here a template of ours, or what was written there before, is taken.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from listloop.campaigns import recipients, sending, writing
from listloop.campaigns.templates import BUILT_IN
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.store import mailings
from listloop.store.database import reading
from listloop.store.mailings import Body, Mailing
from listloop.store.plans import ConnectionLine
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.sources import Kind
from listloop.web import campaign_words
from listloop.web.access import SIGNED_MARKETER, Refused, link_of, services_of, user_of
from listloop.web.pages.embed import beside, connected, not_ready, ready
from listloop.web.pages.sending import LEVELS, STATES, find, note, opened
from listloop.web.render import plain

router = APIRouter()

PATH, WRITE = "/embed/send", "/embed/write"

Words = Annotated[str, Form(max_length=1000)]


@router.post(WRITE, dependencies=[SIGNED_MARKETER])
def write(request: Request, name: Words = "", subject: Words = "", begin: Words = "") -> Response:
    """Begin a campaign for the group that the link names, with the content of a template or of another campaign."""
    connection, who = _connection(request), user_of(request).email
    if not ready(connection):
        return not_ready(request, connection)
    with opened(request, connection.id) as sync:
        group = sources.source(sync, Kind.CRM, link_of(request).record)
        title = name.strip()[:80] or group.title[:80]
        made = writing.begin(
            sync, title, group, _body(request, connection.id, begin), {"subject": subject}, who, tells=True
        )
        with services_of(request).engine.begin() as db:
            note(db, request, connection.id, f"wrote the campaign {title}")
    return RedirectResponse(beside(request, PATH, str(made)), 303)


@router.get(PATH, dependencies=[SIGNED_MARKETER])
def look(request: Request) -> Response:
    """The campaign, who will get it, and what keeps it from being sent."""
    one = _mailing(request)
    with _opened(request, one) as sync:
        return _shown(request, sync, one)


@router.post(PATH, dependencies=[SIGNED_MARKETER])
def act(request: Request, do: Words = "", subject: Words = "", to: Words = "") -> Response:
    """Another subject, a test, or the sending itself; asked twice, it is sent once."""
    one, problem = _mailing(request), None
    with _opened(request, one) as sync:
        try:
            _do(request, sync, one, do, subject, to)
        except ListloopError as error:
            problem = error
        return _shown(request, sync, one, do, problem)


def _do(request: Request, sync: Sync, one: Mailing, do: str, subject: str, to: str) -> None:
    engine, now = services_of(request).engine, services_of(request).now()
    if do == "subject":
        with engine.begin() as db:
            writing.change(db, one, {"subject": subject}, None, tells=one.tells, now=now)
    elif do == "test":
        sending.send_test(sync, one.id, to.split(","))
    elif do == "send":
        with engine.begin() as db:
            note(db, request, one.connection_id, f"sent the campaign {one.name}")
        sending.send(sync, one.id)
    else:
        raise Refused(422, "unreadable")


def _shown(
    request: Request, sync: Sync, one: Mailing, done: str = "", problem: ListloopError | None = None
) -> Response:
    one = sending.look(sync, one.id)
    found = sending.prepare(sync, one.id) if one.editable and not one.changed else sending.Ready(one, ())
    one = found.mailing
    return plain(
        request,
        "embed_send",
        422 if problem else 200,
        user=user_of(request),
        one=one,
        state=STATES[one.state],
        ready=found,
        levels=LEVELS,
        reach=recipients.reach(sync, one) if one.editable else None,
        said_by=campaign_words,
        action=f"{PATH}?{request.url.query}",
        done=done,
        problem=problem,
    )


def _connection(request: Request) -> ConnectionLine | None:
    with reading(services_of(request).engine).begin() as db:
        return connected(db, request)


def _mailing(request: Request) -> Mailing:
    """The campaign that the link names, if it is one of the link's connection."""
    connection, record = _connection(request), link_of(request).record
    if not record.isdecimal() or not ready(connection):
        raise Refused(404, "missing")
    one = find(request, int(record))
    if one.connection_id != connection.id:
        raise Refused(404, "missing")
    return one


def _opened(request: Request, one: Mailing) -> AbstractContextManager[Sync]:
    return opened(request, one.connection_id)


def _body(request: Request, connection_id: int, begin: str) -> Body:
    """``template:news``, or ``mailing:12`` for the content of that campaign."""
    kind, _, name = begin.partition(":")
    if kind == "template" and name in BUILT_IN:
        return writing.new_body(writing.Way.TEMPLATE, name)
    one = find(request, int(name)) if kind == "mailing" and name.isdecimal() else None
    if one is not None and one.connection_id == connection_id:
        return one.body
    raise NeedsAttention("There is no such content.", "Choose what the mail begins with.", code="template")


def written_here(request: Request, connection_id: int) -> list[Mailing]:
    """The latest campaigns of this connection, whose content can be taken again."""
    with reading(services_of(request).engine).begin() as db:
        return [one for one in mailings.all_mailings(db) if one.connection_id == connection_id][:MOST]


MOST = 20
"""Earlier campaigns that are offered."""
