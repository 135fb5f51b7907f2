"""The API: what the pages do, for programs that carry a token."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.store.holding import Chosen
from listloop.store.tokens import Scope
from listloop.store.users import Role
from listloop.web.api.description import description
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import World

V1 = "/api/v1"


@pytest.fixture
def api(engine: Engine, world: World, visitor: Visitor) -> Calls:
    """Calls with a token that is good for everything."""
    return Calls(visitor(), token_of(engine))


def test_connections_are_listed_with_where_their_people_stand(api: Calls, world: World) -> None:
    (first, *_) = api.get("/connections")["items"]
    assert first == api.get(f"/connections/{first['id']}")
    assert sum(first["standings"].values()) > 0
    assert "key" not in str(first)


def test_pages_follow_one_another_and_show_everybody_once(api: Calls) -> None:
    whole = api.get("/people?limit=200")
    assert whole["next"] is None
    seen: list[int] = []
    following = ""
    while True:
        page = api.get(f"/people?limit=2&cursor={following}")
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        following = page["next"]
        if following is None:
            break
    assert seen == [one["id"] for one in whole["items"]]
    assert len(set(seen)) == len(seen) > 2


@pytest.mark.parametrize("path", ["/runs", "/people", "/questions", "/campaigns", "/groups", "/audit"])
def test_a_cursor_that_was_not_made_here_is_refused(api: Calls, path: str) -> None:
    for wrong in ("!!!", "bm90IGEgbnVtYmVy", "ÿ"):
        answer = api.call("GET", f"{path}?cursor={wrong}")
        if path == "/people" and wrong == "bm90IGEgbnVtYmVy":
            continue  # a place among people is text; one that is none is the beginning
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor"), (path, wrong)


def test_a_person_is_shown_with_both_sides_and_the_history(api: Calls, world: World) -> None:
    person = api.get(f"/people/{world.elena}")
    assert person["crm"]["fields"]
    assert person["mailchimp"]["consent"]
    assert api.get(f"/people/{world.elena}/history")["items"]
    found = api.get(f"/people?q={person['email']}")["items"]
    assert [one["id"] for one in found] == [world.elena]


def test_a_plan_is_read_person_by_person_and_gets_its_yes(api: Calls, world: World, pressed: Pressed) -> None:
    waiting = next(one for one in api.get("/runs")["items"] if one["waits"])
    plan = api.get(f"/runs/{waiting['id']}/plan")["items"]
    assert plan
    api.post(f"/runs/{waiting['id']}/approve", {"people": [plan[0]["person_id"]]})
    api.post(f"/runs/{waiting['id']}/approve")
    api.post(f"/runs/{waiting['id']}/reject")
    who = [name for name, *_ in pressed.calls]
    assert who == ["approve", "approve", "drop"]
    assert pressed.calls[0] == ("approve", waiting["id"], WHO, Chosen(people=frozenset({plan[0]["person_id"]})))


def test_the_log_names_the_token(api: Calls, pressed: Pressed) -> None:
    api.post("/connections/1/sync")
    assert pressed.calls == [("sync_now", 1, WHO)]


@pytest.mark.parametrize(
    "path",
    [
        "/connections/9999", "/runs/9999", "/runs/9999/plan", "/people/9999", "/people/9999/history",
        "/questions/9999", "/campaigns/9999", "/campaigns/9999/recipients", "/groups/9999", "/nothing",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_with_the_next_step(api: Calls, path: str) -> None:
    answer = api.call("GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("no-such", "no-group")
    assert answer.json()["detail"]


def test_what_is_not_as_described_names_the_part(api: Calls) -> None:
    answer = api.call("POST", "/questions/answers", {"ids": [], "answer": "perhaps"})
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"body.ids", "body.answer"}


def test_the_description_is_for_everybody_and_names_scope_and_role(visitor: Visitor) -> None:
    told = visitor().get(f"{V1}/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    assert told == description()
    approve: dict[str, Any] = told["paths"][f"{V1}/runs/{{run_id}}/approve"]["post"]
    assert (approve["x-scope"], approve["x-role"]) == (Scope.APPROVE, "administrator")
    assert "application/problem+json" in approve["responses"]["409"]["content"]
    assert len({call["operationId"] for path in told["paths"].values() for call in path.values()}) >= 30


def test_nothing_that_an_api_answers_is_kept_by_a_cache(api: Calls) -> None:
    assert api.call("GET", "/people").headers["cache-control"] == "no-store"


def test_a_session_opens_no_call(engine: Engine, world: World, visitor: Visitor) -> None:
    """Else another site could make a browser call."""

    client: TestClient = visitor(Role.ADMINISTRATOR)
    assert client.get(f"{V1}/connections").status_code == 401
