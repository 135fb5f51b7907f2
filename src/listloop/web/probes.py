"""Is this process alive, can it work, and how does everything stand: for supervisors, proxies and Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import PlainTextResponse, Response

from listloop.store.database import reading
from listloop.web.access import ANYONE, services_of
from listloop.web.api.access import READ
from listloop.web.metrics import Standing
from listloop.web.standings import KeptCounts

router = APIRouter()

#: Seconds without a look of the schedule after which it counts as stuck; it looks at least once a minute.
STUCK = 180.0


@router.get("/healthz", dependencies=[ANYONE])
def alive(_request: Request) -> Response:
    """Does the process answer? Where it does not, restart it."""
    return _said(200, "alive")


@router.get("/readyz", dependencies=[ANYONE])
def ready(request: Request) -> Response:
    """Can it work: does the database answer, and does the schedule go on? Where not, send nobody here."""
    services = services_of(request)
    try:
        with reading(services.engine).begin() as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return _said(503, "the database does not answer")
    if services.silent() > STUCK:
        return _said(503, "the schedule is stuck")
    return _said(200, "ready")


@router.get("/metrics", dependencies=[READ])
def metrics(request: Request) -> Response:
    """Where people stand, how runs went, and this process itself; for whoever has a token with the scope read."""
    services = services_of(request)
    counts: KeptCounts = request.app.state.counts
    mine = CollectorRegistry()
    mine.register(Standing(services.engine, services.now(), counts))
    content = generate_latest(mine) + generate_latest(REGISTRY)
    return Response(content, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _said(status: int, what: str) -> Response:
    return PlainTextResponse(f"{what}\n", status, {"Cache-Control": "no-store"})
