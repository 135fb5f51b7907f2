"""What commands share: their common options, and the installation that they work on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import structlog
from cyclopts import Parameter
from sqlalchemy.exc import DatabaseError
from stamina.instrumentation import set_on_retry_hooks

from listloop.cli.console import err
from listloop.core.errors import ListloopError, NeedsAttention
from listloop.core.people import address_key
from listloop.service.log import log_to_stderr
from listloop.settings import load_settings
from listloop.store.audit import asked_from
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.people import by_address
from listloop.store.trouble import explain
from listloop.wiring import Listloop, open_listloop

_log = structlog.get_logger("listloop.cli")

if TYPE_CHECKING:
    from stamina.instrumentation import RetryDetails

Database = Annotated[
    str | None,
    Parameter(name="--database", help="A file (SQLite) or a postgresql:// address; else LISTLOOP_DATABASE."),
]
Named = Annotated[str | None, Parameter(name=["--connection", "-c"], help="Which connection, by name or number.")]
Text = Annotated[
    list[str] | None,
    Parameter(
        name="--text", negative=(), help="A column that is kept as text, whatever it looks like; may be repeated."
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON, for scripts.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Common:
    """The options of a command that works on one connection and prints."""

    connection: Named = None
    json: Json = False
    database: Database = None

    @contextmanager
    def row(self) -> Iterator[tuple[Listloop, ConnectionRow]]:
        """The installation, opened, and the connection that is meant."""
        with opened(self.database) as listloop:
            yield listloop, listloop.connection(self.connection)


COMMON = Common()
"""Where no option is given."""


def people_named(listloop: Listloop, connection_id: int, email: str) -> list[int]:
    """The people with that address. Raises NeedsAttention where there is nobody."""
    with reading(listloop.engine).begin() as db:
        found = [one.id for one in by_address(db, connection_id, address_key(email))]
    if not found:
        raise NeedsAttention(
            f"Nobody has the address {email}.", "Check the spelling, or run “listloop sync” first.", code="nobody"
        )
    return found


@contextmanager
def opened(database: str | None) -> Iterator[Listloop]:
    """The installation that a command works on."""
    settings = load_settings(database)
    set_on_retry_hooks([_log_retry if settings.log == "json" else _tell_retry])
    if settings.log == "json":
        log_to_stderr(json=True)
    listloop = open_listloop(settings)
    try:
        with asked_from("command line"):
            yield listloop
    except DatabaseError as error:
        told = explain(error, listloop.engine.url.render_as_string(hide_password=True))
        if told is None:
            raise
        raise told from error
    finally:
        listloop.close()


def _tell_retry(details: RetryDetails) -> None:
    err.print(f"{_stopped(details)} Trying again in {max(1, round(details.wait_for))} s.")


def _log_retry(details: RetryDetails) -> None:
    """The same as an object on a line of its own, beside the run that it is about, for programs that read the log."""
    _log.warning("trying again", problem=_stopped(details), seconds=round(details.wait_for, 1))


def _stopped(details: RetryDetails) -> str:
    error = details.caused_by
    return error.problem if isinstance(error, ListloopError) else f"{type(error).__name__}."
