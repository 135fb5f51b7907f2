"""The settings page of the API: tokens made, shown once, and revoked."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from listloop.store import audit
from listloop.store.users import Role
from tests.web.conftest import Visitor, form_token, press
from tests.web.world import World


def test_a_token_is_made_shown_once_used_and_revoked(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    sent = {"form_token": form_token(client.get("/settings/api").text), "name": "report", "scope": "read", "days": "30"}
    made = client.post("/settings/api", data=sent).text
    (token,) = re.findall(r"llt_[\w-]{43}", made)
    calls = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/people", headers=calls).status_code == 200
    assert token not in client.get("/settings/api").text
    assert press(client, "/settings/api", "/settings/api/1/revoke") == "/settings/api"
    assert client.get("/api/v1/people", headers=calls).status_code == 401
    with engine.connect() as db:
        said = [one.what for one in audit.entries(db)]
    assert said[:2] == [
        "revoked the API token “report” of marta.administrator@halden-roos.example",
        "made the API token “report”: read",
    ]
    assert token not in str(said)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"scope": "everything"}])
def test_a_token_for_nothing_is_not_made(world: World, visitor: Visitor, wrong: dict[str, str]) -> None:
    client = visitor(Role.ADMINISTRATOR)
    sent = {"form_token": form_token(client.get("/settings/api").text), "name": "report", "scope": "read", **wrong}
    answer = client.post("/settings/api", data=sent)
    assert answer.status_code == 422
    assert "Nothing was made." in answer.text
