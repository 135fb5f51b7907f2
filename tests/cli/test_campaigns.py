"""``listloop campaigns`` and ``listloop results``."""

from __future__ import annotations

import pytest

from tests.cli.stage import Cli

QUIET = dict.fromkeys(("open", "click", "unsubscribe", "complain", "hard_bounce", "soft_bounce", "proxy"), 0)


@pytest.fixture
def mailed(synced: Cli) -> Cli:
    """The audience got the campaign “Spring”; Ann opened and clicked."""
    synced.mailchimp.control("rates", QUIET)
    with synced.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        settings = {"title": "Spring", "subject_line": "Spring", "from_name": "S", "reply_to": "s@corp.example"}
        body = {"type": "regular", "recipients": {"list_id": list_id}, "settings": settings}
        made = api.post("/campaigns", json=body).json()["id"]
        api.put(f"/campaigns/{made}/content", json={"html": '<a href="https://shop.example/new">New</a>'})
        assert api.post(f"/campaigns/{made}/actions/send").status_code == 204
    synced.mailchimp.control("clock", {"step": 5})
    who = {"email": "ann@archer.example", "campaign_id": made}
    synced.mailchimp.control("people/open", who)
    synced.mailchimp.control("people/click", {**who, "url": "https://shop.example/new"})
    return synced


def test_without_a_reading_it_says_how_to_get_one(synced: Cli) -> None:
    said = synced("campaigns")
    assert said.code == 0
    assert "listloop results read" in said.out


def test_results_are_read_once_and_shown(mailed: Cli) -> None:
    first = mailed("results", "read", "--json").json
    assert (first["pages"], first["campaigns"]) == (1, 1)
    assert mailed("results", "read", "--json").json == {"pages": 0, "campaigns": 0, "news": 0}
    (one,) = mailed("campaigns", "--json").json
    assert one["title"] == "Spring"
    assert one["counted"] == {**one["report"]}
    said = mailed("results", "Spring")
    assert "Agrees with Mailchimp's report." in said.out
    assert "50.0 %" in said.out


def test_every_number_opens_to_its_people(mailed: Cli) -> None:
    mailed("results", "read")
    clicked = mailed("results", "Spring", "--who", "clicked", "--json").json
    assert [one["who"] for one in clicked] == ["ann@archer.example"]
    assert mailed("results", "Spring", "--link", "https://shop.example/new", "--json").json == clicked
    assert mailed("results", "Spring", "--link", "https://shop.example/old", "--json").json == []
    asleep = mailed("results", "Spring", "--who", "not-opened", "--json").json
    assert sorted(one["who"] for one in asleep) == ["eve@evans.example"]


def test_a_persons_campaigns_are_shown(mailed: Cli) -> None:
    mailed("results", "read")
    said = mailed("results", "person", "ann@archer.example", "--json").json
    assert said["totals"] == {"sent": 1, "opened": 1, "clicked": 1, "bounced": 0, "left": 0}
    assert "Sent 1, opened 1, clicked 1" in mailed("results", "person", "ann@archer.example").out


def test_an_unknown_campaign_says_where_they_are_listed(mailed: Cli) -> None:
    said = mailed("results", "Sprint")
    assert said.code == 1
    assert "listloop campaigns" in said.err
