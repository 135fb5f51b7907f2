"""One connection: who the two ends are, where its people stand, its mapping, and the buttons to run and to pause."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.people import SideName
from listloop.store.connections import paused_by_hand
from listloop.store.database import reading
from listloop.store.plans import ConnectionLine, connection_lines, open_runs, run_lines
from listloop.web.access import ADMINISTRATOR, MARKETER, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.pages.live import paced
from listloop.web.render import page, tell
from listloop.web.standings import by_standing, counted
from listloop.web.words import N_

router = APIRouter()


@router.get("/connections/{connection_id}", dependencies=[VIEWER])
def connection(request: Request, connection_id: int) -> Response:
    """Both ends, the standings, the mapping and the last runs."""
    with reading(services_of(request).engine).begin() as database:
        return page(
            request,
            "connection",
            connection=_find(database, connection_id),
            standings=by_standing(counted(request, database, connection_id).counts),
            runs=run_lines(database, connection_id=connection_id, limit=5),
            open_runs=(open_ := [run for run in open_runs(database) if run.connection_id == connection_id]),
            going=[paced(request, run) for run in open_ if run.active],
        )


@router.get("/connections", dependencies=[VIEWER])
def connections(request: Request) -> Response:
    """All connections, and the way to a new one."""
    with reading(services_of(request).engine).begin() as database:
        return page(request, "connections", connections=connection_lines(database))


@router.post("/connections/{connection_id}/key", dependencies=[ADMINISTRATOR])
def key(request: Request, connection_id: int) -> Response:
    """Take another Mailchimp key, and go on after a pause that the old one caused."""
    services, given = services_of(request), str(form_of(request).get("key", "")).strip()
    if services.setup is None:
        raise Refused(404, "missing")
    services.setup.change_key(connection_id, given, user_of(request).email)
    go_on(request, connection_id)
    return RedirectResponse(f"/connections/{connection_id}", 303)


@router.post("/connections/{connection_id}/crm", dependencies=[ADMINISTRATOR])
def crm(request: Request, connection_id: int) -> Response:
    """Sign in to the same CRM with another password, user or address."""
    services, form, line = services_of(request), form_of(request), connection_line(request, connection_id)
    if services.setup is None:
        raise Refused(404, "missing")
    known = next((one.typed for one in services.setup.crms() if one.name == line.crm), ())
    given = {name: str(form.get(f"crm:{name}", "")).strip()[:1000] for name, _ in known if f"crm:{name}" in form}
    services.setup.change_crm(connection_id, given, user_of(request).email)
    go_on(request, connection_id)
    return RedirectResponse(f"/connections/{connection_id}", 303)


def go_on(request: Request, connection_id: int) -> None:
    """After a new sign-in: end a pause that Listloop began itself, not one that somebody asked for."""
    line = connection_line(request, connection_id)
    if paused_by_hand(line.paused):
        tell(
            request,
            N_("It works. The connection stays paused, as somebody asked for it; resume it when you are ready."),
        )
        return
    if line.paused:
        services_of(request).resume(connection_id, user_of(request).email)
    tell(request, N_("It works. The next run takes everything that waited."))


@router.post("/connections/{connection_id}/sync", dependencies=[MARKETER])
def sync(request: Request, connection_id: int) -> Response:
    """Start a run now."""
    act = services_of(request).sync_now
    return _act(request, connection_id, act, N_("A run starts now. You can leave this page."))


@router.post("/connections/{connection_id}/retry", dependencies=[MARKETER])
def retry(request: Request, connection_id: int) -> Response:
    """Try everybody again whom a side refused."""

    def act(connection_id: int, who: str) -> None:
        services_of(request).retry(connection_id, None, who)

    return _act(request, connection_id, act, N_("Everybody who failed is tried again in a run that starts now."))


@router.post("/connections/{connection_id}/believe", dependencies=[ADMINISTRATOR])
def believe(request: Request, connection_id: int) -> Response:
    """A side was put back from a backup, and is meant so."""
    side = str(form_of(request).get("side", ""))
    if side not in set(SideName):
        raise Refused(422, "unreadable")

    def act(connection_id: int, who: str) -> None:
        services_of(request).believe(connection_id, SideName(side), who)

    return _act(request, connection_id, act, N_("They meet anew. The plan waits for your yes under Runs."))


@router.post("/connections/{connection_id}/audit", dependencies=[MARKETER])
def audit(request: Request, connection_id: int) -> Response:
    """Compare both sides in full now."""
    act = services_of(request).audit
    said = N_("Both sides are read in full and compared. What had drifted is listed under Runs, and healed.")
    return _act(request, connection_id, act, said)


@router.post("/connections/{connection_id}/results", dependencies=[MARKETER])
def results(request: Request, connection_id: int) -> Response:
    """Read what came of the audience's campaigns now."""
    act = services_of(request).results_now
    return _act(request, connection_id, act, N_("The results of its campaigns are read now, as far as they are new."))


@router.post("/connections/{connection_id}/pause", dependencies=[ADMINISTRATOR])
def pause(request: Request, connection_id: int) -> Response:
    """Stop running until somebody resumes."""
    act = services_of(request).pause
    return _act(request, connection_id, act, N_("Paused. Nothing is read or written until somebody resumes it."))


@router.post("/connections/{connection_id}/resume", dependencies=[ADMINISTRATOR])
def resume(request: Request, connection_id: int) -> Response:
    """Go on after a pause."""
    act = services_of(request).resume
    return _act(request, connection_id, act, N_("Resumed. The next run takes everything that waited."))


def _act(request: Request, connection_id: int, act: Callable[[int, str], None], message: str) -> Response:
    services, user = services_of(request), user_of(request)
    with reading(services.engine).begin() as database:
        _find(database, connection_id)
    act(connection_id, user.email)
    tell(request, message)
    return RedirectResponse(f"/connections/{connection_id}", 303)


def connection_line(request: Request, connection_id: int) -> ConnectionLine:
    """The connection. Raises ``Refused`` where there is none."""
    with reading(services_of(request).engine).begin() as database:
        return _find(database, connection_id)


def _find(database: Connection, connection_id: int) -> ConnectionLine:
    for line in connection_lines(database):
        if line.id == connection_id:
            return line
    raise Refused(404, "missing")
