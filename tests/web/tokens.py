"""API tokens and calls that carry one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import httpx2
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.tokens import Scope, make_token
from listloop.store.users import Role, add_user
from tests.web.world import NOW

#: Whom the audit log names for what ``token_of`` made.
WHO = "api.administrator@halden-roos.example (API token “test”)"


def token_of(engine: Engine, role: Role = Role.ADMINISTRATOR, scopes: Collection[Scope] = tuple(Scope)) -> str:
    """A token whose owner has this role."""
    user = add_user(engine, f"api.{role}@halden-roos.example", "Program", role, NOW)
    return make_token(engine, user, "test", scopes, NOW)[1]


@dataclass(frozen=True, slots=True)
class Calls:
    """A program with a token."""

    client: TestClient
    token: str

    def call(self, method: str, path: str, body: object = None) -> httpx2.Response | Any:
        """One call, whatever comes of it."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    def get(self, path: str) -> Any:
        """What is there."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object = None) -> Any:
        """Something that is carried out."""
        answer = self.call("POST", path, body)
        assert answer.status_code in (202, 204), answer.text
        return answer.json() if answer.content else None
