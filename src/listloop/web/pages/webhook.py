"""Webhooks: shall Mailchimp tell at once who changed? The last page of a set-up."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.errors import ListloopError
from listloop.store.plans import ConnectionLine
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.pages.connection import connection_line
from listloop.web.pages.new_connection import setup_of
from listloop.web.pages.steps import settings_page
from listloop.web.render import tell
from listloop.web.words import N_

router = APIRouter()


@router.get("/connections/{connection_id}/webhooks", dependencies=[ADMINISTRATOR])
def webhooks(request: Request, connection_id: int) -> Response:
    """What webhooks give, what they need, and how this one stands."""
    return _page(request, connection_line(request, connection_id))


@router.post("/connections/{connection_id}/webhooks", dependencies=[ADMINISTRATOR])
def webhooks_given(request: Request, connection_id: int) -> Response:
    """Make the webhook or have none; at the end of a set-up, read both sides and make the first plan."""
    line, setup, user = connection_line(request, connection_id), setup_of(request), user_of(request)
    wanted = str(form_of(request).get("webhook", ""))
    try:
        if wanted in ("yes", "no"):
            setup.use_hook(connection_id, wanted == "yes", user.email)
    except ListloopError as error:
        return _page(request, line, error)
    if line.setup_step:
        setup.step(connection_id, "")
        services_of(request).sync_now(connection_id, user.email)
        tell(request, N_("Both sides are read now, and the first plan is made. Nothing is written before your yes."))
        return RedirectResponse(f"/connections/{connection_id}", 303)
    if wanted:
        tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse(f"/connections/{connection_id}/webhooks", 303)


def _page(request: Request, line: ConnectionLine, error: ListloopError | None = None) -> Response:
    hook = setup_of(request).hook(line.id)
    return settings_page(request, "webhooks", line, 422 if error else 200, hook=hook, error=error)
