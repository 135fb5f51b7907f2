"""An account of the stand-in with one audience, and those who act in it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.request import Request, urlopen

import pytest
import stamina

from listloop.core.people import Key, Value
from listloop.mailchimp.audience import MailchimpAudience
from listloop.mailchimp.client import MailchimpClient
from listloop.sandbox.mailchimp import server
from listloop.sandbox.server import Running
from listloop.testing.side import AudienceHands

KEY = "0123456789abcdef0123456789abcdef-us1"
LIST = "a1b2c3d4e5"
START = "2026-03-01T12:00:00+00:00"

SEED = {
    "lists": [
        {
            "id": LIST,
            "name": "News",
            "merge_fields": [
                {"tag": "COMPANY", "name": "Company", "type": "text"},
                {"tag": "AGE", "name": "Age", "type": "number"},
                {"tag": "SINCE", "name": "Customer since", "type": "date"},
                {"tag": "TITLE", "name": "Title", "type": "dropdown", "options": {"choices": ["Ms", "Mr", "Dr"]}},
                {"tag": "BDAY", "name": "Birthday", "type": "birthday"},
            ],
            "tags": ["vip", "prospect"],
            "interest_categories": [{"title": "Topics", "type": "checkboxes", "interests": ["Wine", "Cheese"]}],
        }
    ]
}


class SandboxHands(AudienceHands):
    """People and administrators of the audience, by the sandbox's control surface and by plain calls."""

    def __init__(self, running: Running) -> None:
        self.running = running

    def add(self, email: str, values: Mapping[str, Value]) -> Key:
        body = {"email_address": email, "status": "subscribed", "merge_fields": dict(values)}
        return str(self._call("POST", f"/lists/{LIST}/members", body)["contact_id"])

    def edit(self, key: Key, values: Mapping[str, Value]) -> object:
        return self._call("PATCH", f"/lists/{LIST}/members/{key}", {"merge_fields": dict(values)})

    def delete(self, key: Key) -> object:
        hashed = self._call("GET", f"/lists/{LIST}/members/{key}")["id"]
        return self._call("POST", f"/lists/{LIST}/members/{hashed}/actions/delete-permanent")

    def wait(self, seconds: float) -> object:
        return self.running.control("clock", {"step": int(seconds)})

    def unsubscribe(self, key: Key) -> object:
        return self.running.control("people/unsubscribe", {"email": self._email(key)})

    def clean(self, key: Key) -> object:
        return self.running.control("people/hard-bounce", {"email": self._email(key)})

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self._call(method, path, body)

    def seed(self, people: int) -> None:
        members = [{"email": f"p{number}@acme.example", "status": "subscribed"} for number in range(people)]
        self.running.control("seed", {"lists": [{"id": LIST, "name": "News", "members": members}]})

    def send(self, title: str, wait: int = 3, **more: Any) -> str:
        """A campaign to the whole audience (or what ``more`` says of it); its key."""
        settings = {"subject_line": title, "title": title, "from_name": "Sandy", "reply_to": "s@corp.example"}
        body = {"type": "regular", "recipients": {"list_id": LIST}, "settings": settings} | more
        made = str(self._call("POST", "/campaigns", body)["id"])
        html = '<p>Hello</p><a href="https://shop.example/new">New</a> <a href="https://shop.example/old">Old</a>'
        self._call("PUT", f"/campaigns/{made}/content", {"html": html})
        self._call("POST", f"/campaigns/{made}/actions/send")
        self.wait(wait)
        return made

    def rates(self, **rates: float) -> None:
        """Nobody does anything with a mail, but for what is named."""
        quiet = dict.fromkeys(("open", "click", "unsubscribe", "complain", "hard_bounce", "soft_bounce", "proxy"), 0)
        self.running.control("rates", quiet | rates)

    def act(self, what: str, email: str, campaign: str, **more: Any) -> None:
        self.running.control(f"people/{what}", {"email": email, "campaign_id": campaign} | more)

    def requests(self, start: int = 0) -> list[str]:
        """The paths asked of the API since a place in the journal."""
        entries = self.running.control("journal")["entries"][start:]
        return [one["path"] for one in entries]

    def _email(self, key: Key) -> str:
        return str(self._call("GET", f"/lists/{LIST}/members/{key}")["email_address"])

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        request = Request(  # noqa: S310 - our own address
            f"{self.running.url}/3.0{path}", data, headers, method=method
        )
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            return json.loads(answer.read() or b"null")


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries happen at once, and as often as the client asks for."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture(scope="session")
def standin() -> Iterator[Running]:
    """One server for all tests; each finds it empty."""
    with server.start() as running:
        yield running


@pytest.fixture
def sandbox(standin: Running) -> Running:
    standin.control("reset", {})
    standin.control("clock", {"freeze": START})
    standin.control("seed", SEED)
    standin.control("switches", {"change_needs_subscribed": False})  # the suite's people are not subscribed
    return standin


@pytest.fixture
def audience(sandbox: Running) -> Iterator[MailchimpAudience]:
    with MailchimpAudience(MailchimpClient(KEY, f"{sandbox.url}/3.0"), LIST) as audience:
        yield audience


@pytest.fixture
def hands(sandbox: Running) -> SandboxHands:
    return SandboxHands(sandbox)
