"""Users, tokens and settings of the installation over the API."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.store import audit
from listloop.store.users import Role
from tests.web.conftest import Visitor
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import World


@pytest.fixture
def calls(engine: Engine, world: World, visitor: Visitor) -> Calls:
    return Calls(visitor(), token_of(engine))


def test_a_user_is_let_in_gets_a_role_and_is_removed(calls: Calls, visitor: Visitor, engine: Engine) -> None:
    new = {"email": "Ida@halden-roos.example", "name": "Ida", "role": "viewer"}
    invited = calls.call("POST", "/users", new)
    assert invited.status_code == 201
    assert visitor().get(invited.json()["link"]).status_code == 200
    ida = invited.json()["user"]["id"]
    assert calls.call("PUT", f"/users/{ida}/role", {"role": "marketer"}).json()["role"] == "marketer"
    assert next(one["role"] for one in calls.get("/users")["items"] if one["id"] == ida) == "marketer"
    assert calls.call("DELETE", f"/users/{ida}").status_code == 204
    assert calls.call("DELETE", f"/users/{ida}").status_code == 404
    with engine.begin() as db:
        told = [(one.who, one.what, bool(one.address)) for one in audit.entries(db)]
    assert told[:2] == [
        (WHO, "removed ida@halden-roos.example", True),
        (WHO, "made ida@halden-roos.example a marketer", True),
    ]


def test_sessions_of_a_user_are_listed_and_ended(calls: Calls, visitor: Visitor, engine: Engine) -> None:
    browsers = [visitor(Role.VIEWER) for _ in range(3)]
    (marta,) = [one["id"] for one in calls.get("/users")["items"] if one["email"].startswith("marta.viewer")]
    listed = calls.get(f"/users/{marta}/sessions")["items"]
    assert {(one["how"], one["address"]) for one in listed} == {("link", "testclient")}
    gone = f"/users/{marta}/sessions/{listed[0]['mark']}"
    assert [calls.call("DELETE", gone).status_code for _ in range(2)] == [204, 404]
    assert len(calls.get(f"/users/{marta}/sessions")["items"]) == 2
    assert calls.call("DELETE", f"/users/{marta}/sessions").status_code == 204
    assert [one.get("/people").status_code for one in browsers] == [401] * 3
    assert calls.call("GET", "/users/987654321/sessions").status_code == 404
    with engine.begin() as db:
        assert audit.entries(db)[0].what == "signed marta.viewer@halden-roos.example out everywhere"


def test_whoever_is_known_keeps_the_role_when_invited_again(calls: Calls) -> None:
    calls.call("POST", "/users", {"email": "ida@halden-roos.example", "role": "viewer"})
    again = calls.call("POST", "/users", {"email": "ida@halden-roos.example", "role": "administrator"})
    assert again.json()["user"]["role"] == "viewer"


def test_the_last_administrator_stays(calls: Calls) -> None:
    (me,) = [one["id"] for one in calls.get("/users")["items"] if one["role"] == "administrator"]
    assert calls.call("DELETE", f"/users/{me}").json()["code"] == "last-administrator"
    assert calls.call("PUT", f"/users/{me}/role", {"role": "viewer"}).json()["code"] == "last-administrator"


def test_a_token_is_listed_without_itself_and_revoked(calls: Calls, engine: Engine) -> None:
    other = token_of(engine, Role.VIEWER)
    listed = calls.get("/tokens")["items"]
    assert other not in str(listed)
    (number,) = [one["id"] for one in listed if one["user"].startswith("api.viewer")]
    assert calls.call("DELETE", f"/tokens/{number}").status_code == 204
    assert Calls(calls.client, other).call("GET", "/connections").status_code == 401


def test_how_long_things_are_kept_is_set(calls: Calls) -> None:
    wanted = {"runs": 30, "history": 365, "audit": 0, "results": 90}
    assert calls.call("PUT", "/settings/keeping", wanted).json() == wanted
    assert calls.get("/settings/keeping") == wanted


def test_the_panels_get_another_key(calls: Calls) -> None:
    answer = calls.call("POST", "/settings/panel-key")
    assert (answer.status_code, answer.json()) == (201, {"key": "new-key"})
