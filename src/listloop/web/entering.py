"""What all ways to sign in have in common: the visit, the cookie, the limits on guessing, and where to go then."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from listloop.core.people import address_key
from listloop.store import audit
from listloop.store.database import reading
from listloop.store.identities import provider
from listloop.store.sessions import HALF_LIFE, SESSION_LIFE, How, Opened, Visit
from listloop.store.users import User, find_user
from listloop.web.access import SESSION, Refused, services_of
from listloop.web.rates import ALL_GUESSES, GUESSES, SIGN_IN, WRONG_CODES, address_of, rates_of
from listloop.web.render import plain
from listloop.web.words import N_

#: How the audit log calls a sign-in.
SAID = {
    How.LINK: N_("signed in"),
    How.PASSWORD: N_("signed in with a password"),
    How.SIGN_ON: N_("signed in by single sign-on"),
}

#: Where the page to go to afterwards is kept meanwhile.
TO = "to"

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip

_log = structlog.get_logger("listloop.sign_in")


def visit(request: Request, how: How) -> Visit:
    """How and from where somebody signs in now."""
    return Visit(how, address_of(request), browser_of(request.headers.get("user-agent", "")))


def browser_of(agent: str) -> str:
    """A browser and its system by their names, as people know them; "" for what is neither."""
    found = [next((title for mark, title in marks if mark in agent), "") for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))


def local(path: str) -> str:
    """A path of ours; the overview for whatever would lead elsewhere."""
    parts = urlsplit(path[:2000].replace("\\", "/"))
    ours = path.startswith("/") and not path.startswith("//") and not (parts.scheme or parts.netloc)
    return path if ours and path.isprintable() and not path.startswith("/sign-") else "/"


def let_in(request: Request, user: User, opened: Opened, how: How) -> Response:
    """Put the session into the browser, and go on: to the second factor, or to where the user wanted to go."""
    services = services_of(request)
    if not opened.half:
        with services.engine.begin() as db:
            audit.note(db, services.now(), user.email, SAID[how])
    to = "/sign-in/code" if opened.half else local(request.session.pop(TO, "/"))
    return with_session(request, RedirectResponse(to, 303), opened.token, half=opened.half)


def with_session(request: Request, response: Response, token: str, *, half: bool = False) -> Response:
    """The same answer with the session's cookie, out of reach of scripts and of other sites' requests."""
    response.set_cookie(
        SESSION,
        token,
        max_age=int((HALF_LIFE if half else SESSION_LIFE).total_seconds()),
        httponly=True,
        samesite="lax",
        secure=services_of(request).base_url.startswith("https://"),
    )
    return response


def sign_in_page(
    request: Request, status: int = 200, *, email: str = "", to: str = "/", wrong: bool = False
) -> Response:
    """The page on which one signs in; ``status`` 401 in the place of a page that was asked for signed out."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        known = provider(db)
    out = status == 401 and not wrong
    if out:
        to = f"{request.url.path}?{request.url.query}".removesuffix("?")
    return plain(request, "sign_in", status, email=email, wrong=wrong, out=out, to=local(to), provider=known)


def knock(request: Request) -> None:
    """Count a try to sign in that failed. Raises ``Refused`` where there were too many from one address."""
    _log.warning("sign-in refused", address=address_of(request))
    if wait := rates_of(request).wait(SIGN_IN, "sign-in", address_of(request)):
        raise Refused(429, "often", wait)


def may_guess(request: Request, email: str) -> None:
    """Raise ``Refused`` while there were too many wrong passwords for this address."""
    rates, who, here = rates_of(request), address_key(email), address_of(request)
    wait = rates.barred(GUESSES, "password", f"{here} {who}") or rates.barred(ALL_GUESSES, "password", who)
    if wait:
        raise Refused(429, "barred", wait)


def guessed(request: Request, email: str) -> None:
    """Count a wrong password, and note it where the address is a user's."""
    services, rates, who = services_of(request), rates_of(request), address_key(email)
    rates.wait(GUESSES, "password", f"{address_of(request)} {who}")
    rates.wait(ALL_GUESSES, "password", who)
    user = find_user(services.engine, who)
    if user is not None:
        with services.engine.begin() as db:
            audit.note(db, services.now(), user.email, "gave a wrong password")
    knock(request)


def may_try_code(request: Request, user: User) -> None:
    """Raise ``Refused`` while there were too many wrong codes of this user."""
    if wait := rates_of(request).barred(WRONG_CODES, "code", str(user.id)):
        raise Refused(429, "barred", wait)


def wrong_code(request: Request, user: User) -> None:
    """Count and note a wrong code."""
    services = services_of(request)
    rates_of(request).wait(WRONG_CODES, "code", str(user.id))
    with services.engine.begin() as db:
        audit.note(db, services.now(), user.email, "gave a wrong code")
