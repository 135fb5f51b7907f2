from typing import Any

from tests.sandbox.api import Api

ANN, BOB, OUT = "ann@acme.example", "bob@acme.example", "out@acme.example"


def segment(api: Api, name: str = "vip") -> Any:
    return next(one for one in api.get("segments", count=1000)["segments"] if one["name"] == name)


def test_a_tag_is_a_static_segment_with_the_same_id(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]})
    tag = api.member(ANN)["tags"][0]
    found = segment(api)
    assert (found["id"], found["type"], found["member_count"]) == (tag["id"], "static", 1)
    api.ok("PATCH", f"segments/{tag['id']}", {"name": "gold"})
    assert api.member(ANN)["tags"] == [{"id": tag["id"], "name": "gold"}]
    api.ok("DELETE", f"segments/{tag['id']}")
    assert api.member(ANN)["tags"] == []


def test_a_batch_adds_and_removes_and_names_who_is_not_there(api: Api) -> None:
    api.seed(
        {"email_address": ANN, "tags": ["vip"]}, {"email_address": BOB}, {"email_address": OUT, "status": "cleaned"}
    )
    body = {"members_to_add": [BOB, OUT, "x@acme.example"], "members_to_remove": [ANN]}
    reply = api.ok("POST", f"segments/{segment(api)['id']}", body)
    assert (reply["total_added"], reply["total_removed"], reply["error_count"]) == (1, 1, 2)
    assert reply["errors"][0]["email_addresses"] == [OUT, "x@acme.example"]
    assert (api.member(ANN)["tags_count"], api.member(BOB)["tags_count"], api.member(OUT)["tags_count"]) == (0, 1, 0)


def test_a_batch_takes_five_hundred(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]})
    reply = api.call("POST", f"segments/{segment(api)['id']}", {"members_to_add": [ANN] * 501})
    assert reply.json()["detail"].startswith("Maximum allowed member items exceeded")


def test_members_counted_and_listed_are_the_active_ones(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]}, {"email_address": OUT, "tags": ["vip"]})
    api.ok("PATCH", f"members/{OUT}", {"status": "unsubscribed"})
    found = segment(api)
    assert found["member_count"] == 1
    path = f"segments/{found['id']}"
    assert [one["email_address"] for one in api.get(f"{path}/members")["members"]] == [ANN]
    assert api.get(f"{path}/members", include_unsubscribed="true")["total_items"] == 2
    assert api.get(path, include_unsubscribed="true")["member_count"] == 2


def test_one_member_is_added_and_taken_out(api: Api) -> None:
    api.seed({"email_address": ANN}, tags=["vip"])
    path = f"segments/{segment(api)['id']}/members"
    assert api.ok("POST", path, {"email_address": ANN})["email_address"] == ANN
    assert api.ok("DELETE", f"{path}/{ANN}") is None
    assert api.refused("DELETE", f"{path}/{ANN}") == (404, "Resource Not Found")


def test_a_saved_segment_keeps_its_conditions_and_takes_no_members(api: Api) -> None:
    options = {
        "match": "all",
        "conditions": [{"condition_type": "EmailAddress", "field": "EMAIL", "op": "is", "value": ANN}],
    }
    made = api.ok("POST", "segments", {"name": "saved", "options": options})
    assert (made["type"], made["options"]) == ("saved", options)
    reply = api.call("POST", f"segments/{made['id']}/members", {"email_address": ANN})
    assert reply.json()["detail"] == f"A Static Segment with an id of {made['id']} does not exist for this list"
    assert api.get("segments", type="static")["total_items"] == 0


def test_creating_needs_one_of_both_kinds_and_ignores_strangers(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.refused("POST", "segments", {"name": "x"}) == (400, "Invalid Resource")
    assert api.ok("POST", "segments", {"name": "x", "static_segment": [ANN, "no@acme.example"]})["member_count"] == 1
    assert api.refused("POST", "segments", {"name": "X", "static_segment": []})[0] == 400


def test_static_segment_replaces_when_given_and_keeps_when_not(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]}, {"email_address": BOB})
    path = f"segments/{segment(api)['id']}"
    assert api.ok("PATCH", path, {"name": "vip"})["member_count"] == 1
    api.ok("PATCH", path, {"name": "vip", "static_segment": [BOB]})
    assert (api.member(ANN)["tags_count"], api.member(BOB)["tags_count"]) == (0, 1)
    assert api.ok("PATCH", path, {"name": "vip", "static_segment": []})["member_count"] == 0


def test_segments_are_listed_by_when_they_changed(api: Api) -> None:
    api.seed(tags=["old"])
    api.step(10)
    api.ok("POST", "segments", {"name": "new", "static_segment": []})
    found = api.get("segments", since_updated_at="2027-01-15T08:00:05Z")["segments"]
    assert [one["name"] for one in found] == ["new"]
    assert [tag["name"] for tag in api.get("tag-search", name="O")["tags"]] == ["old"]


def test_a_listing_follows_every_change(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]}, {"email_address": BOB})
    path = f"segments/{segment(api)['id']}/members"

    def listed() -> list[str]:
        return [one["email_address"] for one in api.get(path, fields="members.email_address")["members"]]

    assert listed() == [ANN]
    api.ok("POST", f"members/{BOB}/tags", {"tags": [{"name": "vip", "status": "active"}]})
    assert listed() == [ANN, BOB]
    api.act("unsubscribe", ANN)
    assert listed() == [BOB]
    api.ok("PATCH", f"members/{BOB}", {"email_address": "rob@acme.example"})
    assert listed() == ["rob@acme.example"]
    api.ok("POST", "members/rob@acme.example/actions/delete-permanent")
    assert listed() == []
