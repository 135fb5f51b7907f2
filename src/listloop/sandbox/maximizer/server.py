"""Starts the Maximizer stand-in: ``start()`` inside a test, ``serve()`` until stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from listloop.sandbox.clock import Clock
from listloop.sandbox.maximizer.standin import Maximizer
from listloop.sandbox.server import Running, running
from listloop.sandbox.server import serve as run_blocking


@contextmanager
def start(
    *, port: int = 0, seed: int = 0, clock: Clock | None = None, data: Path | None = None
) -> Iterator[Running]:  # fmt: skip
    """A fresh stand-in on ``.url``, as long as the block lasts."""
    with running(Maximizer(seed=seed, clock=clock), port, data) as server:
        yield server


def serve(
    *, port: int = 8310, seed: int = 0, clock: Clock | None = None, data: Path | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> None:  # fmt: skip
    """Blocks until Ctrl-C. Raises OSError when the port is taken, sqlite3.Error for a data file in use."""
    run_blocking(Maximizer(seed=seed, clock=clock), port, data, ready)
