"""Campaigns inside the CRM: the list, results and groups open by signed links only, and each leads on to the next."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from listloop.store.crowds import all_crowds
from listloop.store.tables import connections
from listloop.store.users import Role, add_user
from listloop.web.app import make_app
from listloop.web.pages.embed_campaigns import GROUPS, PATH
from listloop.web.pages.embed_mail import PATH as MAIL
from listloop.web.signing import make_link
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.world import BASE, KEY, NOW, World, services

MIA, VIK = "mia@halden-roos.example", "vik@halden-roos.example"


@pytest.fixture
def client(engine: Engine, world: World, pressed: Pressed) -> Iterator[TestClient]:
    """A browser without any cookie of ours."""
    add_user(engine, MIA, "Mia", Role.MARKETER, NOW)
    add_user(engine, VIK, "Vik", Role.VIEWER, NOW)
    with TestClient(make_app(services(engine, pressed)), base_url=BASE, follow_redirects=False) as made:
        yield made


@pytest.fixture
def may(engine: Engine, world: World) -> int:
    return fill_results(engine, world.elena)["may"]


def link(world: World, path: str = PATH, user: str = MIA, minutes: float = 10) -> str:
    until = NOW + timedelta(minutes=minutes)
    return make_link(KEY, path, connection=str(world.customers), record="", user=user, until=until)


def door(text: str, path: str) -> str:
    """The address of a link or a form on a panel that leads to that path."""
    [found] = set(re.findall(rf'(?:href|action)="({re.escape(path)}\?[^"]+)"', text))
    return html.unescape(found)


def test_the_list_leads_to_results_and_from_there_to_a_group(
    engine: Engine, world: World, client: TestClient, pressed: Pressed, may: int
) -> None:
    listed = client.get(link(world)).text
    results = client.get(door(listed, f"{PATH}/{may}")).text
    assert "did not open" in results
    assert "https://shop.example/new" in results
    made = client.post(door(results, f"{PATH}/{may}/clicked"))
    assert made.status_code == 303
    groups = client.get(made.headers["location"]).text
    assert "being written" in groups
    with engine.begin() as db:
        [group] = all_crowds(db, world.customers)
    assert (group.people, group.made_by, bool(group.crm_group), bool(group.segment)) == (1, MIA, True, True)
    assert pressed.calls == [("results_now", world.customers, MIA)]


def test_no_panel_is_larger_than_30_kb(world: World, client: TestClient, may: int) -> None:
    for path in (PATH, f"{PATH}/{may}", GROUPS):
        assert len(client.get(link(world, path)).content) < 30_000, path


def test_a_group_of_the_crm_is_counted_and_made_into_a_segment(
    world: World, client: TestClient, pressed: Pressed
) -> None:
    until = NOW + timedelta(minutes=5)
    mail = make_link(KEY, MAIL, connection=str(world.customers), record="g1", user=MIA, until=until)
    text = client.get(mail).text
    assert re.search(r'will get the mail</span><b class="n">10</b>', text)
    assert re.search(r'opted out</span><span class="n">2</span>', text)
    made = client.post(door(text, MAIL))
    assert made.headers["location"].startswith(f"{GROUPS}?")
    assert pressed.calls == [("push", world.customers, "g1", MIA)]
    viewers = make_link(KEY, MAIL, connection=str(world.customers), record="g1", user=VIK, until=until)
    assert "<form" not in client.get(viewers).text
    assert client.post(viewers).status_code == 403
    nothing = make_link(KEY, MAIL, connection=str(world.customers), record="", user=MIA, until=until)
    assert client.get(nothing).status_code == 404


@pytest.mark.parametrize("path", [PATH, f"{PATH}/1", GROUPS])
def test_a_link_without_a_good_signature_opens_none_of_them(
    path: str, world: World, client: TestClient, may: int
) -> None:
    good = link(world, path)
    assert client.get(good).status_code == 200
    for bad in (
        path,
        good.replace("user=mia", "user=vik"),
        link(world, path, minutes=-1),
        link(world, path + "x").replace(path + "x", path),
    ):
        assert client.get(bad).status_code == 401, bad
    other = link(world, PATH if path != PATH else GROUPS).partition("?")[2]
    assert client.get(f"{path}?{other}").status_code == 401, "a link is good for its own panel only"


def test_a_viewer_reads_and_makes_no_group(
    engine: Engine, world: World, client: TestClient, pressed: Pressed, may: int
) -> None:
    assert "Make a group" not in client.get(link(world, f"{PATH}/{may}", VIK)).text.split("<ul")[1].split("</ul>")[0]
    assert client.post(link(world, f"{PATH}/{may}/clicked", VIK)).status_code == 403
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(link(world, f"{PATH}/{may}/clicked"), headers=headers).status_code == 403
    with engine.begin() as db:
        assert all_crowds(db) == []
    assert pressed.calls == []


def test_another_connections_campaign_is_not_shown(engine: Engine, world: World, client: TestClient, may: int) -> None:
    until = NOW + timedelta(minutes=5)
    for path in (f"{PATH}/{may}", f"{PATH}/999"):
        theirs = make_link(KEY, path, connection=str(world.news), record="", user=MIA, until=until)
        assert client.get(theirs).status_code == 404


def test_before_the_first_yes_every_panel_leads_to_the_set_up(
    engine: Engine, world: World, client: TestClient, may: int
) -> None:
    with engine.begin() as db:
        db.execute(update(connections).values(setup_step="who"))
        assert db.scalar(select(connections.c.setup_step).limit(1)) == "who"
    add_user(engine, MIA, "Mia", Role.ADMINISTRATOR, NOW)
    for path in (PATH, f"{PATH}/{may}", GROUPS):
        text = client.get(link(world, path)).text
        assert f'href="/connections/{world.customers}/who"' in text, path
    assert client.post(link(world, f"{PATH}/{may}/clicked")).status_code == 200
    with engine.begin() as db:
        assert all_crowds(db) == []
