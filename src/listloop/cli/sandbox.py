"""``listloop sandbox``: stand-ins for the outside services, on their own."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, out
from listloop.core.errors import NeedsAttention
from listloop.sandbox.mailchimp.controls import Controls
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.server import serve
from listloop.testing.world import world

#: A key of the right form, to try with; the sandbox lets in any such one unless it is given its own.
KEY = "0123456789abcdef0123456789abcdef-us1"

sandbox = App(name="sandbox", help="Stand-ins for outside services, on your own machine.", result_action="return_value")


@sandbox.command
def mailchimp(
    *,
    port: Annotated[int, Parameter(help="The port to listen on.")] = 8300,
    members: Annotated[
        int, Parameter(validator=Number(gte=0), help="Begin with an audience of about so many invented members.")
    ] = 0,
    seed: Annotated[int, Parameter(help="The same seed and requests give the same answers.")] = 0,
    key: Annotated[str, Parameter(help="The only API key that is let in; empty: any well-formed one.")] = "",
    strict: Annotated[bool, Parameter(negative=(), help="Refuse parameters that the API does not know.")] = False,
) -> int:
    """A Mailchimp of your own: point any client at http://127.0.0.1:PORT/3.0, and look inside at /_sandbox/."""
    standin = Mailchimp(seed=seed, strict=strict, key=key)
    if members:
        # a world has three members for four people of its CRM, which is not needed here
        Controls(standin).seed(world(members * 4 // 3, seed).seed_sandbox())
    address = f"http://127.0.0.1:{port}"
    out.print(f"Mailchimp sandbox: {address}/3.0   inside: {address}/_sandbox/")
    out.print(f"→ Connect with “listloop connect --base-url {address}/3.0 --key {key or KEY}”. Ctrl-C stops it.")
    try:
        serve(standin, port)
    except OSError as error:
        raise NeedsAttention(
            f"Port {port} can't be had: {error.strerror}.", "Choose another one with --port.", code="port-taken"
        ) from None
    return OK
