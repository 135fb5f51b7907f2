"""Starts the Sage CRM stand-in: ``start()`` inside a test, ``serve()`` until stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from listloop.sandbox.asgi import App
from listloop.sandbox.clock import Clock
from listloop.sandbox.sagecrm.standin import SageCrm
from listloop.sandbox.server import Running
from listloop.sandbox.server import running as run_in_thread
from listloop.sandbox.server import serve as run_blocking


@contextmanager
def start(
    *, port: int = 0, seed: int = 0, install: str = "crm", clock: Clock | None = None, data: Path | None = None
) -> Iterator[Running]:
    """A fresh stand-in on ``.url`` (the REST API is below ``/sdata/crmj/sagecrm2/-/``), as long as the block lasts."""
    with run_in_thread(SageCrm(seed=seed, install=install, clock=clock), port, data) as server:
        yield server


def serve(
    *, port: int = 8320, seed: int = 0, install: str = "crm", clock: Clock | None = None,
    data: Path | None = None, people: int = 0, ready: Callable[[str], None] = lambda _: None,
) -> None:  # fmt: skip
    """Blocks until Ctrl-C. ``data``: a file that keeps the state; ``ready`` is told the address; ``people``: so many
    are made where there is nobody yet.

    Raises OSError when the port is taken, and sqlite3.Error when the file is none of ours or in use.
    """

    def first(app: App) -> None:
        if people and not app.standin.state.rows.get("person"):
            app.steer("seed", {"fill": people})

    run_blocking(SageCrm(seed=seed, install=install, clock=clock), port, data, ready, first)
