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


def test_what_the_crm_is_told_is_a_setting(mailed: Cli) -> None:
    assert "Nothing of the results goes into the CRM." in mailed("results", "tell").out
    mailed("results", "tell", "sent", "clicked", "--since", "2020-01-01")
    mailed("results", "read")
    said = mailed("results", "tell", "--json").json
    assert (said["kinds"], said["written"], said["refused"]) == (["sent", "clicked"], 3, 0)
    mailed("results", "tell", "--nothing")
    assert mailed("results", "tell", "--json").json["kinds"] == []


def test_a_response_group_is_made_on_both_sides(mailed: Cli) -> None:
    mailed("results", "read")
    number = mailed("campaigns", "--json").json[0]["campaign"]
    made = mailed("groups", "make", "Keen", f"clicked {number}", "--json").json
    assert (made["people"], made["in_segment"], made["in_crm"], made["will_not"]) == (1, 1, 1, {})
    sources = mailed("groups", "sources", "--json").json
    assert sorted(one["kind"] for one in sources if one["title"].startswith("Keen")) == ["crm", "tag"]
    assert "Keen" in mailed("groups").out
    asked = mailed("groups", "make", "Nobody", f"complained {number}")
    assert (asked.code, "Nobody is meant." in asked.err) == (1, True)
    assert "does not say who is meant" in mailed("groups", "make", "X", "liked it").err


def test_a_crm_group_is_pushed_with_who_gets_it_and_who_not(mailed: Cli) -> None:
    first = mailed("groups", "push", "Fair", "--json").json
    assert first["people"] == 2
    assert first["in_segment"] + sum(first["will_not"].values()) == 2
    mailed("groups", "push", "Fair")
    tags = [one["title"] for one in mailed("groups", "sources", "--json").json if one["kind"] == "tag"]
    assert len({one for one in tags if one.startswith("Fair")}) == 2


def test_recipients_are_counted_with_who_will_not_get_it(mailed: Cli) -> None:
    said = mailed("groups", "count", "audience", "--json").json
    assert said["will"] >= 2
    assert said["will_not"]["unsubscribed"] == 1
    assert mailed("groups", "count", "tag", "vip", "--json").json == {"will": 0, "will_not": {}}
    assert "opted out" in mailed("groups", "count", "audience").out
