"""One process for everything: pages, schedule and jobs, until somebody asks it to stop."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from listloop.core.errors import NeedsAttention
from listloop.core.jobs import Jobs
from listloop.service.log import adopt

#: Seconds for open requests, and then for runs under way; what is unfinished is handed over.
REQUESTS, RUNS = 5, 20.0


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # As the original, but it does not raise the signal again at the end: the jobs are still to be stopped.
        before = {each: signal.signal(each, self.handle_exit) for each in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


def listen(host: str = "127.0.0.1", port: int = 8025) -> socket.socket:
    """The socket to serve on; port 0 takes any that is free. Raises NeedsAttention where the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise NeedsAttention(
            f"Listloop cannot listen on {host}, port {port}: {error.strerror}.",
            "Choose another port, or stop the program that uses this one.",
            code="port-taken",
        ) from error


def _nothing() -> None:
    return None


def serve(app: Any, jobs: Jobs, listening: socket.socket, ready: Callable[[], None] = _nothing) -> bool:
    """Serve an ASGI application and work until SIGTERM or SIGINT (Ctrl-C), then stop within half a minute.

    ``ready`` is called, for a moment, as soon as requests are answered.

    True: every run had finished. False: at least one was handed over to another worker or to the next start, and its
    thread may still wait for an answer from outside: end the process without waiting for threads (``os._exit``).
    Raises what ``Jobs.start`` raises. Call it in the main thread.
    """
    adopt("uvicorn.error")
    with listening:
        jobs.start()
        try:
            config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=REQUESTS)
            _Server(config, ready).run(sockets=[listening])
        finally:
            finished = jobs.stop(RUNS)
    return finished


def work(jobs: Jobs, ready: Callable[[], None] = _nothing) -> bool:
    """Work without pages until SIGTERM or SIGINT; returns as ``serve`` does. Call it in the main thread."""
    asked = threading.Event()
    before = {each: signal.signal(each, lambda *_: asked.set()) for each in HANDLED_SIGNALS}
    try:
        jobs.start()
        try:
            ready()
            while not asked.wait(0.5):  # on Windows a wait without an end cannot be interrupted
                pass
        finally:
            finished = jobs.stop(RUNS)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return finished
