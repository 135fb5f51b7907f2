"""Runs a stand-in as an HTTP server on this machine: inside a test, or until stopped."""

import contextlib
import gc
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import uvicorn

from listloop.sandbox.asgi import App
from listloop.sandbox.standin import StandIn

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up. ``url`` is ``http://127.0.0.1:PORT`` without a path."""

    url: str
    standin: StandIn

    def control(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Calls ``/_sandbox/<path>`` (POST where there is a body) and gives the decoded answer.

        Raises ValueError with the server's sentence when it refuses.
        """
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - our own address
            f"{self.url}/_sandbox/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urlopen(request, timeout=600) as answer:  # noqa: S310 - our own address
                return json.loads(answer.read() or b"null")
        except HTTPError as refused:
            with refused:
                raise ValueError(refused.read().decode()) from None


def listen(port: int) -> socket.socket:
    """A socket on the loopback address; port 0 takes a free one. Raises OSError when the port is taken."""
    # The protocol is named, else asyncio leaves Nagle's algorithm on: 40 ms for each answer on a kept connection.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


def _server(app: App) -> uvicorn.Server:
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", ws="none", server_header=False,
        date_header=False, timeout_graceful_shutdown=1, timeout_keep_alive=60,
    )  # fmt: skip
    return uvicorn.Server(config)


@contextlib.contextmanager
def running(standin: StandIn, port: int = 0, data: Path | None = None) -> Iterator[Running]:
    """The stand-in as a server in a thread of this process, as long as the block lasts; ``data`` keeps its state."""
    started = threading.Event()
    with listen(port) as sock:
        server = _server(App(standin, data))
        thread = threading.Thread(
            target=_run, args=(server, sock, started), name=f"sandbox-{standin.name}", daemon=True
        )
        thread.start()
        started.wait(10)
        try:
            yield Running(f"http://{HOST}:{sock.getsockname()[1]}", standin)
        finally:
            server.should_exit = True
            thread.join(10)


def _run(server: uvicorn.Server, sock: socket.socket, started: threading.Event) -> None:
    sock.listen(128)  # from here on connections queue, so that nobody has to poll for the start
    started.set()
    server.run(sockets=[sock])


def serve(
    standin: StandIn,
    port: int,
    data: Path | None = None,
    ready: Callable[[str], None] = lambda _: None,
    first: Callable[[App], None] = lambda _: None,
) -> None:
    """Blocks until interrupted by Ctrl-C, then returns; SIGTERM stops it as well, and ends the process.

    ``first`` may steer the stand-in before anybody asks; ``ready`` is told the address once connections are taken.
    Raises OSError when the port is taken.
    """
    # A state may have millions of objects, and they stay: looking for garbage among them would stop it for seconds.
    gc.set_threshold(*gc.get_threshold()[:2], 1_000_000)
    with listen(port) as sock, contextlib.suppress(KeyboardInterrupt):
        app = App(standin, data)
        first(app)
        server = _server(app)
        sock.listen(128)
        ready(f"http://{HOST}:{sock.getsockname()[1]}")
        server.run(sockets=[sock])
