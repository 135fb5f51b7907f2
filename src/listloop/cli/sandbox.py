"""``listloop sandbox``: stand-ins for the outside services, on their own."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from listloop.cli.console import OK, out
from listloop.core.errors import NeedsAttention
from listloop.sandbox.mailchimp import server

sandbox = App(name="sandbox", help="Stand-ins for outside services, on your own machine.", result_action="return_value")


@sandbox.command
def mailchimp(
    *,
    port: Annotated[int, Parameter(help="The port to listen on.")] = 8300,
    seed: Annotated[int, Parameter(help="The same seed and requests give the same answers.")] = 0,
    key: Annotated[str, Parameter(help="The only API key that is let in; empty: any well-formed one.")] = "",
    strict: Annotated[bool, Parameter(negative=(), help="Refuse parameters that the API does not know.")] = False,
) -> int:
    """A Mailchimp of your own: point any client at http://127.0.0.1:PORT/3.0, and look inside at /_sandbox/."""
    out.print(f"Mailchimp sandbox: http://127.0.0.1:{port}/3.0   inside: http://127.0.0.1:{port}/_sandbox/")
    try:
        server.serve(port=port, seed=seed, key=key, strict=strict)
    except OSError as error:
        raise NeedsAttention(
            f"Port {port} can't be had: {error.strerror}.", "Choose another one with --port.", code="port-taken"
        ) from None
    return OK
