"""The overview: where everyone stands, what needs a person, what runs."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from listloop.store.database import reading
from listloop.store.plans import connection_lines, open_runs, run_lines
from listloop.web.access import VIEWER, services_of
from listloop.web.health import signs
from listloop.web.needs import needs_person
from listloop.web.pages.live import paced
from listloop.web.render import page
from listloop.web.standings import by_standing, counted

router = APIRouter()


@router.get("/", dependencies=[VIEWER])
def overview(request: Request) -> Response:
    """Everything at a glance; before the first connection, what to do first."""
    with reading(services_of(request).engine).begin() as database:
        lines = connection_lines(database)
        now_counted = counted(request, database)
        found = now_counted.counts
        return page(
            request,
            "overview",
            connections=lines,
            counted_at=now_counted.at,
            standings=by_standing(found),
            each={line.id: by_standing(one for one in found if one.connection_id == line.id) for line in lines},
            excluded=[one for one in found if one.standing == "excluded"],
            runs=[paced(request, run) for run in open_runs(database) if run.active],
            last={line.id: next(iter(run_lines(database, connection_id=line.id, limit=1)), None) for line in lines},
            recent=[run for run in run_lines(database, limit=8) if not run.active][:5],
            needs=needs_person(database),
            health={line.id: signs(database, line, services_of(request).now()) for line in lines},
        )
