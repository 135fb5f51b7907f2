"""Campaigns that go out in parts: variate campaigns with a winner, batches, and what reports say of the parts."""

import pytest

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft, people, rates, send

HOUR = 3600
TWO = {"winner_criteria": "opens", "wait_time": 60, "test_size": 50, "subject_lines": ["One", "Two"]}
REPORT = "/reports/{}"


def trial(api: Api, **tried: object) -> str:
    rates(api)
    api.seed(*people(40))
    return draft(api, type="variate", variate_settings=TWO | tried)


def shown(api: Api, campaign: str) -> dict[str, object]:
    found: dict[str, object] = api.get(f"/campaigns/{campaign}")
    return found


def test_a_part_is_tested_and_the_rest_gets_the_one_that_was_opened_most(api: Api) -> None:
    made = trial(api)
    send(api, made)
    tested = shown(api, made)
    assert (tested["status"], tested["emails_sent"]) == ("sending", 20)
    settings = api.get(f"/campaigns/{made}")["variate_settings"]
    assert [row["recipients"] for row in settings["combinations"]] == [10, 10]
    assert (settings["winning_combination_id"], settings["winning_campaign_id"]) == ("", "")
    second = [
        mail["to"] for mail in api.server.control(f"inbox?campaign_id={made}")["mails"] if mail["subject"] == "Two"
    ]
    for email in second[:3]:
        api.act("open", email, campaign_id=made)
    api.step(HOUR)
    done = api.get(f"/campaigns/{made}")
    assert (done["status"], done["emails_sent"]) == ("sent", 40)
    assert done["variate_settings"]["winning_combination_id"] == settings["combinations"][1]["id"]
    groups = [one["absplit_group"] for one in api.get(f"/reports/{made}/sent-to", count=100)["sent_to"]]
    assert sorted(groups) == ["a"] * 10 + ["b"] * 10 + ["winner"] * 20
    subjects = [mail["subject"] for mail in api.server.control(f"inbox?campaign_id={made}")["mails"]]
    assert (subjects.count("One"), subjects.count("Two")) == (10, 30)


def test_the_reports_of_the_parts_add_up_to_that_of_the_whole(api: Api) -> None:
    made = trial(api)
    rates(api, open=0.8, click=0.4, unsubscribe=0.1, hard_bounce=0.1)
    send(api, made, 7 * 86400)
    whole = api.get(f"/reports/{made}")
    parts = api.get(f"/reports/{made}/sub-reports")["reports"]
    assert len(parts) == 3
    assert sum(one["emails_sent"] for one in parts) == whole["emails_sent"] == 40
    for part, key in (("opens", "opens_total"), ("clicks", "clicks_total"), ("bounces", "hard_bounces")):
        assert sum(one[part][key] for one in parts) == whole[part][key]
    for one in parts:
        alone = api.get(f"/reports/{one['id']}")
        assert alone["emails_sent"] == api.get(f"/reports/{one['id']}/sent-to")["total_items"]
    assert parts[2]["id"] == api.get(f"/campaigns/{made}")["variate_settings"]["winning_campaign_id"]


def test_a_person_picks_the_winner_when_that_was_wanted(api: Api) -> None:
    made = trial(api, winner_criteria="manual")
    send(api, made, 30 * 86400)
    assert shown(api, made)["status"] == "sending"
    first = api.get(f"/campaigns/{made}")["variate_settings"]["combinations"][0]["id"]
    with pytest.raises(ValueError, match="combination_id is one of"):
        api.server.control("campaigns/winner", {"campaign_id": made})
    api.server.control("campaigns/winner", {"campaign_id": made, "combination_id": first})
    assert (shown(api, made)["status"], shown(api, made)["emails_sent"]) == ("sent", 40)


def test_the_winner_is_picked_on_the_page_of_the_campaign(api: Api) -> None:
    made = trial(api, winner_criteria="manual")
    send(api, made)
    page = api.client.get(f"/_sandbox/pages/campaigns/{made}").text
    assert "20 people wait for the winner." in page
    second = api.get(f"/campaigns/{made}")["variate_settings"]["combinations"][1]["id"]
    assert f'value="{second}"' in page
    api.client.post(f"/_sandbox/pages/campaigns/{made}/winner", data={"combination": second})
    assert shown(api, made)["status"] == "sent"
    assert "wait for the winner" not in api.client.get(f"/_sandbox/pages/campaigns/{made}").text


def test_the_winner_may_be_the_one_that_sold_most(api: Api) -> None:
    made = trial(api, winner_criteria="total_revenue")
    send(api, made)
    buyer = next(
        mail["to"] for mail in api.server.control(f"inbox?campaign_id={made}")["mails"] if mail["subject"] == "Two"
    )
    api.ok("POST", "/ecommerce/stores", {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"})
    api.ok("POST", "/ecommerce/stores/s/products", {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V"}]})
    order = {
        "id": "o", "customer": {"id": "c", "email_address": buyer, "opt_in_status": False}, "currency_code": "EUR",
        "order_total": 9.5, "campaign_id": made,
        "lines": [{"id": "l", "product_id": "p", "product_variant_id": "v", "quantity": 1, "price": 9.5}],
    }  # fmt: skip
    api.ok("POST", "/ecommerce/stores/s/orders", order)
    api.step(HOUR)
    settings = api.get(f"/campaigns/{made}")["variate_settings"]
    assert settings["winning_combination_id"] == settings["combinations"][1]["id"]


def test_send_times_are_tried_on_everybody_at_their_hour(api: Api) -> None:
    times = ["2027-01-15 09:00:00", "2027-01-15 10:00:00"]
    made = trial(api, subject_lines=[], send_times=times, test_size=10)
    send(api, made)
    assert shown(api, made)["emails_sent"] == 0
    api.step(HOUR)
    assert shown(api, made)["emails_sent"] == 20
    api.step(HOUR)
    assert (shown(api, made)["status"], shown(api, made)["emails_sent"]) == ("sent", 40)
    at = {mail["at"] for mail in api.server.control(f"inbox?campaign_id={made}")["mails"]}
    assert at == {"2027-01-15T09:00:00+00:00", "2027-01-15T10:00:00+00:00"}


def test_who_leaves_while_waiting_gets_nothing(api: Api) -> None:
    made = trial(api)
    send(api, made)
    got = {mail["to"] for mail in api.server.control(f"inbox?campaign_id={made}")["mails"]}
    waiting = next(one["email"] for one in people(40) if one["email"] not in got)
    api.act("unsubscribe", waiting)
    api.step(HOUR)
    assert (shown(api, made)["status"], shown(api, made)["emails_sent"]) == ("sent", 39)


def test_batches_go_out_one_after_the_other_and_can_be_stopped(api: Api) -> None:
    rates(api)
    api.seed(*people(10))
    made = draft(api)
    batches = {"batch_count": 3, "batch_delay": 5}
    when = {"schedule_time": "2027-01-15T08:15:00+00:00", "batch_delivery": batches}
    api.ok("POST", f"/campaigns/{made}/actions/schedule", when)
    sizes = []
    for wait in (902, 300):
        api.step(wait)
        sizes.append(shown(api, made)["emails_sent"])
    assert sizes == [4, 8]
    assert shown(api, made)["status"] == "sending"
    api.ok("POST", f"/campaigns/{made}/actions/cancel-send")
    api.step(600)
    state = api.get(f"/campaigns/{made}")["delivery_status"]
    assert (state["status"], state["emails_sent"], state["emails_canceled"]) == ("canceled", 8, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"winner_criteria": "luck"}, {"test_size": 5}, {"wait_time": 30}, {"send_times": ["soon"]},
        {"from_names": ["A", "B"], "reply_to_addresses": ["a@x.example"]},
    ],
)  # fmt: skip
def test_a_trial_that_cannot_be_is_refused(api: Api, wrong: dict[str, object]) -> None:
    refused = api.call("POST", "/campaigns", {"type": "variate", "variate_settings": TWO | wrong})
    assert (refused.status_code, refused.json()["title"]) == (400, "Invalid Resource")


def test_with_time_warp_everybody_is_mailed_at_the_same_hour_of_their_own_time_zone(api: Api) -> None:
    rates(api)
    homes = {"west@acme.example": ("US", "CA"), "east@acme.example": ("AU", "NSW"), "home@acme.example": ("GB", "ENG")}
    api.seed(*({"email": who, "country_code": code, "region": part} for who, (code, part) in homes.items()))
    made = draft(api)
    at = {"schedule_time": "2027-01-17T13:00:00+00:00", "timewarp": True}
    api.ok("POST", f"/campaigns/{made}/actions/schedule", at)
    api.step(3 * 86400)
    mails = api.server.control(f"inbox?campaign_id={made}")["mails"]
    assert {mail["to"].partition("@")[0]: mail["at"] for mail in mails} == {
        "east": "2027-01-17T03:00:00+00:00", "home": "2027-01-17T13:00:00+00:00", "west": "2027-01-17T21:00:00+00:00",
    }  # fmt: skip
    api.act("open", "west@acme.example", campaign_id=made)
    report = api.get(f"/reports/{made}")
    assert (report["send_time"], report["emails_sent"]) == ("2027-01-17T13:00:00+00:00", 3)
    assert [(zone["gmt_offset"], zone["unique_opens"]) for zone in report["timewarp"]] == [(10, 0), (0, 0), (-8, 1)]
    zones = {one["email_address"]: one["gmt_offset"] for one in api.get(f"/reports/{made}/sent-to")["sent_to"]}
    assert zones == {"west@acme.example": -8, "east@acme.example": 10, "home@acme.example": 0}


def test_time_warp_needs_a_day_and_is_over_when_it_is_unscheduled(api: Api) -> None:
    rates(api)
    api.seed(*people(2))
    made = draft(api)
    soon = {"schedule_time": "2027-01-16T08:00:00+00:00", "timewarp": True}
    assert api.refused("POST", f"/campaigns/{made}/actions/schedule", soon)[0] == 400
    api.ok("POST", f"/campaigns/{made}/actions/schedule", soon | {"schedule_time": "2027-01-16T08:15:00+00:00"})
    assert api.get(f"/campaigns/{made}")["settings"]["timewarp"]
    api.ok("POST", f"/campaigns/{made}/actions/unschedule")
    send(api, made)
    done = api.get(f"/campaigns/{made}")
    assert (done["status"], done["settings"]["timewarp"]) == ("sent", False)
