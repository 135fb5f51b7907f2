"""The ``listloop`` command: sign-on of all commands, and what happens to errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from listloop.cli.console import FAILED, USAGE, complain, err
from listloop.core.errors import ListloopError
from listloop.settings import load_settings
from listloop.wiring import Listloop, open_listloop

app = App(
    name="listloop",
    help="Keeps a CRM and a Mailchimp audience in step, both ways.",
    result_action="return_value",
)

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


def main() -> None:
    """Run the command line; the exit code is 0 done, 1 failed, 2 wrong usage, 3 waits for a yes."""
    from listloop.cli import commands  # noqa: F401, PLC0415 - the commands register themselves at the app

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = app(exit_on_error=False, print_error=False)
    except CycloptsError as error:
        err.print(f"[bold red]{str(error).replace('[', chr(92) + '[')}[/]")
        err.print("→ “listloop --help” and “listloop COMMAND --help” tell what there is.")
        sys.exit(USAGE)
    except ListloopError as error:
        complain(error)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        err.print("Stopped. Nothing is lost; the next run goes on from here.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    sys.exit(code if isinstance(code, int) else 0)
