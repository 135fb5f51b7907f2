"""Results, recipients and groups over the API: the numbers of the pages, down to their people and into files."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine

from listloop.store.tokens import Scope
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.results import SENT, SHOP, fill_results
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import World


@pytest.fixture
def api(engine: Engine, world: World, visitor: Visitor) -> Calls:
    """Calls with a token that is good for everything."""
    return Calls(visitor(), token_of(engine))


@pytest.fixture
def sent(engine: Engine, world: World) -> dict[str, int]:
    return fill_results(engine, world.elena)


def test_campaigns_are_narrowed_as_on_the_page(api: Calls, sent: dict[str, int]) -> None:
    day = SENT.date()
    assert [one["id"] for one in api.get(f"/campaigns?since={day}")["items"]] == [sent["may"]]
    assert [one["id"] for one in api.get(f"/campaigns?until={day}")["items"]] == [sent["spring"]]
    assert api.get("/campaigns?kind=rss")["items"] == api.get("/campaigns?sent=false")["items"] == []


def test_a_report_has_every_part_and_agrees_with_its_people(api: Calls, sent: dict[str, int]) -> None:
    told = api.get(f"/campaigns/{sent['may']}/report")
    assert told["differences"] == []
    assert told["counted"]["sent"] == sum(one["sent"] for one in told["domains"]) == 4
    assert told["links"] == [{"url": SHOP, "people": 1, "clicks": 1}]
    assert sum(one["opened"] for one in told["over_time"]) == 1
    assert told["places"] == [{"country": "DE", "region": "Berlin", "opens": 2}]
    assert told["reasons"] == [{"reason": "Too many mails", "people": 1}]
    assert [one["title"] for one in told["compared"]["before"]] == ["Spring"]
    assert told["compared"]["average"]["opened"] == 0


def test_every_number_opens_to_its_people_by_link_too(api: Calls, sent: dict[str, int], world: World) -> None:
    root = f"/campaigns/{sent['may']}/recipients?did=clicked"
    assert [one["person_id"] for one in api.get(f"{root}&link={SHOP}")["items"]] == [world.elena]
    assert api.get(f"{root}&link={SHOP}?")["items"] == []


def test_every_part_of_a_report_opens_to_its_people(api: Calls, sent: dict[str, int]) -> None:
    """Hours, domains and reasons, as a list and as a file."""
    may = f"/campaigns/{sent['may']}"
    told = api.get(f"{may}/report")
    asked: list[tuple[dict[str, str], int]] = []
    for hour in told["over_time"]:
        at = datetime.fromisoformat(hour["at"])
        span = {"since": at.isoformat(), "until": (at + timedelta(hours=1)).isoformat()}
        asked += [({"did": "opened", **span}, hour["opened"]), ({"did": "clicked", **span}, hour["clicked"])]
    asked += [({"domain": one["name"] or "others"}, one["sent"]) for one in told["domains"]]
    asked += [({"did": "left", "domain": one["name"] or "others"}, one["left"]) for one in told["domains"]]
    asked += [({"did": "unsubscribed", "why": one["reason"]}, one["people"]) for one in told["reasons"]]
    assert sum(number for _, number in asked) == 8
    for question, number in asked:
        query = urlencode(question)
        assert len(api.get(f"{may}/recipients?{query}")["items"]) == number
        assert len(api.call("GET", f"{may}/export.csv?{query}").text.splitlines()) == number + 1


def test_a_question_that_does_not_go_together_is_told(api: Calls, sent: dict[str, int]) -> None:
    answer = api.call("GET", f"/campaigns/{sent['may']}/recipients?did=not-opened&since=2026-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (422, "who-unclear")
    far = urlencode({"did": "opened", "since": "0001-01-01T00:00:00+14:00"})
    assert len(api.get(f"/campaigns/{sent['may']}/recipients?{far}")["items"]) == 1


def test_a_campaign_is_exported_as_files(api: Calls, sent: dict[str, int]) -> None:
    people = api.call("GET", f"/campaigns/{sent['may']}/export.csv?did=soft")
    assert people.headers["content-type"].startswith("text/csv")
    assert people.headers["cache-control"] == "no-store"
    assert len(people.text.splitlines()) == 2
    book = api.call("GET", f"/campaigns/{sent['may']}/export.xlsx")
    with ZipFile(BytesIO(book.content)) as file:
        assert file.testzip() is None


def test_a_persons_campaigns_come_with_the_totals(api: Calls, sent: dict[str, int], world: World) -> None:
    told = api.get(f"/people/{world.elena}/results")
    assert (told["totals"]["sent"], told["totals"]["clicked"]) == (2, 1)
    assert [one["title"] for one in told["campaigns"]] == ["May", "Spring"]
    assert told["campaigns"][0]["clicks"][0]["link"] == SHOP


def test_what_goes_into_the_crm_is_shown_and_set(api: Calls, world: World, pressed: Pressed) -> None:
    path = f"/connections/{world.customers}/communications"
    assert api.get(path) == {"kinds": [], "since": None, "written": 0, "refused": 0}
    answer = api.call("PUT", path, {"kinds": ["sent", "clicked"], "since": "2026-01-01T00:00:00Z"})
    assert answer.status_code == 200
    told = api.get(path)
    assert (told["kinds"], told["since"][:10]) == (["sent", "clicked"], "2026-01-01")
    assert pressed.calls == [("results_now", world.customers, WHO)]
    assert api.call("PUT", path, {"kinds": []}).json()["since"] == told["since"]
    assert api.call("PUT", path, {"kinds": ["liked"]}).status_code == 422


def test_recipients_are_listed_counted_and_made_into_segments(
    api: Calls, world: World, pressed: Pressed, sent: dict[str, int]
) -> None:
    root = f"/connections/{world.customers}/recipients"
    kinds = [one["kind"] for one in api.get(root)["items"]]
    assert kinds == ["audience", "segment", "tag", "group", "crm"]
    counted = api.get(f"{root}/count?kind=crm&name=g1")
    assert counted == {"will": 10, "will_not": {"unsubscribed": 2, "absent": 1}}
    keen = api.post("/groups", {"name": "Keen", "who": f"clicked {sent['may']}"})["id"]
    assert [one["person_id"] for one in api.get(f"/groups/{keen}/people")["items"]] == [world.elena]
    assert api.get(f"/groups/{keen}/people?part=absent")["items"] == []
    assert api.call("GET", "/groups/999/people").status_code == 404
    assert api.post(f"{root}/push", {"group": "g1"})["id"] == 1
    made = api.call("POST", f"{root}/segment", {"group": "interest:i1"})
    assert (made.status_code, made.json()["id"]) == (200, "7")
    assert [call[0] for call in pressed.calls] == ["results_now", "push", "segment"]


def test_a_token_that_only_reads_changes_nothing(engine: Engine, visitor: Visitor, world: World) -> None:
    api = Calls(visitor(), token_of(engine, scopes=[Scope.READ]))
    root = f"/connections/{world.customers}"
    assert api.call("POST", f"{root}/recipients/push", {"group": "g1"}).status_code == 403
    assert api.call("PUT", f"{root}/communications", {"kinds": []}).status_code == 403
    for path in ("/campaigns/999/report", "/campaigns/999/export.xlsx", "/people/999/results"):
        assert api.call("GET", path).status_code == 404
    assert api.call("GET", "/connections/999/recipients").status_code == 404
