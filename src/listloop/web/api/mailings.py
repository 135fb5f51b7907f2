"""Campaigns that are written here: begun, changed, given content, looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, Field, StringConstraints

from listloop.campaigns import sending, writing
from listloop.campaigns.templates import BUILT_IN
from listloop.campaigns.writing import Way
from listloop.core.sending import State
from listloop.store import audit, mailings
from listloop.store.database import reading
from listloop.store.mail_templates import KeptTemplate, drop_template, keep_template, kept_templates
from listloop.store.mailings import Body, Mailing
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.sources import Kind, Source
from listloop.web.access import services_of
from listloop.web.api.access import READ, SEND, area, caller_of
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Cursor, Id, Limit, Line, Number, Of, Page, number, page_of
from listloop.web.api.problems import missing

router = area("campaigns written here")

Text = Annotated[str, StringConstraints(max_length=1_000_000, pattern=r"^[^\x00]*$")]


class To(BaseModel):
    """Recipients."""

    kind: Kind = Kind.AUDIENCE
    name: Annotated[
        str,
        Field(
            max_length=4000,
            pattern=r"^[^\x00]*$",
            description="Key or title, as `recipients` of the connection lists them; of responses: what they did.",
        ),
    ] = ""


class ToShown(BaseModel):
    """Recipients as they were chosen; `missed` are those who got an earlier campaign and did not open it."""

    kind: Kind | Literal["missed"]
    name: str
    title: str


class Envelope(BaseModel):
    """What stands around the content; merge tags such as `*|FNAME|*` may be in the subject."""

    subject: Annotated[Line, Field(max_length=150)] | None = None
    preview: Annotated[Line, Field(max_length=150)] | None = Field(None, description="The line beside the subject.")
    from_name: Annotated[Line, Field(max_length=100)] | None = None
    reply_to: Annotated[Line, Field(max_length=200)] | None = None
    to: To | None = Field(None, description="Recipients.")
    tells: bool | None = Field(None, description="Write on each contact in the CRM that it was sent.")


class Content(BaseModel):
    """Content, from somewhere."""

    way: Way = Field(description="What `value` is: a template of ours or of Mailchimp, a design in MJML, HTML, …")
    value: Annotated[Text, Field(description="Its name or number, or the text itself.")] = ""
    text: Annotated[Text, Field(description="A plain-text part of your own; else it is made of the mail.")] = ""


class NewMailing(Envelope):
    """A campaign to begin; it is a draft, and nothing of it is at Mailchimp yet."""

    connection_id: Id
    name: Annotated[Line, Field(min_length=1, max_length=80)] = Field(description="Only you see it.")
    content: Content = Content(way=Way.TEMPLATE, value="letter")


class MailingShown(BaseModel):
    """A campaign that is written here."""

    id: int
    connection_id: int
    name: str
    subject: str
    preview: str
    from_name: str
    reply_to: str
    to: ToShown
    tells: bool
    state: State
    at: datetime | None = Field(description="When it goes out, or went out.")
    mailchimp_id: str = Field(description="Empty until it is at Mailchimp.")
    under_way: str = Field(description="What was asked of Mailchimp and has no answer yet; a look clears it up.")
    changed: str = Field(
        description="What somebody changed of it in Mailchimp; nothing goes out until that is settled."
    )
    note: str
    version: int
    follows: int | None = Field(description="The campaign whose non-openers get this one.")
    made_at: datetime
    made_by: str


class ContentShown(BaseModel):
    """The content as it is sent; the design is empty where the mail was written as HTML."""

    version: int
    design: str
    html: str
    text: str
    own_text: bool


class VersionShown(BaseModel):
    """A version of the content."""

    version: int
    at: datetime
    who: str


class TemplateShown(BaseModel):
    """Something that content can begin with."""

    way: Way
    value: str = Field(description="As `content` wants it.")
    title: str


class Named(BaseModel):
    """What a template is called."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]


class Several(BaseModel):
    """Templates."""

    items: list[TemplateShown]


class Versions(BaseModel):
    """Versions, the newest first."""

    items: list[VersionShown]


@router.get("/mailings", dependencies=[READ])
def list_mailings(
    request: Request, connection: Of = None, cursor: Cursor = "", limit: Limit = 50
) -> Page[MailingShown]:
    """List the campaigns that are written here, the newest first."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = [one for one in mailings.all_mailings(db, connection) if not before or one.id < before]
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([shown(one) for one in found[: limit + 1]], limit, str(last))


@router.post("/mailings", dependencies=[SEND], status_code=201)
def begin_mailing(request: Request, wanted: NewMailing) -> MailingShown:
    """Begin a campaign as a draft; where no sender is named it is the audience's."""
    known_connection(request, wanted.connection_id)
    with opened(request, wanted.connection_id) as sync:
        body = _asked(request, None, wanted.content, sync)
        to = _source(sync, wanted.to or To())
        said, tells = _envelope(wanted), wanted.tells is not False
        made = writing.begin(sync, wanted.name, to, body, said, caller_of(request).who, tells=tells)
        note(request, sync.connection_id, f"wrote the campaign {wanted.name}")
    return shown(known(request, made))


@router.get("/mailings/{mailing_id}", dependencies=[READ])
def get_mailing(request: Request, mailing_id: Number) -> MailingShown:
    """Get one campaign as it was last known to stand; `report` asks Mailchimp."""
    return shown(known(request, mailing_id))


@router.patch("/mailings/{mailing_id}", dependencies=[SEND])
def change_mailing(request: Request, mailing_id: Number, wanted: Envelope) -> MailingShown:
    """Give a draft another subject, sender or recipients. 409 for one that is scheduled or sent."""
    one, services = known(request, mailing_id), services_of(request)
    with opened(request, one.connection_id) as sync:
        to = _source(sync, wanted.to) if wanted.to is not None else None
        tells = one.tells if wanted.tells is None else wanted.tells
        with services.engine.begin() as db:
            writing.change(db, one, _envelope(wanted), to, tells=tells, now=services.now())
    return shown(known(request, mailing_id))


@router.get("/mailings/{mailing_id}/content", dependencies=[READ])
def get_content(request: Request, mailing_id: Number) -> ContentShown:
    """Get the content of a campaign: its design, the HTML made of it, the plain text."""
    one = known(request, mailing_id)
    return ContentShown(version=one.number, design=one.design, html=one.html, text=one.plain, own_text=one.own_plain)


@router.put("/mailings/{mailing_id}/content", dependencies=[SEND])
def set_content(request: Request, mailing_id: Number, wanted: Content) -> ContentShown:
    """Give a draft other content: a template, a design, HTML, an earlier version, or another plain text."""
    one, services = known(request, mailing_id), services_of(request)
    if wanted.way is Way.MAILCHIMP:
        with opened(request, one.connection_id) as sync:
            body = _asked(request, one, wanted, sync)
    else:
        body = _asked(request, one, wanted, None)
    with services.engine.begin() as db:
        writing.save(db, one, body, caller_of(request).who, services.now(), typed=wanted.way is Way.TEXT)
    return get_content(request, mailing_id)


@router.get("/mailings/{mailing_id}/versions", dependencies=[READ])
def list_versions(request: Request, mailing_id: Number) -> Versions:
    """List the versions of the content that are kept, the newest first."""
    known(request, mailing_id)
    with reading(services_of(request).engine).begin() as db:
        found = mailings.versions(db, mailing_id)
    return Versions(items=[VersionShown(version=one.number, at=one.at, who=one.who) for one in found])


@router.get("/connections/{connection_id}/templates", dependencies=[READ])
def list_templates(request: Request, connection_id: Number) -> Several:
    """List what content can begin with: our templates, your own, and those of the Mailchimp account, which is asked."""
    known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        mine = [_kept(one) for one in kept_templates(db)]
    made = [TemplateShown(way=Way.TEMPLATE, value=name, title=title) for name, title in BUILT_IN.items()]
    with opened(request, connection_id) as sync:
        theirs = sending.outbox_of(sync).templates()
    return Several(
        items=made + mine + [TemplateShown(way=Way.MAILCHIMP, value=one.key, title=one.title) for one in theirs]
    )


@router.post("/mailings/{mailing_id}/keep", dependencies=[SEND], status_code=201)
def keep_as_template(request: Request, mailing_id: Number, named: Named) -> TemplateShown:
    """Keep the content of a campaign as a template, in place of the one of that name."""
    one, services = known(request, mailing_id), services_of(request)
    with services.engine.begin() as db:
        made = keep_template(db, named.name, one.body, caller_of(request).who, services.now())
    return TemplateShown(way=Way.KEPT, value=str(made), title=named.name.strip())


@router.delete("/templates/{template_id}", dependencies=[SEND], status_code=204)
def drop_own_template(request: Request, template_id: Number) -> None:
    """Drop a template of your own; campaigns that began with it keep their content."""
    with services_of(request).engine.begin() as db:
        if not drop_template(db, template_id):
            raise missing("template")


def _kept(one: KeptTemplate) -> TemplateShown:
    return TemplateShown(way=Way.KEPT, value=str(one.id), title=one.name)


def _asked(request: Request, one: Mailing | None, wanted: Content, sync: Sync | None) -> Body:
    """The content that is meant. Raises NeedsAttention where there is none such."""
    if wanted.way is Way.MAILCHIMP and sync is not None:
        return writing.from_account(sync, wanted.value, wanted.text)
    if wanted.way is Way.KEPT:
        with reading(services_of(request).engine).begin() as db:
            return writing.from_kept(db, wanted.value, wanted.text)
    if one is None or wanted.way not in (Way.TEXT, Way.VERSION):
        return writing.new_body(wanted.way, wanted.value, wanted.text)
    if wanted.way is Way.TEXT:
        return writing.with_text(one, wanted.text or wanted.value)
    if not wanted.value.isdecimal() or len(wanted.value) > 9:
        raise missing("version")
    with reading(services_of(request).engine).begin() as db:
        return writing.earlier(db, one, int(wanted.value))


def _envelope(wanted: Envelope) -> dict[str, str]:
    return {part: text for part in writing.ENVELOPE if (text := getattr(wanted, part)) is not None}


def _source(sync: Sync, to: To) -> Source:
    return sources.source(sync, to.kind, to.name)


@contextmanager
def opened(request: Request, connection_id: int) -> Iterator[Sync]:
    """The connection of a campaign, at hand for this call alone."""
    services = services_of(request)
    if services.sending is None:
        raise missing("way to send from here")
    with services.sending(connection_id) as sync:
        yield sync


def known(request: Request, mailing_id: int) -> Mailing:
    """The campaign with that number. Raises ListloopError where there is none."""
    with reading(services_of(request).engine).begin() as db:
        return mailings.mailing(db, mailing_id)


def note(request: Request, connection_id: int, what: str) -> None:
    """A line of the audit log."""
    services = services_of(request)
    with services.engine.begin() as db:
        audit.note(db, services.now(), caller_of(request).who, what, connection_id=connection_id)


def shown(one: Mailing) -> MailingShown:
    """A campaign as the API tells of it."""
    return MailingShown(
        id=one.id, connection_id=one.connection_id, name=one.name, subject=one.subject, preview=one.preview,
        from_name=one.from_name, reply_to=one.reply_to,
        to=ToShown(kind=one.source, name=one.source_key, title=one.source_title),  # type: ignore[arg-type]  # checked when read
        tells=one.tells,
        state=one.state, at=one.at, mailchimp_id=one.key, under_way=one.act, changed=one.changed, note=one.note,
        version=one.number, follows=one.parent_id, made_at=one.made_at, made_by=one.made_by,
    )  # fmt: skip
