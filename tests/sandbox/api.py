"""A strict stand-in with a frozen clock and one audience, spoken to over HTTP."""

from typing import Any

import httpx2

from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.server import Running

KEY = "0123456789abcdef0123456789abcdef-us1"
NOW = 1_800_000_000  # 2027-01-15T08:00:00+00:00


class Api:
    def __init__(self, server: Running, client: httpx2.Client) -> None:
        self.server, self.client = server, client
        self.list_id = ""

    @property
    def standin(self) -> Mailchimp:
        assert isinstance(self.server.standin, Mailchimp)
        return self.server.standin

    def call(self, method: str, path: str, json: Any = None, **params: Any) -> httpx2.Response:
        """A path without a leading slash is below the audience."""
        where = path if path.startswith("/") else f"/lists/{self.list_id}/{path}".rstrip("/")
        return self.client.request(method, "/3.0" + where, json=json, params=params)

    def get(self, path: str, **params: Any) -> Any:
        reply = self.call("GET", path, **params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def ok(self, method: str, path: str, json: Any = None, **params: Any) -> Any:
        reply = self.call(method, path, json, **params)
        assert reply.status_code in {200, 204}, reply.text
        return reply.json() if reply.content else None

    def refused(self, method: str, path: str, json: Any = None, **params: Any) -> tuple[int, str]:
        reply = self.call(method, path, json, **params)
        assert reply.status_code >= 400, reply.text
        return reply.status_code, reply.json()["title"]

    def seed(self, *members: dict[str, Any], **more: Any) -> str:
        """Adds to the one audience and gives its id."""
        document = {"lists": [{"name": "News", "members": list(members), **more}]}
        self.list_id = self.server.control("seed", document)["lists"][0]["id"]
        return self.list_id

    def act(self, act: str, email: str, **more: Any) -> Any:
        return self.server.control(f"people/{act}", {"email": email, "list_id": self.list_id, **more})["member"]

    def member(self, email: str) -> Any:
        return self.get(f"members/{email}")

    def step(self, seconds: int = 1) -> None:
        self.server.control("clock", {"step": seconds})

    def switch(self, name: str, value: Any) -> None:
        self.server.control("switches", {name: value})
