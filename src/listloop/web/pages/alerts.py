"""Alerts: what is wrong now, since when and what to do; what was; from when on something is one; who is told."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.alerts import TITLES, Limits
from listloop.core.errors import ListloopError
from listloop.store.alerts import known_alerts, limits_of, past_alerts, set_limits
from listloop.store.database import reading
from listloop.web.access import ADMINISTRATOR, VIEWER, Refused, form_of, services_of
from listloop.web.alerts import read_limits
from listloop.web.noting import noted
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

SIZE = 50


@router.get("/alerts", dependencies=[VIEWER])
def alerts(request: Request, before: int | None = None) -> Response:
    """What is wrong now, and what was."""
    telling = services_of(request).telling
    with reading(services_of(request).engine).begin() as database:
        known = sorted(known_alerts(database).values(), key=lambda one: one.first)
        past = past_alerts(database, before=before, limit=SIZE + 1)
        limits = limits_of(database)
    return page(
        request,
        "alerts",
        titles=TITLES,
        raised=[one for one in known if one.told],
        looming=[one for one in known if not one.told],
        past=past[:SIZE],
        more=past[SIZE - 1].id if len(past) > SIZE else 0,
        first_page=before is None,
        reaches=telling.reaches() if telling else [],
        digest=limits.digest if telling and telling.digest() else "",
        zone=limits.zone,
    )


@router.get("/settings/alerts", dependencies=[ADMINISTRATOR])
def limits(request: Request) -> Response:
    """From when on something is a trouble, when it is told, and when the digest comes."""
    with reading(services_of(request).engine).begin() as database:
        return _limits(request, _shown(limits_of(database)))


@router.post("/settings/alerts", dependencies=[ADMINISTRATOR])
def keep(request: Request) -> Response:
    """Keep it, or show what can't be used."""
    given = {name: str(form_of(request).get(name, ""))[:100] for name in _shown(Limits())}
    try:
        wanted = read_limits(given)
    except ListloopError as error:
        return _limits(request, given, error)
    with services_of(request).engine.begin() as database:
        set_limits(database, wanted)
    noted(request, "changed from when on something is told as wrong")
    tell(request, N_("Kept. It holds from now on."))
    return RedirectResponse("/settings/alerts", 303)


@router.post("/alerts/try", dependencies=[ADMINISTRATOR])
def attempt(request: Request) -> Response:
    """Send a message to everybody who gets alerts."""
    telling = services_of(request).telling
    if telling is None or not telling.reaches():
        raise Refused(404, "missing")
    if telling.attempt():
        tell(request, N_("A message is on its way. Look whether it arrived."))
    else:
        tell(
            request,
            N_("It could not be sent. The service’s log names why; check the address, the name and the password."),
            "bad",
        )
    return RedirectResponse("/alerts", 303)


def _shown(known: Limits) -> dict[str, str]:
    names = ("late", "share", "number", "room", "patience", "calm", "again", "digest", "zone")
    return {name: str(getattr(known, name)) for name in names}


def _limits(request: Request, given: dict[str, str], error: ListloopError | None = None) -> Response:
    return page(request, "alert_limits", 422 if error else 200, step="alerts", given=given, error=error)
