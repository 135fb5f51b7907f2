"""Turning templates into pages.

All words are in the templates or marked by ``N_``, and pass through ``_``. Sentences and titles that come from
elsewhere pass through ``|told`` instead: ``_`` takes its text for safe markup, and must never be given data.
"""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from listloop.core.people import SideName
from listloop.store.connections import first_book
from listloop.store.database import reading
from listloop.store.users import Role
from listloop.web import formats, words
from listloop.web.access import TOKEN, form_token, services_of
from listloop.web.needs import needs_person
from listloop.web.texts import Language, language_of

STATIC = Path(__file__).parent / "static"


@cache
def static(path: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it for ever."""
    return f"/static/{path}?v={hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:12]}"


@cache
def environment(language: Language) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("listloop.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(language.gettext, language.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters.update(
        number=partial(formats.number, language=language),
        share=partial(formats.share, language=language),
        iso=formats.iso,
        short=formats.short,
        initials=formats.initials,
        told=language.tell,
        ours=lambda text: language.tell(text) if isinstance(text, words.Word) else text,
    )
    made.globals.update(
        static=static, words=words, bar=formats.bar, SideName=SideName, Role=Role, TOKEN=TOKEN, language=language
    )
    return made


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the frame, for the user who is signed in. ``template`` is a file's name without its ending."""
    services = services_of(request)
    if "needs" not in values:
        with reading(services.engine).begin() as database:
            values["needs"] = needs_person(database)
    with reading(services.engine).begin() as database:
        values["book_id"] = first_book(database) if services.book else None
    return _html(_render(request, template, user=request.state.user, **values), status)


def plain(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or a part of one that shows nothing of the frame, for errors and for those who are not signed in."""
    return _html(_render(request, template, **values), status)


def fragment(request: Request, template: str, **values: Any) -> str:
    """A part of a page, in the language of its reader."""
    return _render(request, template, **values)


def tell(request: Request, message: str, kind: str = "info") -> None:
    """Leave a message for the next page that this browser is shown. ``kind`` is info, warn or bad."""
    request.session["message"] = {"text": message[:1000], "kind": kind}


def _html(text: str, status: int) -> HTMLResponse:
    # Pages hold people's data: no cache may keep them.
    return HTMLResponse(text, status, headers={"Cache-Control": "no-store"})


def _render(request: Request, template: str, **values: Any) -> str:
    services = services_of(request)
    now = services.now()
    language = language_of(request)
    return (
        environment(language)
        .get_template(f"{template}.html")
        .render(
            request=request,
            now=now,
            moment=lambda at: formats.moment(at, now, services.zone, language),
            until=lambda at: formats.until(at, now, services.zone, language),
            said=lambda text: formats.said(text, now, services.zone, language),
            token=lambda: form_token(request),
            message=lambda: request.session.pop("message", None),
            **values,
        )
    )
