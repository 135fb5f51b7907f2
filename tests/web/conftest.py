"""The pages on a filled SQLite database, and a browser's worth of cookies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.database import create_all, open_database
from listloop.store.search import prepare_search
from listloop.store.users import Role
from listloop.web.app import make_app
from tests.web.pressed import Pressed
from tests.web.set_up import SetUpAlone
from tests.web.world import BASE, World, fill, services, sign_in_link

Visitor = Callable[..., TestClient]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database with the search index."""
    made = open_database(tmp_path / "listloop.sqlite")
    create_all(made)
    prepare_search(made)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    """The small world, in that database."""
    return fill(engine)


@pytest.fixture
def pressed() -> Pressed:
    """What the buttons asked for."""
    return Pressed()


@pytest.fixture
def visitor(engine: Engine, pressed: Pressed) -> Iterator[Visitor]:
    """Makes clients: ``visitor()`` is signed out, ``visitor(Role.VIEWER)`` signed in in that role."""
    app = make_app(services(engine, pressed, setup=SetUpAlone(engine, pressed)))
    opened: list[TestClient] = []

    def make(role: Role | None = None) -> TestClient:
        client = TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False)
        opened.append(client)
        if role is not None:
            link = sign_in_link(engine, role)
            answer = client.post(link, data={"form_token": form_token(client.get(link).text)})
            assert answer.status_code == 303
        return client

    yield make
    for client in opened:
        client.close()


def form_token(html: str) -> str:
    """The token of the first form on a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', html)
    assert found, "the page has no form"
    return found[1]


def press(client: TestClient, page: str, action: str, **fields: str) -> str:
    """Press a button on a page; returns where it led to."""
    answer = client.post(action, data={"form_token": form_token(client.get(page).text), **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
