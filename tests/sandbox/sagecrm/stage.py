"""A Sage CRM stand-in spoken to without a network: each call is one request and its answer."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from listloop.sandbox.clock import Clock
from listloop.sandbox.control import Control
from listloop.sandbox.sagecrm.standin import SageCrm
from listloop.sandbox.wire import Call, Reply

NOW = 1_800_000_000  # 2027-01-15T08:00:00+00:00
BASE = "/sdata/crmj/sagecrm2/-/"


def basic(user: str = "listloop", said: str = "sage-listloop") -> str:
    return "Basic " + base64.b64encode(f"{user}:{said}".encode()).decode()


@dataclass
class Sage:
    standin: SageCrm
    host: str = "https://crm.firm.example"

    def ask(
        self, method: str, path: str, body: Any = None, base: str = BASE, headers: dict[str, str] | None = None,
        raw: str = "", **params: Any,
    ) -> Reply:  # fmt: skip
        query = raw or "&".join(f"{name}={quote(str(value))}" for name, value in params.items())
        content = b"" if body is None else json.dumps(body).encode()
        given = {"authorization": basic()} if headers is None else headers
        return self.standin.answer(Call(method, base + quote(path, safe="()$/"), query, given, content, self.host))

    def get(self, path: str, **params: Any) -> Any:
        reply = self.ask("GET", path, **params)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def rows(self, path: str, **params: Any) -> list[dict[str, Any]]:
        return list(self.get(path, **{"count": 1000, **params})["$resources"])

    def made(self, path: str, **columns: Any) -> int:
        reply = self.ask("POST", path, columns)
        assert reply.status == 201, reply.body
        return int(json.loads(reply.body)["$key"])

    def control(self, path: str, body: Any) -> Any:
        reply = Control(self.standin).answer(Call("POST", f"/_sandbox/{path}", body=json.dumps(body).encode()))
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def switch(self, **positions: Any) -> None:
        self.control("switches", positions)

    def person(self, **given: Any) -> int:
        return int(self.control("people/add", {"pers_lastname": "Doe", **given})["id"])

    def step(self, seconds: int) -> None:
        self.control("clock", {"step": seconds})


def sage() -> Sage:
    return Sage(SageCrm(seed=1, clock=Clock(frozen=NOW)))
