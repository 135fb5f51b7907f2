"""The frame around the pages of a connection's settings: tabs afterwards, steps with a way on while it is set up."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from listloop.store.plans import ConnectionLine
from listloop.web.access import services_of
from listloop.web.render import page
from listloop.web.setup import STEPS


def settings_page(request: Request, step: str, line: ConnectionLine, status: int = 200, **values: Any) -> Response:
    """One page of the settings; the template is named after the step."""
    return page(request, step, status, connection=line, step=step, **values)


def go_on(request: Request, line: ConnectionLine, step: str) -> Response:
    """To the next step of a set-up; outside of one, back to the same page."""
    if not line.setup_step:
        return RedirectResponse(f"/connections/{line.id}/{step}", 303)
    following = STEPS[STEPS.index(step) + 1]
    setup = services_of(request).setup
    if setup is not None and STEPS.index(line.setup_step) < STEPS.index(following):
        setup.step(line.id, following)
    return RedirectResponse(f"/connections/{line.id}/{following}", 303)
