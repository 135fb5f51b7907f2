"""What every user sees and sets for oneself: password, second factor, where one is signed in, the pages' language."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import NeedsAttention
from listloop.store import audit
from listloop.store.database import reading
from listloop.store.factors import codes_left, has_factor
from listloop.store.passwords import LONGEST, SHORTEST, has_password, password_since, set_password
from listloop.store.sessions import How, end_all, end_marked, mark_of, sessions_of
from listloop.store.users import change_language
from listloop.web.access import SESSION, VIEWER, entry_of, form_of, services_of, user_of
from listloop.web.entering import guessed, may_guess
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.texts import LANGUAGES
from listloop.web.words import N_

router = APIRouter()


@router.get("/you", dependencies=[VIEWER])
def you(request: Request) -> Response:
    """Who is signed in, in which role, how and in which browsers, and in which language the pages are."""
    services, user = services_of(request), user_of(request)
    with reading(services.engine).begin() as database:
        return page(
            request, "you", languages=LANGUAGES, sessions=sessions_of(database, user.id, services.now()),
            own=mark_of(request.cookies.get(SESSION, "")), since=password_since(database, user.id),
            asks_old=_asks_old(request), lengths=(SHORTEST, LONGEST), factor=has_factor(database, user.id),
            left=codes_left(database, user.id),
        )  # fmt: skip


@router.post("/you/password", dependencies=[VIEWER])
def password(request: Request) -> Response:
    """Set or change one's password; every other browser is signed out. Raises NeedsAttention for one that won't do."""
    services, user, form = services_of(request), user_of(request), form_of(request)
    old, new, again = (str(form.get(name, ""))[:1000] for name in ("old", "new", "again"))
    if _asks_old(request):
        may_guess(request, user.email)
        if not has_password(services.engine, user, old):
            guessed(request, user.email)
            raise NeedsAttention("The old password is another one.", "Nothing was changed.", code="password-wrong")
    if new != again:
        raise NeedsAttention("The new password was not typed the same twice.", "Nothing was changed.")
    with services.engine.begin() as database:
        changed = password_since(database, user.id) is not None
        set_password(database, user, new, services.now())
        end_all(database, user.id, but=request.cookies.get(SESSION, ""))
        audit.note(database, services.now(), user.email, "changed the password" if changed else "set a password")
    tell(request, N_("The password is set. Every other browser is signed out."))
    return RedirectResponse("/you", 303)


@router.post("/you/sessions/end", dependencies=[VIEWER])
def end_others(request: Request) -> Response:
    """Sign out everywhere but here."""
    with services_of(request).engine.begin() as database:
        end_all(database, user_of(request).id, but=request.cookies.get(SESSION, ""))
    noted(request, "signed out all other browsers")
    tell(request, N_("Signed out everywhere but here."))
    return RedirectResponse("/you", 303)


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


def _asks_old(request: Request) -> bool:
    """Is the old password asked for? Not of who came by a link: that is how a forgotten one is replaced."""
    with reading(services_of(request).engine).begin() as database:
        has = password_since(database, user_of(request).id) is not None
    return has and entry_of(request).how is not How.LINK
