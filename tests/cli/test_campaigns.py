"""``listloop campaigns`` and ``listloop results``."""

from __future__ import annotations

from datetime import datetime, timedelta
from zipfile import ZipFile

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
    assert mailed("results", "Spring", "--domain", "archer.example", "--who", "clicked", "--json").json == clicked
    assert mailed("results", "Spring", "--domain", "others", "--json").json == []
    (hour,) = [one for one in mailed("results", "Spring", "--json").json["over_time"] if one["clicked"]]
    at = datetime.fromisoformat(hour["at"])
    of_it = ["results", "Spring", "--who", "clicked", "--since", f"{at:%Y-%m-%d %H:%M:%S}"]
    assert mailed(*of_it, "--until", f"{at + timedelta(hours=1):%Y-%m-%d %H:%M:%S}", "--json").json == clicked
    assert mailed(*of_it[:-1], f"{at + timedelta(hours=1):%Y-%m-%d %H:%M:%S}", "--json").json == []
    assert mailed("results", "Spring", "--why", "", "--json").json == []
    assert "Nobody knows when" in mailed("results", "Spring", "--who", "not-opened", "--since", "2026-01-01").err
    asleep = mailed("results", "Spring", "--who", "not-opened", "--json").json
    assert sorted(one["who"] for one in asleep) == ["eve@evans.example"]


def test_a_persons_campaigns_are_shown(mailed: Cli) -> None:
    mailed("results", "read")
    said = mailed("results", "person", "ann@archer.example", "--json").json
    assert said["totals"] == {"sent": 1, "opened": 1, "clicked": 1, "bounced": 0, "left": 0}
    assert "Sent 1, opened 1, clicked 1" in mailed("results", "person", "ann@archer.example").out


def test_the_parts_of_a_report_are_shown_one_by_one(mailed: Cli) -> None:
    """Over time, links, domains, places, reasons and the campaigns before it: each as a table, all as JSON."""
    mailed("results", "read")
    assert "https://shop.example/new" in mailed("results", "Spring", "--by", "links").out
    domains = mailed("results", "Spring", "--by", "domains").out
    assert "archer.example" in domains
    for part in ("time", "places", "reasons", "before"):
        assert mailed("results", "Spring", "--by", part).code == 0
    said = mailed("results", "Spring", "--json").json
    assert said["links"] == [{"url": "https://shop.example/new", "people": 1, "clicks": 1}]
    assert sum(one["sent"] for one in said["domains"]) == said["counted"]["sent"]
    assert sum(one["clicked"] for one in said["over_time"]) == 1
    assert said["compared"]["this"]["clicked"] == 0.5
    assert said["compared"]["average"] is None


def test_campaigns_are_narrowed_to_days(mailed: Cli) -> None:
    mailed("results", "read")
    (one,) = mailed("campaigns", "--json").json
    day = one["sent_at"][:10]
    assert len(mailed("campaigns", "--since", day, "--json").json) == 1
    assert mailed("campaigns", "--until", day, "--json").json == []
    assert "No campaign fits" in mailed("campaigns", "--kind", "rss").out


def test_a_campaign_is_exported_as_csv_and_as_a_workbook(mailed: Cli) -> None:
    """What is there already is not written over unasked."""
    mailed("results", "read")
    people, book = mailed.database.parent / "clicked.csv", mailed.database.parent / "spring.xlsx"
    assert mailed("results", "export", "Spring", str(people), "--who", "clicked").code == 0
    assert len(people.read_text("utf-8-sig").splitlines()) == 2
    assert mailed("results", "export", "Spring", str(book)).code == 0
    with ZipFile(book) as file:
        sheets = file.read("xl/workbook.xml").decode()
    assert all(title in sheets for title in ("Numbers", "Compared", "People", "Links", "Domains", "Places", "Time"))
    again = mailed("results", "export", "Spring", str(book))
    assert (again.code, "--force" in again.err) == (1, True)
    assert "--force" in mailed("results", "export", "Spring", str(mailed.database.parent / "no" / "spring.xlsx")).err
    assert "ends in .csv" in mailed("results", "export", "Spring", "spring.pdf").err
    assert "ends in .csv" in mailed("results", "export", "Spring", "spring.xlsx", "--why", "").err
    assert mailed("results", "export", "Spring", str(people), "--domain", "others", "--force").code == 0
    assert len(people.read_text("utf-8-sig").splitlines()) == 1


def test_an_unknown_campaign_says_where_they_are_listed(mailed: Cli) -> None:
    assert "No campaign" in mailed("results", "9" * 30).err
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
    (seat,) = mailed("groups", "show", str(made["id"]), "--part", "segment", "--json").json
    assert (seat["email"], seat["in_segment"], seat["in_crm"], seat["why"]) == ("ann@archer.example", True, True, "")
    assert "ann@archer.example" in mailed("groups", "show", str(made["id"])).out
    assert "There is no group 999" in mailed("groups", "show", "999").err
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
    assert mailed("groups", "count", "crm", "Fair", "--json").json["will"] >= 1
    assert "opted out" in mailed("groups", "count", "audience").out


def test_a_mailchimp_group_becomes_a_saved_segment_once_and_both_are_counted(mailed: Cli) -> None:
    """Counting makes nothing; making it again finds the one that is there, and a saved segment is counted itself."""
    with mailed.api() as api:
        list_id = api.get("/lists").json()["lists"][0]["id"]
        root = f"/lists/{list_id}/interest-categories"
        topics = api.post(root, json={"title": "Topics", "type": "checkboxes"}).json()["id"]
        wine = api.post(f"{root}/{topics}/interests", json={"name": "Wine"}).json()["id"]
        for email in ("ann@archer.example", "otto@out.example"):
            api.patch(f"/lists/{list_id}/members/{email}", json={"interests": {wine: True}}).raise_for_status()
    mailed("sync", "--yes")
    reach = {"will": 1, "will_not": {"unsubscribed": 1}}
    assert mailed("groups", "count", "group", "Topics: Wine", "--json").json == reach
    known = mailed("groups", "sources", "--json").json
    assert [one["title"] for one in known if one["kind"] in ("group", "segment")] == ["Topics: Wine"]
    made = mailed("groups", "segment", "Topics: Wine", "--json").json
    assert mailed("groups", "segment", "Topics: Wine", "--json").json["segment"] == made["segment"]
    assert mailed("groups", "count", "segment", made["title"], "--json").json == reach
    assert "holds everybody in “Topics: Wine”" in mailed("groups", "segment", "Topics: Wine").out
    assert "There are: “Topics: Wine”." in mailed("groups", "segment", "Topics: Beer").err
