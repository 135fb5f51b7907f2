from typing import Any

from tests.sandbox.api import Api

ANN, BOB = "ann@acme.example", "bob@acme.example"


def bulk(api: Api, *members: dict[str, Any], **more: Any) -> Any:
    params = {name: more.pop(name) for name in ("skip_merge_validation", "skip_duplicate_check") if name in more}
    return api.ok("POST", "", {"members": list(members), **more}, **params)


def item(email: str, status: str = "subscribed", **more: Any) -> dict[str, Any]:
    return {"email_address": email, "status": status, **more}


def test_each_item_has_its_own_outcome(api: Api) -> None:
    api.seed({"email_address": ANN}, {"email_address": "out@acme.example", "status": "unsubscribed", "origin": "self"})
    reply = bulk(api, item(ANN), item(BOB), item("bad"), item("out@acme.example"), update_existing=True)
    assert (reply["total_created"], reply["total_updated"], reply["error_count"]) == (1, 1, 2)
    assert [one["email_address"] for one in reply["new_members"]] == [BOB]
    assert [one["error_code"] for one in reply["errors"]] == ["ERROR_GENERIC"] * 2
    assert "in compliance state" in reply["errors"][1]["error"]


def test_a_present_member_needs_update_existing(api: Api) -> None:
    api.seed({"email_address": ANN})
    reply = bulk(api, item(ANN, "unsubscribed"))
    assert reply["errors"][0]["error_code"] == "ERROR_CONTACT_EXISTS"
    assert "update_existing:true" in reply["errors"][0]["error"]
    assert api.member(ANN)["status"] == "subscribed"


def test_the_status_of_an_item_is_forced(api: Api) -> None:
    api.seed({"email_address": ANN})
    bulk(api, item(ANN, "unsubscribed"), update_existing=True)
    assert api.member(ANN)["status"] == "unsubscribed"


def test_an_archived_member_counts_as_created(api: Api) -> None:
    api.seed({"email_address": ANN, "archived": True})
    reply = bulk(api, item(ANN))
    assert (reply["total_created"], api.member(ANN)["status"]) == (1, "subscribed")


def test_tags_are_added_and_with_sync_tags_made_exact(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["old"]})
    bulk(api, item(ANN, tags=["new"]), update_existing=True)
    assert {tag["name"] for tag in api.member(ANN)["tags"]} == {"old", "new"}
    bulk(api, item(ANN, tags=["new"]), update_existing=True, sync_tags=True)
    assert {tag["name"] for tag in api.member(ANN)["tags"]} == {"new"}


def test_an_unchanged_item_does_not_move_last_changed(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["t"]})
    before = api.member(ANN)
    api.step()
    bulk(api, item(ANN, tags=["t"]), update_existing=True)
    assert api.member(ANN) == before


def test_a_bad_merge_value_names_its_field_and_writes_nothing(api: Api) -> None:
    reply = bulk(api, item(ANN, merge_fields={"ADDRESS": "x"}), item(BOB))
    error = reply["errors"][0]
    assert (error["field"], error["field_message"]) == ("ADDRESS", "Please enter a complete address")
    assert (reply["total_created"], api.call("GET", f"members/{ANN}").status_code) == (1, 404)


def test_a_duplicate_is_an_error_or_skipped_and_the_first_wins(api: Api) -> None:
    twice = (item(ANN, merge_fields={"FNAME": "1"}), item(ANN.upper(), merge_fields={"FNAME": "2"}))
    reply = bulk(api, *twice)
    assert (reply["total_created"], reply["error_count"]) == (1, 1)
    assert "more than once" in reply["errors"][0]["error"]
    assert bulk(api, *twice, update_existing=True, skip_duplicate_check="true")["error_count"] == 0
    assert api.member(ANN)["merge_fields"]["FNAME"] == "1"


def test_five_hundred_fit_and_one_more_does_not(api: Api) -> None:
    everyone = [item(f"p{n}@acme.example") for n in range(501)]
    assert api.refused("POST", "", {"members": everyone}) == (400, "Invalid Resource")
    assert bulk(api, *everyone[:500])["total_created"] == 500


def test_forgotten_addresses_and_missing_keys_are_errors_of_the_item(api: Api) -> None:
    api.seed(forgotten=[ANN])
    reply = bulk(api, item(ANN), {"email_address": BOB}, {"status": "subscribed"})
    assert (reply["error_count"], api.get("members")["total_items"]) == (3, 0)
    assert "permanently deleted" in reply["errors"][0]["error"]


def test_an_unknown_key_of_an_item_is_refused_in_strict_mode(api: Api) -> None:
    assert api.refused("POST", "", {"members": [item(ANN, status_if_new="subscribed")]})[0] == 400
