"""The audit log's line for what a user does on a page: who, what, when and from where."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from listloop.store import audit
from listloop.web.access import services_of, user_of


class Origins:
    """Tells the audit log from which network address each request comes, whatever the request does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. Behind a proxy that is trusted, the server has put in the address that it names."""
        client = scope.get("client")
        with audit.asked_from(client[0] if client else ""):
            await self.app(scope, receive, send)


def noted(request: Request, what: str, connection_id: int | None = None) -> None:
    """Add a line. ``what`` never holds a secret."""
    services = services_of(request)
    with services.engine.begin() as database:
        audit.note(database, services.now(), user_of(request).email, what, connection_id=connection_id)
