"""Signing in by a one-time link, and signing out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store import audit
from listloop.store.users import SESSION_LIFE, end_session, link_user, use_link
from listloop.web.access import ANYONE, SESSION, VIEWER, Refused, services_of, user_of
from listloop.web.rates import SIGN_IN, address_of, rates_of
from listloop.web.render import plain

router = APIRouter()


@router.get("/sign-in/{token}", dependencies=[ANYONE])
def ask(request: Request, token: str) -> Response:
    """Show whom the link signs in, and a button.

    Opening the link does not use it up: mail scanners and link previews open every link they see.
    """
    services = services_of(request)
    user = link_user(services.engine, token, services.now())
    if user is None:
        _knock(request)
    return plain(request, "sign_in", 200 if user else 410, user=user, token_in_link=token)


@router.post("/sign-in/{token}", dependencies=[ANYONE])
def enter(request: Request, token: str) -> Response:
    """Use the link up and open the session."""
    services = services_of(request)
    user = link_user(services.engine, token, services.now())
    session = use_link(services.engine, token, services.now())
    if session is None or user is None:
        _knock(request)
        return plain(request, "sign_in", 410, user=None, token_in_link=token)
    with services.engine.begin() as database:
        audit.note(database, services.now(), user.email, "signed in")
    response = RedirectResponse("/", 303)
    response.set_cookie(
        SESSION,
        session,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services.base_url.startswith("https://"),
    )
    return response


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


def _knock(request: Request) -> None:
    """Count a try to sign in that failed. Raises ``Refused`` where there were too many from one address."""
    if wait := rates_of(request).wait(SIGN_IN, "sign-in", address_of(request)):
        raise Refused(429, "often", wait)
