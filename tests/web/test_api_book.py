"""The built-in CRM over the API: people, companies, groups, fields, opportunities; all under the caller's name."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.store import audit
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import World

ADA = {"email": "ada@analytic.example", "fields": {"first_name": "Ada", "last_name": "Lovelace"}}


@pytest.fixture
def calls(engine: Engine, world: World, visitor: Visitor) -> Calls:
    return Calls(visitor(), token_of(engine))


def made(calls: Calls, path: str, body: object) -> dict[str, object]:
    answer = calls.call("POST", f"/book/1{path}", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_person_is_made_edited_and_deleted(calls: Calls, engine: Engine) -> None:
    group = made(calls, "/groups", {"title": "Friends"})
    ada = made(calls, "/people", {**ADA, "fields": {**ADA["fields"], "company": "Analytic"}})  # type: ignore[dict-item]
    assert (ada["kind"], ada["takes_part"]) == ("Contact", True)
    path = f"/book/1/people/{ada['key']}"
    edit = {"fields": {"phone": "+49 761 1"}, "groups": [int(str(group["key"]))], "takes_part": False}
    edited = calls.call("PATCH", path, edit).json()
    assert (edited["fields"]["phone"], edited["groups"], edited["takes_part"]) == ("+49 761 1", [group["key"]], False)
    assert edited["fields"]["first_name"] == "Ada"
    assert calls.get(path) == edited
    assert [one["key"] for one in calls.get("/book/1/people?q=lovelace")["items"]] == [ada["key"]]
    assert [one["key"] for one in calls.get(f"/book/1/people?group={group['key']}")["items"]] == [ada["key"]]
    assert calls.call("DELETE", path).status_code == 204
    assert calls.call("GET", path).status_code == 404
    with engine.begin() as db:
        assert {one.who for one in audit.entries(db) if "built-in CRM" in one.what} == {WHO}


def test_an_opt_out_is_noted_as_the_persons_own_word(calls: Calls) -> None:
    key = made(calls, "/people", ADA)["key"]
    assert calls.call("POST", f"/book/1/people/{key}/consent", {"said": "out"}).json()["consent"] == "unsubscribed"
    assert calls.get(f"/book/1/people/{key}/communications") == {"items": []}


def test_what_the_book_refuses_is_told_and_nothing_is_written(calls: Calls) -> None:
    refused = calls.call("POST", "/book/1/people", {"email": "x@y.example", "fields": {"nowhere": "X"}})
    assert refused.status_code == 409
    assert refused.json()["title"]
    unknown = calls.call("POST", "/book/1/people", {**ADA, "groups": [987]})
    assert unknown.status_code == 404
    assert calls.get("/book/1/people?q=lovelace")["items"] == []


def test_of_many_people_each_is_made_or_refused_on_its_own(calls: Calls) -> None:
    some = [ADA, {"email": "n@y.example", "fields": {"nowhere": "Nobody"}}, {**ADA, "email": "a2@analytic.example"}]
    items = calls.call("POST", "/book/1/people/import", {"people": some}).json()["items"]
    assert [bool(one["key"]) for one in items] == [True, False, True]
    assert items[1]["problem"]


def test_pages_of_people_lead_through_all_of_them_once(calls: Calls) -> None:
    some = [{"email": f"p{n}@many.example", "fields": {"last_name": f"Many {n}"}} for n in range(7)]
    calls.call("POST", "/book/1/people/import", {"people": some})
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = calls.get(f"/book/1/people?q=many&limit=3&cursor={cursor}")
        seen += [one["email"] for one in page["items"]]
        cursor = page["next"]
    assert seen == sorted(seen) == [f"p{n}@many.example" for n in range(7)]


def test_companies_are_made_renamed_and_deleted(calls: Calls) -> None:
    key = made(calls, "/companies", {"name": "Analytic", "city": "London"})["key"]
    calls.call("PUT", f"/book/1/companies/{key}", {"name": "Analytic Ltd", "city": "London"})
    assert [one["name"] for one in calls.get("/book/1/companies?q=analytic")["items"]] == ["Analytic Ltd"]
    assert calls.call("DELETE", f"/book/1/companies/{key}").status_code == 204
    assert calls.call("PUT", f"/book/1/companies/{key}", {"name": "X"}).status_code == 404


def test_groups_take_people_in_and_let_them_go(calls: Calls) -> None:
    key, ada = made(calls, "/groups", {"title": "Fair"})["key"], int(str(made(calls, "/people", ADA)["key"]))
    assert calls.call("POST", f"/book/1/groups/{key}/members", {"add": [ada]}).json()["people"] == 1
    assert calls.call("PUT", f"/book/1/groups/{key}", {"title": "Fair 2026"}).json()["title"] == "Fair 2026"
    assert calls.call("POST", f"/book/1/groups/{key}/members", {"remove": [ada]}).json()["people"] == 0
    assert calls.call("DELETE", f"/book/1/groups/{key}").status_code == 204
    assert key not in [one["key"] for one in calls.get("/book/1/groups")["items"]]


def test_a_field_of_ones_own_gets_choices(calls: Calls) -> None:
    field = {"title": "Shoe size", "type": "one choice", "choices": ["40", "41"]}
    answer = calls.call("POST", "/book/1/fields", field)
    assert answer.status_code == 201, answer.text
    name = "custom:shoe_size"
    after = calls.call("PUT", f"/book/1/fields/{name}/choices", {"choices": ["40", "41", "42"]}).json()
    assert next(one["choices"] for one in after["items"] if one["name"] == name) == ["40", "41", "42"]


def test_an_opportunity_keeps_its_amount_to_the_cent(calls: Calls) -> None:
    ada = int(str(made(calls, "/people", ADA)["key"]))
    deal = made(calls, "/opportunities", {"title": "Engine", "value": "1234.56", "people": [ada]})
    assert (deal["value"], deal["won"], deal["people"]) == ("1234.56", "", [str(ada)])
    won = {"title": "Engine", "value": "1234.56", "people": [ada], "stage": "won", "won": "2026-11-19"}
    assert calls.call("PUT", f"/book/1/opportunities/{deal['key']}", won).json()["won"].startswith("2026-11-19")
    assert [one["title"] for one in calls.get("/book/1/opportunities")["items"]] == ["Engine"]


def test_the_mapped_fields_of_a_person_are_edited(calls: Calls, world: World, pressed: Pressed) -> None:
    edit = {"fields": {"phone": "+49 1"}, "takes_part": True}
    assert calls.call("PATCH", f"/people/{world.elena}", edit).status_code == 202
    ((name, connection, _key, patch),) = pressed.calls
    assert (name, connection, dict(patch.fields), patch.takes_part) == (
        "edit_local",
        world.customers,
        {"phone": "+49 1"},
        True,
    )
    wrong = calls.call("PATCH", f"/people/{world.elena}", {"fields": {"nowhere": "x"}})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "field-unknown")


def test_the_people_whom_a_search_finds_are_a_file(calls: Calls, world: World) -> None:
    answer = calls.call("GET", f"/people.csv?standing=failed&connection={world.customers}")
    assert answer.headers["content-type"].startswith("text/csv")
    title, line = answer.text.lstrip("\ufeff").splitlines()
    assert title.startswith("Name,E-mail")
    assert line.startswith("İpek Çağlayan,")
