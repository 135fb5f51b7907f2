import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.api import Api

ANN, BOB = "ann@acme.example", "bob@acme.example"


def key(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def test_a_new_member_shows_what_recorded_traffic_shows(api: Api) -> None:
    made = api.ok("POST", "members", {"email_address": "Ann@acme.example", "status": "subscribed"})
    assert list(made)[:9] == [
        "id", "email_address", "unique_email_id", "contact_id", "full_name", "web_id", "email_type", "status",
        "consents_to_one_to_one_messaging",
    ]  # fmt: skip
    assert (made["id"], made["email_address"]) == (key(ANN), "Ann@acme.example")
    assert made["timestamp_opt"] == made["last_changed"] == "2027-01-15T08:00:00+00:00"
    assert made["timestamp_signup"] == "" == made["ip_signup"]
    assert made["merge_fields"] == {"FNAME": "", "LNAME": "", "ADDRESS": "", "PHONE": ""}
    assert not {"interests", "unsubscribe_reason", "last_note", "marketing_permissions"} & made.keys()
    rels = [link["rel"] for link in made["_links"]]
    assert rels == [
        "self", "parent", "update", "upsert", "delete", "activity", "goals", "notes", "events", "delete_permanent",
    ]  # fmt: skip


def test_a_member_is_found_by_hash_address_and_contact_id(api: Api) -> None:
    made = api.ok("POST", "members", {"email_address": "o+o@acme.example", "status": "subscribed"})
    for one in (made["id"], made["contact_id"], "o%2Bo%40acme.example", "O%2BO@acme.example"):
        assert api.get(f"members/{one}")["contact_id"] == made["contact_id"]


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "body",
    [
        {"merge_fields": {"FNAME": "Ann"}}, {"status": "subscribed"}, {"email_address": ANN}, {"language": "en"}, {},
        {"merge_fields": {"NOSUCH": "x"}}, {"merge_fields": {"PHONE": ""}}, {"vip": False},
    ],
)  # fmt: skip
def test_a_write_that_changes_nothing_does_not_move_last_changed(api: Api, verb: str, body: dict[str, Any]) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann"}, "language": "en"})
    before = api.member(ANN)
    api.step()
    assert api.ok(verb, f"members/{ANN}", body) == before


@pytest.mark.parametrize(
    "body",
    [
        {"merge_fields": {"FNAME": "Anne"}}, {"status": "unsubscribed"}, {"email_address": BOB}, {"language": "de"},
        {"email_address": "ANN@acme.example"}, {"vip": True}, {"email_type": "text"},
    ],
)  # fmt: skip
def test_a_change_moves_last_changed(api: Api, body: dict[str, Any]) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann"}})
    api.step()
    assert api.ok("PATCH", f"members/{ANN}", body)["last_changed"] == "2027-01-15T08:00:01+00:00"


def test_writes_are_partial_merges(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann", "LNAME": "Lee"}})
    now = api.ok("PUT", f"members/{ANN}", {"merge_fields": {"FNAME": "Anne"}})
    assert (now["merge_fields"]["FNAME"], now["merge_fields"]["LNAME"], now["full_name"]) == ("Anne", "Lee", "Anne Lee")


def test_post_of_a_present_address_is_member_exists_without_a_type(api: Api) -> None:
    api.seed({"email_address": ANN})
    reply = api.call("POST", "members", {"email_address": ANN.upper(), "status": "subscribed"})
    assert (reply.status_code, reply.json()["title"]) == (400, "Member Exists")
    assert "type" not in reply.json()
    assert reply.json()["instance"] == reply.headers["X-Request-Id"]


def test_back_from_the_archive_keeps_the_ids_and_the_data(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann"}, "tags": ["vip"]})
    before = api.member(ANN)
    api.ok("DELETE", f"members/{ANN}")
    assert api.member(ANN)["status"] == "archived"
    api.step(60)
    now = api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})
    same = ("contact_id", "web_id", "merge_fields", "tags")
    assert [now[name] for name in same] == [before[name] for name in same]
    assert now["timestamp_opt"] == "2027-01-15T08:01:00+00:00"


def test_a_cleaned_pending_or_archived_member_cannot_be_archived(api: Api) -> None:
    api.seed({"email_address": ANN, "status": "pending"})
    reply = api.call("DELETE", f"members/{ANN}")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, PUT")
    assert reply.json()["detail"].endswith("Can not archive a contact that is bounced, pending or archived")


def test_an_address_change_keeps_the_contact(api: Api) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann"}, "tags": ["vip"]})
    before = api.member(ANN)
    now = api.ok("PATCH", f"members/{before['contact_id']}", {"email_address": BOB})
    same = ("contact_id", "web_id", "timestamp_opt", "tags", "merge_fields", "status")
    assert [now[name] for name in same] == [before[name] for name in same]
    assert (now["id"], now["email_address"]) == (key(BOB), BOB)
    assert now["unique_email_id"] != before["unique_email_id"]
    assert api.call("GET", f"members/{before['id']}").status_code == 404
    assert api.get("members", unique_email_id=now["unique_email_id"])["total_items"] == 1
    assert api.get("members", unique_email_id=before["unique_email_id"])["total_items"] == 0


@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_a_taken_address_is_refused_and_nothing_moves(api: Api, verb: str) -> None:
    api.seed({"email_address": ANN}, {"email_address": BOB})
    before = api.get("members")
    assert api.refused(verb, f"members/{ANN}", {"email_address": BOB, "vip": True}) == (400, "Member Exists")
    assert api.get("members") == before


def test_an_address_can_only_be_changed_while_subscribed(api: Api) -> None:
    api.seed({"email_address": ANN, "status": "unsubscribed"})
    reply = api.call("PATCH", f"members/{ANN}", {"email_address": BOB})
    assert reply.status_code == 400
    assert 'status of "subscribed."' in reply.json()["detail"]


def test_put_to_an_unknown_hash_makes_the_address_in_the_body(api: Api) -> None:
    body = {"email_address": BOB, "status_if_new": "transactional"}
    assert api.ok("PUT", f"members/{key(ANN)}", body)["id"] == key(BOB)


def test_put_without_status_leaves_the_status(api: Api) -> None:
    api.seed({"email_address": ANN, "status": "unsubscribed"})
    body = {"email_address": ANN, "status_if_new": "subscribed", "merge_fields": {"FNAME": "A"}}
    assert api.ok("PUT", f"members/{ANN}", body)["status"] == "unsubscribed"


def test_a_forgotten_address_is_gone_and_refused(api: Api) -> None:
    api.seed({"email_address": ANN})
    api.ok("POST", f"members/{key(ANN)}/actions/delete-permanent")
    assert api.get("members")["total_items"] == 0
    reply = api.call("PUT", f"members/{key(ANN)}", {"email_address": ANN, "status_if_new": "transactional"})
    assert reply.json()["title"] == "Forgotten Email Not Subscribed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email_address": None, "status": "subscribed"}, "email_address"),
        ({"email_address": {}, "status": "subscribed"}, "email_address"),
        ({"email_address": "", "status": "subscribed"}, "email_address"),
        ({"email_address": ANN, "status": "archived"}, "status"),
        ({"email_address": ANN, "status": "subscribed", "vip": "yes"}, "vip"),
        ({"email_address": ANN, "status": "subscribed", "ip_opt": "nowhere"}, "ip_opt"),
        ({"email_address": ANN, "status": "subscribed", "timestamp_opt": "soon"}, "timestamp_opt"),
        ({"email_address": ANN, "status": "subscribed", "merge_fields": []}, "merge_fields"),
        ({"email_address": ANN, "status": "subscribed", "nonsense": 1}, "nonsense"),
    ],
)
def test_a_body_of_the_wrong_shape_names_the_field(api: Api, body: dict[str, Any], field: str) -> None:
    reply = api.call("POST", "members", body)
    assert reply.status_code == 400
    assert [error["field"] for error in reply.json()["errors"]] == [field]


@pytest.mark.parametrize("email", ["no", "a@b", "a@@b.cd", "a b@c.de", "a@b..cd", "a@b.c,d@e.fg", "@b.cd", "a@.cd"])
def test_what_is_no_address_is_refused(api: Api, email: str) -> None:
    reply = api.call("POST", "members", {"email_address": email, "status": "subscribed"})
    assert reply.json()["detail"] == "Please provide a valid email address."


def test_all_bad_merge_values_are_reported_together(api: Api) -> None:
    api.seed(
        merge_fields=[{"tag": "AGE", "name": "Age", "type": "number"}, {"tag": "MUST", "name": "M", "required": True}]
    )
    body = {"email_address": ANN, "status": "subscribed", "merge_fields": {"AGE": "old", "ADDRESS": {"addr1": "x"}}}
    reply = api.call("POST", "members", body).json()
    assert reply["detail"] == "Your merge fields were invalid."
    assert {error["field"]: error["message"] for error in reply["errors"]} == {
        "ADDRESS": "Please enter a complete address", "AGE": "Please enter a number", "MUST": "Please enter a value",
    }  # fmt: skip
    assert api.call("GET", f"members/{ANN}").status_code == 404


def test_skip_merge_validation_forgives_missing_values_only(api: Api) -> None:
    api.seed(
        merge_fields=[{"tag": "MUST", "name": "M", "required": True}, {"tag": "AGE", "name": "Age", "type": "number"}]
    )
    body: dict[str, Any] = {"email_address": ANN, "status": "subscribed"}
    assert api.refused("POST", "members", body)[0] == 400
    assert api.refused("POST", "members", body | {"merge_fields": {"AGE": "x"}}, skip_merge_validation="true")[0] == 400
    api.ok("POST", "members", body, skip_merge_validation="true")


def test_groups_are_all_shown_and_radio_groups_hold_one(api: Api) -> None:
    api.seed(interest_categories=[{"title": "R", "type": "radio", "interests": ["a", "b"]}])
    first, second = api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})["interests"]
    assert api.ok("PATCH", f"members/{ANN}", {"interests": {first: True}})["interests"] == {first: True, second: False}
    assert api.ok("PATCH", f"members/{ANN}", {"interests": {second: True}})["interests"] == {first: False, second: True}
    reply = api.call("PATCH", f"members/{ANN}", {"interests": {"0000000000": True}})
    assert reply.json()["detail"] == "Invalid interest ID: '0000000000'."


def test_tags_are_added_and_removed_by_name_and_always_move_last_changed(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["vip"]})
    api.step()
    change = [
        {"name": "VIP", "status": "active"},
        {"name": "new", "status": "active"},
        {"name": "no", "status": "inactive"},
    ]
    assert api.ok("POST", f"members/{ANN}/tags", {"tags": change}) is None
    now = api.member(ANN)
    assert ([tag["name"] for tag in now["tags"]], now["last_changed"]) == (["vip", "new"], "2027-01-15T08:00:01+00:00")
    api.step()
    api.ok("POST", f"members/{ANN}/tags", {"tags": [{"name": "vip", "status": "active"}]})
    assert api.member(ANN)["last_changed"] == "2027-01-15T08:00:02+00:00"
    api.step()
    api.ok("POST", f"members/{ANN}/tags", {"tags": []})
    assert api.member(ANN)["last_changed"] == "2027-01-15T08:00:02+00:00"
    assert api.get(f"members/{ANN}/tags")["total_items"] == 2


def test_fifty_tags_are_shown_and_all_are_counted(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": [f"t{n}" for n in range(60)]})
    now = api.member(ANN)
    assert (len(now["tags"]), now["tags_count"]) == (50, 60)
    assert len(api.get(f"members/{ANN}/tags", count=1000)["tags"]) == 60


def test_tags_in_a_patch_are_an_unknown_key_in_strict_mode(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.refused("PATCH", f"members/{ANN}", {"tags": ["x"]})[0] == 400


def test_notes_are_kept_and_the_last_one_shows(api: Api) -> None:
    api.seed({"email_address": ANN})
    note = api.ok("POST", f"members/{ANN}/notes", {"note": "Called"})
    assert api.member(ANN)["last_note"]["note"] == "Called"
    assert api.ok("PATCH", f"members/{ANN}/notes/{note['id']}", {"note": "Wrote"})["note"] == "Wrote"
    api.ok("DELETE", f"members/{ANN}/notes/{note['id']}")
    assert api.get(f"members/{ANN}/notes")["total_items"] == 0


def test_events_take_string_properties_only(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.ok("POST", f"members/{ANN}/events", {"name": "demo", "properties": {"k": "v"}}) is None
    assert api.refused("POST", f"members/{ANN}/events", {"name": "demo", "properties": {"k": 1}})[0] == 400
    assert api.get(f"members/{ANN}/events")["events"][0]["name"] == "demo"


def test_an_unsubscribe_by_the_api_is_in_the_activity_as_done_by_an_admin(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert (
        api.ok("PATCH", f"members/{ANN}", {"status": "unsubscribed"})["unsubscribe_reason"]
        == "N/A (Unsubscribed by admin)"
    )
    item = api.get(f"members/{ANN}/activity-feed")["activity"][0]
    assert (item["activity_type"], item["is_admin_unsubscribed"]) == ("unsub", True)


def test_a_live_client_may_leave_the_choice_to_a_double_opt_in_audience(api: Api) -> None:
    header = {"X-Status-Resolution-Method": "auto-doi"}
    body = {"email_address": ANN, "status": "subscribed"}
    for double_optin, status in ((False, "subscribed"), (True, "pending")):
        api.seed(double_optin=double_optin)
        path = f"/3.0/lists/{api.list_id}/members"
        assert api.client.post(path, json=body, headers=header).json()["status"] == status
        body["email_address"] = BOB


WRITES = st.lists(
    st.tuples(
        st.sampled_from(["a@x.example", "b@x.example", "c@x.example"]),
        st.sampled_from(["subscribed", "unsubscribed", "pending", "archive", "forget", "tag", "move", "bulk"]),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None)
@given(WRITES)
def test_counts_filters_and_lookups_agree_after_any_history(
    running_mailchimp: Any, client: Any, writes: list[tuple[str, str]]
) -> None:
    running_mailchimp.control("reset", {"seed": 2})
    api = Api(running_mailchimp, client)
    api.seed({"email_address": "a@x.example"}, tags=["t"])
    for number, (email, act) in enumerate(writes):
        match act:
            case "archive":
                api.call("DELETE", f"members/{email}")
            case "forget":
                api.call("POST", f"members/{email}/actions/delete-permanent")
            case "tag":
                api.call("POST", f"members/{email}/tags", {"tags": [{"name": "t", "status": "active"}]})
            case "move":
                api.call("PATCH", f"members/{email}", {"email_address": f"n{number}@x.example"})
            case "bulk":
                item = {"email_address": email, "status": "subscribed", "tags": ["t"]}
                api.call("POST", "", {"members": [item], "update_existing": True})
            case status:
                api.call("PUT", f"members/{email}", {"email_address": email, "status_if_new": status, "status": status})
    rows = api.get("members", count=1000, sort_field="last_changed")["members"]
    assert [row["last_changed"] for row in rows] == sorted(row["last_changed"] for row in rows)
    assert len({row["contact_id"] for row in rows}) == len(rows) == api.get("members")["total_items"]
    for row in rows:
        assert row["id"] == key(row["email_address"]) == api.get(f"members/{row['contact_id']}")["id"]
    for status in ("subscribed", "unsubscribed", "pending", "archived"):
        assert api.get("members", status=status)["total_items"] == sum(row["status"] == status for row in rows)
    tagged = sum(row["tags_count"] for row in rows if row["status"] == "subscribed")
    assert sum(one["member_count"] for one in api.get("segments")["segments"]) == tagged
