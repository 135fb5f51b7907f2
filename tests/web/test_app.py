"""Headers, static files and error pages."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

import listloop.web
from listloop.core.errors import TryLater
from listloop.store.users import Role
from listloop.web.app import make_app
from listloop.web.words import ACTIONS, CONSENTS, NARROWED, STANDINGS, STATES
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.world import BASE, World, services, sign_in_link

WEB = Path(listloop.web.__file__).parent
VENDOR = WEB / "static" / "vendor"


def test_every_answer_forbids_inline_code_other_origins_and_framing(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    for path in ("/", "/nowhere", "/static/listloop.css", "/people.csv"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:|\*", policy)
        assert headers["x-content-type-options"] == "nosniff"


def test_no_template_holds_inline_scripts_or_styles_or_loads_from_elsewhere() -> None:
    for template in (WEB / "templates").glob("*.html"):
        text = template.read_text()
        assert not re.search(r"<script(?! src=)|<style|\sstyle=|\son\w+=|(src|href)=\"https?:", text), template.name


def test_pages_are_kept_by_no_cache_and_static_files_for_ever(world: World, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    page = client.get("/")
    assert page.headers["cache-control"] == "no-store"
    for address in re.findall(r'"(/static/[^"]+)"', page.text):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_vendored_files_are_the_published_ones_and_carry_their_licence() -> None:
    known = json.loads((VENDOR / "vendor.json").read_text())
    for one in known:
        assert hashlib.sha256((VENDOR / one["file"]).read_bytes()).hexdigest() == one["sha256"], one["file"]
        assert (VENDOR / one["licence_file"]).exists()
    listed = {one["file"] for one in known} | {one["licence_file"] for one in known} | {"vendor.json"}
    assert {path.name for path in VENDOR.iterdir()} == listed


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (VENDOR / "icons-3.51.0.svg").read_text()
    texts = [path.read_text() for path in (WEB / "templates").glob("*.html")]
    named = {name for text in texts for name in re.findall(r'icon\("([a-z0-9-]+)"', text)}
    named |= {words[1] for table in (STANDINGS, ACTIONS, NARROWED, STATES, CONSENTS) for words in table.values()}
    assert len(named) > 20
    assert {name for name in named if f'id="{name}"' not in sprite} == set()


def test_an_unknown_page_says_what_to_do_next(visitor: Visitor, world: World) -> None:
    client = visitor(Role.VIEWER)
    for path in ("/nowhere", "/people/999999", "/runs/999999", "/connections/999999"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "Start from the overview" in answer.text


def test_an_unreadable_address_is_refused_in_words(visitor: Visitor, world: World) -> None:
    answer = visitor(Role.VIEWER).get("/people/not-a-number")
    assert answer.status_code == 422
    assert "could not read this request" in answer.text


def test_a_bug_shows_no_stack_trace(engine: Engine, world: World) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret-detail")

    app = make_app(services(engine, Pressed(), sync_now=broken))
    with TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False) as client:
        link = sign_in_link(engine)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        answer = client.post("/connections/1/sync", data={"form_token": form_token(client.get("/").text)})
    assert answer.status_code == 500
    assert "secret-detail" not in answer.text
    assert "Something went wrong" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_an_action_that_cannot_be_done_says_why_on_the_page_it_came_from(engine: Engine, world: World) -> None:
    def refuse(*_: object) -> None:
        raise TryLater("Mailchimp does not answer.", "Try again in a minute.")

    app = make_app(services(engine, Pressed(), sync_now=refuse))
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        link = sign_in_link(engine)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        page = f"/connections/{world.customers}"
        assert press(client, page, f"{page}/sync") == page
        text = client.get(page).text
        assert "Mailchimp does not answer. Try again in a minute." in text
        assert "Mailchimp does not answer." not in client.get(page).text


@pytest.mark.parametrize("name", ["theme.js", "listloop.js"])
def test_our_scripts_build_no_code_from_text(name: str) -> None:
    text = (WEB / "static" / name).read_text()
    assert not re.search(r"\beval\b|new Function|innerHTML|document\.write", text)


def test_a_page_that_cannot_be_made_says_why_instead_of_going_round_in_circles(
    engine: Engine, world: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        raise TryLater("The database is locked.", "Try again in a minute.")

    client = visitor(Role.VIEWER)
    monkeypatch.setattr("listloop.web.standings.counts", locked)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "The database is locked. Try again in a minute." in answer.text
