"""The whole route table: whoever is signed out, in the wrong role, or on another site is refused everywhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.users import Role, add_user
from listloop.web.access import VIEWER, Keyed, Needs, Signed, check_routes, needs, routes
from listloop.web.app import make_app
from listloop.web.signing import make_link
from tests.web.conftest import Visitor, form_token
from tests.web.pressed import Pressed
from tests.web.world import KEY, NOW, World, services

#: What tells nothing about anybody.
OPEN = ("/sign-in", "/api/v1/openapi.json", "/healthz", "/readyz")

OTHER_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def table(engine: Engine, kind: type[Needs] = Needs) -> list[tuple[str, str, Role | None]]:
    """Every (method, address with ids filled in, role) of the application that is let in in this way."""
    app = make_app(services(engine, Pressed()))
    found = []
    for route in routes(app):
        [needed] = needs(route.dependencies)
        if type(needed) is not kind:
            continue
        path = route.path.format(
            person_id=1,
            run_id=1,
            connection_id=1,
            token="nonsense",
            draft=1,
            crm="local",
            user_id=1,
            question_id=1,
            mailing_id=1,
            key="1",
            campaign_id=1,
            crowd_id=1,
            token_id=1,
            mark="nonsense",
            deal_id=1,
            did="clicked",
        )
        found += [(method, path, needed.role) for method in sorted(route.methods or ())]
    return found


def refused(client: TestClient, method: str, path: str, **sent: object) -> int:
    """The status of a request that must change nothing."""
    return client.request(method, path, **sent).status_code  # type: ignore[arg-type]  # passed through as is


def test_the_walk_sees_the_routes(engine: Engine) -> None:
    found = table(engine)
    assert ("GET", "/people/1", Role.VIEWER) in found
    assert ("POST", "/runs/1/approve", Role.ADMINISTRATOR) in found
    assert len(found) >= 15


def test_signed_out_everything_but_signing_in_is_refused(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor()
    for method, path, role in table(engine):
        if role is None:
            assert path.startswith("/sign-in/") or path in OPEN, f"{path} is open to everyone"
        else:
            assert refused(client, method, path) == 401, (method, path)


def test_a_lesser_role_is_refused_and_nothing_happens(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    for role in (Role.VIEWER, Role.MARKETER):
        client = visitor(role)
        token = form_token(client.get("/").text)
        for method, path, needed in table(engine):
            if needed is not None and not role.covers(needed):
                assert refused(client, method, path, data={"form_token": token}) == 403, (role, method, path)
    assert pressed.calls == []


@pytest.mark.parametrize("headers", [OTHER_SITE, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}])
def test_every_post_from_another_site_is_refused(
    headers: dict[str, str], engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    token = form_token(client.get("/").text)
    posts = [path for method, path, _ in table(engine) if method == "POST"]
    for path in posts:
        assert refused(client, "POST", path, data={"form_token": token}, headers=headers) == 403, path
    assert len(posts) >= 8
    assert pressed.calls == []


@pytest.mark.parametrize("token", [None, "", "invented"])
def test_every_post_without_its_forms_token_is_refused(
    token: str | None, engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    client = visitor(Role.ADMINISTRATOR)
    for method, path, _ in table(engine):
        if method == "POST":
            sent = {} if token is None else {"form_token": token}
            assert refused(client, "POST", path, data=sent) == 403, path
    assert pressed.calls == []


def test_another_visitors_form_token_is_refused(world: World, visitor: Visitor, pressed: Pressed) -> None:
    token = form_token(visitor(Role.ADMINISTRATOR).get("/").text)
    other = visitor(Role.ADMINISTRATOR)
    other.get("/")
    assert refused(other, "POST", "/connections/1/sync", data={"form_token": token}) == 403
    assert pressed.calls == []


def test_every_panel_is_refused_without_a_link_in_a_lesser_role_and_from_another_site(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    found, client = table(engine, Signed), visitor(Role.ADMINISTRATOR)
    assert len(found) >= 6
    add_user(engine, "vik@halden-roos.example", "Vik", Role.VIEWER, NOW)
    add_user(engine, "mia@halden-roos.example", "Mia", Role.MARKETER, NOW)
    for method, path, role in found:
        assert refused(client, method, path) == 401, f"{method} {path}: a session is no link"
        soon = NOW + timedelta(minutes=5)
        viewers, marketers = (
            make_link(KEY, path, connection="1", record="1", user=f"{user}@halden-roos.example", until=soon)
            for user in ("vik", "mia")
        )
        if role is not Role.VIEWER:
            assert refused(client, method, viewers) == 403, (method, path)
        if method == "POST":
            assert refused(client, method, marketers, headers=OTHER_SITE) == 403, path
    assert pressed.calls == []


def test_every_address_for_machines_is_refused_without_its_secret(
    engine: Engine, world: World, visitor: Visitor, pressed: Pressed
) -> None:
    found, client = table(engine, Keyed), visitor(Role.ADMINISTRATOR)
    assert {method for method, _, _ in found} == {"GET", "POST"}
    for method, path, _ in found:
        assert refused(client, method, path) == 404, (method, path)
    assert pressed.calls == []


def test_only_posts_change_anything(engine: Engine) -> None:
    assert {method for method, _, _ in table(engine)} <= {"GET", "POST"}


def test_an_application_with_a_route_that_names_no_role_is_refused() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.router.routes.append(APIRoute("/a", lambda: None, dependencies=[VIEWER]))
    check_routes(app)
    app.router.routes.append(APIRoute("/open", lambda: None))
    with pytest.raises(RuntimeError, match="/open has to name"):
        check_routes(app)
