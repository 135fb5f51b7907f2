from collections import Counter
from typing import Any

import pytest

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft, people, rates, send, sent

ANN = "p0@acme0.example"
LINKS = '<a href="https://shop.example/a">A</a> <a href="https://shop.example/b">B</a>'


def lively(api: Api, count: int = 400) -> str:
    """A campaign some time later, with every kind of event."""
    api.seed(*people(count))
    rates(api, open=0.5, click=0.2, unsubscribe=0.05, complain=0.03, hard_bounce=0.05, soft_bounce=0.05)
    made = sent(api, LINKS)
    api.step(7 * 86400)
    return made


def all_of(api: Api, path: str, plural: str) -> list[dict[str, Any]]:
    return list(api.get(path, count=1000)[plural])


def test_a_report_adds_up_with_everything_below_it(api: Api) -> None:
    made = lively(api)
    root = f"/reports/{made}"
    report = api.get(root)
    activity = all_of(api, f"{root}/email-activity", "emails")
    kinds = Counter(item["action"] for one in activity for item in one["activity"])
    assert len(activity) == report["emails_sent"] == 400
    assert min(kinds.values()) > 5
    assert report["opens"]["opens_total"] == kinds["open"]
    assert report["clicks"]["clicks_total"] == kinds["click"]
    assert sum(report["bounces"].values()) == kinds["bounce"]
    assert report["opens"]["unique_opens"] == len(all_of(api, f"{root}/open-details", "members"))
    assert report["unsubscribed"] == len(all_of(api, f"{root}/unsubscribed", "unsubscribes"))
    assert report["abuse_reports"] == len(api.get(f"{root}/abuse-reports")["abuse_reports"])
    assert report["abuse_reports"] == api.get("abuse-reports")["total_items"]
    delivered = 400 - kinds["bounce"]
    assert report["opens"]["open_rate"] == pytest.approx(report["opens"]["unique_opens"] / delivered, abs=1e-5)
    sent_to = all_of(api, f"{root}/sent-to", "sent_to")
    assert Counter(one["status"] for one in sent_to)["hard"] == report["bounces"]["hard_bounces"]
    assert sum(one["open_count"] for one in sent_to) == kinds["open"]
    domains = api.get(f"{root}/domain-performance")["domains"]
    assert sum(one["emails_sent"] for one in domains) == 400
    assert sum(one["opens"] for one in domains) == report["opens"]["unique_opens"]


def test_clicks_are_counted_by_link_and_by_person(api: Api) -> None:
    made = lively(api)
    report = api.get(f"/reports/{made}")
    links = api.get(f"/reports/{made}/click-details", sort_field="total_clicks", sort_dir="DESC")["urls_clicked"]
    assert {one["url"] for one in links} == {"https://shop.example/a", "https://shop.example/b"}
    assert sum(one["total_clicks"] for one in links) == report["clicks"]["clicks_total"]
    assert sum(one["unique_clicks"] for one in links) == report["clicks"]["unique_clicks"]
    members = api.get(f"/reports/{made}/click-details/{links[0]['id']}/members", count=500)["members"]
    assert len(members) == links[0]["unique_clicks"]
    assert api.get(f"/reports/{made}/click-details/{links[0]['id']}/members/{members[0]['email_id']}")["clicks"] == 1


def test_everybody_is_in_email_activity_and_since_only_cuts_the_arrays(api: Api) -> None:
    api.seed(*people(3))
    rates(api)
    made = sent(api)
    api.act("open", ANN)
    api.step(100)
    api.act("click", ANN)
    path = f"/reports/{made}/email-activity"
    assert [len(one["activity"]) for one in api.get(path)["emails"]] == [2, 0, 0]
    later = api.get(path, since="2027-01-15T08:01:00Z")
    assert later["total_items"] == 3
    assert [item["action"] for item in later["emails"][0]["activity"]] == ["click"]
    one = api.get(f"{path}/{api.member(ANN)['id']}")["activity"]
    assert one[1] == {
        "action": "click", "timestamp": "2027-01-15T08:01:42+00:00", "url": "https://shop.example/new",
        "ip": "127.0.0.1",
    }  # fmt: skip


def test_a_member_s_activity_comes_from_the_same_events(api: Api) -> None:
    api.seed(*people(1))
    rates(api)
    made = sent(api)
    api.step(10)
    api.act("click", ANN)
    api.step(10)
    api.act("unsubscribe", ANN, campaign_id=made, reason="Too many")
    feed = api.get(f"members/{ANN}/activity-feed")["activity"]
    assert [one["activity_type"] for one in feed] == ["unsub", "click", "open", "sent"]
    assert {one["campaign_id"] for one in feed} == {made}
    assert (feed[0]["unsubscribe_reason"], feed[1]["link_clicked"]) == ("Too many", "https://shop.example/new")
    assert [one["action"] for one in api.get(f"members/{ANN}/activity")["activity"]] == [
        "unsub",
        "click",
        "open",
        "sent",
    ]
    left = api.get(f"/reports/{made}/unsubscribed")["unsubscribes"]
    assert [(one["email_address"], one["reason"]) for one in left] == [(ANN, "Too many")]


def test_the_first_day_is_told_hour_by_hour(api: Api) -> None:
    api.seed(*people(50))
    rates(api, open=1)
    made = sent(api)
    api.step(30 * 86400)
    series = api.get(f"/reports/{made}")["timeseries"]
    assert (len(series), series[0]["timestamp"], series[0]["emails_sent"]) == (24, "2027-01-15T08:00:00+00:00", 50)
    assert 40 < sum(one["unique_opens"] for one in series) <= 50


def test_a_campaign_that_was_not_sent_has_no_report(api: Api) -> None:
    api.seed(*people(1))
    made = draft(api)
    assert api.refused("GET", f"/reports/{made}")[0] == 404
    assert api.get("/reports")["total_items"] == 0
    send(api, made)
    assert [one["id"] for one in api.get("/reports")["reports"]] == [made]


def test_who_did_not_do_it_is_not_in_the_list_of_those_who_did(api: Api) -> None:
    api.seed(*people(1))
    rates(api)
    made = sent(api)
    key = api.member(ANN)["id"]
    for part in ("open-details", "unsubscribed"):
        assert api.refused("GET", f"/reports/{made}/{part}/{key}")[0] == 404
    assert api.get(f"/reports/{made}/sent-to/{key}")["status"] == "sent"


def test_soft_bounces_of_campaigns_clean_the_seventh_time(api: Api) -> None:
    api.seed(*people(1))
    rates(api, soft_bounce=1)
    made = ""
    for number in range(1, 8):
        made = sent(api)
        api.step(10)
        assert api.member(ANN)["status"] == ("cleaned" if number == 7 else "subscribed")
    assert api.get(f"/reports/{made}")["bounces"]["soft_bounces"] == 1
    assert api.refused("POST", f"/campaigns/{draft(api)}/actions/send")[0] == 400


def test_a_hard_bounce_of_a_campaign_cleans_at_once_and_names_it_to_webhooks(api: Api) -> None:
    api.switch("validate_webhooks", False)
    api.seed(*people(1))
    events = dict.fromkeys(("cleaned", "campaign", "unsubscribe"), True)
    hook = {"url": "http://127.0.0.1:9/x", "events": events, "sources": {"user": True, "admin": True, "api": True}}
    api.ok("POST", "webhooks", hook)
    rates(api, hard_bounce=1)
    made = sent(api)
    api.step(5)
    assert api.member(ANN)["status"] == "cleaned"
    bodies = [letter.body.decode() for letter in api.standin.state.outbox]
    assert any("type=campaign" in body and f"data%5Bid%5D={made}" in body for body in bodies)
    assert any("type=cleaned" in body and f"data%5Bcampaign_id%5D={made}" in body for body in bodies)


def test_who_is_forgotten_leaves_the_numbers_and_takes_the_name(api: Api) -> None:
    api.seed(*people(2))
    rates(api, open=1)
    made = sent(api)
    api.step(86400)
    before = api.get(f"/reports/{made}")["opens"]["opens_total"]
    api.ok("POST", f"members/{ANN}/actions/delete-permanent")
    assert api.get(f"/reports/{made}")["opens"]["opens_total"] == before
    assert ANN not in api.call("GET", f"/reports/{made}/sent-to").text
    assert ANN not in str(api.server.control("inbox"))


def test_nothing_happens_while_the_clock_stands_still(api: Api) -> None:
    api.seed(*people(100))
    rates(api, open=1, click=1)
    made = sent(api)
    assert api.get(f"/reports/{made}")["opens"]["opens_total"] == 0
    api.step(30 * 86400)
    assert api.get(f"/reports/{made}")["opens"]["unique_opens"] == 100


def test_orders_count_in_the_report_that_they_name(api: Api) -> None:
    api.seed(*people(1))
    made = sent(api)
    store = {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"}
    api.ok("POST", "/ecommerce/stores", store)
    product = {"id": "p", "title": "Deal", "variants": [{"id": "v", "title": "V"}]}
    api.ok("POST", "/ecommerce/stores/s/products", product)
    line = {"id": "1", "product_id": "p", "product_variant_id": "v", "quantity": 2, "price": 50}
    order = {
        "id": "o", "customer": {"id": "c", "email_address": ANN, "opt_in_status": False}, "currency_code": "EUR",
        "order_total": 120, "tax_total": 20, "lines": [line], "landing_site": f"https://x.example/?mc_cid={made}",
    }  # fmt: skip
    api.ok("POST", "/ecommerce/stores/s/orders", order)
    sums = api.get(f"/reports/{made}")["ecommerce"]
    assert sums == {"total_orders": 1, "total_spent": 120, "total_revenue": 100, "currency_code": "USD"}
    products = api.get(f"/reports/{made}/ecommerce-product-activity")["products"]
    assert [(one["title"], one["total_purchased"], one["total_revenue"]) for one in products] == [("Deal", 2, 100)]
    assert api.get("/ecommerce/orders", campaign_id=made)["total_items"] == 1


def test_opens_by_mail_programs_are_counted_and_told_apart(api: Api) -> None:
    api.seed(*people(10))
    rates(api, proxy=1)
    made = sent(api)
    api.step(60)
    api.act("open", ANN)
    report = api.get(f"/reports/{made}")["opens"]
    assert (report["opens_total"], report["unique_opens"]) == (11, 10)
    assert (report["proxy_excluded_opens"], report["proxy_excluded_unique_opens"]) == (1, 1)
    opened = api.get(f"/reports/{made}/open-details/{ANN}")
    assert [one["is_proxy_open"] for one in opened["opens"]] == [True, False]
    assert (opened["opens_count"], opened["proxy_excluded_opens_count"]) == (2, 1)
    assert api.get(f"/reports/{made}/open-details")["total_proxy_excluded_opens"] == 1
    assert api.member("p1@acme1.example")["location"]["country_code"] == ""  # a proxy hides where somebody is
