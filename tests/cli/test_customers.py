"""``listloop customers``: what the page shows, for a terminal and for scripts."""

from __future__ import annotations

import pytest

from listloop.core.facts import Campaign, Event
from listloop.core.side import Deal
from listloop.crm.local.lists import campaign_of
from listloop.store.campaigns import list_campaigns, save_campaigns
from listloop.store.database import open_database
from listloop.store.deals import save_deals
from listloop.store.responses import save_events
from tests.cli.stage import Cli, Said, opened_book

SENT = "2026-02-01T09:00:00+00:00"
CLICKED = "2026-02-02T10:00:00+00:00"
WON = "2026-02-10T09:00:00+00:00"
ANN = "ann@archer.example"


@pytest.fixture
def won(synced: Cli) -> Cli:
    """Ann opened and clicked “May”, and bought for 1,000.00 EUR; somebody unknown for 50.00 USD."""
    with opened_book(synced.database) as book:
        (ann,) = book.people(ANN)
    engine = open_database(synced.database)
    with engine.begin() as db:
        save_campaigns(db, 1, [Campaign("may", "May", "May news", "sent", SENT)])
        (may,) = list_campaigns(db, 1)
        happened = (("sent", SENT), ("opened", SENT), ("clicked", CLICKED))
        save_events(db, may, [Event("may", ANN, kind, at) for kind, at in happened])
        save_deals(
            db,
            1,
            [
                Deal("1", "Licences", "won", 100_000, "EUR", WON, (ann.key,)),
                Deal("2", "Walk-in", "won", 5_000, "USD", WON),
            ],
        )
    engine.dispose()
    assert said(synced("customers", "recompute")) == "Reckoned 2 deals.\n"
    return synced


def said(done: Said) -> str:
    """What a command said that went well."""
    assert done.code == 0, done.err
    return done.out


def test_what_was_won_is_shown_with_campaigns_and_months(won: Cli) -> None:
    shown = said(won("customers"))
    assert "1,000.00 EUR" in shown
    assert "in a currency without a rate: USD" in shown
    assert "2026-02" in shown
    assert "Half of the deals with campaigns were won within 9 days of the first touch." in shown


def test_a_script_gets_all_that_the_page_has(won: Cli) -> None:
    told = won("customers", "--json").json
    assert told["campaigns"][0]["cents"] == dict.fromkeys(("first", "last", "linear", "decay", "position"), 100_000)
    assert [(one["deals"], one["credited"]) for one in told["months"]] == [(2, 100_000)]
    assert [one for one in told["speeds"] if one["deals"]] == [{"days": 14, "deals": 1}]
    assert (told["half_within"], told["unreckoned"]) == (9, 0)


def test_a_deal_is_shown_with_its_touches(won: Cli) -> None:
    """A click counts three times an open: so it gets three quarters in the linear model."""
    shown = said(won("customers", "deal", "Licences"))
    assert "Ann Archer" in shown
    assert "75.0 %" in shown
    told = won("customers", "deal", "Licences", "--json").json
    assert [one["kind"] for one in told["touches"]] == ["opened", "clicked"]
    missing = won("customers", "deal", "Nothing")
    assert missing.code != 0
    assert "No deal “Nothing” was won." in missing.err


def test_deals_behind_a_number_are_listed(won: Cli) -> None:
    assert "Licences" in said(won("customers", "deals", "May"))
    assert "Walk-in" in said(won("customers", "deals", "--state", "no-rate"))
    assert "Licences" not in said(won("customers", "deals", "--since", "2026-03-01"))


def test_rates_are_added_to_those_known_and_take_effect(won: Cli) -> None:
    assert "1 USD = 0.9 EUR" in said(won("customers", "rules", "--rate", "USD=0.90"))
    assert "1 USD = 0.9 EUR" in said(won("customers", "rules", "--rate", "GBP=1.2"))
    said(won("customers", "recompute"))
    assert "45.00 EUR" in said(won("customers"))


def test_what_a_campaign_cost_makes_its_return(won: Cli) -> None:
    said(won("customers", "cost", "May", "250,00"))
    assert "+300 %" in said(won("customers"))
    said(won("customers", "cost", "May", "none"))
    assert "+300 %" not in said(won("customers"))


@pytest.mark.parametrize(
    "words",
    [
        ("cost", "May", "1,000"),
        ("cost", "May", "--", "-5"),
        ("cost", "Nobody", "5"),
        ("rules", "--currency", "€"),
        ("rules", "--rate", "USD=0"),
        ("rules", "--opened", "0", "--clicked", "0"),
    ],
)
def test_what_does_not_fit_is_told_and_changes_nothing(won: Cli, words: tuple[str, ...]) -> None:
    before = won("customers", "--json").json
    wrong = won("customers", *words)
    assert wrong.code != 0
    assert wrong.err
    assert won("customers", "--json").json == before


def test_what_would_be_written_on_deals_is_shown_and_then_written(won: Cli) -> None:
    """The whole way, with a deal of the built-in CRM."""
    with opened_book(won.database) as book:
        (ann,) = book.people(ANN)
        key = book.save_deal(Deal("", "Gear unit", "won", 90_000, "EUR", WON, (ann.key,)))
    assert "Nothing is written on deals of the CRM." in said(won("customers", "note"))
    said(won("results", "read"))
    shown = said(won("customers", "note", "Campaign"))
    assert "May" in shown
    assert "not yet" in shown
    said(won("customers", "note", "campaign", "--write"))
    said(won("results", "read"))
    with opened_book(won.database) as book:
        assert campaign_of(book.place, key) == "May"
    assert won("customers", "note", "--json").json["written"] >= 1
    assert won("customers", "note", "nonsense", "--write").code != 0
    assert "Nothing is written on deals of the CRM." in said(won("customers", "note", "--nothing"))
