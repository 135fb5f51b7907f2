"""Which other sites may show a page of ours in a frame: none, but for the panels and the origins that are set."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from listloop.store.options import option

OPTION = "embed-origins"

#: The word in a request's state that names who may frame the answer.
STATE = "frame_ancestors"

#: The word in a request's state that holds a policy of the answer's own, in place of the usual one.
POLICY = "policy"


class Framing:
    """Lets the origins that a panel named frame its answer; every other answer stays as the headers above say."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and change two headers of the answer where a panel asked for it."""
        state = scope.setdefault("state", {})

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start" and state.get(POLICY):
                message["headers"] = [(name.lower(), value) for name, value in message["headers"]]
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = state[POLICY]
                if "frame-ancestors 'self'" in state[POLICY]:
                    headers["x-frame-options"] = "SAMEORIGIN"
            elif message["type"] == "http.response.start" and state.get(STATE):
                message["headers"] = [(name.lower(), value) for name, value in message["headers"]]
                headers = MutableHeaders(scope=message)
                policy = headers.get("content-security-policy", "")
                named = policy.replace("frame-ancestors 'none'", f"frame-ancestors {state[STATE]}")
                headers["content-security-policy"] = named
                del headers["x-frame-options"]
            await send(message)

        await self.app(scope, receive, framed)


def origins(database: Connection) -> list[str]:
    """The origins that may frame the panels."""
    return option(database, OPTION).split()


def read_origins(text: str) -> tuple[list[str], list[str]]:
    """The origins in a text, each a scheme, a host and maybe a port; and what of the text is none."""
    given = text.split()
    good = [found for one in given if (found := _origin(one))]
    return list(dict.fromkeys(good)), [one for one in given if not _origin(one)]


def _origin(text: str) -> str:
    try:
        parts = urlsplit(text.rstrip("/"))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = parts.hostname or ""
    plain = not (parts.path or parts.query or parts.fragment or parts.username) and _is_host(host)
    return f"{parts.scheme}://{host}{port}" if parts.scheme in {"http", "https"} and plain else ""


def _is_host(text: str) -> bool:
    letters = text.replace(".", "").replace("-", "")
    return letters.isascii() and letters.isalnum()
