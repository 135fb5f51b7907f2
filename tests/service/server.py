"""A service of its own, for tests that stop it: ``python -m tests.service.server FILE`` prints its port."""

import sys
from collections.abc import Awaitable, Callable
from typing import Any

from listloop.service.jobs import DbosJobs
from listloop.service.serve import listen, serve
from listloop.store.database import open_database
from listloop.store.migrations import migrate


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
) -> None:
    """Answers every request with one word."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"here"})


def main(file: str) -> None:
    engine = open_database(file)
    migrate(engine)
    listening = listen(port=0)
    print(listening.getsockname()[1], flush=True)  # noqa: T201 - the test reads it
    finished = serve(app, DbosJobs(engine, lambda _connection, _trigger: None), listening)
    engine.dispose()
    print("finished" if finished else "handed over")  # noqa: T201 - the test reads it


if __name__ == "__main__":
    main(*sys.argv[1:])
