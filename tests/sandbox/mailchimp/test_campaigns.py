from typing import Any

import pytest

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft, people, rates, send, sent

ANN = "ann@acme.example"


def test_a_campaign_needs_little_and_shows_all_parts(api: Api) -> None:
    made = api.ok("POST", "/campaigns", {"type": "regular"})
    assert (made["status"], made["send_time"], made["emails_sent"]) == ("save", "", 0)
    assert made["tracking"]["opens"] is True
    assert "report_summary" not in made
    assert made["delivery_status"] == {"enabled": False}
    assert api.refused("POST", "/campaigns", {})[0] == 400
    assert api.refused("POST", "/campaigns", {"type": "regular", "recipients": {"list_id": "nosuch"}})[0] == 400


def test_a_campaign_is_sent_two_seconds_later_and_not_while_the_clock_is_frozen(api: Api) -> None:
    api.seed(*people(10))
    rates(api)
    made = draft(api)
    send(api, made, wait=1)
    assert api.get(f"/campaigns/{made}")["status"] == "sending"
    api.step()
    now = api.get(f"/campaigns/{made}")
    assert (now["status"], now["emails_sent"], now["send_time"]) == ("sent", 10, "2027-01-15T08:00:00+00:00")
    assert api.get("")["stats"]["campaign_last_sent"] == "2027-01-15T08:00:00+00:00"


def test_only_subscribed_members_get_a_campaign(api: Api) -> None:
    api.seed(
        {"email": ANN}, {"email": "b@x.example", "status": "unsubscribed"}, {"email": "c@x.example", "archived": True},
        {"email": "d@x.example", "status": "cleaned"}, {"email": "e@x.example", "status": "pending"},
        {"email": "f@x.example", "status": "transactional"},
    )  # fmt: skip
    made = sent(api)
    assert [one["email_address"] for one in api.get(f"/reports/{made}/sent-to")["sent_to"]] == [ANN]


def test_who_left_or_bounced_gets_no_later_campaign(api: Api) -> None:
    api.seed(*people(4))
    rates(api)
    first = sent(api)
    api.act("unsubscribe", "p0@acme0.example", campaign_id=first)
    api.act("hard-bounce", "p1@acme1.example", campaign_id=first)
    api.act("complain", "p2@acme2.example", campaign_id=first)
    second = sent(api)
    assert [one["email_address"] for one in api.get(f"/reports/{second}/sent-to")["sent_to"]] == ["p3@acme0.example"]


def test_the_checklist_names_what_is_missing_and_sending_is_refused_tersely(api: Api) -> None:
    api.seed({"email": ANN})
    made = api.ok("POST", "/campaigns", {"type": "regular"})["id"]
    found = api.get(f"/campaigns/{made}/send-checklist")
    assert found["is_ready"] is False
    assert {item["heading"] for item in found["items"] if item["type"] == "error"} == {
        "List", "Recipients", "Subject", "From name", "Reply-to", "Content",
    }  # fmt: skip
    reply = api.call("POST", f"/campaigns/{made}/actions/send")
    assert (reply.status_code, reply.json()["detail"]) == (400, "Your Campaign is not ready to send.")
    assert api.get(f"/campaigns/{draft(api)}/send-checklist")["is_ready"] is True


def test_an_empty_segment_is_an_error_in_the_checklist(api: Api) -> None:
    api.seed({"email": ANN}, tags=["vip"])
    tag = api.get("segments")["segments"][0]["id"]
    made = draft(api, recipients={"list_id": api.list_id, "segment_opts": {"saved_segment_id": tag, "match": "any"}})
    items = api.get(f"/campaigns/{made}/send-checklist")["items"]
    assert 'Your segment of list "News" is empty.' in {item["details"] for item in items}
    shown = api.get(f"/campaigns/{made}")["recipients"]["segment_opts"]
    assert shown["conditions"] == [
        {"condition_type": "StaticSegment", "field": "static_segment", "op": "static_is", "value": tag}
    ]


@pytest.mark.parametrize(
    ("when", "fits"),
    [("2027-01-15T08:15:00+00:00", True), ("2027-01-15T08:10:00+00:00", False), ("2027-01-15T07:45:00Z", False),
     ("", False), ("soon", False)],
)  # fmt: skip
def test_a_schedule_is_a_quarter_hour_of_the_future(api: Api, when: str, fits: bool) -> None:
    api.seed({"email": ANN})
    made = draft(api)
    reply = api.call("POST", f"/campaigns/{made}/actions/schedule", {"schedule_time": when})
    assert reply.status_code == (204 if fits else 400)


def test_a_scheduled_campaign_goes_out_in_time_unless_it_is_unscheduled(api: Api) -> None:
    api.seed({"email": ANN})
    at = {"schedule_time": "2027-01-15T08:15:00+00:00"}
    first, second = draft(api), draft(api)
    for one in (first, second):
        api.ok("POST", f"/campaigns/{one}/actions/schedule", at)
    assert api.refused("PATCH", f"/campaigns/{first}", {"settings": {"title": "x"}})[0] == 400
    api.ok("POST", f"/campaigns/{second}/actions/unschedule")
    assert api.get(f"/campaigns/{second}")["send_time"] == ""
    api.step(901)
    assert api.get(f"/campaigns/{first}")["status"] == "sending"
    api.step(5)
    assert [api.get(f"/campaigns/{one}")["status"] for one in (first, second)] == ["sent", "save"]


def test_a_cancelled_sending_mails_nobody(api: Api) -> None:
    api.seed(*people(3))
    made = draft(api)
    api.ok("POST", f"/campaigns/{made}/actions/send")
    assert api.refused("DELETE", f"/campaigns/{made}")[0] == 405
    api.ok("POST", f"/campaigns/{made}/actions/cancel-send")
    assert api.get(f"/campaigns/{made}")["status"] == "canceling"
    api.step(5)
    now = api.get(f"/campaigns/{made}")
    assert (now["status"], now["emails_sent"], now["delivery_status"]["emails_canceled"]) == ("canceled", 0, 3)
    assert api.refused("POST", f"/campaigns/{made}/actions/cancel-send")[0] == 400


def test_a_copy_starts_anew_and_a_resend_goes_to_those_who_did_not_open(api: Api) -> None:
    api.seed(*people(3))
    rates(api)
    made = sent(api)
    api.act("open", "p1@acme1.example")
    copy = api.ok("POST", f"/campaigns/{made}/actions/replicate")
    assert (copy["status"], copy["settings"]["title"], copy["emails_sent"]) == ("save", "May (copy 01)", 0)
    again = api.ok("POST", f"/campaigns/{made}/actions/create-resend")
    assert (again["parent_campaign_id"], again["recipients"]["recipient_count"]) == (made, 2)
    send(api, again["id"])
    assert {one["email_address"] for one in api.get(f"/reports/{again['id']}/sent-to")["sent_to"]} == {
        "p0@acme0.example", "p2@acme2.example",
    }  # fmt: skip


def test_pause_and_resume_are_for_feeds_only(api: Api) -> None:
    api.seed({"email": ANN})
    assert api.refused("POST", f"/campaigns/{draft(api)}/actions/pause") == (400, "Bad Request")
    feed = draft(api, type="rss", rss_opts={"feed_url": "https://corp.example/feed", "frequency": "daily"})
    send(api, feed)
    for act, status in (("pause", "paused"), ("resume", "sending")):
        api.ok("POST", f"/campaigns/{feed}/actions/{act}")
        assert api.get(f"/campaigns/{feed}")["status"] == status


def test_campaigns_are_filtered_and_sorted(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api)
    first = sent(api)
    api.step(60)
    second, third = sent(api), draft(api)

    def ids(**params: Any) -> list[str]:
        return [one["id"] for one in api.get("/campaigns", **params)["campaigns"]]

    assert ids(status="sent", sort_field="send_time", sort_dir="DESC") == [second, first]
    assert ids(status="save", list_id=api.list_id) == [third]
    assert ids(since_send_time="2027-01-15T08:00:30Z") == [second]
    assert ids(before_send_time="2027-01-15T08:00:30Z") == [first]
    assert ids(member_id=api.member(ANN)["id"]) == [first, second]
    assert [one["campaign"]["id"] for one in api.get("/search-campaigns", query="may")["results"]] == [
        first,
        second,
        third,
    ]


def test_feedback_is_kept_with_the_campaign(api: Api) -> None:
    made = draft(api)
    one = api.ok("POST", f"/campaigns/{made}/feedback", {"message": "Nice"})
    path = f"/campaigns/{made}/feedback/{one['feedback_id']}"
    assert api.ok("PATCH", path, {"is_complete": True})["is_complete"] is True
    assert api.get(f"/campaigns/{made}/feedback")["total_items"] == 1
    api.ok("DELETE", path)
    assert api.refused("GET", path)[0] == 404


def test_a_sent_campaign_is_not_changed_and_takes_its_report_along(api: Api) -> None:
    api.seed({"email": ANN})
    made = sent(api)
    assert api.refused("PATCH", f"/campaigns/{made}", {"settings": {"title": "x"}})[0] == 400
    assert api.refused("PUT", f"/campaigns/{made}/content", {"html": "x"})[0] == 400
    api.ok("DELETE", f"/campaigns/{made}")
    assert api.refused("GET", f"/reports/{made}")[0] == 404


def test_a_variate_campaign_splits_the_audience_over_its_combinations(api: Api) -> None:
    api.seed(*people(4))
    rates(api)
    tried = {"winner_criteria": "opens", "subject_lines": ["A", "B"], "test_size": 100, "wait_time": 60}
    made = sent(api, type="variate", variate_settings=tried)
    shown = api.get(f"/campaigns/{made}")["variate_settings"]
    assert [one["recipients"] for one in shown["combinations"]] == [2, 2]
    mails = api.server.control("inbox")["mails"]
    assert sorted(one["subject"] for one in mails) == ["A", "A", "B", "B"]
