"""The content of a campaign: the designer, the preview as a person, plain text, versions, and pictures."""

from __future__ import annotations

import re
from contextlib import closing

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from listloop.campaigns import sending, writing
from listloop.campaigns.composing import compose
from listloop.campaigns.templates import built_in
from listloop.campaigns.writing import Way
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.merging_tags import fill
from listloop.store import mailings
from listloop.store.connections import connection
from listloop.store.database import reading
from listloop.store.mail_templates import drop_template, keep_template, kept_templates
from listloop.store.mailings import Body, Mailing
from listloop.web import framing
from listloop.web.access import MARKETER, Refused, form_of, services_of, user_of
from listloop.web.pages.sending import TEMPLATES, find, opened
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: The designer draws with styles in its elements; scripts stay ours alone, without inline ones and without eval.
DESIGNER = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https: http:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: The page around a preview shows it in a frame.
AROUND = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: A mail in a frame: its pictures and styles, nothing that acts.
MAIL = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; frame-ancestors 'self'"

PICTURE = re.compile(r"[\w. -]{1,80}\.(png|jpe?g|gif|webp)", re.IGNORECASE)
LOOKS = {"desktop": N_("Desktop"), "phone": N_("Phone"), "dark": N_("Dark"), "text": N_("Plain text")}
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")


@router.get("/sending/{mailing_id}/content", dependencies=[MARKETER])
def content(request: Request, mailing_id: int, person: str = "", look: str = "desktop") -> Response:
    """The mail as one person gets it, its plain text, its versions, and what else it can be made of."""
    one = find(request, mailing_id)
    with reading(services_of(request).engine).begin() as db:
        history, kept = mailings.versions(db, one.id), kept_templates(db)
    templates = []
    if one.editable:
        with opened(request, one.connection_id) as sync:
            templates = list(sending.outbox_of(sync).templates())
    setattr(request.state, framing.POLICY, AROUND)
    shown = look if look in LOOKS else "desktop"
    return page(
        request, "sending_content", one=one, versions=history, templates=templates, ours=TEMPLATES, kept=kept,
        person=person[:320], look=shown, looks=LOOKS,
    )  # fmt: skip


@router.get("/sending/{mailing_id}/preview", dependencies=[MARKETER])
def preview(request: Request, mailing_id: int, person: str = "", look: str = "desktop") -> Response:
    """The mail alone, for the frame."""
    one = find(request, mailing_id)
    with reading(services_of(request).engine).begin() as db:
        known = mailings.reader(db, one.connection_id, person[:320])
    values = {tag.upper(): text for tag, text in known.person.fields.items()} if known else {}
    values["EMAIL"] = known.email if known else ""
    setattr(request.state, framing.POLICY, MAIL)
    if look == "text":
        return Response(fill(one.plain, values, html=False), media_type="text/plain; charset=utf-8")
    html = fill(one.html, values)
    return HTMLResponse(
        _DARK.sub("@media all", html) if look == "dark" else html, headers={"Cache-Control": "no-store"}
    )


@router.post("/sending/{mailing_id}/content", dependencies=[MARKETER])
def change(request: Request, mailing_id: int) -> Response:
    """Another plain text, an earlier version, a template of ours or of the account, or HTML from elsewhere."""
    form, one = form_of(request), find(request, mailing_id)
    way = str(form.get("do", ""))
    _save(request, one, _asked(request, one, way, str(form.get("value", ""))), typed=way == Way.TEXT)
    tell(request, N_("Saved."))
    return RedirectResponse(f"/sending/{one.id}/content", 303)


@router.post("/sending/{mailing_id}/keep", dependencies=[MARKETER])
def keep(request: Request, mailing_id: int) -> Response:
    """Keep the content as a template for other campaigns, or drop a template."""
    form, one, services = form_of(request), find(request, mailing_id), services_of(request)
    dropped = str(form.get("drop", ""))
    with services.engine.begin() as db:
        if dropped.isdecimal():
            drop_template(db, int(dropped))
        else:
            keep_template(db, str(form.get("name", "")), one.body, user_of(request).email, services.now())
    tell(request, N_("The template is gone.") if dropped else N_("Kept as a template."))
    return RedirectResponse(f"/sending/{one.id}/content", 303)


def _asked(request: Request, one: Mailing, way: str, value: str) -> Body:
    if way == Way.TEXT:
        return writing.with_text(one, value)
    with reading(services_of(request).engine).begin() as db:
        if way == Way.VERSION and value.isdecimal():
            return writing.earlier(db, one, int(value))
        if way == Way.KEPT:
            return writing.from_kept(db, value)
    if way == Way.MAILCHIMP:
        with opened(request, one.connection_id) as sync:
            return writing.from_account(sync, value)
    if way in (Way.TEMPLATE, Way.HTML):
        return writing.new_body(Way(way), value)
    raise Refused(422, "unreadable")


def _save(request: Request, one: Mailing, body: Body, *, typed: bool) -> int:
    services = services_of(request)
    with services.engine.begin() as db:
        return writing.save(db, one, body, user_of(request).email, services.now(), typed=typed)


@router.get("/sending/{mailing_id}/design", dependencies=[MARKETER])
def design(request: Request, mailing_id: int) -> Response:
    """The designer. A mail that was written as HTML begins there with the letter."""
    one = find(request, mailing_id)
    if not one.editable:
        raise sending.too_late(one)
    with reading(services_of(request).engine).begin() as db:
        rules = connection(db, one.connection_id).rules
    tags = [(row.mailchimp.name, row.crm.title) for row in rules.rows]
    setattr(request.state, framing.POLICY, DESIGNER)
    return page(request, "sending_design", one=one, design=one.design or built_in("letter"), tags=tags)


@router.post("/sending/{mailing_id}/design", dependencies=[MARKETER])
def save(request: Request, mailing_id: int) -> Response:
    """Keep the design, as one types; answered as JSON."""
    one = find(request, mailing_id)
    try:
        body = compose(str(form_of(request).get("design", "")), one.plain if one.own_plain else "")
        number = _save(request, one, body, typed=True)
    except ListloopError as error:
        return JSONResponse({"problem": str(error)}, 409)
    return JSONResponse({"number": number})


@router.post("/sending/{mailing_id}/picture", dependencies=[MARKETER])
def picture(request: Request, mailing_id: int) -> Response:
    """Put a picture into the files of the Mailchimp account; answered with its address."""
    one = find(request, mailing_id)
    try:
        name, data = _picture(form_of(request).get("files"))
        with opened(request, one.connection_id) as sync:
            address = sending.outbox_of(sync).upload(name, data)
    except ListloopError as error:
        return JSONResponse({"problem": str(error)}, 409)
    return JSONResponse({"data": [address]})


def _picture(file: object) -> tuple[str, bytes]:
    """The name and the content of a picture; one byte more than Mailchimp takes tells that it is too large."""
    if isinstance(file, UploadFile):
        with closing(file.file) as content:
            if PICTURE.fullmatch(file.filename or ""):
                return file.filename or "", content.read(1_000_001)
    raise NeedsAttention("This is no picture.", "Choose a PNG, JPEG, GIF or WebP file.", code="picture")
