"""Signing in: one link, one use, one session."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from listloop.store.installation import audit, sessions, sign_in_links
from listloop.store.users import Role
from listloop.web.access import SESSION
from listloop.web.app import make_app
from tests.web.conftest import Visitor, form_token
from tests.web.pressed import Pressed
from tests.web.world import NOW, services, sign_in_link


def test_opening_the_link_any_number_of_times_does_not_use_it_up(engine: Engine, visitor: Visitor) -> None:
    link, client = sign_in_link(engine), visitor()
    for _ in range(3):
        client.get(link)
    page = client.get(link)
    assert "Sign in as Marta Lindqvist" in page.text
    assert client.post(link, data={"form_token": form_token(page.text)}).status_code == 303
    assert client.get("/").status_code == 200


def test_a_used_link_signs_nobody_in(engine: Engine, visitor: Visitor) -> None:
    link, first, second = sign_in_link(engine), visitor(), visitor()
    first_form, second_form = form_token(first.get(link).text), form_token(second.get(link).text)
    first.post(link, data={"form_token": first_form})
    answer = second.post(link, data={"form_token": second_form})
    assert answer.status_code == 410
    assert SESSION not in second.cookies
    assert second.get(link).status_code == 410


def test_a_link_expires(engine: Engine) -> None:
    later = services(engine, Pressed(), now=lambda: NOW + timedelta(hours=24))
    with TestClient(make_app(later)) as client:
        assert client.get(sign_in_link(engine)).status_code == 410


def test_an_unknown_link_says_what_to_do(visitor: Visitor) -> None:
    answer = visitor().get("/sign-in/nonsense")
    assert answer.status_code == 410
    assert "can make you a new one" in answer.text


def test_neither_link_nor_session_can_be_read_from_the_database(engine: Engine, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    link = sign_in_link(engine)
    with engine.begin() as db:
        kept = str(db.execute(select(sign_in_links)).all()) + str(db.execute(select(sessions)).all())
    assert link.rsplit("/", 1)[1] not in kept
    assert client.cookies[SESSION] not in kept


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(engine: Engine) -> None:
    for base, secure in (("http://testserver", False), ("https://testserver", True)):
        app = make_app(services(engine, Pressed(), base_url=base))
        with TestClient(app, base_url=base, follow_redirects=False) as client:
            link = sign_in_link(engine, base=base)
            answer = client.post(link, data={"form_token": form_token(client.get(link).text)})
        [cookie] = [one for one in answer.headers.get_list("set-cookie") if one.startswith(SESSION)]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert ("Secure" in cookie) is secure


def test_signing_out_ends_the_session_on_the_server(visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    stolen = client.cookies[SESSION]
    assert client.post("/sign-out", data={"form_token": form_token(client.get("/").text)}).status_code == 200
    thief = visitor()
    thief.cookies.set(SESSION, stolen)
    assert thief.get("/").status_code == 401


def test_a_session_expires(engine: Engine, visitor: Visitor) -> None:
    session = visitor(Role.VIEWER).cookies[SESSION]
    later = services(engine, Pressed(), now=lambda: NOW + timedelta(days=14))
    with TestClient(make_app(later)) as client:
        client.cookies.set(SESSION, session)
        assert client.get("/").status_code == 401


def test_signing_in_and_out_is_in_the_audit_log(engine: Engine, visitor: Visitor) -> None:
    client = visitor(Role.VIEWER)
    client.post("/sign-out", data={"form_token": form_token(client.get("/").text)})
    with engine.begin() as db:
        lines = db.execute(select(audit.c.who, audit.c.what).order_by(audit.c.id)).all()
    who = "marta.viewer@halden-roos.example"
    assert [tuple(line) for line in lines] == [(who, "signed in"), (who, "signed out")]
