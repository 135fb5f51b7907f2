"""The demo's campaigns: what an invented marketer sent in the last three weeks, and one that waits to be sent."""

from __future__ import annotations

from typing import Any

import httpx2

from listloop.campaigns.writing import Way, begin, new_body
from listloop.store.connections import ConnectionRow
from listloop.sync.sources import Kind, source
from listloop.wiring import Listloop

DAY = 86400

#: What share of the invented people does what with a mail.
RATES = {"open": 0.42, "click": 0.12, "unsubscribe": 0.004, "soft_bounce": 0.01, "proxy": 0.1}

SENDER = {"from_name": "Haldenroos", "reply_to": "news@haldenroos.com"}

#: Title, days ago, and the texts and addresses of the links in it.
SENT: tuple[tuple[str, float, tuple[tuple[str, str], ...]], ...] = (
    (
        "Catalogue 2027: early access",
        20,
        (("Browse the catalogue", "catalogue-2027"), ("Ask for a printed copy", "catalogue-2027/print")),
    ),
    (
        "Autumn workshop: invitation",
        11,
        (("Register", "workshop/register"), ("See the programme", "workshop/programme"), ("Find us", "directions")),
    ),
    (
        "Service news, November",
        4,
        (("What is new", "service/november"), ("Book an appointment", "service/book")),
    ),
    ("Last seats at the workshop", 0.2, (("Register", "workshop/register"), ("Find us", "directions"))),
)


def send_campaigns(sandbox: str, key: str, list_id: str) -> int:
    """Have the sandbox send the campaigns at their times, and its people act; how many there are."""
    with httpx2.Client(base_url=sandbox, headers={"Authorization": f"Bearer {key}"}, timeout=120) as client:
        _control(client, "rates", RATES)
        for title, days, links in SENT:
            _control(client, "clock", {"offset": -int(days * DAY)})
            settings = {"title": title, "subject_line": title, **SENDER}
            made = _call(client, "POST", "/campaigns", {
                "type": "regular", "recipients": {"list_id": list_id}, "settings": settings,
            })["id"]  # fmt: skip
            _call(client, "PUT", f"/campaigns/{made}/content", {"html": _mail(title, links)})
            _call(client, "POST", f"/campaigns/{made}/actions/send", None)
            _control(client, "clock", {"step": 5})
        _control(client, "clock", {"offset": 0})
    return len(SENT)


def write_draft(listloop: Listloop, row: ConnectionRow) -> int:
    """A draft that is ready to be looked at, tried out and sent; its number."""
    subject = {"subject": "*|IF:FNAME|**|FNAME|*, see*|ELSE:|*See*|END:IF|* you at the open day?"}
    with listloop.sync(row.id) as sync:
        everybody = source(sync, Kind.AUDIENCE, "")
        body = new_body(Way.TEMPLATE, "invitation")
        return begin(sync, "Open day: invitation", everybody, body, subject, "demo", tells=True)


def _mail(title: str, links: tuple[tuple[str, str], ...]) -> str:
    shown = "".join(f'<p><a href="https://haldenroos.example/{path}">{text}</a></p>' for text, path in links)
    leave = '<p><a href="*|UNSUB|*">Unsubscribe</a></p>'
    return f"<html><body><h1>{title}</h1><p>Hello *|FNAME|*,</p>{shown}{leave}</body></html>"


def _call(client: httpx2.Client, method: str, path: str, body: object) -> Any:
    answer = client.request(method, f"/3.0{path}", json=body)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def _control(client: httpx2.Client, path: str, body: object) -> None:
    client.post(f"/_sandbox/{path}", json=body).raise_for_status()
