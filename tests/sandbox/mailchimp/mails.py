"""A campaign ready to be sent, and people who always do the same."""

from typing import Any

from tests.sandbox.api import Api

CALM = {"open": 0, "click": 0, "unsubscribe": 0, "complain": 0, "hard_bounce": 0, "soft_bounce": 0}
HTML = '<html><body><p>Hello *|FNAME|*</p><a href="https://shop.example/new">New</a></body></html>'


def rates(api: Api, **some: float) -> None:
    """Nobody does anything, but for what is named."""
    api.server.control("rates", {**CALM, **some})


def draft(api: Api, html: str = HTML, **more: Any) -> str:
    """The id of a campaign to the whole audience that only waits to be sent."""
    settings = {
        "subject_line": "News for *|FNAME|*",
        "title": "May",
        "from_name": "Sandy",
        "reply_to": "s@corp.example",
    }
    body = {"type": "regular", "recipients": {"list_id": api.list_id}, "settings": settings} | more
    made: str = api.ok("POST", "/campaigns", body)["id"]
    api.ok("PUT", f"/campaigns/{made}/content", {"html": html})
    return made


def send(api: Api, campaign: str, wait: int = 2) -> None:
    api.ok("POST", f"/campaigns/{campaign}/actions/send")
    api.step(wait)


def sent(api: Api, html: str = HTML, **more: Any) -> str:
    made = draft(api, html, **more)
    send(api, made)
    return made


def people(count: int) -> list[dict[str, Any]]:
    return [
        {"email": f"p{number}@acme{number % 3}.example", "merge_fields": {"FNAME": f"P{number}"}}
        for number in range(count)
    ]
