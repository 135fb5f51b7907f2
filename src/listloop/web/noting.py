"""The audit log's line for what a user does on a page: who, what, when and from where."""

from __future__ import annotations

from fastapi import Request

from listloop.store import audit
from listloop.web.access import services_of, user_of
from listloop.web.rates import address_of


def noted(request: Request, what: str, connection_id: int | None = None) -> None:
    """Add a line. ``what`` never holds a secret."""
    services = services_of(request)
    with services.engine.begin() as database:
        audit.note(
            database,
            services.now(),
            user_of(request).email,
            what,
            connection_id=connection_id,
            address=address_of(request),
        )
