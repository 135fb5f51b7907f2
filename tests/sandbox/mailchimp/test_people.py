from typing import Any

import pytest

from tests.sandbox.api import Api

ANN = "ann@acme.example"


def feed(api: Api) -> list[dict[str, Any]]:
    return list(api.get(f"members/{ANN}/activity-feed", count=50)["activity"])


def test_who_unsubscribes_by_the_link_is_barred_until_the_person_signs_up_again(api: Api) -> None:
    api.seed({"email_address": ANN})
    api.step()
    now = api.act("unsubscribe", ANN, reason="Too many")
    assert (now["status"], now["unsubscribe_reason"]) == ("unsubscribed", "Too many")
    assert now["last_changed"] == "2027-01-15T08:00:01+00:00"
    assert feed(api)[0] | {"is_admin_unsubscribed": False, "unsubscribe_reason": "Too many"} == feed(api)[0]
    assert api.refused("PATCH", f"members/{ANN}", {"status": "subscribed"}) == (400, "Member In Compliance State")
    api.step()
    assert api.act("sign-up", ANN)["status"] == "subscribed"
    assert (feed(api)[0]["activity_type"], feed(api)[0]["signup_category"]) == ("generic_signup", "Hosted Signup Form")


def test_a_confirmation_subscribes_and_shows_in_the_activity(api: Api) -> None:
    api.ok("POST", "members", {"email_address": ANN, "status": "pending"})
    api.step(60)
    now = api.act("confirm", ANN)
    assert (now["status"], now["timestamp_opt"]) == ("subscribed", "2027-01-15T08:01:00+00:00")
    assert [(one["activity_type"], one["signup_category"]) for one in feed(api)] == [
        ("generic_signup", "Opt-in Confirmation")
    ]


def test_a_subscription_by_the_api_is_no_sign_up_of_the_person(api: Api) -> None:
    api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})
    api.ok("PATCH", f"members/{ANN}", {"status": "unsubscribed"})
    api.ok("PATCH", f"members/{ANN}", {"status": "subscribed"})
    assert [one["activity_type"] for one in feed(api)] == ["unsub"]


def test_a_complaint_unsubscribes_with_that_origin(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.act("complain", ANN)["status"] == "unsubscribed"
    assert {one["action"] for one in api.get(f"members/{ANN}/activity")["activity"]} == {"abuse", "unsub"}
    assert api.refused("PATCH", f"members/{ANN}", {"status": "pending"})[0] == 400


def test_a_hard_bounce_cleans_at_once(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.act("hard-bounce", ANN)["status"] == "cleaned"
    assert (feed(api)[0]["activity_type"], feed(api)[0]["bounce_type"]) == ("bounce", "hard")


@pytest.mark.parametrize(("active", "limit"), [(False, 7), (True, 15)])
def test_soft_bounces_clean_after_seven_or_with_activity_fifteen(api: Api, active: bool, limit: int) -> None:
    api.seed({"email_address": ANN, "active": active})
    before = api.member(ANN)["last_changed"]
    api.step()
    for _ in range(limit - 1):
        assert api.act("soft-bounce", ANN)["status"] == "subscribed"
    assert api.member(ANN)["last_changed"] == before
    assert api.act("soft-bounce", ANN)["status"] == "cleaned"


def test_only_the_form_brings_a_forgotten_address_back_and_as_a_new_contact(api: Api) -> None:
    api.seed({"email_address": ANN})
    before = api.member(ANN)
    api.ok("POST", f"members/{ANN}/actions/delete-permanent")
    assert api.refused("POST", "members", {"email_address": ANN, "status": "pending"})[0] == 400
    now = api.act("sign-up", ANN, merge_fields={"FNAME": "Ann"})
    assert (now["status"], now["source"], now["merge_fields"]["FNAME"]) == ("subscribed", "Hosted Signup Form", "Ann")
    assert now["contact_id"] != before["contact_id"]


def test_a_double_opt_in_form_waits_for_the_confirmation(api: Api) -> None:
    api.seed(double_optin=True)
    assert api.act("sign-up", ANN)["status"] == "pending"
    assert api.act("confirm", ANN)["status"] == "subscribed"


def test_a_person_edits_the_own_profile_and_address(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.act("edit-profile", ANN, merge_fields={"LNAME": "Lee"})["full_name"] == "Lee"
    before = api.member(ANN)
    now = api.act("change-address", ANN, new_email="lee@acme.example")
    assert (now["email_address"], now["contact_id"]) == ("lee@acme.example", before["contact_id"])


def test_the_marketer_edits_tags_and_archives(api: Api) -> None:
    api.seed({"email_address": ANN, "tags": ["old"]})
    now = api.act("admin-edit", ANN, add_tags=["new"], remove_tags=["old"], merge_fields={"FNAME": "A"})
    assert ([tag["name"] for tag in now["tags"]], now["merge_fields"]["FNAME"]) == (["new"], "A")
    assert api.act("admin-edit", ANN, status="unsubscribed")["status"] == "unsubscribed"
    assert api.act("admin-edit", ANN, archive=True)["status"] == "archived"


@pytest.mark.parametrize("act", ["confirm", "unsubscribe", "complain", "hard-bounce", "soft-bounce"])
def test_what_cannot_happen_is_refused_with_the_reason(api: Api, act: str) -> None:
    api.seed({"email_address": ANN, "status": "cleaned"})
    with pytest.raises(ValueError, match=f"{ANN} is cleaned"):
        api.act(act, ANN)
    with pytest.raises(ValueError, match="is not in the list"):
        api.act(act, "nobody@acme.example")


def test_a_pending_member_who_is_asked_again_has_time_again(api: Api) -> None:
    api.ok("POST", "members", {"email_address": ANN, "status": "pending"})
    api.step(59 * 86400)
    api.ok("PATCH", f"members/{ANN}", {"status": "unsubscribed"})
    api.ok("PATCH", f"members/{ANN}", {"status": "pending"})
    api.step(59 * 86400)
    assert api.member(ANN)["status"] == "pending"
    assert api.act("confirm", ANN)["status"] == "subscribed"
    api.step(86400)
    assert api.member(ANN)["status"] == "subscribed"


def test_the_marketer_deletes_somebody_for_good(api: Api) -> None:
    api.seed({"email_address": ANN})
    assert api.act("erase", ANN) is None
    assert api.refused("POST", "members", {"email_address": ANN, "status": "subscribed"})[1] == (
        "Forgotten Email Not Subscribed"
    )
