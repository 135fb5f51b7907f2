"""Signing in at the provider of a single sign-on, and coming back from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import ListloopError
from listloop.core.people import address_key
from listloop.store.database import reading
from listloop.store.identities import SECRET, bind, provider, user_of
from listloop.store.sessions import How, open_session
from listloop.web.access import ANYONE, Refused, services_of
from listloop.web.entering import TO, knock, let_in, local, visit
from listloop.web.oidc import BACK, Asked, Claims, Client, make_question
from listloop.web.render import plain

router = APIRouter()

#: Under which name the question waits in the browser's cookie.
_ASKED = "sign-on"


@contextmanager
def _client(request: Request) -> Iterator[tuple[Client, str]]:
    """The provider, and its address. Raises Refused where none is set up."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        known = provider(db)
    if known is None:
        raise Refused(404, "missing")
    secret = services.secrets.get(SECRET) if SECRET in services.secrets.names() else ""
    with closing(Client(known, secret, services.transport)) as client:
        yield client, known.issuer


def back_address(request: Request) -> str:
    """Where the provider sends people back to."""
    return services_of(request).base_url.rstrip("/") + BACK


@router.get("/sign-in/with", dependencies=[ANYONE])
def leave(request: Request, to: str = "/") -> Response:
    """Send the browser to the provider. A GET: the policy lets no form lead to another site."""
    asked = make_question()
    try:
        with _client(request) as (client, _issuer):
            address = client.question(asked, back_address(request))
    except ListloopError as error:
        return _failed(request, error)
    request.session[_ASKED], request.session[TO] = asdict(asked), local(to)
    return RedirectResponse(address, 303)


@router.get(BACK, dependencies=[ANYONE])
def come_back(request: Request) -> Response:
    """Check the provider's answer, which is good once, and open the session of the user who it is."""
    services, kept = services_of(request), request.session.pop(_ASKED, None)
    if not isinstance(kept, dict):
        knock(request)
        return plain(request, "error", 400, why="sign-on", code=400)
    try:
        with _client(request) as (client, issuer):
            given = {name: value[:4000] for name, value in request.query_params.items()}
            claims = client.answer(Asked(**kept), given, back_address(request), services.now())
        return _enter(request, issuer, claims)
    except ListloopError as error:
        knock(request)
        return _failed(request, error)


def _enter(request: Request, issuer: str, claims: Claims) -> Response:
    services = services_of(request)
    now = services.now()
    with services.engine.begin() as db:
        user = user_of(db, issuer, claims.subject)
        if user is None and address_key(claims.email):
            user = bind(db, issuer, claims.subject, claims.email, now)
        opened = open_session(db, user.id, visit(request, How.SIGN_ON), now) if user is not None else None
    if user is None or opened is None:
        knock(request)
        return plain(request, "error", 403, why="unknown" if claims.email else "unverified", code=403)
    return let_in(request, user, opened, How.SIGN_ON)


def _failed(request: Request, error: ListloopError) -> Response:
    return plain(request, "error", 503, why="sign-on", code=503, problem=str(error))
