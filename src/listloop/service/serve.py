"""One process for everything: pages, schedule and jobs, until somebody asks it to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from listloop.core.jobs import Jobs

#: Seconds for open requests, and then for runs under way; what is unfinished is handed over.
REQUESTS, RUNS = 5, 20.0


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # As the original, but it does not raise the signal again at the end: the jobs are still to be stopped.
        before = {each: signal.signal(each, self.handle_exit) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def serve(app: Any, jobs: Jobs, host: str = "127.0.0.1", port: int = 8025) -> bool:
    """Serve an ASGI application and work until SIGTERM or SIGINT (Ctrl-C), then stop within half a minute.

    True: every run had finished. False: at least one was handed over to another worker or to the next start, and may
    still be in the middle of a request: end the process.
    """
    config = uvicorn.Config(app, host=host, port=port, log_config=None, timeout_graceful_shutdown=REQUESTS)
    jobs.start()
    try:
        _Server(config).run()
    finally:
        finished = jobs.stop(RUNS)
    return finished
