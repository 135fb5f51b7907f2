"""The panel inside a CRM opens by a signed link that ends, for a user of ours, and only where its origin is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select, update
from starlette.testclient import TestClient

from listloop.store.options import set_option
from listloop.store.tables import connections, people, records
from listloop.store.users import Role, add_user
from listloop.web.app import make_app
from listloop.web.framing import OPTION, read_origins
from listloop.web.pages.embed import PATH
from listloop.web.signing import make_link
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.server import serving
from tests.web.world import BASE, KEY, NOW, World, services

MARKETER = "mia@halden-roos.example"


@pytest.fixture
def client(engine: Engine, world: World, pressed: Pressed) -> Iterator[TestClient]:
    """A browser without any cookie of ours."""
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    add_user(engine, "vik@halden-roos.example", "Vik", Role.VIEWER, NOW)
    with TestClient(make_app(services(engine, pressed)), base_url=BASE, follow_redirects=False) as made:
        yield made


def link(engine: Engine, person: int, user: str = MARKETER, minutes: float = 10, key: str = KEY) -> str:
    """A link to the panel of a person, as a CRM makes it."""
    with engine.begin() as db:
        query = select(records.c.key, people.c.connection_id).join(people, people.c.crm_record == records.c.id)
        record, connection = db.execute(query.where(people.c.id == person)).one()
    until = NOW + timedelta(minutes=minutes)
    return make_link(key, PATH, connection=str(connection), record=record, user=user, until=until)


def changed(address: str, **values: str) -> str:
    path, _, query = address.partition("?")
    return f"{path}?{urlencode(dict(parse_qsl(query)) | values)}"


def test_a_signed_link_shows_the_person(engine: Engine, world: World, client: TestClient) -> None:
    answer = client.get(link(engine, world.elena))
    assert answer.status_code == 200
    assert "Elena Kowalczyk-Brandt" in answer.text
    assert "No campaign has reached this person yet." in answer.text
    assert "Sync now" in answer.text


def test_only_origins_that_are_set_may_frame_it(engine: Engine, world: World, client: TestClient) -> None:
    address = link(engine, world.elena)
    nobody = client.get(address)
    assert "frame-ancestors 'none'" in nobody.headers["content-security-policy"]
    assert nobody.headers["x-frame-options"] == "DENY"
    with engine.begin() as db:
        set_option(db, OPTION, "https://crm.example.com\nhttp://crm.internal:8080")
    answer = client.get(address)
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors https://crm.example.com http://crm.internal:8080" in policy
    assert "'unsafe" not in policy
    assert "x-frame-options" not in answer.headers
    for path in ("/", "/people", "/sign-in/x"):
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"], path


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 200),
        ({"user": "vik@halden-roos.example"}, 401),
        ({"record": "other"}, 401),
        ({"until": "9999999999"}, 401),
        ({"until": "soon"}, 401),
        ({"signature": ""}, 401),
        ({"signature": "é" * 64}, 401),
        ({"connection": "2"}, 401),
    ],
)
def test_whatever_is_changed_in_a_link_ends_it(
    values: dict[str, str], status: int, engine: Engine, world: World, client: TestClient
) -> None:
    assert client.get(changed(link(engine, world.elena), **values)).status_code == status


@pytest.mark.parametrize(("minutes", "status"), [(-1, 401), (1, 200), (24 * 60, 200), (24 * 60 + 1, 401)])
def test_a_link_ends_and_none_lasts_longer_than_a_day(
    minutes: float, status: int, engine: Engine, world: World, client: TestClient
) -> None:
    assert client.get(link(engine, world.elena, minutes=minutes)).status_code == status


def test_another_key_and_another_user_open_nothing(engine: Engine, world: World, client: TestClient) -> None:
    assert client.get(link(engine, world.elena, key="guessed")).status_code == 401
    stranger = client.get(link(engine, world.elena, user="nobody@halden-roos.example"))
    assert stranger.status_code == 403
    assert "does not know you yet" in stranger.text


def test_the_role_of_the_user_holds(engine: Engine, world: World, client: TestClient, pressed: Pressed) -> None:
    viewer = link(engine, world.elena, user="vik@halden-roos.example")
    assert "Sync now" not in client.get(viewer).text
    assert client.post(viewer).status_code == 403
    assert pressed.calls == []
    marketer = link(engine, world.elena)
    answer = client.post(marketer)
    assert (answer.status_code, answer.headers["location"]) == (303, marketer)
    assert pressed.calls == [("sync_person", world.elena, MARKETER)]


def test_another_site_cannot_press_the_button(
    engine: Engine, world: World, client: TestClient, pressed: Pressed
) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://crm.example.com"}):
        assert client.post(link(engine, world.elena), headers=headers).status_code == 403
    assert pressed.calls == []


def test_a_record_that_is_nobody_and_a_set_up_that_is_not_done_are_told(
    engine: Engine, world: World, client: TestClient
) -> None:
    until = NOW + timedelta(minutes=5)
    unknown = make_link(KEY, PATH, connection=str(world.customers), record="999", user=MARKETER, until=until)
    assert "does not know this record yet" in client.get(unknown).text
    with engine.begin() as db:
        db.execute(update(connections).values(setup_step="fields"))
    text = client.get(unknown).text
    assert "not connected yet" in text
    assert "Set up the connection" not in text, "a marketer can't"
    add_user(engine, MARKETER, "Mia", Role.ADMINISTRATOR, NOW)
    assert f'href="/connections/{world.customers}/fields"' in client.get(unknown).text


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("https://crm.example.com", ["https://crm.example.com"]),
        ("https://crm.example.com/\nhttp://CRM.internal:8080", ["https://crm.example.com", "http://crm.internal:8080"]),
        ("https://a.example https://a.example", ["https://a.example"]),
        ("", []),
    ],
)
def test_origins_are_read(text: str, good: list[str]) -> None:
    assert read_origins(text) == (good, [])


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "crm.example.com",
        "https://*.example.com",
        "https://a.example/x",
        "https://a;b",
        "javascript:x",
        "https://a:b",
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert read_origins(text) == ([], [text])


def test_the_settings_keep_origins_and_show_a_key_once(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, "/settings/embedding", "/settings/embedding", origins="https://crm.example.com/")
    assert ">https://crm.example.com</textarea>" in client.get("/settings/embedding").text
    token = form_token(client.get("/settings/embedding").text)
    wrong = client.post("/settings/embedding", data={"form_token": token, "origins": "<b>*</b>"})
    assert wrong.status_code == 422
    assert "&lt;b&gt;*&lt;/b&gt;" in wrong.text
    made = client.post("/settings/embedding/key", data={"form_token": token}).text
    assert "new-key" in made
    assert "new-key" not in client.get("/settings/embedding").text
    tried = client.post("/settings/embedding/try", data={"form_token": token, "record": "7", "connection": ""}).text
    assert f"{BASE}{PATH}?connection=&amp;record=7&amp;user=marta" in tried


@contextmanager
def crm(panel: str) -> Iterator[str]:
    """Another site, with the panel in a frame."""

    class Frame(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<title>CRM</title><iframe width=900 height=400 src='{panel}'></iframe>".encode())

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Frame)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def press_in_frame(page: Page, button: str) -> None:
    """Press a button of the framed panel, and wait until the panel that comes after it is answered.

    A click waits for what it leads to in the page itself, but not in a frame.
    """
    with page.expect_response(lambda one: one.request.redirected_from is not None):
        page.frame_locator("iframe").get_by_role("button", name=button).click()


@pytest.mark.browser
def test_a_browser_frames_it_in_the_origin_that_is_set_and_in_no_other(
    page: Page, engine: Engine, world: World, pressed: Pressed
) -> None:
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    with serving(make_app(services(engine, pressed))) as base:
        panel = base + link(engine, world.elena)
        with crm(panel) as ours, crm(panel) as theirs:
            with engine.begin() as db:
                set_option(db, OPTION, ours)
            page.goto(ours)
            frame = page.frame_locator("iframe")
            expect(frame.get_by_text("Open in Listloop")).to_be_visible()
            press_in_frame(page, "Sync now")
            expect(frame.get_by_text("Open in Listloop")).to_be_visible()
            assert pressed.calls == [("sync_person", world.elena, MARKETER)]
            page.goto(theirs)
            expect(page.frame_locator("iframe").get_by_text("Open in Listloop")).to_have_count(0)
