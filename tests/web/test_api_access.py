"""The whole API: every call × every role × every scope lets in exactly whom its description names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.tokens import PREFIX, Scope, all_tokens, caller_with, make_token, revoke_token
from listloop.store.users import Role, add_user, change_role, remove_user
from listloop.web.access import needs
from listloop.web.api.access import Bearer
from listloop.web.api.description import description, routes
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.tokens import Calls, token_of
from tests.web.world import NOW, World

#: What stands in addresses: nothing that exists, so that a walk changes nothing.
NOBODY = "987654321"


def table() -> list[tuple[str, str, Bearer]]:
    """Every call, with an address, and whom it lets in."""
    found = []
    for route in routes():
        (needed,) = needs(route.dependencies)
        assert isinstance(needed, Bearer)
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", NOBODY)
        found += [(method, path, needed) for method in sorted(route.methods or ())]
    return found


def status(client: TestClient, method: str, path: str, authorization: str = "") -> int:
    headers = {"Authorization": authorization} if authorization else {}
    return client.request(method, path, headers=headers, json={}).status_code


def test_the_walk_sees_every_call() -> None:
    walked = {
        (method.lower(), route) for method, route, _ in ((m, r.path, None) for r in routes() for m in r.methods or ())
    }
    assert walked == {(method, path) for path, calls in description()["paths"].items() for method in calls}
    assert len(walked) >= 30


@pytest.mark.parametrize(
    "authorization", ["", "Bearer ", f"Bearer {PREFIX}invented", "Basic YTpi", f"Bearer{PREFIX}", "Bearer x"]
)
def test_without_a_good_token_nobody_gets_in(world: World, visitor: Visitor, authorization: str) -> None:
    client = visitor()
    for method, path, _ in table():
        assert status(client, method, path, authorization) in (401, 429), (method, path)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_exactly_what_its_scope_and_its_owners_role_allow(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed, role: Role, scope: Scope
) -> None:
    client, token = visitor(), token_of(engine, role, [scope])
    for method, path, needed in table():
        got = status(client, method, path, f"Bearer {token}")
        allowed = needed.scope is scope and needed.role is not None and role.covers(needed.role)
        assert (got not in (401, 403)) is allowed, (method, path, got)
        if not allowed:
            assert got == 403, (method, path)
    assert pressed.calls == []


def test_a_token_in_the_address_opens_nothing(engine: Engine, world: World, visitor: Visitor) -> None:
    token = token_of(engine)
    for name in ("token", "access_token", "authorization"):
        assert visitor().get(f"/api/v1/people?{name}={token}").status_code == 401


def test_a_token_opens_no_page(engine: Engine, world: World, visitor: Visitor) -> None:
    calls = {"Authorization": f"Bearer {token_of(engine)}"}
    assert visitor().get("/people", headers=calls).status_code == 401


def test_a_token_ends_when_it_is_revoked_runs_out_or_its_owner_goes(engine: Engine) -> None:
    owner = add_user(engine, "kim@halden-roos.example", "Kim", Role.VIEWER, NOW)
    add_user(engine, "admin@halden-roos.example", "Admin", Role.ADMINISTRATOR, NOW)
    short, text = make_token(engine, owner, "short", [Scope.READ], NOW, days=1)
    assert caller_with(engine, text, NOW + timedelta(hours=23)) is not None
    assert caller_with(engine, text, NOW + timedelta(hours=24)) is None
    with engine.begin() as db:
        revoke_token(db, short.id)
    assert caller_with(engine, text, NOW) is None
    _, text = make_token(engine, owner, "long", [Scope.READ], NOW)
    assert caller_with(engine, text, NOW) is not None
    remove_user(engine, owner.id)
    assert caller_with(engine, text, NOW) is None


def test_a_role_that_shrinks_shrinks_the_token(engine: Engine, world: World, visitor: Visitor) -> None:
    token = token_of(engine, Role.MARKETER)
    add_user(engine, "admin@halden-roos.example", "Admin", Role.ADMINISTRATOR, NOW)
    calls = Calls(visitor(), token)
    calls.post("/connections/1/sync")
    with engine.begin() as db:
        (one,) = [one for one in all_tokens(db) if one.name == "test"]
    owner = caller_with(engine, token, NOW)
    assert owner is not None
    change_role(engine, owner.user.id, Role.VIEWER)
    assert calls.call("POST", "/connections/1/sync").json()["code"] == "role"
    assert one.used_at == NOW


def test_a_stolen_database_opens_nothing(engine: Engine) -> None:
    text = token_of(engine)
    with engine.begin() as db:
        kept = str(db.exec_driver_sql("SELECT * FROM api_tokens").all())
    assert text not in kept
    assert text.removeprefix(PREFIX) not in kept
