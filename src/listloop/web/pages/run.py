"""One run: its plan before the yes, its progress while it goes, its receipt after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.store.database import reading
from listloop.store.dossier import run_changes
from listloop.store.plans import RunLine, connection_lines, decision_lines, run_line, tally
from listloop.web.access import ADMINISTRATOR, VIEWER, Refused, services_of, user_of
from listloop.web.changes import Titles, entries
from listloop.web.render import page, plain, tell
from listloop.web.words import ACTIONS, N_, NARROWED

router = APIRouter()

SIZE = 25


@router.get("/runs/{run_id}", dependencies=[VIEWER])
def run(request: Request, run_id: int, kind: Annotated[str, Query(max_length=30)] = "", after: int = 0) -> Response:
    """Counts by kind, then the people with before and after; the buttons only while it waits for a yes."""
    with reading(services_of(request).engine).begin() as database:
        found = _find(database, run_id)
        connection = next(line for line in connection_lines(database) if line.id == found.connection_id)
        lines = decision_lines(database, run_id, kind=kind, after=after, limit=SIZE + 1)
        past = [] if found.waits else run_changes(database, run_id, [line.person_id for line in lines[:SIZE]])
        counted = tally(database, found)
        return page(
            request,
            "run",
            run=found,
            connection=connection,
            kinds=[(name, counted[name]) for name in ACTIONS if counted.get(name)],
            narrowed=[(name, counted[name]) for name in NARROWED if counted.get(name)],
            people=sum(counted.get(name, 0) for name in ACTIONS),
            writes=counted.get("held", 0),
            kind=kind,
            entries=entries(lines[:SIZE], past, Titles(connection.rules)),
            last=lines[SIZE - 1].id if len(lines) > SIZE else 0,
            more=len(lines) > SIZE,
            first_page=after == 0,
        )


@router.get("/runs/{run_id}/progress", dependencies=[VIEWER])
def progress(request: Request, run_id: int) -> Response:
    """The box with the progress alone, asked for every two seconds; tells the page to load anew once the run ends."""
    with reading(services_of(request).engine).begin() as database:
        found = _find(database, run_id)
    response = plain(request, "progress", run=found)
    if not found.active:
        response.headers["HX-Refresh"] = "true"
    return response


@router.post("/runs/{run_id}/approve", dependencies=[ADMINISTRATOR])
def approve(request: Request, run_id: int) -> Response:
    """Say yes to the plan that waits."""
    return _decide(request, run_id, services_of(request).approve, N_("You said yes. It is being written."))


@router.post("/runs/{run_id}/drop", dependencies=[ADMINISTRATOR])
def drop(request: Request, run_id: int) -> Response:
    """Say no to the plan that waits."""
    return _decide(request, run_id, services_of(request).drop, N_("You said no. Nothing is written."))


def _decide(request: Request, run_id: int, act: Callable[[int, str], None], message: str) -> Response:
    services, user = services_of(request), user_of(request)
    with reading(services.engine).begin() as database:
        found = _find(database, run_id)
    if not found.waits:
        tell(
            request,
            N_("This run no longer waits for a yes; somebody may have been quicker. Nothing was changed."),
            "warn",
        )
        return RedirectResponse(f"/runs/{run_id}", 303)
    act(run_id, user.email)
    tell(request, message)
    return RedirectResponse(f"/runs/{run_id}", 303)


def _find(database: Connection, run_id: int) -> RunLine:
    found = run_line(database, run_id)
    if found is None:
        raise Refused(404, "missing")
    return found
