"""``listloop sandbox``: stand-ins for the outside services, on their own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from listloop.cli.console import OK, err, out
from listloop.core.errors import NeedsAttention
from listloop.sandbox.clock import Clock, seconds_of
from listloop.sandbox.mailchimp import server
from listloop.sandbox.mailchimp.standin import KEY as KEY_FORM
from listloop.sandbox.maximizer import server as maximizer_server
from listloop.sandbox.sagecrm import server as sage_server
from listloop.testing.world import PART, audience_in_parts

#: A key of the right form, to try with; the sandbox lets in any such one unless it is given its own.
KEY = "0123456789abcdef0123456789abcdef-us1"

Data = Annotated[Path | None, Parameter(help="A file that keeps the state; without one it is gone at the end.")]
Seed = Annotated[int, Parameter(help="The same seed and requests give the same answers.")]
Time = Annotated[str, Parameter(help="real, frozen (at now), or a time to be frozen at, such as 2026-03-01.")]

sandbox = App(name="sandbox", help="Stand-ins for outside services, on your own machine.", result_action="return_value")


@sandbox.command
def mailchimp(
    *,
    port: Annotated[int, Parameter(help="The port to listen on.")] = 8300,
    data: Data = None,
    seed: Seed = 0,
    people: Annotated[int, Parameter(help="Start with an audience of about so many believable people.")] = 0,
    key: Annotated[str, Parameter(help="The only API key that is let in; empty: any well-formed one.")] = "",
    clock: Time = "real",
    spec: Annotated[
        Path | None, Parameter(help="A copy of Mailchimp's API description; what does not fit it is at /_sandbox/spec.")
    ] = None,
    strict: Annotated[bool, Parameter(negative=(), help="Refuse parameters that the API does not know.")] = False,
) -> int:
    """A Mailchimp of your own: point any client at http://127.0.0.1:PORT/3.0, and look inside at /_sandbox/."""
    if key and not KEY_FORM.fullmatch(key):
        raise NeedsAttention(
            "This is no API key of the usual form.",
            "Use 32 hexadecimal digits and -us1 for --key.",
            code="key-malformed",
        )

    def ready(address: str) -> None:
        out.print(f"Mailchimp sandbox: {address}/3.0   inside: {address}/_sandbox/")
        out.print(f"→ Connect with “listloop connect --base-url {address}/3.0 --key {key or KEY}”. Ctrl-C stops it.")

    with _starting(data, port, spec):
        server.serve(
            port=port,
            seed=seed,
            key=key,
            strict=strict,
            clock=_clock(clock),
            data=data,
            spec=spec,
            start=started_with(people, seed),
            ready=ready,
        )
    return OK


@sandbox.command
def sagecrm(
    *,
    port: Annotated[int, Parameter(help="The port to listen on.")] = 8320,
    data: Data = None,
    seed: Seed = 0,
    people: Annotated[int, Parameter(help="Start with so many people, in the usual disorder.")] = 0,
    install: Annotated[str, Parameter(help="The name of the installation in its address.")] = "crm",
    clock: Time = "real",
) -> int:
    """A Sage CRM of your own: its REST API at http://127.0.0.1:PORT/sdata/crmj/sagecrm2/-/, with the usual oddities."""

    def ready(address: str) -> None:
        out.print(f"Sage CRM sandbox: {address}/sdata/{install}j/sagecrm2/-/   inside: {address}/_sandbox/")
        given = f"--setting address={address} --setting user=listloop --setting password=sage-listloop"
        out.print(f"→ Connect with “listloop connect --crm sagecrm {given}”. Ctrl-C stops it.")

    with _starting(data, port):
        time = _clock(clock)
        sage_server.serve(port=port, seed=seed, install=install, clock=time, data=data, people=people, ready=ready)
    return OK


@sandbox.command
def maximizer(
    *,
    port: Annotated[int, Parameter(help="The port to listen on.")] = 8310,
    data: Data = None,
    seed: Seed = 0,
    clock: Time = "real",
) -> int:
    """A Maximizer of your own: the API at http://127.0.0.1:PORT/MaximizerWebData/Data.svc/json, with its oddities."""

    def ready(address: str) -> None:
        out.print(f"Maximizer sandbox: {address}/MaximizerWebData/Data.svc/json   inside: {address}/_sandbox/")
        given = f"--setting address={address}/MaximizerWebData/Data.svc/json --setting book=AcmeBook"
        given += " --setting user=SYNC --setting password=sync"
        out.print(f"→ Connect with “listloop connect --crm maximizer {given}”. Ctrl-C stops it.")

    with _starting(data, port):
        maximizer_server.serve(port=port, seed=seed, clock=_clock(clock), data=data, ready=ready)
    return OK


@contextmanager
def _starting(data: Path | None, port: int, spec: Path | None = None) -> Iterator[None]:
    """Says what hinders a stand-in from starting."""
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        file, option = (spec, "--spec") if spec and isinstance(error, ValueError) else (data, "--data")
        reason = str(error).rstrip(".")
        raise NeedsAttention(
            f"{file} can't be used: {reason}.", f"Name another file with {option}.", code="data-file"
        ) from None
    except OSError as error:
        if spec is not None and not spec.is_file():
            raise NeedsAttention(
                f"{spec} can't be read: {error.strerror}.", "Name another file with --spec.", code="spec-file"
            ) from None
        raise NeedsAttention(
            f"Port {port} can't be had: {error.strerror}.", "Choose another one with --port.", code="port-taken"
        ) from None


def _clock(text: str) -> Clock:
    if text == "real":
        return Clock()
    made = Clock()
    try:
        made.freeze(None if text == "frozen" else seconds_of(text))
    except ValueError:
        raise NeedsAttention(
            f"{text!r} is no time.", "Use real, frozen, or a time such as 2026-03-01T12:00 for --clock.", code="clock"
        ) from None
    return made


def started_with(people: int, seed: int) -> Iterator[dict[str, object]]:
    """Told on standard error while it goes on where it takes longer than a few seconds."""
    done = 0
    for document in audience_in_parts(people, seed):
        yield document
        done = min(people, done + PART)
        if people > PART:
            err.print(f"{done:,} of {people:,} people are in")
