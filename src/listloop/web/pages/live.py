"""Runs as they go: the pages that show one listen here (server-sent events), and show the same when loaded again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from listloop.store.database import reading
from listloop.store.plans import RunLine, open_runs
from listloop.store.sessions import signed_in
from listloop.web.access import SESSION, VIEWER, services_of
from listloop.web.pace import left, minutes, silent
from listloop.web.render import fragment

router = APIRouter()

#: Seconds between two looks, and the life of a stream; after it the browser opens the next one.
EVERY, LIFE = 1.0, timedelta(minutes=5)


async def _pause() -> None:
    await asyncio.sleep(EVERY)


@router.get("/live", dependencies=[VIEWER])
async def live(request: Request) -> Response:
    """``going``: the runs that go, once; ``run``: a box anew; ``over``: a run goes no longer; ``begun``: a new one."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(request), media_type="text/event-stream", headers=headers)


async def stream(request: Request, pause: Callable[[], Awaitable[None]] = _pause) -> AsyncIterator[str]:
    """What changed since the last look, until the stream's life is over or its user is signed out."""
    services = services_of(request)
    shown: dict[int, str] = {}
    ends, first = services.now() + LIFE, True
    while services.now() < ends:
        user = await run_in_threadpool(signed_in, services.engine, request.cookies.get(SESSION, ""), services.now())
        if user is None:
            return
        going = await run_in_threadpool(_boxes, request)
        if first:
            yield f"event: going\ndata: {msgspec.json.encode({'ids': list(going)}).decode()}\n\n"
        for gone in sorted(shown.keys() - going.keys()):
            yield _event("over", gone, "")
        for run_id, html in going.items():
            if run_id not in shown and not first:
                yield _event("begun", run_id, html)
            elif shown.get(run_id) != html:
                yield _event("run", run_id, html)
        if going == shown:
            yield ": still here\n\n"
        shown, first = going, False
        await pause()


def _boxes(request: Request) -> dict[int, str]:
    """The box of each run that goes, by its id."""
    with reading(services_of(request).engine).begin() as database:
        going = [run for run in open_runs(database) if run.active]
    told = [paced(request, run) for run in going]
    return {run.id: fragment(request, "progress", run=run, left=span, silent=since) for run, span, since in told}


def paced(request: Request, run: RunLine) -> tuple[RunLine, int | None, int]:
    """A run, the minutes that are left of its step (None: not known), and for how many it was silent."""
    span = left(run.progress)
    return run, None if span is None else minutes(span), silent(run.progress, services_of(request).now())


def _event(kind: str, run_id: int, html: str) -> str:
    return f"event: {kind}\ndata: {msgspec.json.encode({'id': run_id, 'html': html}).decode()}\n\n"
