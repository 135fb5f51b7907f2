"""The list of runs, newest first."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from listloop.store.database import reading
from listloop.store.plans import connection_lines, run_lines
from listloop.web.access import VIEWER, services_of
from listloop.web.render import page

router = APIRouter()

SIZE = 50


@router.get("/runs", dependencies=[VIEWER])
def runs(request: Request, connection: str = "", before: int | None = None) -> Response:
    """A page of runs, of one connection or of all."""
    connection_id = int(connection) if connection.isdecimal() else None
    with reading(services_of(request).engine).begin() as database:
        found = run_lines(database, connection_id=connection_id, before=before, limit=SIZE + 1)
        return page(
            request,
            "runs",
            runs=found[:SIZE],
            more=len(found) > SIZE,
            first_page=before is None,
            connections=connection_lines(database),
            connection_id=connection_id,
        )
