"""Each page shows what the store holds, escaped, and its buttons ask for what they say."""

from __future__ import annotations

from listloop.store.users import Role
from tests.web.conftest import Visitor
from tests.web.world import World


def test_overview_shows_the_standings_as_a_sum(world: World, visitor: Visitor) -> None:
    text = visitor(Role.VIEWER).get("/").text
    assert "5 + 6 + 3 + 1 = " in text
    assert 'href="/people?standing=failed"' in text


def test_overview_of_an_empty_database_says_what_to_do_first(visitor: Visitor) -> None:
    answer = visitor(Role.ADMINISTRATOR).get("/")
    assert answer.status_code == 200
    assert "listloop connect" in answer.text


def test_all_pages_answer(world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    for path in (
        "/",
        "/people",
        "/people?q=elena",
        "/people?standing=excluded&rule=flag-no",
        f"/people/{world.elena}",
        f"/people/{world.hostile}",
        f"/people/{world.only_crm}",
        "/runs",
        f"/runs/{world.plan}",
        f"/runs/{world.receipt}",
        f"/runs/{world.running}",
        f"/runs/{world.running}/progress",
        f"/connections/{world.customers}",
        f"/connections/{world.news}",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
