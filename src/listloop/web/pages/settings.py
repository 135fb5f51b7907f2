"""Settings of the installation: who may sign in and in which role, and the audit log of who did what."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from sqlalchemy import Engine
from starlette.responses import RedirectResponse, Response

from listloop.store import audit
from listloop.store.audit import Entry
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.sessions import count_sessions
from listloop.store.users import Role, add_user, all_users, change_role, find_user, make_sign_in_link, remove_user
from listloop.web.access import ADMINISTRATOR, form_of, services_of
from listloop.web.files import as_row, csv_response
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

SIZE = 50
EXPORT_SIZE = 1000


@router.get("/settings", dependencies=[ADMINISTRATOR])
def settings(_request: Request) -> Response:
    """The first of the settings."""
    return RedirectResponse("/settings/users", 303)


@router.get("/settings/users", dependencies=[ADMINISTRATOR])
def users(request: Request) -> Response:
    """Everybody who may sign in."""
    return _users(request)


@router.post("/settings/users", dependencies=[ADMINISTRATOR])
def add(request: Request) -> Response:
    """Let somebody in, and show the link once. Nobody is changed by being added again."""
    services, form = services_of(request), form_of(request)
    email, name = str(form.get("email", "")).strip()[:400], str(form.get("name", "")).strip()[:200]
    user = find_user(services.engine, email)
    if user is None:
        user = add_user(services.engine, email, name or email, _role(str(form.get("role", ""))), services.now())
        noted(request, f"let in {user.email} as {user.role}")
    else:
        noted(request, f"made a sign-in link for {user.email}")
    return _users(request, make_sign_in_link(services.engine, user, services.now(), services.base_url), user.email)


@router.post("/settings/users/{user_id}/role", dependencies=[ADMINISTRATOR])
def role(request: Request, user_id: int) -> Response:
    """Give a user another role."""
    changed = change_role(services_of(request).engine, user_id, _role(str(form_of(request).get("role", ""))))
    noted(request, f"made {changed.email} a {changed.role}")
    tell(request, N_("The role is changed; it holds from the next click on."))
    return RedirectResponse("/settings/users", 303)


@router.post("/settings/users/{user_id}/remove", dependencies=[ADMINISTRATOR])
def remove(request: Request, user_id: int) -> Response:
    """Let a user in no more."""
    removed = remove_user(services_of(request).engine, user_id)
    noted(request, f"removed {removed.email}")
    tell(request, N_("Removed. Every browser in which that user was signed in is signed out."))
    return RedirectResponse("/settings/users", 303)


@router.get("/settings/audit", dependencies=[ADMINISTRATOR])
def audit_log(request: Request, before: int | None = None) -> Response:
    """Who did what, newest first."""
    with reading(services_of(request).engine).begin() as database:
        found = audit.entries(database, before=before, limit=SIZE + 1)
        titles = {line.id: line.name for line in connection_lines(database)}
        more = len(found) > SIZE
        return page(
            request, "audit", step="audit", entries=found[:SIZE], more=more, first_page=before is None, titles=titles
        )


@router.get("/settings/audit.csv", dependencies=[ADMINISTRATOR])
def audit_file(request: Request) -> Response:
    """The whole log as a file."""
    services = services_of(request)
    name = f"audit-{services.now().astimezone(services.zone):%Y-%m-%d}.csv"
    return csv_response(name, _file(services.engine))


def _file(engine: Engine) -> Iterator[str]:
    with reading(engine).begin() as database:
        titles = {line.id: line.name for line in connection_lines(database)}
    yield as_row(["When", "Who", "What", "Connection", "From where"])
    for one in _all(engine):
        title = titles.get(one.connection_id or 0, "")
        yield as_row([one.at.isoformat(), one.who, one.what, title, one.address])


def _all(engine: Engine) -> Iterator[Entry]:
    before: int | None = None
    while True:
        with reading(engine).begin() as database:
            found = audit.entries(database, before=before, limit=EXPORT_SIZE)
        yield from found
        if len(found) < EXPORT_SIZE:
            return
        before = found[-1].id


def _role(text: str) -> Role:
    return Role(text) if text in set(Role) else Role.VIEWER


def _users(request: Request, link: str = "", whose: str = "") -> Response:
    with reading(services_of(request).engine).begin() as database:
        found = count_sessions(database, services_of(request).now())
        return page(request, "users", step="users", users=all_users(database), link=link, whose=whose, signed_in=found)
