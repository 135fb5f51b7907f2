"""Campaigns that are written here: the list, a new one, and the way of one from recipients to sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.campaigns import recipients, sending, writing
from listloop.campaigns.templates import BUILT_IN
from listloop.campaigns.writing import Way
from listloop.core.errors import NeedsAttention
from listloop.core.sending import State, next_quarter
from listloop.store import audit, mailings
from listloop.store.campaigns import find_campaign
from listloop.store.database import reading
from listloop.store.mail_templates import kept_templates
from listloop.store.mailings import Mailing
from listloop.store.plans import connection_lines
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.sources import Kind
from listloop.web import campaign_words
from listloop.web.access import MARKETER, Refused, form_of, services_of, user_of
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: What a campaign is called while it stands somewhere: words, symbol, colour.
STATES = {
    State.DRAFT: (N_("draft"), "pencil", "out"),
    State.SCHEDULED: (N_("scheduled"), "clock", "wait"),
    State.SENDING: (N_("on its way"), "send", "wait"),
    State.SENT: (N_("sent"), "circle-check", "ok"),
    State.CANCELLED: (N_("cancelled"), "ban", "out"),
    State.GONE: (N_("deleted in Mailchimp"), "trash", "bad"),
}
KINDS = {
    "audience": N_("The whole audience"),
    "segment": N_("Segments"),
    "tag": N_("Tags and lists of people"),
    "group": N_("Groups in Mailchimp"),
    "crm": N_("Groups in the CRM"),
}
TEMPLATES = {
    "letter": N_("A letter: words, nothing else"),
    "news": N_("News: a heading, three stories, links"),
    "invitation": N_("An invitation: when, where, and a button"),
    "offer": N_("An offer: a price, a button, until when"),
    "thanks": N_("Thanks: to somebody who bought or came"),
    "question": N_("A question: two buttons as answers"),
}
LEVELS = {
    "good": (N_("in order"), "circle-check", "ok"),
    "hint": (N_("to think about"), "alert-triangle", "wait"),
    "stop": (N_("keeps it from being sent"), "x", "bad"),
}


@contextmanager
def opened(request: Request, connection_id: int) -> Iterator[Sync]:
    """The connection of a campaign, at hand. Raises Refused where nothing can be sent from here."""
    services = services_of(request)
    if services.sending is None:
        raise Refused(404, "missing")
    with services.sending(connection_id) as sync:
        yield sync


def find(request: Request, mailing_id: int) -> Mailing:
    """The campaign. Raises Refused where there is none."""
    with reading(services_of(request).engine).begin() as db:
        try:
            return mailings.mailing(db, mailing_id)
        except NeedsAttention:
            raise Refused(404, "missing") from None


@router.get("/sending", dependencies=[MARKETER])
def listed(request: Request) -> Response:
    """The campaigns that were written here, newest first."""
    with reading(services_of(request).engine).begin() as db:
        rows = mailings.all_mailings(db)
    return page(request, "sendings", rows=rows, states=STATES)


@router.get("/sending/new", dependencies=[MARKETER])
def new(request: Request, connection: int | None = None, to: str = "audience:") -> Response:
    """Who is to get it, what it is called, and what it begins with."""
    with reading(services_of(request).engine).begin() as db:
        lines, kept = connection_lines(db), kept_templates(db)
    if not lines:
        raise Refused(404, "missing")
    chosen = connection or lines[0].id
    with opened(request, chosen) as sync:
        known = sources.sources(sync)
    return page(
        request,
        "sending_new",
        lines=lines,
        connection_id=chosen,
        groups={kind: [one for one in known if one.kind == kind] for kind in KINDS},
        kinds=KINDS,
        to=to,
        templates=TEMPLATES,
        kept=kept,
    )


@router.post("/sending", dependencies=[MARKETER])
def begin(request: Request) -> Response:
    """Begin a campaign with one of our templates; its sender is the audience's."""
    services, form, who = services_of(request), form_of(request), user_of(request).email
    name, template = str(form.get("name", "")).strip(), str(form.get("template", "letter"))
    connection_id = str(form.get("connection", ""))
    way, key = (Way.KEPT, template.removeprefix("kept:")) if template.startswith("kept:") else (Way.TEMPLATE, template)
    if not name or (way is Way.TEMPLATE and key not in BUILT_IN) or not connection_id.isdecimal():
        raise Refused(422, "unreadable")
    with opened(request, int(connection_id)) as sync:
        to = _source(sync, str(form.get("to", "")))
        with reading(services.engine).begin() as db:
            body = writing.from_kept(db, key) if way is Way.KEPT else writing.new_body(way, key)
        said = _envelope(request)
        made = writing.begin(sync, name, to, body, said, who, tells=True)
        with services.engine.begin() as db:
            note(db, request, sync.connection_id, f"wrote the campaign {name}")
    return RedirectResponse(f"/sending/{made}", 303)


def _envelope(request: Request) -> dict[str, str]:
    form = form_of(request)
    return {part: str(form[part]) for part in writing.ENVELOPE if part in form}


def _source(sync: Sync, said: str) -> sources.Source:
    kind, _, key = said.partition(":")
    if kind not in set(Kind):
        raise Refused(422, "unreadable")
    return sources.source(sync, Kind(kind), key)


def note(db: Connection, request: Request, connection_id: int, what: str) -> None:
    """A line of the audit log."""
    audit.note(db, services_of(request).now(), user_of(request).email, what, connection_id=connection_id)


@router.get("/sending/{mailing_id}", dependencies=[MARKETER])
def walk(request: Request, mailing_id: int) -> Response:
    """One campaign: its recipients, its content, the checklist, and what can be done with it now."""
    services = services_of(request)
    one = find(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        one = sending.look(sync, one.id)
        ready = sending.prepare(sync, one.id) if one.editable and not one.changed else sending.Ready(one, ())
        one = ready.mailing
        said = recipients.reach(sync, one) if one.editable else None
        known = sources.sources(sync) if one.editable else []
    with reading(services.engine).begin() as db:
        history = mailings.versions(db, one.id)
        there = find_campaign(db, one.connection_id, one.key) if one.key else []
    return page(
        request,
        "sending",
        one=one,
        state=STATES[one.state],
        ready=ready,
        levels=LEVELS,
        reach=said,
        groups={kind: [source for source in known if source.kind == kind] for kind in KINDS},
        kinds=KINDS,
        said_by=campaign_words,
        versions=history[:10],
        results=there[0] if there else None,
        quarter=next_quarter(services.now()).astimezone(services.zone),
        zone=services.zone,
        State=State,
    )


@router.post("/sending/{mailing_id}", dependencies=[MARKETER])
def change(request: Request, mailing_id: int) -> Response:
    """Other recipients, another subject or sender."""
    services, form = services_of(request), form_of(request)
    one = find(request, mailing_id)
    to = str(form.get("to", ""))
    with opened(request, one.connection_id) as sync:
        found = _source(sync, to) if to and to != f"{one.source}:{one.source_key}" else None
        with services.engine.begin() as db:
            tells = form.get("tells") == "yes"
            writing.change(db, one, _envelope(request), found, tells=tells, now=services.now())
    tell(request, N_("Saved."))
    return RedirectResponse(f"/sending/{one.id}", 303)
