"""Who may call what: a route of the API names the scope and the role that it needs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from listloop.store import audit
from listloop.store.tokens import PREFIX, Caller, Scope, caller_with
from listloop.store.users import Role
from listloop.web.access import Needs, Refused, services_of
from listloop.web.rates import CALLS, WRONG_TOKEN, address_of, rates_of


class Bearer(Needs):
    """Lets in whoever calls with a token of this scope whose owner has this role.

    No cookie counts here, so that no other site can make a browser call; and no token in an address, which ends up in
    logs.
    """

    def __init__(self, scope: Scope, role: Role) -> None:
        super().__init__(role)
        self.scope = scope

    async def __call__(self, request: Request) -> None:
        """Let the call pass, or raise ``Refused``; leaves who calls in ``request.state``."""
        services = services_of(request)
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = text.strip()
        if kind.lower() != "bearer" or not token.startswith(PREFIX):
            raise Refused(401, "no-token")
        caller = await run_in_threadpool(caller_with, services.engine, token, services.now())
        if caller is None:
            wait = rates_of(request).wait(WRONG_TOKEN, "wrong-token", address_of(request))
            raise Refused(429, "often", wait) if wait else Refused(401, "bad-token")
        if wait := rates_of(request).wait(CALLS, "calls", str(caller.token.id)):
            raise Refused(429, "often", wait)
        if self.scope not in caller.token.scopes:
            raise Refused(403, "scope")
        if self.role is None or not caller.user.role.covers(self.role):
            raise Refused(403, "role")
        request.state.caller = caller


def bearer(scope: Scope, role: Role) -> Any:
    """The dependency of a route of the API."""
    return Depends(Bearer(scope, role))


READ = bearer(Scope.READ, Role.VIEWER)
AUDIT = bearer(Scope.READ, Role.ADMINISTRATOR)
SYNC = bearer(Scope.SYNC, Role.MARKETER)
PAUSE = bearer(Scope.SYNC, Role.ADMINISTRATOR)
APPROVE = bearer(Scope.APPROVE, Role.ADMINISTRATOR)
TAKE_BACK = bearer(Scope.APPROVE, Role.MARKETER)
ANSWER = bearer(Scope.ANSWER, Role.MARKETER)
CONFIRM = bearer(Scope.CONSENT, Role.MARKETER)
FORGET = bearer(Scope.CONSENT, Role.ADMINISTRATOR)
GROUPS = bearer(Scope.GROUPS, Role.MARKETER)
SEND = bearer(Scope.SEND, Role.MARKETER)
EDIT = bearer(Scope.EDIT, Role.MARKETER)
EDIT_FIELDS = bearer(Scope.EDIT, Role.ADMINISTRATOR)
SETTINGS = bearer(Scope.SETTINGS, Role.ADMINISTRATOR)
USERS = bearer(Scope.USERS, Role.ADMINISTRATOR)


def unkept(response: Response) -> None:
    """Answers hold people's data: no cache may keep them."""
    response.headers["Cache-Control"] = "no-store"


def area(tag: str) -> APIRouter:
    """The calls about one thing."""
    return APIRouter(prefix="/api/v1", tags=[tag], dependencies=[Depends(unkept)])


def caller_of(request: Request) -> Caller:
    """Who calls."""
    caller: Caller = request.state.caller
    return caller


def noted(request: Request, what: str, connection_id: int | None = None) -> None:
    """Add a line to the audit log: who did what, with which token, from where. ``what`` never holds a secret."""
    services, who = services_of(request), caller_of(request).who
    with services.engine.begin() as db:
        audit.note(db, services.now(), who, what, connection_id=connection_id)
