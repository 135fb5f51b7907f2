from typing import Any

import pytest

from tests.sandbox.api import Api

ADDRESS = {"addr1": "1", "city": "C", "state": "S", "zip": "Z"}


def test_a_document_fills_an_audience_with_everything(api: Api) -> None:
    api.seed(
        {
            "email": "ann@acme.example", "status": "unsubscribed", "origin": "self", "unsubscribe_reason": "Bored",
            "merge_fields": {"FNAME": "Ann", "SIZE": "L", "ADDRESS": ADDRESS},
            "tags": ["vip", "vip", "b"], "interests": ["Wine"], "vip": True, "language": "de", "source": "Web",
            "last_changed": "2026-03-01T12:00:00Z", "timestamp_opt": "2026-02-01T12:00:00Z", "ip_opt": "1.2.3.4",
        },
        {"email": "old@acme.example", "archived": True},
        merge_fields=[{"tag": "SIZE", "name": "Size", "type": "dropdown", "options": {"choices": ["S", "L"]}}],
        interest_categories=[{"title": "Drinks", "interests": ["Wine", "Tea"]}], tags=["unused"],
        segments=[{"name": "Saved", "options": {"match": "all", "conditions": []}}], forgotten=["gone@acme.example"],
    )  # fmt: skip
    ann = api.member("ann@acme.example")
    assert (ann["status"], ann["unsubscribe_reason"], ann["last_changed"]) == (
        "unsubscribed",
        "Bored",
        "2026-03-01T12:00:00+00:00",
    )
    assert (ann["merge_fields"]["SIZE"], ann["merge_fields"]["ADDRESS"]["country"]) == ("L", "US")
    assert ([tag["name"] for tag in ann["tags"]], list(ann["interests"].values())) == (["vip", "b"], [True, False])
    assert (ann["vip"], ann["language"], ann["source"], ann["ip_opt"]) == (True, "de", "Web", "1.2.3.4")
    assert ann["timestamp_opt"] == "2026-02-01T12:00:00+00:00"
    assert api.get("members/ann@acme.example/activity-feed")["activity"][0]["unsubscribe_reason"] == "Bored"
    assert api.member("old@acme.example")["status"] == "archived"
    assert {one["name"]: one["type"] for one in api.get("segments")["segments"]} == {
        "unused": "static", "Saved": "saved", "vip": "static", "b": "static",
    }  # fmt: skip
    assert api.refused("POST", "members", {"email_address": "gone@acme.example", "status": "subscribed"})[0] == 400


def test_a_second_document_adds_to_the_audience(api: Api) -> None:
    first = api.seed({"email": "a@x.example", "tags": ["t"]})
    assert api.seed({"email": "b@x.example", "tags": ["t"]}) == first
    assert (api.get("members")["total_items"], api.get("segments")["segments"][0]["member_count"]) == (2, 2)


@pytest.mark.parametrize(
    ("member", "word"),
    [
        ({"email": "x"}, "no address"), ({"email": "a@x.example", "status": "gone"}, "gone"),
        ({"email": "a@x.example", "merge_fields": {"NO": 1}}, "NO"),
        ({"email": "a@x.example", "interests": ["No"]}, "No"),
        ({"email": "a@x.example", "status": "unsubscribed", "origin": "moon"}, "moon"),
        ({"email": "a@x.example", "merge_fields": {"ADDRESS": "x"}}, "complete address"),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_fit_is_named(api: Api, member: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        api.seed(member)


def test_members_in_any_order_of_time_are_listed_in_the_order_of_time(api: Api) -> None:
    times = ["2026-03-03", "2026-03-01", "2026-03-02"]
    api.seed(*({"email": f"p{n}@x.example", "last_changed": day} for n, day in enumerate(times)))
    rows = api.get("members", sort_field="last_changed", since_last_changed="2026-03-02")["members"]
    assert [row["email_address"] for row in rows] == ["p2@x.example", "p0@x.example"]


def test_a_list_is_not_younger_than_its_members(api: Api) -> None:
    api.seed({"email": "old@acme.example", "timestamp_opt": "2019-05-01T00:00:00Z"}, {"email": "new@acme.example"})
    assert api.get("")["date_created"] == "2019-05-01T00:00:00+00:00"
