"""SData 1.x: Atom, a hundred rows a page, read-only."""

from xml.sax.saxutils import escape

from listloop.sandbox.sagecrm import feeds
from listloop.sandbox.sagecrm.ask import Ask, RefusedError
from listloop.sandbox.wire import Reply

PAGE = 100
"""Rows of a page, however many are asked for."""


def answer(ask: Ask, method: str, rest: str) -> Reply:
    """A feed as Atom. Raises RefusedError for a write (405)."""
    if method != "GET":
        raise RefusedError(405, "405 - HTTP verb used to access this page is not allowed.", html=True)
    ask.params["count"] = str(min(int(ask.params.get("count") or PAGE), PAGE))
    page = feeds.feed(ask, rest.strip("/"))
    entries = "".join(
        "<entry>"
        + "".join(
            f"<{name}>{escape(str(value))}</{name}>"
            for name, value in row.items()
            if name[0] != "$" and not isinstance(value, dict)
        )
        + "</entry>"
        for row in page["$resources"]
    )
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><totalResults>{page["$totalResults"]}</totalResults>{entries}</feed>'
    return Reply(200, body.encode(), {"Content-Type": "application/atom+xml"})
