"""Signing in with a password and a second factor, and the pages on which everybody sets them up."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from listloop.store.installation import audit
from listloop.store.options import set_option
from listloop.store.passwords import set_password
from listloop.store.sessions import MUST
from listloop.store.users import Role, add_user, make_sign_in_link
from listloop.web.access import SESSION
from listloop.web.app import make_app
from listloop.web.entering import browser_of, local
from listloop.web.rates import GUESSES, WRONG_CODES
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.world import BASE, NOW, World, services

GOOD = "vier Wörter, ein Kranich"
OLA = "ola@halden-roos.example"
SECOND = "/you/second-factor"


def ola(engine: Engine, role: Role = Role.MARKETER) -> None:
    user = add_user(engine, OLA, "Ola", role, NOW)
    with engine.begin() as db:
        set_password(db, user, GOOD, NOW)


def entered(client: TestClient, password: str = GOOD, email: str = OLA, **more: str) -> tuple[int, str]:
    """Type address and password; the status, and where it led to."""
    token = form_token(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"form_token": token, "email": email, "password": password, **more})
    return answer.status_code, answer.headers.get("location", "")


def lines(engine: Engine) -> list[str]:
    with engine.begin() as db:
        return list(db.scalars(select(audit.c.what).order_by(audit.c.id)))


def seed(client: TestClient) -> pyotp.TOTP:
    """The key that the page shows to be typed in."""
    found = re.search(r"type this key: <code[^>]*>([A-Z2-7 ]+)</code>", client.get(SECOND).text)
    assert found
    return pyotp.TOTP(found[1].replace(" ", ""))


def switched_on(client: TestClient) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor; the telephone, and the recovery codes."""
    app = seed(client)
    page = client.post(SECOND, data={"form_token": form_token(client.get(SECOND).text), "code": app.at(NOW)})
    found = re.search(r"<pre>([^<]+)</pre>", page.text)
    assert found
    return app, found[1].split()


@pytest.fixture
def later(engine: Engine) -> TestClient:
    """A visitor five minutes later."""
    app = make_app(services(engine, Pressed(), now=lambda: NOW + timedelta(minutes=5)))
    return TestClient(app, base_url=BASE, follow_redirects=False)


def test_address_and_password_let_in_and_lead_to_the_page_that_was_asked_for(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    ola(engine)
    client = visitor()
    page = client.get("/people?standing=excluded")
    assert page.status_code == 401
    assert 'name="to" value="/people?standing=excluded"' in page.text
    assert entered(client, to="/people?standing=excluded") == (303, "/people?standing=excluded")
    assert client.get("/people?standing=excluded").status_code == 200
    assert lines(engine)[-1] == "signed in with a password"
    assert client.get("/sign-in").headers["location"] == "/"


def test_what_of_both_is_wrong_is_not_told(engine: Engine, visitor: Visitor) -> None:
    ola(engine)
    said = set()
    for email, password in ((OLA, "wrong password"), ("nobody@halden-roos.example", GOOD)):
        client = visitor()
        token = form_token(client.get("/sign-in").text)
        page = client.post("/sign-in", data={"form_token": token, "email": email, "password": password})
        assert (page.status_code, SESSION in client.cookies) == (401, False)
        said.add(re.sub(r'value="[^"]*"', "", page.text))
    assert len(said) == 1
    assert lines(engine) == ["gave a wrong password"]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/sign-out", "/\n/evil.example"],
)
def test_nobody_is_led_to_another_site(path: str) -> None:
    assert local(path) == "/"


def test_after_ten_wrong_passwords_not_even_the_right_one_is_tried_but_a_link_works(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    ola(engine)
    user = add_user(engine, OLA, "Ola", Role.MARKETER, NOW)
    client = visitor()
    assert {entered(client, "wrong password")[0] for _ in range(GUESSES.amount)} == {401}
    assert entered(client)[0] == 429
    other = add_user(engine, "mia@halden-roos.example", "Mia", Role.MARKETER, NOW)
    with engine.begin() as db:
        set_password(db, other, GOOD, NOW)
    assert entered(visitor(), email=other.email)[0] == 303, "somebody else at the same address"
    link = make_sign_in_link(engine, user, NOW, BASE)
    assert client.post(link, data={"form_token": form_token(client.get(link).text)}).status_code == 303


def test_a_password_is_set_after_a_link_without_an_old_one_and_ends_all_other_sessions(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    here, there = visitor(Role.VIEWER), visitor(Role.VIEWER)
    assert press(here, "/you", "/you/password", new=GOOD, again=GOOD) == "/you"
    assert here.get("/people").status_code == 200
    assert there.get("/people").status_code == 401
    assert lines(engine)[-1] == "set a password"
    assert entered(there, email="marta.viewer@halden-roos.example")[0] == 303


def test_a_password_is_changed_only_by_who_knows_the_old_one(engine: Engine, world: World, visitor: Visitor) -> None:
    ola(engine)
    client = visitor()
    entered(client)
    new = "fünf Wörter, zwei Kraniche"
    for old, again in (("wrong password", new), (GOOD, f"{new}!"), (GOOD, "")):
        press(client, "/you", "/you/password", old=old, new=new, again=again)
        assert "Nothing was changed." in client.get("/you").text
    press(client, "/you", "/you/password", old=GOOD, new="short", again="short")
    assert "12 to 128 characters" in client.get("/you").text
    press(client, "/you", "/you/password", old=GOOD, new=new, again=new)
    assert entered(visitor())[0] == 401
    assert entered(visitor(), new)[0] == 303
    assert "changed the password" in lines(engine)


def test_with_a_second_factor_the_password_alone_opens_nothing(
    engine: Engine, world: World, visitor: Visitor, later: TestClient
) -> None:
    ola(engine)
    first = visitor()
    entered(first)
    app, codes = switched_on(first)
    assert len(codes) == 10
    with later:
        assert entered(later, to="/people") == (303, "/sign-in/code")
        half = later.cookies[SESSION]
        assert later.get("/people").status_code == 401
        token, soon = form_token(later.get("/sign-in/code").text), NOW + timedelta(minutes=5)
        wrong = later.post("/sign-in/code", data={"form_token": token, "code": app.at(NOW)})
        assert (wrong.status_code, "not right, or was used already" in wrong.text) == (401, True)
        answer = later.post("/sign-in/code", data={"form_token": token, "code": app.at(soon)})
        assert (answer.status_code, answer.headers["location"]) == (303, "/people")
        assert later.cookies[SESSION] != half
        assert later.get("/people").status_code == 200
    assert lines(engine)[-2:] == ["gave a wrong code", "signed in with a second factor"]


def test_a_link_does_not_go_round_the_second_factor_and_a_recovery_code_stands_in_for_it(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    client = visitor(Role.VIEWER)
    _, codes = switched_on(client)
    other = visitor()
    user = add_user(engine, "marta.viewer@halden-roos.example", "Marta", Role.VIEWER, NOW)
    link = make_sign_in_link(engine, user, NOW, BASE)
    answer = other.post(link, data={"form_token": form_token(other.get(link).text)})
    assert answer.headers["location"] == "/sign-in/code"
    assert press(other, "/sign-in/code", "/sign-in/code", code=codes[3]) == "/"
    assert other.get("/people").status_code == 200
    assert "On; 9 recovery codes left" in other.get("/you").text


def test_codes_cannot_be_guessed_for_long(engine: Engine, world: World, visitor: Visitor) -> None:
    ola(engine)
    first = visitor()
    entered(first)
    _, codes = switched_on(first)
    client = visitor()
    entered(client)
    token = form_token(client.get("/sign-in/code").text)
    said = [
        client.post("/sign-in/code", data={"form_token": token, "code": "AAAA"}).status_code
        for _ in range(WRONG_CODES.amount)
    ]
    assert set(said) == {401}
    assert client.post("/sign-in/code", data={"form_token": token, "code": codes[0]}).status_code == 429
    again = visitor()
    entered(again)
    token = form_token(again.get("/sign-in/code").text)
    assert again.post("/sign-in/code", data={"form_token": token, "code": codes[0]}).status_code == 429, "a new try"


def test_the_second_factor_is_switched_off_and_its_codes_renewed_only_with_a_code(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    client = visitor(Role.VIEWER)
    _, codes = switched_on(client)
    token = form_token(client.get(SECOND).text)
    for action in ("/codes", "/off"):
        assert client.post(SECOND + action, data={"form_token": token, "code": "123"}).status_code == 422
    renewed = client.post(f"{SECOND}/codes", data={"form_token": token, "code": codes[0]})
    found = re.search(r"<pre>([^<]+)</pre>", renewed.text)
    assert found
    assert client.post(f"{SECOND}/off", data={"form_token": token, "code": codes[1]}).status_code == 422
    assert press(client, SECOND, f"{SECOND}/off", code=found[1].split()[0]) == "/you"
    assert "Set it up" in client.get("/you").text
    assert lines(engine)[-1] == "switched off the second factor"


def test_whoever_must_have_a_second_factor_gets_nowhere_else_before(
    engine: Engine, world: World, visitor: Visitor
) -> None:
    client, viewer = visitor(Role.ADMINISTRATOR), visitor(Role.VIEWER)
    token = form_token(client.get("/you").text)
    with engine.begin() as db:
        set_option(db, MUST, "administrators")
    for path in ("/", "/people", "/you", "/settings/users", "/live"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, SECOND), path
    assert client.post("/you/password", data={"form_token": token}).headers["location"] == SECOND
    assert viewer.get("/people").status_code == 200
    assert "An administrator asks for a second factor" in client.get(SECOND).text
    switched_on(client)
    assert client.get("/people").status_code == 200


def test_browsers_are_told_by_the_names_that_people_know() -> None:
    windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"
    assert browser_of(windows) == "Chrome, Windows"
    assert browser_of(f"{windows} Edg/142.0") == "Edge, Windows"
    assert browser_of("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0") == "Firefox, Linux"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1"
    assert browser_of(phone) == "Safari, iPhone"
    assert browser_of("curl/8.5") == ""
