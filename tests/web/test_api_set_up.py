"""A connection made and changed by a program: checked, kept, told who did it, and never a secret answered."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from listloop.store import audit
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.set_up import KEY
from tests.web.tokens import WHO, Calls, token_of
from tests.web.world import World


@pytest.fixture
def calls(engine: Engine, world: World, visitor: Visitor) -> Calls:
    return Calls(visitor(), token_of(engine))


def said(engine: Engine) -> list[str]:
    """What the audit log holds of programs, the newest first."""
    with engine.begin() as db:
        return [one.what for one in audit.entries(db) if one.who == WHO]


def test_a_connection_is_made_from_both_ends_to_its_first_plan(calls: Calls, pressed: Pressed) -> None:
    assert [one["name"] for one in calls.get("/crms")["items"]][:2] == ["local", "sagecrm"]
    draft = calls.call("POST", "/drafts", {"crm": "local", "key": KEY}).json()
    assert [one["id"] for one in draft["audiences"]] == ["a1", "a2"]
    assert [one["id"] for one in calls.get("/drafts")["items"]] == [draft["id"]]
    made = calls.call("POST", f"/drafts/{draft['id']}/connection", {"audience": "a2", "name": "Second"}).json()
    assert (made["name"], made["set_up"], made["next_run"]) == ("Second", False, None)
    calls.post(f"/connections/{made['id']}/start")
    assert calls.get(f"/connections/{made['id']}")["set_up"] is True
    assert pressed.calls[-1] == ("sync_now", made["id"], WHO)


def test_a_wrong_key_or_password_leaves_no_draft_behind(calls: Calls) -> None:
    wrong = calls.call("POST", "/drafts", {"crm": "local", "key": "no"})
    assert (wrong.status_code, wrong.json()["title"]) == (409, "Mailchimp does not accept the API key.")
    sage = {"crm": "sagecrm", "settings": {"user": "eva", "password": "wrong"}, "key": KEY}
    assert "does not accept the password" in calls.call("POST", "/drafts", sage).json()["title"]
    assert calls.get("/drafts")["items"] == []


def test_a_setting_or_an_audience_that_is_not_there_is_told_with_those_that_are(calls: Calls) -> None:
    wrong = calls.call("POST", "/drafts", {"crm": "sagecrm", "settings": {"pasword": "x"}, "key": KEY})
    assert (wrong.status_code, wrong.json()["detail"]) == (409, "It takes: user, password.")
    draft = calls.call("POST", "/drafts", {"crm": "local", "key": KEY}).json()["id"]
    nowhere = calls.call("POST", f"/drafts/{draft}/connection", {"audience": "a9"})
    assert nowhere.json()["code"] == "audience-choice"
    assert "Old list (a2)" in nowhere.json()["detail"]
    assert calls.call("DELETE", f"/drafts/{draft}").status_code == 204
    assert calls.call("GET", f"/drafts/{draft}").status_code == 404


def test_a_second_audience_of_an_account_needs_to_be_meant(calls: Calls) -> None:
    first = calls.call("POST", "/drafts", {"crm": "local", "key": KEY}).json()["id"]
    calls.call("POST", f"/drafts/{first}/connection", {"audience": "a1"})
    draft = calls.call("POST", "/drafts", {"crm": "local", "key": KEY}).json()["id"]
    refused = calls.call("POST", f"/drafts/{draft}/connection", {"audience": "a2"})
    assert (refused.status_code, refused.json()["code"]) == (409, "audience-second")
    meant = calls.call("POST", f"/drafts/{draft}/connection", {"audience": "a2", "second": True})
    assert meant.status_code == 201


def test_both_ends_are_looked_at(calls: Calls, world: World) -> None:
    found = calls.call("POST", f"/connections/{world.customers}/check").json()["items"]
    assert [one["level"] for one in found] == ["ok", "look"]
    assert calls.call("POST", "/connections/987/check").status_code == 404


def test_a_new_key_ends_the_pause_that_the_old_one_caused_and_no_other(
    calls: Calls, world: World, pressed: Pressed
) -> None:
    assert calls.call("PUT", f"/connections/{world.news}/key", {"key": KEY}).status_code == 204
    assert pressed.calls == [("change_key", world.news, WHO), ("resume", world.news, WHO)]
    assert calls.call("PUT", f"/connections/{world.customers}/key", {"key": KEY}).status_code == 204
    assert pressed.calls[2:] == [("change_key", world.customers, WHO)]
    assert calls.call("PUT", f"/connections/{world.news}/key", {"key": "old"}).status_code == 409


def test_how_the_crm_is_opened_is_told_and_changed(calls: Calls, world: World, pressed: Pressed) -> None:
    assert calls.get(f"/connections/{world.news}/crm") == {"settings": {"user": "eva <sync>"}}
    new = {"settings": {"password": "new"}}
    assert calls.call("PUT", f"/connections/{world.news}/crm", new).status_code == 204
    assert pressed.calls[0] == ("change_crm", world.news, {"password": "new"}, WHO)


def test_a_webhook_is_asked_for_and_taken_away(calls: Calls, world: World, pressed: Pressed) -> None:
    assert calls.get(f"/connections/{world.customers}/webhook")["possible"] is False
    there = calls.call("PUT", f"/connections/{world.customers}/webhook", {"wanted": True})
    assert there.status_code == 200
    assert pressed.calls == [("use_hook", world.customers, True, WHO)]
    refused = calls.call("PUT", f"/connections/{world.news}/webhook", {"wanted": True})
    assert (refused.status_code, refused.json()["detail"]) == (409, "Open it to the internet.")


def test_a_side_that_was_put_back_is_believed(calls: Calls, world: World, pressed: Pressed) -> None:
    calls.post(f"/connections/{world.customers}/believe", {"side": "mailchimp"})
    assert pressed.calls == [("believe", world.customers, "mailchimp", WHO)]


def test_the_mapping_is_read_proposed_and_changed(calls: Calls, world: World, pressed: Pressed) -> None:
    path = f"/connections/{world.customers}/mapping"
    before = calls.get(path)
    assert before["labels"] == [{"crm": "g1", "mailchimp": "t1"}]
    proposed = calls.get(f"{path}/proposal")
    assert {"crm": "first_name", "mailchimp": "FNAME", "direction": "both", "owner": "crm"} in proposed["fields"]
    proposed["fields"][0] |= {"owner": "ask", "direction": "to mailchimp"}
    assert calls.call("PUT", path, proposed).json() == proposed
    assert calls.get(path) == proposed
    assert pressed.calls == [("save", world.customers, "changed the mapping", WHO)]
    sides = calls.get(f"/connections/{world.customers}/fields")
    assert {one["name"] for one in sides["mailchimp"]["fields"]} >= {"FNAME", "SEATS"}


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        ({"crm": "first_name", "mailchimp": "SEATS"}, "can't be kept in step"),
        ({"crm": "nowhere", "mailchimp": "SEATS"}, "The CRM has nothing named “nowhere”."),
        ({"crm": "born", "mailchimp": "NOWHERE"}, "Mailchimp has nothing named “NOWHERE”."),
        ({"crm": "phone", "mailchimp": "FNAME"}, "mapped more than once"),
    ],
)
def test_a_pair_that_cannot_be_kept_in_step_changes_nothing(
    calls: Calls, world: World, pressed: Pressed, pair: dict[str, str], told: str
) -> None:
    path = f"/connections/{world.customers}/mapping"
    before = calls.get(path)
    wrong = calls.call("PUT", path, {**before, "fields": [*before["fields"], pair]})
    assert wrong.status_code == 409
    assert told in wrong.json()["title"]
    assert calls.get(path) == before
    assert pressed.calls == []


def test_a_merge_field_is_made_for_a_field_of_the_crm(calls: Calls, world: World, pressed: Pressed) -> None:
    made = calls.call("POST", f"/connections/{world.customers}/mapping/fields", {"field": "born"})
    assert made.status_code == 201
    assert pressed.calls == [("make_field", world.customers, "born", WHO)]


def test_of_who_takes_part_only_what_is_given_changes(calls: Calls, world: World, pressed: Pressed) -> None:
    path = f"/connections/{world.customers}/rules"
    before = calls.get(path)
    change = {"blank_flag": True, "creates_in_crm": "none", "unknown_consent": "pending", "only_groups": ["g1"]}
    after = calls.call("PATCH", path, {**change, "only_values": {"language": ["Deutsch"]}}).json()
    assert after == {**before, **change, "only_values": {"language": ["deutsch"]}}
    assert calls.get(path) == after
    assert pressed.calls == [("save", world.customers, "changed who takes part", WHO)]
    assert calls.call("PATCH", path, {"creates_in_crm": "known"}).json()["creates_in_crm"] == "known"
    counted = calls.call("POST", f"{path}/count", {"blank_flag": False}).json()
    assert (counted["read"], counted["takes_part"]) == (5000, 3500)
    assert calls.get(path)["blank_flag"] is True


@pytest.mark.parametrize("wrong", [{"only_groups": ["g9"]}, {"not_tags": ["t9"]}, {"only_values": {"nowhere": ["x"]}}])
def test_a_filter_by_something_that_is_not_there_is_refused(calls: Calls, world: World, wrong: object) -> None:
    answer = calls.call("PATCH", f"/connections/{world.customers}/rules", wrong)
    assert (answer.status_code, answer.json()["code"]) == (409, "label-missing")


def test_a_schedule_is_told_and_changed(calls: Calls, world: World, pressed: Pressed, engine: Engine) -> None:
    path = f"/connections/{world.customers}/schedule"
    assert calls.get(path)["runs"] == "1h"
    change = {"runs": "4h", "results": "off", "comparison": "02:30", "zone": "Europe/Berlin"}
    after = calls.call("PATCH", path, change).json()
    assert (after["comparison"], after["zone"]) == ("30 2 * * *", "Europe/Berlin")
    assert [one[0] for one in pressed.calls] == ["runs", "results"]
    assert said(engine)[0].startswith("set the full comparison: ")
    for wrong in ({"runs": "often"}, {"comparison": "4h"}, {"runs": "1h", "zone": "Mars"}):
        assert calls.call("PATCH", path, wrong).status_code == 409, wrong
    assert len(pressed.calls) == 2


def test_no_answer_holds_a_secret(calls: Calls, world: World) -> None:
    draft = calls.call("POST", "/drafts", {"crm": "sagecrm", "settings": {"password": "hidden-7"}, "key": KEY})
    shown = [draft.text, str(calls.get("/drafts")), str(calls.get(f"/connections/{world.news}/crm"))]
    assert not any("hidden-7" in one or KEY in one for one in shown)
