"""Who looks at a page with a run on it is told what changes, once, and nothing when it doesn't."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, delete, update
from starlette.requests import Request

from listloop.store.codec import encode
from listloop.store.installation import sessions
from listloop.store.runs import Progress
from listloop.store.tables import runs
from listloop.store.users import Role
from listloop.web.access import SESSION
from listloop.web.app import make_app
from listloop.web.pages.live import stream
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.world import NOW, World, add_run, services


class _Over(Exception):
    """The test saw enough."""


@pytest.fixture
def watch(engine: Engine, world: World, visitor: Visitor) -> Callable[..., list[str]]:
    """The events of a stream, with these steps between its looks."""
    token = visitor(Role.VIEWER).cookies[SESSION]
    app = make_app(services(engine, Pressed()))
    scope = {"type": "http", "app": app, "method": "GET", "path": "/live", "query_string": b""}
    request = Request({**scope, "headers": [(b"cookie", f"{SESSION}={token}".encode())]})

    def watched(*steps: Callable[[], object]) -> list[str]:
        waiting = list(steps)

        async def pause() -> None:
            if not waiting:
                raise _Over
            waiting.pop(0)()

        async def all_events() -> list[str]:
            seen = []
            try:
                async for event in stream(request, pause):
                    seen.append(event)  # noqa: PERF401 - what came before the end is kept
            except _Over:
                pass
            return seen

        return asyncio.run(all_events())

    return watched


def change(engine: Engine, run_id: int, **values: object) -> None:
    with engine.begin() as db:
        db.execute(update(runs).where(runs.c.id == run_id).values(**values))


def test_a_run_is_shown_anew_when_it_moved(engine: Engine, world: World, watch: Callable[..., list[str]]) -> None:
    later = Progress("write", 150, 200, "", 100, NOW, NOW.replace(minute=15))
    events = watch(lambda: None, lambda: change(engine, world.running, progress=encode(later)))
    assert [one.split("\n")[0] for one in events] == ["event: going", "event: run", ": still here", "event: run"]
    assert "125 of 214 people" in events[1]
    assert "150 of 200 people" in events[3]
    assert "About 10 minutes more for this step" in events[3]


def test_a_run_that_begins_and_one_that_ends_are_told(
    engine: Engine, world: World, watch: Callable[..., list[str]]
) -> None:
    def begin() -> None:
        with engine.begin() as db:
            add_run(db, world.news, 8, "reading")

    events = watch(begin, lambda: change(engine, world.running, state="done"))
    assert [one.split("\n")[0] for one in events] == ["event: going", "event: run", "event: begun", "event: over"]


def test_which_runs_go_is_told_first(engine: Engine, world: World, watch: Callable[..., list[str]]) -> None:
    """For one that ended since the page was made, there will be no word."""
    assert f'"ids":[{world.running}]' in watch()[0]
    change(engine, world.running, state="done")
    assert '"ids":[]' in watch()[0]


def test_who_is_signed_out_hears_no_more(engine: Engine, world: World, watch: Callable[..., list[str]]) -> None:
    def sign_out() -> None:
        with engine.begin() as db:
            db.execute(delete(sessions))

    assert len(watch(sign_out, lambda: None)) == 2
