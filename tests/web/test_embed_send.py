"""“Mail this group” inside the CRM ends with a sent campaign: by signed links alone, and never sent twice."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from listloop.store import mailings
from listloop.store.audit import entries
from listloop.store.tables import people, records
from listloop.store.users import Role, add_user
from listloop.web.app import make_app
from listloop.web.pages.embed_mail import PATH as MAIL
from listloop.web.pages.embed_send import PATH, WRITE
from listloop.web.signing import make_link
from tests.web.pressed import Pressed
from tests.web.test_embed_campaigns import door
from tests.web.world import BASE, KEY, NOW, World, services

MIA, VIK = "mia@halden-roos.example", "vik@halden-roos.example"
GROUP = "customers"


@pytest.fixture
def known(engine: Engine, world: World, pressed: Pressed) -> Any:
    """The services; the group in the CRM has one person in it, who is a member."""
    made: Any = services(engine, pressed)
    with engine.begin() as db:
        query = select(records.c.key).join(people, people.c.crm_record == records.c.id)
        only = str(db.scalar(query.where(people.c.id == world.elena)))
    made.sending._crm.group = lambda _key: iter([only])
    return made


@pytest.fixture
def client(engine: Engine, world: World, known: Any) -> Iterator[TestClient]:
    """A browser without any cookie of ours."""
    add_user(engine, MIA, "Mia", Role.MARKETER, NOW)
    add_user(engine, VIK, "Vik", Role.VIEWER, NOW)
    with TestClient(make_app(known), base_url=BASE, follow_redirects=False) as made:
        yield made


def link(world: World, path: str, record: str, user: str = MIA, connection: int = 0) -> str:
    number = str(connection or world.customers)
    return make_link(KEY, path, connection=number, record=record, user=user, until=NOW + timedelta(minutes=10))


def begun(client: TestClient, world: World, begin: str = "template:letter") -> str:
    """The panel of a campaign that was just begun for the group."""
    to = door(client.get(link(world, MAIL, GROUP)).text, WRITE)
    answer = client.post(to, data={"name": "May", "subject": "Hello", "begin": begin})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def sent(known: Any) -> list[tuple[Any, ...]]:
    return list(known.sending.audience.out.mails)


def test_from_the_group_to_a_sent_campaign_by_signed_links_alone(
    engine: Engine, client: TestClient, world: World, known: Any
) -> None:
    at = begun(client, world)
    assert at.startswith(f"{PATH}?")
    assert "Hello" in client.get(at).text
    assert 'value="Hello again"' in client.post(at, data={"do": "subject", "subject": "Hello again"}).text
    assert "The test is on its way" in client.post(at, data={"do": "test", "to": "mia@halden-roos.example"}).text
    assert "on its way" in client.post(at, data={"do": "send"}).text
    client.post(at, data={"do": "send"})
    assert [one[0] for one in sent(known)] == ["test", "send"]
    with engine.begin() as db:
        [one] = mailings.all_mailings(db)
        assert (one.source, one.source_key, one.subject, one.made_by) == ("crm", GROUP, "Hello again", MIA)
        said = {entry.what for entry in entries(db)}
    assert {"wrote the campaign May", "sent the campaign May"} <= said


def test_what_was_written_in_listloop_before_is_offered_and_taken(
    engine: Engine, client: TestClient, world: World
) -> None:
    first = begun(client, world, "template:news")
    panel = client.get(link(world, MAIL, GROUP)).text
    [offered] = re.findall(r'value="(mailing:\d+)"', panel)
    begun(client, world, offered)
    with engine.begin() as db:
        assert len({one.html for one in mailings.all_mailings(db)}) == 1
    assert first


def test_a_wrong_address_for_the_test_is_told_in_the_panel(client: TestClient, world: World, known: Any) -> None:
    answer = client.post(begun(client, world), data={"do": "test", "to": "nobody"})
    assert (answer.status_code, "This is no address" in html.unescape(answer.text)) == (422, True)
    assert sent(known) == []


def test_whoever_only_reads_gets_no_button_and_no_campaign(client: TestClient, world: World) -> None:
    panel = client.get(link(world, MAIL, GROUP, VIK)).text
    assert 'name="begin"' not in panel
    assert client.post(link(world, WRITE, GROUP, VIK), data={"name": "x"}).status_code == 403
    assert client.get(link(world, PATH, "1", VIK)).status_code == 403


@pytest.mark.parametrize("record", ["999", "", "x"])
def test_a_campaign_that_is_not_there_is_not_found(client: TestClient, world: World, record: str) -> None:
    assert client.get(link(world, PATH, record)).status_code == 404


def test_a_link_of_one_connection_opens_no_campaign_of_another(client: TestClient, world: World) -> None:
    number = re.findall(r"record=(\d+)", begun(client, world))[0]
    assert client.get(link(world, PATH, number, connection=world.news)).status_code == 404


def test_a_forged_link_sends_nothing(client: TestClient, world: World, known: Any) -> None:
    at = begun(client, world)
    assert client.post(at.replace("signature=", "signature=0"), data={"do": "send"}).status_code == 401
    assert client.post(at, data={"do": "nonsense"}).status_code == 422
    assert sent(known) == []


def test_unknown_content_begins_nothing(engine: Engine, client: TestClient, world: World) -> None:
    client.post(link(world, WRITE, GROUP), data={"name": "May", "begin": "mailing:999"})
    client.post(link(world, WRITE, GROUP), data={"name": "May", "begin": "template:../x"})
    with engine.begin() as db:
        assert mailings.all_mailings(db) == []
