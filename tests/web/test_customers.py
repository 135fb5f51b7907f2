"""The pages that say which campaigns won: every number adds up and opens to deals, people and touches."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.core.attribution import Model, Rules, Unit
from listloop.core.facts import Campaign
from listloop.store.campaigns import list_campaigns, save_campaigns
from listloop.store.closings import closing_of
from listloop.store.credit import cost_of, set_cost
from listloop.store.database import reading
from listloop.store.deal_notes import save_noted, set_note_field, to_note
from listloop.store.users import Role
from listloop.web.pages import customers
from tests.web.conftest import Visitor, form_token
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.won import fill_deals
from tests.web.world import NOW, World


@pytest.fixture
def sent(engine: Engine, world: World) -> dict[str, int]:
    return fill_results(engine, world.elena)


@pytest.fixture
def connection(engine: Engine, world: World, sent: dict[str, int]) -> int:
    return fill_deals(engine, world.elena)


def token(client: TestClient, page: str) -> dict[str, str]:
    """The token of the forms of a page."""
    return {"form_token": form_token(client.get(page).text)}


def test_what_was_won_adds_up_and_nothing_is_left_out(visitor: Visitor, connection: int) -> None:
    shown = visitor(Role.VIEWER).get("/customers").text
    assert "Of €1,744.56 won with 3 deals, €1,234.56 (70.8 %) went to people" in shown
    assert "in a currency without a rate: USD" in shown
    assert "700.00 USD" in shown
    assert "The models side by side" in shown


def test_a_campaign_opens_to_its_deals_and_a_deal_to_its_touches(
    visitor: Visitor, connection: int, sent: dict[str, int], world: World
) -> None:
    client = visitor(Role.VIEWER)
    assert f"campaign={sent['may']}" in client.get("/customers").text
    shown = client.get("/customers/deals", params={"campaign": sent["may"]}).text
    assert "Licences &lt;b&gt;2026&lt;/b&gt;" in shown
    assert "Training" not in shown
    (href,) = {part.split('"')[0] for part in shown.split('href="')[1:] if part.startswith("/customers/deals/")}
    deal = client.get(href).text
    assert "opened it" in deal
    assert "clicked in it" in deal
    assert f'href="/people/{world.elena}"' in deal
    assert "25.0 %" in deal  # an open counts 1, a click 3


@pytest.mark.parametrize(
    ("state", "title"),
    [("credited", "Licences"), ("untouched", "Training"), ("nobody", "Walk-in"), ("no-rate", "Overseas")],
)
def test_every_pot_opens_to_its_deals(visitor: Visitor, connection: int, state: str, title: str) -> None:
    shown = visitor(Role.VIEWER).get("/customers/deals", params={"state": state}).text
    assert title in shown
    assert "1 deal shown" in shown or shown.count("/customers/deals/") == 1


def test_new_customers_are_a_list(visitor: Visitor, connection: int) -> None:
    """Elena became a customer with the first deal, not with those after it."""
    shown = visitor(Role.VIEWER).get("/customers/deals?new=1").text
    assert "Training" in shown
    assert "Licences" not in shown


def test_a_deal_that_is_not_there_is_told(visitor: Visitor, connection: int) -> None:
    assert visitor(Role.VIEWER).get("/customers/deals/999").status_code == 404
    assert visitor(Role.VIEWER).get("/customers/deals?campaign=999").status_code == 404


@pytest.mark.parametrize("path", ["/customers/deals/{}", "/customers/deals?start={}", "/people/{}", "/campaigns/{}"])
def test_a_number_that_no_database_has_leads_nowhere(visitor: Visitor, connection: int, path: str) -> None:
    assert visitor(Role.VIEWER).get(path.format(10**30)).status_code == 404


def test_a_person_shows_which_campaign_won_them(visitor: Visitor, connection: int, world: World) -> None:
    shown = visitor(Role.VIEWER).get(f"/people/{world.elena}").text
    assert 'id="won"' in shown
    assert "May</bdi></a> 100" in shown
    assert "without a campaign" in shown


def test_without_deals_the_page_says_what_to_do_first(visitor: Visitor, world: World) -> None:
    assert "No deal is known yet" in visitor(Role.VIEWER).get("/customers").text
    assert "How credit is given" in visitor(Role.VIEWER).get("/customers/rules").text


def test_rules_that_fit_are_kept_and_everything_is_reckoned_anew(
    engine: Engine, visitor: Visitor, connection: int, pressed: Pressed
) -> None:
    client = visitor(Role.MARKETER)
    form = {
        "unit": "company", "opened": "2", "clicked": "5", "sent": "0", "window": "30", "half_life": "10", "ends": "30",
        "currency": "usd", "rates": "EUR 1.1\nGBP: 1,25", "price": "12,50",
    }  # fmt: skip
    answer = client.post("/customers/rules", data=form | token(client, "/customers/rules"))
    assert answer.status_code == 303
    with reading(engine).begin() as db:
        known = closing_of(db, connection)
    rates = {"EUR": 1_100_000, "GBP": 1_250_000}
    assert known.rules == Rules(Unit.COMPANY, 0, 2, 5, 30, 10, 30, "USD", rates)
    assert known.mail_price == 1_250
    assert ("results_now", connection) == pressed.calls[-1][:2]
    assert "still to be reckoned" in client.get("/customers").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"opened": "-1"},
        {"window": "0"},
        {"ends": "51"},
        {"currency": "€"},
        {"rates": "USD"},
        {"rates": "USD 0"},
        {"price": "NaN"},
        {"price": "1e99"},
        {"opened": "0", "clicked": "0"},
        {"window": "9" * 5_000},
    ],
)
def test_rules_that_do_not_fit_are_told_and_change_nothing(
    engine: Engine, visitor: Visitor, connection: int, wrong: dict[str, str]
) -> None:
    client = visitor(Role.MARKETER)
    answer = client.post("/customers/rules", data=wrong | token(client, "/customers/rules"))
    assert answer.status_code == 400
    assert "Nothing was saved" in answer.text
    with reading(engine).begin() as db:
        assert closing_of(db, connection).rules == Rules()


def test_what_a_campaign_cost_makes_its_return(
    engine: Engine, visitor: Visitor, connection: int, sent: dict[str, int]
) -> None:
    client, may = visitor(Role.MARKETER), sent["may"]
    page = f"/customers/deals?campaign={may}"
    assert client.post(f"/customers/cost/{may}", data={"cost": "100"} | token(client, page)).status_code == 303
    shown = client.get(page).text
    assert "+1135 %" in shown
    with reading(engine).begin() as db:
        assert cost_of(db, may) == 10_000
    client.post(f"/customers/cost/{may}", data={"cost": "much"} | token(client, page))
    with reading(engine).begin() as db:
        assert cost_of(db, may) == 10_000
    client.post(f"/customers/cost/{may}", data={"cost": ""} | token(client, page))
    with reading(engine).begin() as db:
        assert cost_of(db, may) is None


def test_campaigns_side_by_side_are_a_file(visitor: Visitor, connection: int) -> None:
    lines = visitor(Role.VIEWER).get("/customers/export.csv").text.splitlines()
    assert lines[0].startswith("\ufeffCampaign,Sent,Deals,Cost,First touch,Last touch")
    assert "May,2026-" in lines[1]
    assert "1234.56" in lines[1]


def test_what_would_be_written_is_shown_before_anything_is(
    engine: Engine, visitor: Visitor, connection: int, pressed: Pressed
) -> None:
    """A viewer sees it, an administrator says so; from then on the deal tells what its field says."""
    assert "not yet" in visitor(Role.VIEWER).get("/customers/notes?field=campaign").text
    client = visitor(Role.ADMINISTRATOR)
    wanted = {"field": "campaign", "model": "linear"} | token(client, "/customers/notes?field=campaign")
    assert visitor(Role.MARKETER).post("/customers/notes", data=wanted).status_code == 403
    assert client.post("/customers/notes", data=wanted | {"field": "nonsense"}).status_code == 303
    with reading(engine).begin() as db:
        assert closing_of(db, connection).note_field == ""
    assert client.post("/customers/notes", data=wanted).status_code == 303
    with reading(engine).begin() as db:
        assert closing_of(db, connection).note_field == "campaign"
    assert [one[0] for one in pressed.calls] == ["results_now"]
    assert "What is written" in client.get("/customers/notes").text


def test_a_text_that_the_crm_did_not_take_is_told_on_its_deal(
    engine: Engine, visitor: Visitor, connection: int
) -> None:
    with engine.begin() as db:
        set_note_field(db, connection, "campaign", Model.LINEAR, "mia@acme.example", NOW)
        some = to_note(db, connection, Model.LINEAR, 100, 0, 10)
        save_noted(db, some, {"1": "Somebody wrote “Fair” into the field of the deal."})
    assert "Somebody wrote “Fair”" in visitor(Role.VIEWER).get("/customers/deals/1").text


def test_the_campaigns_that_earned_most_come_first(
    engine: Engine, visitor: Visitor, connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are many the others are one line, which opens to all."""
    with engine.begin() as db:
        for key in ("a", "b", "c"):
            save_campaigns(db, connection, [Campaign(key, f"Campaign {key}", key, "sent", NOW.isoformat())])
        for row in list_campaigns(db, connection):
            set_cost(db, row.id, 100)
    monkeypatch.setattr(customers, "SIZE", 2)
    client = visitor(Role.VIEWER)
    shown = client.get("/customers").text
    assert "others earned less, together €0.00" in shown
    whole = client.get("/customers?every=1").text
    assert "others earned less" not in whole
    assert shown.count("/customers/deals?") < whole.count("/customers/deals?")
