"""Signing in: by a password, or by a one-time link; the second factor after either; and signing out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store import audit
from listloop.store.factors import codes_left, show
from listloop.store.passwords import user_with
from listloop.store.sessions import How, complete, end_session, half_user, open_session, use_link
from listloop.store.users import link_user
from listloop.web.access import ANYONE, SESSION, VIEWER, form_of, services_of, user_of
from listloop.web.entering import (
    TO,
    guessed,
    knock,
    let_in,
    local,
    may_guess,
    may_try_code,
    sign_in_page,
    visit,
    with_session,
    wrong_code,
)
from listloop.web.render import plain, tell
from listloop.web.words import N_

router = APIRouter()


@router.get("/sign-in", dependencies=[ANYONE])
def sign_in(request: Request) -> Response:
    """The ways to sign in; who is signed in already gets on."""
    return RedirectResponse("/", 303) if request.state.user else sign_in_page(request)


@router.post("/sign-in", dependencies=[ANYONE])
def by_password(request: Request) -> Response:
    """Sign in with address and password. What of both is wrong is not told."""
    services, form = services_of(request), form_of(request)
    email, password = str(form.get("email", "")).strip()[:400], str(form.get("password", ""))[:1000]
    to = local(str(form.get(TO, "/")))
    may_guess(request, email)
    user = user_with(services.engine, email, password)
    if user is None:
        guessed(request, email)
        return sign_in_page(request, 401, email=email, to=to, wrong=True)
    request.session[TO] = to
    with services.engine.begin() as db:
        opened = open_session(db, user.id, visit(request, How.PASSWORD), services.now())
    return let_in(request, user, opened, How.PASSWORD)


@router.get("/sign-in/code", dependencies=[ANYONE])
def ask_code(request: Request) -> Response:
    """Ask for the second factor of who has shown the first one."""
    services = services_of(request)
    user = half_user(services.engine, request.cookies.get(SESSION, ""), services.now())
    return plain(request, "sign_in_code", wrong=False) if user else RedirectResponse("/sign-in", 303)


@router.post("/sign-in/code", dependencies=[ANYONE])
def by_code(request: Request) -> Response:
    """Complete the sign-in by the code of this moment, or by a recovery code."""
    services, half = services_of(request), request.cookies.get(SESSION, "")
    user = half_user(services.engine, half, services.now())
    if user is None:
        return RedirectResponse("/sign-in", 303)
    may_try_code(request, user)
    code = str(form_of(request).get("code", ""))[:100]
    if not show(services.engine, services.secrets, user, code, services.now()):
        wrong_code(request, user)
        return plain(request, "sign_in_code", 401, wrong=True)
    with services.engine.begin() as db:
        whole = complete(db, half, services.now())
        if whole is None:
            return RedirectResponse("/sign-in", 303)
        audit.note(db, services.now(), user.email, "signed in with a second factor")
        left = codes_left(db, user.id)
    if left < 3:
        tell(request, N_("There are few recovery codes left. Make new ones under “You”."), "warn")
    return with_session(request, RedirectResponse(local(request.session.pop(TO, "/")), 303), whole)


@router.get("/sign-in/{token}", dependencies=[ANYONE])
def ask(request: Request, token: str) -> Response:
    """Show whom the link signs in, and a button.

    Opening the link does not use it up: mail scanners and link previews open every link they see.
    """
    services = services_of(request)
    user = link_user(services.engine, token, services.now())
    if user is None:
        knock(request)
    return plain(request, "sign_in_link", 200 if user else 410, user=user)


@router.post("/sign-in/{token}", dependencies=[ANYONE])
def enter(request: Request, token: str) -> Response:
    """Use the link up and open the session."""
    services = services_of(request)
    user = link_user(services.engine, token, services.now())
    opened = use_link(services.engine, token, visit(request, How.LINK), services.now())
    if opened is None or user is None:
        knock(request)
        return plain(request, "sign_in_link", 410, user=None)
    return let_in(request, user, opened, How.LINK)


@router.post("/sign-out", dependencies=[VIEWER])
def leave(request: Request) -> Response:
    """End the session on the server and forget it in the browser."""
    services = services_of(request)
    end_session(services.engine, request.cookies[SESSION])
    with services.engine.begin() as database:
        audit.note(database, services.now(), user_of(request).email, "signed out")
    response = plain(request, "signed_out")
    response.delete_cookie(SESSION)
    request.session.clear()
    return response
