"""An Address Book in the stand-in, asked without a network."""

from __future__ import annotations

import json
from typing import Any

from listloop.sandbox.clock import Clock
from listloop.sandbox.control import Control
from listloop.sandbox.maximizer.standin import Maximizer
from listloop.sandbox.wire import Call, Reply

START = 1_800_000_000
SQL = {"Drivers": {"IAbEntrySearcher": "Maximizer.Model.Access.Sql.AbEntrySearcher"}}


class Book:
    """Asks as a client does, and steers as the control surface does."""

    def __init__(self) -> None:
        self.standin = Maximizer(seed=1, clock=Clock(frozen=START))
        self.control = Control(self.standin)
        self.token = "pat-sync"

    def post(self, path: str, body: object = None, *, token: str | None = None, method: str = "POST") -> Reply:
        bearer = self.token if token is None else token
        headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
        return self.standin.answer(Call(method, path, headers=headers, body=json.dumps(body or {}).encode()))

    def call(self, method: str, body: object = None, **more: Any) -> Any:
        return json.loads(self.post(f"/octopus/{method}", body, **more).body)

    def read(self, scope: dict[str, Any], query: object = None, thing: str = "AbEntry", **order: Any) -> Any:
        block = {"Scope": {"Fields": scope}, "Criteria": {"SearchQuery": query or {}}, "OrderBy": order}
        return self.call("Read", {thing: block, "Configuration": SQL})

    def rows(self, scope: dict[str, Any], query: object = None, thing: str = "AbEntry", **order: Any) -> Any:
        return self.read(scope, query, thing, **order)[thing]["Data"]

    def create(self, thing: str = "AbEntry", **data: Any) -> str:
        answer = self.call("Create", {thing: {"Data": {"Key": None, **data}}})
        assert answer["Code"] == 0, answer
        return str(answer[thing]["Data"]["Key"])

    def update(self, key: str, thing: str = "AbEntry", **data: Any) -> Any:
        return self.call("Update", {thing: {"Data": {"Key": key, **data}}})

    def delete(self, key: str, thing: str = "AbEntry") -> Any:
        return self.call("Delete", {thing: {"Data": {"Key": key}}})

    def value(self, key: str, name: str) -> Any:
        return self.rows({name: 1}, {"Key": {"$EQ": key}})[0][name]

    def person(self, last: str = "Ng", **data: Any) -> str:
        return self.create(Type="Individual", LastName=last, **data)

    def company(self, name: str = "Acme") -> str:
        return self.create(CompanyName=name)

    def udf(self, name: str, type_: str = "StringField", **attributes: Any) -> str:
        data = {
            "Key": None,
            "Name": name,
            "Type": type_,
            "AppliesTo": ["Individual", "Contact"],
            "Attributes": attributes,
        }
        answer = self.call("Create", {"Schema": {"Data": data}})
        return str(answer["Schema"]["Data"]["Key"]).removeprefix("/AbEntry/")

    def do(self, path: str, body: object) -> Any:
        reply = self.control.answer(Call("POST", f"/_sandbox/{path}", body=json.dumps(body).encode()))
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def switch(self, **positions: Any) -> None:
        self.do("switches", positions)

    def wait(self, seconds: int) -> None:
        self.do("clock", {"step": seconds})


def number_of(answer: Any) -> int:
    """An error's number, wherever it is."""
    first = answer["Msg"][0]
    return int(first["ErrorCode"] if isinstance(first, dict) else answer["Code"])
