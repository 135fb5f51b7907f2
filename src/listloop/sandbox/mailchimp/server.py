"""Starts the Mailchimp stand-in: ``start()`` inside a test, ``serve()`` until stopped."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from listloop.sandbox.asgi import App
from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.spec import Spec
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.server import Running
from listloop.sandbox.server import running as run_in_thread
from listloop.sandbox.server import serve as run_blocking


@contextmanager
def start(
    *,
    port: int = 0,
    seed: int = 0,
    key: str = "",
    strict: bool = True,
    clock: Clock | None = None,
    data: Path | None = None,
    spec: Spec | None = None,
) -> Iterator[Running]:
    """A fresh, strict stand-in on ``.url`` (without ``/3.0``), as long as the block lasts.

    ``spec``: Mailchimp's API description, against which every good answer is checked (``/_sandbox/spec``).
    """
    with run_in_thread(Mailchimp(seed=seed, clock=clock, strict=strict, key=key, spec=spec), port, data) as server:
        yield server


def serve(
    *, port: int = 8300, seed: int = 0, key: str = "", strict: bool = False, clock: Clock | None = None,
    data: Path | None = None, spec: Path | None = None, ready: Callable[[str], None] = lambda _: None,
    start: Iterable[Mapping[str, Any]] = (),
) -> None:  # fmt: skip
    """Blocks until Ctrl-C. ``data``: a file that keeps the state, even over kill -9; ``ready`` is told the address;
    ``start`` are documents for ``/_sandbox/seed``, for an account that has no audience yet.

    Raises OSError when the port is taken, ValueError for a ``spec`` that is no API description, and sqlite3.Error
    when the file is none of ours or in use.
    """
    checked = Spec(spec) if spec else None

    def first(app: App) -> None:
        if app.standin.state.audiences:
            return
        for document in start:
            app.steer("seed", dict(document))
        for audience in app.standin.state.audiences.values():
            audience.settle()

    run_blocking(Mailchimp(seed=seed, strict=strict, key=key, clock=clock, spec=checked), port, data, ready, first)
