"""The pages of campaigns that are written here: templates, versions, and recipients of whom there are none."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.mail_templates import kept_templates
from listloop.store.mailings import Mailing, all_mailings, mailing, versions
from listloop.store.users import Role
from tests.web.conftest import Visitor, press
from tests.web.world import World


@pytest.fixture
def client(visitor: Visitor, world: World) -> TestClient:
    return visitor(Role.MARKETER)


def begin(client: TestClient, world: World, **values: str) -> str:
    """A draft; gives its address."""
    given = {"connection": str(world.customers), "to": "audience:", "name": "May", "template": "letter"}
    return press(client, "/sending/new", "/sending", **given | values)


def read(engine: Engine, address: str) -> Mailing:
    with engine.begin() as db:
        return mailing(db, int(address.rsplit("/", 1)[1]))


def test_a_design_is_kept_as_a_template_and_begun_with_again(client: TestClient, engine: Engine, world: World) -> None:
    """It stands beside ours for a new campaign and under “Begin anew”, until it is dropped."""
    one = begin(client, world, template="offer")
    press(client, f"{one}/content", f"{one}/keep", name="House style")
    assert "House style" in client.get("/sending/new").text
    with engine.begin() as db:
        (kept,) = kept_templates(db)
    other = begin(client, world, template=f"kept:{kept.id}")
    assert read(engine, other).design == read(engine, one).design
    third = begin(client, world)
    press(client, f"{third}/content", f"{third}/content", do="kept", value=str(kept.id))
    assert read(engine, third).design == read(engine, one).design
    press(client, f"{one}/content", f"{one}/keep", drop=str(kept.id))
    assert "House style" not in client.get("/sending/new").text
    assert read(engine, third).design == read(engine, one).design


def test_an_earlier_version_comes_back_and_none_is_lost(client: TestClient, engine: Engine, world: World) -> None:
    """Going back is a version of its own, so that one can go forth again."""
    one = begin(client, world)
    letter = read(engine, one).body
    press(client, f"{one}/content", f"{one}/content", do="template", value="news")
    news = read(engine, one).body
    assert "Version 1" in client.get(f"{one}/content").text
    press(client, f"{one}/content", f"{one}/content", do="version", value="1")
    assert read(engine, one).body == letter
    number = read(engine, one).id
    with engine.begin() as db:
        assert [old.body for old in versions(db, number)] == [letter, news, letter]
    press(client, f"{one}/content", f"{one}/content", do="version", value="2")
    assert read(engine, one).body == news


def test_a_group_without_anybody_is_said_and_can_be_exchanged(client: TestClient, engine: Engine, world: World) -> None:
    """The page stays usable: the checklist says why nothing goes out, and other recipients mend it."""
    one = begin(client, world, to="crm:customers")
    shown = client.get(one)
    assert shown.status_code == 200
    assert "may be mailed" in shown.text
    press(client, one, one, to="audience:", subject="Hello")
    assert "may be mailed" not in client.get(one).text
    with engine.begin() as db:
        assert [row.source for row in all_mailings(db)] == ["audience"]


def test_a_second_click_on_send_sends_nothing_more(client: TestClient, engine: Engine, world: World) -> None:
    """It finds the campaign on its way; a copy begins as a draft for the same recipients."""
    one = begin(client, world)
    for _ in range(2):
        press(client, "/sending/new", f"{one}/send")
        assert read(engine, one).state == "sending"
    assert "on its way" in client.get(one).text
    copy = press(client, "/sending/new", f"{one}/copy")
    assert (read(engine, copy).state, read(engine, copy).html) == ("draft", read(engine, one).html)
