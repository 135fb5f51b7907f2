"""One user as an administrator sees it: where signed in, by what, and what can be taken away."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.database import reading
from listloop.store.factors import codes_left, drop_factor, has_factor
from listloop.store.identities import linked_since, unlink
from listloop.store.passwords import drop_password, password_since
from listloop.store.sessions import end_all, end_marked, mark_of, sessions_of
from listloop.store.users import user_of as stored
from listloop.web.access import ADMINISTRATOR, SESSION, services_of
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

ROOT = "/settings/users/{user_id}"


@router.get(ROOT, dependencies=[ADMINISTRATOR])
def user(request: Request, user_id: int) -> Response:
    """What is known of a user's ways in."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        one = stored(db, user_id)
        return page(
            request, "user", step="users", one=one, sessions=sessions_of(db, user_id, services.now()),
            own=mark_of(request.cookies.get(SESSION, "")), since=password_since(db, user_id),
            factor=has_factor(db, user_id), left=codes_left(db, user_id), linked=linked_since(db, user_id),
        )  # fmt: skip


@router.post(f"{ROOT}/sessions/{{mark}}/end", dependencies=[ADMINISTRATOR])
def end(request: Request, user_id: int, mark: str) -> Response:
    """Sign a user out of one browser."""
    with services_of(request).engine.begin() as db:
        one, ended = stored(db, user_id), end_marked(db, user_id, mark)
    if ended:
        noted(request, f"signed {one.email} out of a browser")
    return _done(request, user_id, N_("Signed out. That browser has to sign in again."))


@router.post(f"{ROOT}/sign-out", dependencies=[ADMINISTRATOR])
def end_everywhere(request: Request, user_id: int) -> Response:
    """Sign a user out everywhere; an administrator's own browser stays."""
    with services_of(request).engine.begin() as db:
        one = stored(db, user_id)
        end_all(db, user_id, but=request.cookies.get(SESSION, ""))
    noted(request, f"signed {one.email} out everywhere")
    return _done(request, user_id, N_("Signed out everywhere."))


@router.post(f"{ROOT}/password/remove", dependencies=[ADMINISTRATOR])
def without_password(request: Request, user_id: int) -> Response:
    """Take the password away, and sign out whoever may have come by it; a link lets the user set another one."""
    with services_of(request).engine.begin() as db:
        one = stored(db, user_id)
        drop_password(db, user_id)
        end_all(db, user_id, but=request.cookies.get(SESSION, ""))
    noted(request, f"removed the password of {one.email}")
    return _done(request, user_id, N_("The password is removed. Make a sign-in link, by which another one can be set."))


@router.post(f"{ROOT}/second-factor/remove", dependencies=[ADMINISTRATOR])
def without_factor(request: Request, user_id: int) -> Response:
    """Take the second factor away, for who lost the telephone; the administrator makes sure who asks."""
    services = services_of(request)
    with services.engine.begin() as db:
        one = stored(db, user_id)
        drop_factor(db, services.secrets, one)
    noted(request, f"removed the second factor of {one.email}")
    return _done(request, user_id, N_("The second factor is removed."))


@router.post(f"{ROOT}/unlink", dependencies=[ADMINISTRATOR])
def without_link(request: Request, user_id: int) -> Response:
    """Forget who the user is at the provider: the next one who comes with the address is the user."""
    with services_of(request).engine.begin() as db:
        one = stored(db, user_id)
        unlink(db, user_id)
        end_all(db, user_id, but=request.cookies.get(SESSION, ""))
    noted(request, f"unlinked {one.email} from single sign-on")
    return _done(request, user_id, N_("Unlinked. The next single sign-on with this address is taken for this user."))


def _done(request: Request, user_id: int, said: str) -> Response:
    tell(request, said)
    return RedirectResponse(ROOT.format(user_id=user_id), 303)
