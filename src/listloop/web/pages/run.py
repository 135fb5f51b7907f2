"""One run: its plan before the yes, its progress while it goes, its receipt after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.drift import CAUSES
from listloop.store.database import reading
from listloop.store.dossier import run_changes
from listloop.store.drifts import count_drifts, drifts_in
from listloop.store.holding import ALL, Chosen
from listloop.store.orders import Wish
from listloop.store.plans import RunLine, connection_lines, decision_lines, run_line, tally
from listloop.web.access import ADMINISTRATOR, VIEWER, Refused, form_of, services_of, user_of
from listloop.web.changes import Titles, entries
from listloop.web.pages.live import paced
from listloop.web.render import page, tell
from listloop.web.words import ACTIONS, N_, NARROWED

router = APIRouter()

SIZE = 25

Kind = Annotated[str, Query(max_length=30)]
Words = Annotated[str, Query(max_length=200)]


@router.get("/runs/{run_id}", dependencies=[VIEWER])
def run(request: Request, run_id: int, kind: Kind = "", q: Words = "", after: int = 0) -> Response:
    """Counts by kind, then the people with before and after; the buttons only while it waits for a yes."""
    words = q.strip()
    with reading(services_of(request).engine).begin() as database:
        found = find(database, run_id)
        connection = next(line for line in connection_lines(database) if line.id == found.connection_id)
        lines = decision_lines(database, run_id, kind=kind, words=words, after=after, limit=SIZE + 1)
        past = [] if found.waits else run_changes(database, run_id, [line.person_id for line in lines[:SIZE]])
        counted = tally(database, found)
        return page(
            request,
            "run",
            run=found,
            left=paced(request, found)[1],
            silent=paced(request, found)[2],
            connection=connection,
            kinds=[(name, counted[name]) for name in ACTIONS if counted.get(name)],
            narrowed=[(name, counted[name]) for name in NARROWED if counted.get(name)],
            people=sum(counted.get(name, 0) for name in ACTIONS),
            writes=counted.get("held", 0),
            kind=kind,
            sought=words,
            to=lambda path=f"/runs/{run_id}", **other: _address(path, **({"kind": kind, "q": words} | other)),
            entries=entries(lines[:SIZE], past, Titles(connection.rules)),
            last=lines[SIZE - 1].id if len(lines) > SIZE else 0,
            more=len(lines) > SIZE,
            first_page=after == 0,
            drifts=[(count, CAUSES[cause]) for cause, count in count_drifts(database, found.id).items()],
            drifted=drifts_in(database, found.id, limit=SIZE),
            causes=CAUSES,
            undoable=found.state == "done" and any(counted.get(name) for name in ACTIONS),
        )


def _address(path: str, **values: str) -> str:
    wanted = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


@router.post("/runs/{run_id}/approve", dependencies=[ADMINISTRATOR])
def approve(request: Request, run_id: int) -> Response:
    """Say yes to the plan that waits, or to the kinds and people that the form names."""
    form, services = form_of(request), services_of(request)
    people = frozenset(int(str(one)) for one in form.getlist("person") if str(one).isdecimal())
    chosen = Chosen(frozenset(str(one) for one in form.getlist("kind")), people)
    if chosen == ALL and "some" in form:
        tell(request, N_("Nobody was ticked, so nothing was approved."), "warn")
        return RedirectResponse(f"/runs/{run_id}", 303)
    if chosen == ALL:
        message = N_("You said yes. It is being written.")
    else:
        message = N_("You said yes to a part. It is being written; the rest waits as a plan of its own.")

    def act(run_id: int, who: str) -> None:
        services.approve(run_id, who, chosen)

    return _decide(request, run_id, act, message)


@router.post("/runs/{run_id}/undo", dependencies=[ADMINISTRATOR])
def undo(request: Request, run_id: int) -> Response:
    """Ask for a plan that takes back what this run wrote."""
    services = services_of(request)
    with reading(services.engine).begin() as database:
        found = find(database, run_id)
    services.undo(found.connection_id, Wish(run_id=run_id), user_of(request).email)
    tell(
        request,
        N_("A plan that takes this run back is being made. It waits for your yes under Runs; nothing is written yet."),
    )
    return RedirectResponse(f"/runs/{run_id}", 303)


@router.post("/runs/{run_id}/drop", dependencies=[ADMINISTRATOR])
def drop(request: Request, run_id: int) -> Response:
    """Say no to the plan that waits."""
    return _decide(request, run_id, services_of(request).drop, N_("You said no. Nothing is written."))


def _decide(request: Request, run_id: int, act: Callable[[int, str], None], message: str) -> Response:
    services, user = services_of(request), user_of(request)
    with reading(services.engine).begin() as database:
        found = find(database, run_id)
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


def find(database: Connection, run_id: int) -> RunLine:
    """The run. Raises ``Refused`` where there is none."""
    found = run_line(database, run_id)
    if found is None:
        raise Refused(404, "missing")
    return found
