"""Customers won over the API: the numbers of the pages, down to the touches, and how credit is given."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.core.attribution import Model
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.tokens import WHO, Calls, token_of
from tests.web.won import fill_deals
from tests.web.world import World


@pytest.fixture
def api(engine: Engine, world: World, visitor: Visitor) -> Calls:
    """Calls with a token that is good for everything."""
    return Calls(visitor(), token_of(engine))


@pytest.fixture
def sent(engine: Engine, world: World) -> dict[str, int]:
    return fill_results(engine, world.elena)


@pytest.fixture
def connection(engine: Engine, world: World, sent: dict[str, int]) -> int:
    return fill_deals(engine, world.elena)


def test_what_was_won_adds_up(api: Calls, connection: int, sent: dict[str, int]) -> None:
    told = api.get(f"/connections/{connection}/customers")
    assert {one["state"]: one["cents"] for one in told["won"]} == {
        "credited": 123_456,
        "untouched": 50_000,
        "nobody": 1_000,
        "no-rate": 0,
    }
    assert told["without_rate"] == [{"currency": "USD", "number": 1, "cents": 70_000}]
    assert [(one["campaign_id"], one["cents"]["linear"]) for one in told["campaigns"]] == [(sent["may"], 123_456)]
    assert api.get(f"/connections/{connection}/customers?until=2020-01-01")["won"] == []


def test_a_number_opens_to_its_deals_and_a_deal_to_its_touches(
    api: Calls, connection: int, sent: dict[str, int], world: World
) -> None:
    (line,) = api.get(f"/connections/{connection}/deals?campaign={sent['may']}")["items"]
    told = api.get(f"/deals/{line['id']}")
    assert [(one["kind"], one["person_id"]) for one in told["touches"]] == [
        ("opened", world.elena),
        ("clicked", world.elena),
    ]
    for model in Model:
        assert sum(one["share"][model] for one in told["touches"]) == pytest.approx(1)
        assert sum(one["cents"][model] for one in told["earned"]) == 123_456
    assert api.call("GET", "/deals/999").status_code == 404


def test_deals_come_in_pages(api: Calls, connection: int) -> None:
    path, seen = f"/connections/{connection}/deals?limit=1", []
    page = api.get(path)
    while page["next"]:
        seen += [one["id"] for one in page["items"]]
        page = api.get(f"{path}&cursor={page['next']}")
    seen += [one["id"] for one in page["items"]]
    assert len(seen) == len(set(seen)) == 4


def test_credit_rules_are_changed_and_everything_is_reckoned_anew(
    api: Calls, connection: int, pressed: Pressed
) -> None:
    wanted = {"clicked": 5, "rates": {"USD": 0.92}, "mail_price": 150}
    told = api.call("PUT", f"/connections/{connection}/credit", wanted).json()
    assert (told["clicked"], told["rates"], told["mail_price"]) == (5, {"USD": 0.92}, 150)
    assert pressed.calls == [("results_now", connection, WHO)]
    assert api.call("PUT", f"/connections/{connection}/credit", {"window": 0}).status_code == 422


def test_a_cost_is_entered(api: Calls, connection: int, sent: dict[str, int]) -> None:
    assert api.call("PUT", f"/campaigns/{sent['may']}/cost", {"cents": 5_000}).status_code == 200
    (one,) = api.get(f"/connections/{connection}/customers")["campaigns"]
    assert one["cost"] == 5_000


def test_deals_in_the_crm_name_their_campaigns_where_a_program_says_so(
    api: Calls, connection: int, pressed: Pressed
) -> None:
    path = f"/connections/{connection}/deal-notes"
    told = api.get(path)
    assert (told["field"], told["fields"], told["deals"]) == ("", {"campaign": "Campaign"}, [])
    (shown,) = api.get(f"{path}?field=campaign")["deals"]
    assert (shown["text"], shown["noted"]) == ("May", "")
    assert api.call("PUT", path, {"field": "nonsense"}).status_code >= 400
    assert pressed.calls == []
    assert api.call("PUT", path, {"field": "campaign", "model": "last"}).json()["model"] == "last"
    assert pressed.calls == [("results_now", connection, WHO)]
    assert api.call("PUT", path, {"field": ""}).json()["field"] == ""
