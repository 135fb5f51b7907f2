"""What every user sets for oneself: the language of the pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.users import change_language
from listloop.web.access import VIEWER, form_of, services_of, user_of
from listloop.web.render import page, tell
from listloop.web.texts import LANGUAGES
from listloop.web.words import N_

router = APIRouter()


@router.get("/you", dependencies=[VIEWER])
def you(request: Request) -> Response:
    """Who is signed in, in which role, and in which language the pages are."""
    return page(request, "you", languages=LANGUAGES)


@router.post("/you", dependencies=[VIEWER])
def keep(request: Request) -> Response:
    """Show the pages in another language from now on."""
    wanted = str(form_of(request).get("language", ""))
    change_language(services_of(request).engine, user_of(request).id, wanted if wanted in LANGUAGES else "")
    tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse("/you", 303)
