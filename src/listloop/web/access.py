"""Who may do what: each route names the role that it needs, and this is where it is asked for.

``ADMINISTRATOR``, ``MARKETER``, ``VIEWER``, ``ANYONE``, ``MACHINE`` and the two ``SIGNED`` go into a route's
``dependencies``; ``check_routes`` refuses an application in which a route names none. Whatever changes something is a
POST, and a POST is refused when another site sent it or when its form's token is missing, whatever the role.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, params
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette_wtf import csrf_token  # type: ignore[import-untyped]  # ships no types
from starlette_wtf.util import validate_csrf  # type: ignore[import-untyped]  # ships no types
from wtforms import ValidationError  # type: ignore[import-untyped]  # ships no types

from listloop.store.database import reading
from listloop.store.sessions import SignedIn, signed_in
from listloop.store.users import Role, User, find_user
from listloop.web import framing
from listloop.web.services import Services
from listloop.web.signing import Link

SESSION = "listloop_session"
TOKEN = "form_token"  # noqa: S105 - a field's name
#: Seconds for which a page's forms stay good; as long as people leave a page open over a working day.
TOKEN_LIFE = 12 * 60 * 60

READ_METHODS = frozenset({"GET", "HEAD"})

#: Where a second factor is set up; whoever owes one gets there, and out.
SECOND = "/you/second-factor"
_OWED = (SECOND, "/sign-out")


class Refused(HTTPException):
    """A request that isn't let in; ``why`` names the words of the error page."""

    def __init__(self, status: int, why: str, wait: int = 0) -> None:
        super().__init__(status, why, headers={"Retry-After": str(wait)} if wait else None)
        self.why = why


class Detour(HTTPException):
    """Something has to be done first, at this address of ours."""

    def __init__(self, to: str) -> None:
        super().__init__(303)
        self.to = to


class Needs:
    """The dependency that lets in whom the route is meant for. ``role`` None: also those who are not signed in."""

    role: Role | None
    everyone: ClassVar[frozenset[str]] = frozenset({"same-origin", "none"})

    def __init__(self, role: Role | None) -> None:
        self.role = role

    async def __call__(self, request: Request) -> None:
        """Let the request pass, or raise ``Refused`` or ``Detour``; leaves user and form in ``request.state``."""
        services: Services = request.app.state.services
        token = request.cookies.get(SESSION, "")
        entry = await run_in_threadpool(signed_in, services.engine, token, services.now()) if token else None
        user = None if entry is None else entry.user
        request.state.user, request.state.signed_in = user, entry
        if self.role is not None and user is None:
            raise Refused(401, "signed-out")
        if request.method not in READ_METHODS:
            await self._own_form(request, services)
        if self.role is not None and user is not None and not user.role.covers(self.role):
            raise Refused(403, "role")
        if self.role is not None and entry is not None and entry.owes and not request.url.path.startswith(_OWED):
            raise Detour(SECOND)

    async def _own_form(self, request: Request, services: Services) -> None:
        self.same_site(request)
        form = await request.form()
        request.state.form = form
        try:
            validate_csrf(request, form.get(TOKEN), services.secret, TOKEN, TOKEN_LIFE)
        except ValidationError:
            raise Refused(403, "token") from None

    def same_site(self, request: Request) -> None:
        """Raise ``Refused`` for what another site sent."""
        if request.headers.get("sec-fetch-site", "same-origin") not in self.everyone:
            raise Refused(403, "cross-site")
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise Refused(403, "cross-site")


class Keyed(Needs):
    """A route for machines: there is no user and no form; whoever calls proves it by a secret that the route checks."""

    def __init__(self) -> None:
        super().__init__(None)

    async def __call__(self, request: Request) -> None:
        """Let everybody reach the route's own check."""


class Signed(Needs):
    """A panel inside a CRM, where no cookie of ours is sent: the link itself says for whom, and is signed."""

    async def __call__(self, request: Request) -> None:
        """Let the link's user pass; whoever may frame the panels may frame a refusal, too."""
        services = services_of(request)
        if request.method not in READ_METHODS:
            self.same_site(request)
        given = {name: request.query_params.get(name, "") for name in ("connection", "record", "user", "signature")}
        until = request.query_params.get("until", "")
        link = Link(path=request.url.path, until=int(until) if until.isdecimal() else 0, **given)
        good, user = await run_in_threadpool(self._look, request, services, link)
        if not good:
            raise Refused(401, "link")
        if user is None:
            raise Refused(403, "stranger")
        if self.role is not None and not user.role.covers(self.role):
            raise Refused(403, "role")
        request.state.user, request.state.link = user, link

    @staticmethod
    def _look(request: Request, services: Services, link: Link) -> tuple[bool, User | None]:
        with reading(services.engine).begin() as database:
            setattr(request.state, framing.STATE, " ".join(framing.origins(database)))
        if services.panels is None or not link.holds(services.panels.key(), services.now()):
            return False, None
        return True, find_user(services.engine, link.user)


MACHINE = Depends(Keyed())
ANYONE = Depends(Needs(None))
VIEWER = Depends(Needs(Role.VIEWER))
MARKETER = Depends(Needs(Role.MARKETER))
ADMINISTRATOR = Depends(Needs(Role.ADMINISTRATOR))
SIGNED = Depends(Signed(Role.VIEWER))
SIGNED_MARKETER = Depends(Signed(Role.MARKETER))


def services_of(request: Request) -> Services:
    """What wiring gave to the application."""
    services: Services = request.app.state.services
    return services


def user_of(request: Request) -> User:
    """Who is signed in, on a route that needs a role."""
    user: User = request.state.user
    return user


def entry_of(request: Request) -> SignedIn:
    """How the user signed in, on a route that needs a role."""
    entry: SignedIn = request.state.signed_in
    return entry


def link_of(request: Request) -> Link:
    """The signed link by which a panel was opened."""
    link: Link = request.state.link
    return link


def form_of(request: Request) -> FormData:
    """The posted form, its token checked."""
    form: FormData = request.state.form
    return form


def form_token(request: Request) -> str:
    """The token that a form on this page sends along."""
    request.state.csrf_config = {"csrf_secret": services_of(request).secret, "csrf_field_name": TOKEN}
    token: str = csrf_token(request)
    return token


def needs(dependencies: Iterable[params.Depends]) -> list[Needs]:
    """The roles that a route names."""
    return [one.dependency for one in dependencies if isinstance(one.dependency, Needs)]


def check_routes(app: FastAPI) -> None:
    """Raise RuntimeError for a route that doesn't name exactly one role: forgetting it must not open a door."""
    for route in routes(app):
        if len(needs(route.dependencies)) != 1:
            raise RuntimeError(f"{route.path} has to name exactly one of the roles")


def routes(app: FastAPI) -> list[APIRoute]:
    """Every route but the static files, which are open to everyone; raises RuntimeError for any other kind."""
    found: list[Any] = [route for route in app.routes if getattr(route, "name", "") != "static"]
    for route in found:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route!r} can't name a role")  # noqa: TRY004 - not a caller's wrong argument
    return found
