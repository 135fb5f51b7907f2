"""The web application: pages, static files, headers and error pages, put together."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from secure import (
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    PermissionsPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)
from secure.middleware import SecureASGIMiddleware
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from listloop.core.errors import ListloopError
from listloop.web import hooks, probes
from listloop.web.access import READ_METHODS, TOKEN_LIFE, Detour, Refused, check_routes
from listloop.web.api import description, problems
from listloop.web.entering import sign_in_page
from listloop.web.framing import Framing
from listloop.web.noting import Origins
from listloop.web.pages import (
    alerts,
    answers,
    book,
    book_lists,
    campaign,
    campaign_files,
    campaigns,
    companies,
    connection,
    customers,
    customers_notes,
    designer,
    embed,
    embed_campaigns,
    embed_mail,
    embed_send,
    embedding,
    fields,
    flagging,
    groups,
    keeping,
    live,
    new_connection,
    overview,
    people,
    person,
    questions,
    recipients,
    run,
    run_file,
    runs,
    second_factor,
    sending,
    sending_acts,
    settings,
    sign_in,
    sign_in_settings,
    sign_on,
    telling,
    tokens,
    user,
    webhook,
    you,
)
from listloop.web.rates import Rates
from listloop.web.render import STATIC, plain, tell
from listloop.web.services import Services
from listloop.web.standings import KeptCounts

#: The order matters where addresses overlap: /connections/new is not the connection named new.
AREAS = (
    designer, sending, sending_acts,
    sign_on, sign_in, overview, live, flagging, people, person, campaign_files, campaigns, campaign, groups, recipients,
    questions, runs, run, run_file, new_connection, fields, companies, answers, webhook, connection, book, book_lists,
    embedding, keeping, alerts, settings, telling, tokens, you, second_factor, sign_in_settings, user,
    embed, embed_campaigns, embed_mail, embed_send, hooks, customers, customers_notes,
    *description.AREAS, description, probes,
)  # fmt: skip


def make_app(services: Services) -> FastAPI:
    """The application for these services. Raises RuntimeError if a route names no role."""
    app = FastAPI(title="Listloop", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.counts = KeptCounts()
    app.state.rates = Rates()
    https = services.base_url.startswith("https://")
    for area in AREAS:
        app.router.routes.extend(area.router.routes)  # flat, so that ``check_routes`` sees each of them
    check_routes(app)
    app.mount("/static", KeptFiles(directory=STATIC), name="static")
    app.add_middleware(
        SessionMiddleware,
        secret_key=services.secret,
        session_cookie="listloop_form",
        max_age=TOKEN_LIFE,
        same_site="lax",
        https_only=https,
    )
    app.add_middleware(SecureASGIMiddleware, secure=_headers(https))
    app.add_middleware(Framing)
    app.add_middleware(Origins)
    app.add_exception_handler(HTTPException, problems.either(_refused, problems.refused))
    app.add_exception_handler(RequestValidationError, problems.either(_unreadable, problems.unreadable))
    app.add_exception_handler(ListloopError, problems.either(_told, problems.told))
    for too_large in (OverflowError, DataError):  # of SQLite, of PostgreSQL
        app.add_exception_handler(too_large, problems.either(_nowhere, problems.refused))
    app.add_exception_handler(Exception, _broken)
    return app


def _nowhere(request: Request, _error: Exception) -> Response:
    """A number in the address is larger than the database can have: there is nothing of that number."""
    return _refused(request, Refused(404, "missing"))


class KeptFiles(StaticFiles):
    """Static files that a browser may keep for ever: their address changes with their content."""

    def file_response(self, *args: object, **values: object) -> Response:
        """Add the permission to keep the file."""
        response: Response = super().file_response(*args, **values)  # type: ignore[arg-type]  # passed through as is
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _headers(https: bool) -> Secure:
    # Tabler's own pictures are data: addresses inside its style sheet; nothing else comes from outside the files here.
    policy = (
        ContentSecurityPolicy()
        .default_src("'none'")
        .script_src("'self'")
        .style_src("'self'")
        .img_src("'self'", "data:")
        .font_src("'self'")
        .connect_src("'self'")
        .form_action("'self'")
        .base_uri("'none'")
        .frame_ancestors("'none'")
    )
    return Secure(
        csp=policy,
        coop=CrossOriginOpenerPolicy().same_origin(),
        hsts=StrictTransportSecurity().max_age(31536000) if https else None,
        permissions=PermissionsPolicy().geolocation().camera().microphone(),
        referrer=ReferrerPolicy().same_origin(),
        xcto=XContentTypeOptions().nosniff(),
        xfo=XFrameOptions().deny(),
    )


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if isinstance(error, Detour):
        return RedirectResponse(error.to, 303)
    if isinstance(error, Refused) and error.why == "signed-out" and request.method in READ_METHODS:
        return sign_in_page(request, 401)
    why = error.why if isinstance(error, Refused) else "missing" if status in {404, 405} else "unreadable"
    response = plain(request, "error", status, why=why, code=status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _unreadable(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    if found and all(one["type"] == "less_than_equal" and one["loc"][0] == "path" for one in found):
        return _nowhere(request, error)
    return plain(request, "error", 422, why="unreadable", code=422)


def _told(request: Request, error: Exception) -> Response:
    """An action that can't be done: back to the page it was started from, with the reason and the next step."""
    if request.method in READ_METHODS or request.url.path.startswith("/embed/"):  # a panel has no session for a message
        status = 422 if isinstance(error, ListloopError) and error.code in problems.UNREADABLE else 503
        return plain(request, "error", status, why="unable", code=status, problem=str(error))
    tell(request, str(error), "bad")
    return RedirectResponse(_back(request), 303)


def _back(request: Request) -> str:
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc == request.headers.get("host") and came.path.startswith("/"):
        return f"{came.path}?{came.query}" if came.query else came.path
    # Else: most actions' addresses are their page's address and one word more.
    return request.url.path.rsplit("/", 1)[0] or "/"


async def _broken(request: Request, error: Exception) -> Response:
    response: Response = problems.either(_explained, problems.broken)(request, error)
    response.headers.update(_headers(request.url.scheme == "https").headers)
    return response


def _explained(request: Request, _error: Exception) -> Response:
    return plain(request, "error", 500, why="broken", code=500)
