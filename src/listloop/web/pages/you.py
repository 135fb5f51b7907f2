"""What every user sees and sets for oneself: where one is signed in, and the language of the pages."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.database import reading
from listloop.store.users import change_language, end_marked, mark_of, sessions_of
from listloop.web.access import SESSION, VIEWER, form_of, services_of, user_of
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.texts import LANGUAGES
from listloop.web.words import N_

router = APIRouter()


@router.get("/you", dependencies=[VIEWER])
def you(request: Request) -> Response:
    """Who is signed in, in which role, in which browsers, and in which language the pages are."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        known = sessions_of(database, user_of(request).id, services.now())
    own = mark_of(request.cookies.get(SESSION, ""))
    return page(request, "you", languages=LANGUAGES, sessions=known, own=own)


@router.post("/you/sessions/{mark}/end", dependencies=[VIEWER])
def end(request: Request, mark: str) -> Response:
    """Sign out another browser of one's own."""
    with services_of(request).engine.begin() as database:
        ended = end_marked(database, user_of(request).id, mark)
    if ended:
        noted(request, "signed out another browser")
    tell(request, N_("Signed out. That browser has to sign in again."))
    return RedirectResponse("/you", 303)


@router.post("/you", dependencies=[VIEWER])
def keep(request: Request) -> Response:
    """Show the pages in another language from now on."""
    wanted = str(form_of(request).get("language", ""))
    change_language(services_of(request).engine, user_of(request).id, wanted if wanted in LANGUAGES else "")
    tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse("/you", 303)
