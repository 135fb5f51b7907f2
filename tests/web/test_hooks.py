"""Where Mailchimp's webhooks arrive: no session, no form, a status and no word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.web.app import make_app
from listloop.web.hooks import LARGEST
from tests.web.pressed import Pressed
from tests.web.world import BASE, World, services


@dataclass
class Taken:
    """Knows one address, and keeps what came."""

    came: list[tuple[str, bytes, str]] = field(default_factory=list)

    def knows(self, token: str) -> bool:
        return token == "right"

    def receive(self, token: str, body: bytes, signature: str) -> int:
        self.came.append((token, body, signature))
        return 200 if self.knows(token) else 404


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def client(engine: Engine, world: World, taken: Taken) -> Iterator[TestClient]:
    app = make_app(replace(services(engine, Pressed()), webhooks=taken))
    with TestClient(app, base_url=BASE) as client:
        yield client


def test_mailchimps_look_at_an_address_is_answered_only_where_there_is_one(client: TestClient) -> None:
    assert client.get("/hooks/mailchimp/right").status_code == 200
    assert client.get("/hooks/mailchimp/wrong").status_code == 404


def test_a_delivery_is_handed_on_as_it_came_without_session_or_form(client: TestClient, taken: Taken) -> None:
    answer = client.post("/hooks/mailchimp/right", content=b"type=x", headers={"X-Mailchimp-Signature": "t=1,v1=2"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert taken.came == [("right", b"type=x", "t=1,v1=2")]


def test_what_is_far_too_long_is_refused_unread(client: TestClient, taken: Taken) -> None:
    assert client.post("/hooks/mailchimp/right", content=b"x" * (LARGEST + 1)).status_code == 413
    assert taken.came == []


def test_without_webhooks_there_is_nothing_there(engine: Engine, world: World) -> None:
    with TestClient(make_app(services(engine, Pressed())), base_url=BASE) as client:
        assert client.get("/hooks/mailchimp/right").status_code == 404
        assert client.post("/hooks/mailchimp/right", content=b"type=x").status_code == 404
