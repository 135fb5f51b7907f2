"""Who may sign in, in which role, and the tokens of programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import BaseModel, Field

from listloop.store.database import reading
from listloop.store.sessions import How, end_all, end_marked, sessions_of
from listloop.store.tokens import Scope, all_tokens, revoke_token
from listloop.store.users import (
    Role,
    User,
    add_user,
    all_users,
    change_role,
    find_user,
    make_sign_in_link,
    remove_user,
    user_of,
)
from listloop.web.access import Refused, services_of
from listloop.web.api.access import AUDIT, USERS, area, noted
from listloop.web.api.paging import Line, Number

router = area("users")

Mark = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="As the list of sessions names it.")]


class UserShown(BaseModel):
    """Somebody who may sign in."""

    id: int
    email: str
    name: str
    role: Role


class Users(BaseModel):
    """Everybody who may sign in, by name."""

    items: list[UserShown]


class NewUser(BaseModel):
    """Somebody who is let in."""

    email: Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\s@]+@[^\s@]+$")]
    name: Line = Field("", description="Empty: the address.")
    role: Role = Role.VIEWER


class Invited(BaseModel):
    """A user, and the link with which it signs in once; it is shown this time only, and good for 24 hours."""

    user: UserShown
    link: str


class NewRole(BaseModel):
    """Another role."""

    role: Role


class SessionShown(BaseModel):
    """A browser in which a user is signed in."""

    mark: str = Field(description="Tells it from others, and opens nothing.")
    how: How
    address: str = Field(description="The network address of the sign-in.")
    browser: str
    created_at: datetime
    seen_at: datetime = Field(description="When it was last used, to within five minutes.")
    expires_at: datetime


class Sessions(BaseModel):
    """Where a user is signed in, the newest first."""

    items: list[SessionShown]


class TokenShown(BaseModel):
    """A token of a program; itself it is never shown again."""

    id: int
    name: str
    user: str = Field(description="The address of its owner.")
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


class Tokens(BaseModel):
    """All tokens."""

    items: list[TokenShown]


@router.get("/users", dependencies=[AUDIT])
def list_users(request: Request) -> Users:
    """List everybody who may sign in, by name."""
    with reading(services_of(request).engine).begin() as db:
        return Users(items=[_shown(one) for one in all_users(db)])


@router.post("/users", dependencies=[USERS], status_code=201)
def invite_user(request: Request, new: NewUser) -> Invited:
    """Let somebody in, and get the link to hand over. Who is known already keeps role and name, and gets a new link."""
    services = services_of(request)
    user = find_user(services.engine, new.email)
    if user is None:
        user = add_user(services.engine, new.email, new.name.strip() or new.email, new.role, services.now())
        noted(request, f"let in {user.email} as {user.role}")
    else:
        noted(request, f"made a sign-in link for {user.email}")
    link = make_sign_in_link(services.engine, user, services.now(), services.base_url)
    return Invited(user=_shown(user), link=link)


@router.put("/users/{user_id}/role", dependencies=[USERS])
def set_role(request: Request, user_id: Number, new: NewRole) -> UserShown:
    """Give a user another role, from the next click on. The last administrator stays one."""
    changed = change_role(services_of(request).engine, user_id, new.role)
    noted(request, f"made {changed.email} a {changed.role}")
    return _shown(changed)


@router.delete("/users/{user_id}", dependencies=[USERS], status_code=204)
def delete_user(request: Request, user_id: Number) -> Response:
    """Let a user in no more; sessions and tokens end at once. The last administrator stays."""
    removed = remove_user(services_of(request).engine, user_id)
    noted(request, f"removed {removed.email}")
    return Response(status_code=204)


@router.get("/users/{user_id}/sessions", dependencies=[AUDIT])
def list_sessions(request: Request, user_id: Number) -> Sessions:
    """List the browsers in which a user is signed in."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        found = sessions_of(db, user_of(db, user_id).id, services.now())
    return Sessions(items=[SessionShown(**asdict(one)) for one in found])


@router.delete("/users/{user_id}/sessions", dependencies=[USERS], status_code=204)
def end_sessions(request: Request, user_id: Number) -> Response:
    """Sign a user out everywhere. The user's tokens stay."""
    with services_of(request).engine.begin() as db:
        one = user_of(db, user_id)
        end_all(db, user_id)
    noted(request, f"signed {one.email} out everywhere")
    return Response(status_code=204)


@router.delete("/users/{user_id}/sessions/{mark}", dependencies=[USERS], status_code=204)
def end_session(request: Request, user_id: Number, mark: Mark) -> Response:
    """Sign a user out of one browser."""
    with services_of(request).engine.begin() as db:
        one, ended = user_of(db, user_id), end_marked(db, user_id, mark)
    if not ended:
        raise Refused(404, "missing")
    noted(request, f"signed {one.email} out of a browser")
    return Response(status_code=204)


@router.get("/tokens", dependencies=[AUDIT])
def list_tokens(request: Request) -> Tokens:
    """List all tokens, with when each was last used."""
    with reading(services_of(request).engine).begin() as db:
        known = all_tokens(db)
    return Tokens(
        items=[
            TokenShown(
                id=one.id,
                name=one.name,
                user=one.user,
                scopes=sorted(one.scopes),
                created_at=one.created_at,
                expires_at=one.expires_at,
                used_at=one.used_at,
            )
            for one in known
        ]
    )


@router.delete("/tokens/{token_id}", dependencies=[USERS], status_code=204)
def delete_token(request: Request, token_id: Number) -> Response:
    """Revoke a token; it opens nothing any more. A token is only made by a person, on the page or the command line."""
    with services_of(request).engine.begin() as db:
        gone = revoke_token(db, token_id)
    noted(request, f"revoked the API token “{gone.name}” of {gone.user}")
    return Response(status_code=204)


def _shown(one: User) -> UserShown:
    return UserShown(id=one.id, email=one.email, name=one.name, role=one.role)
