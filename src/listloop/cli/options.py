"""What commands share: their common options, and the installation that they work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import Parameter

from listloop.settings import load_settings
from listloop.wiring import Listloop, open_listloop

Database = Annotated[
    str | None,
    Parameter(name="--database", help="A file (SQLite) or a postgresql:// address; else LISTLOOP_DATABASE."),
]
Named = Annotated[str | None, Parameter(name=["--connection", "-c"], help="Which connection, by name or number.")]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, for scripts.")]


@contextmanager
def opened(database: str | None) -> Iterator[Listloop]:
    """The installation that a command works on."""
    listloop = open_listloop(load_settings(database))
    try:
        yield listloop
    finally:
        listloop.close()
