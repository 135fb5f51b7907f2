"""Starts the Mailchimp stand-in: ``start()`` inside a test, ``serve()`` until stopped."""

from collections.abc import Iterator
from contextlib import contextmanager

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.server import Running
from listloop.sandbox.server import running as run_in_thread
from listloop.sandbox.server import serve as run_blocking


@contextmanager
def start(
    *, port: int = 0, seed: int = 0, key: str = "", strict: bool = True, clock: Clock | None = None
) -> Iterator[Running]:
    """A fresh, strict stand-in on ``.url`` (without ``/3.0``), as long as the block lasts."""
    with run_in_thread(Mailchimp(seed=seed, clock=clock, strict=strict, key=key), port) as server:
        yield server


def serve(*, port: int = 8300, seed: int = 0, key: str = "", strict: bool = False) -> None:
    """Blocks until interrupted. Raises OSError when the port is taken."""
    run_blocking(Mailchimp(seed=seed, strict=strict, key=key), port)
