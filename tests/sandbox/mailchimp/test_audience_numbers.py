"""What an audience went through, and who is in it by place and mail program."""

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import people, rates, sent

ANN, BOB = "ann@acme.example", "bob@acme.example"
DAY = 86400


def test_each_day_tells_who_came_and_left_and_how(api: Api) -> None:
    rates(api)
    api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})
    api.server.control("people/sign-up", {"email": BOB, "list_id": api.list_id})
    api.step(DAY)
    campaign = sent(api)
    api.act("open", ANN)
    api.act("open", ANN)
    api.act("hard-bounce", BOB, campaign_id=campaign)
    api.act("unsubscribe", ANN)
    today, yesterday = api.get("activity")["activity"]
    assert (yesterday["day"], yesterday["subs"], yesterday["other_adds"]) == ("2027-01-15", 1, 1)
    assert (today["day"], today["emails_sent"], today["unique_opens"], today["hard_bounce"], today["unsubs"]) == (
        "2027-01-16", 2, 1, 1, 1,
    )  # fmt: skip
    api.step(DAY)
    api.ok("PATCH", f"members/{ANN}", {"merge_fields": {"FNAME": "A"}})  # a later edit moves no day
    assert [one["unsubs"] for one in api.get("activity")["activity"]] == [1, 0]
    api.step(200 * DAY)
    assert api.get("activity")["total_items"] == 0


def test_the_growth_of_a_month_is_what_was_then_not_what_is_now(api: Api) -> None:
    api.seed({"email": "old@acme.example", "timestamp_opt": "2026-11-03T00:00:00Z"})
    api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})
    api.step(30 * DAY)
    api.ok("PATCH", f"members/{ANN}", {"status": "unsubscribed"})
    api.ok("DELETE", "members/old@acme.example")
    history = {row["month"]: row for row in api.get("growth-history", sort_dir="ASC")["history"]}
    assert list(history) == ["2026-11", "2026-12", "2027-01", "2027-02"]
    counts = [(row["existing"], row["subscribed"], row["unsubscribed"], row["deleted"]) for row in history.values()]
    assert counts == [(0, 1, 0, 0), (1, 1, 0, 0), (1, 2, 0, 0), (2, 0, 1, 1)]
    assert history["2027-01"]["imports"] == 1
    assert api.get("growth-history/2027-01")["subscribed"] == 2
    assert api.refused("GET", "growth-history/2025-01")[0] == 404


def test_who_opens_shows_a_place_and_a_mail_program(api: Api) -> None:
    api.seed(*people(30))
    rates(api, open=1)
    assert (api.get("clients")["clients"], api.get("locations")["locations"]) == ([], [])
    campaign = sent(api)
    api.step(30 * DAY)
    member = api.member("p0@acme0.example")
    assert member["email_client"] in {one["client"] for one in api.get("clients")["clients"]}
    assert member["location"]["country_code"] in {one["cc"] for one in api.get("locations")["locations"]}
    assert sum(one["members"] for one in api.get("clients")["clients"]) == 30
    places = api.get("locations")["locations"]
    assert (sum(one["total"] for one in places), round(sum(one["percent"] for one in places))) == (30, 100)
    opens = api.get(f"/reports/{campaign}/locations", count=100)["locations"]
    assert sum(one["opens"] for one in opens) == api.get(f"/reports/{campaign}")["opens"]["opens_total"]


def test_visits_of_the_public_page_are_counted_by_where_they_came_from(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api)
    campaign = sent(api)
    address = api.get(f"/campaigns/{campaign}")["archive_url"]
    for referrer in ("https://x.example/", "https://x.example/", ""):
        api.client.get(address, headers={"Referer": referrer} if referrer else {})
    shown = api.get(f"/reports/{campaign}/eepurl")
    assert (shown["clicks"]["clicks"], shown["eepurl"]) == (3, address)
    assert [(one["referrer"], one["clicks"]) for one in shown["referrers"]] == [("https://x.example/", 2)]


def test_lists_are_found_by_their_last_campaign_and_their_shop(api: Api) -> None:
    rates(api)
    api.seed(*people(10))
    assert api.get("/lists", since_campaign_last_sent="2020-01-01T00:00:00Z")["total_items"] == 0
    sent(api)
    assert api.get("/lists", since_campaign_last_sent="2027-01-15T08:00:00Z")["total_items"] == 1
    assert api.get("/lists", before_campaign_last_sent="2027-01-15T07:59:59Z")["total_items"] == 0
    assert api.get("/lists", has_ecommerce_store="true")["total_items"] == 0
    api.ok("POST", "/ecommerce/stores", {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"})
    assert api.get("/lists", has_ecommerce_store="true")["total_items"] == 1
    assert api.get("/lists", has_ecommerce_store="false")["total_items"] == 0


def test_members_are_found_by_when_they_left_and_since_the_last_campaign(api: Api) -> None:
    api.seed(*people(3))
    rates(api)
    api.ok("PATCH", "members/p0@acme0.example", {"status": "unsubscribed"})
    api.step(DAY)
    sent(api)
    api.step(60)
    api.ok("PATCH", "members/p1@acme1.example", {"status": "unsubscribed"})
    api.ok("PATCH", "members/p0@acme0.example", {"merge_fields": {"FNAME": "Changed"}})

    def found(**params: str) -> list[str]:
        rows = api.get("members", status="unsubscribed", **params)["members"]
        return [one["email_address"] for one in rows]

    assert found(unsubscribed_since="2027-01-16T00:00:00Z") == ["p1@acme1.example"]
    assert len(found(unsubscribed_since="2027-01-15T00:00:00Z")) == 2
    assert "p1@acme1.example" in found(since_last_campaign="true")
    api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})
    fresh = api.get("members", status="subscribed", since_last_campaign="true")["members"]
    assert [one["email_address"] for one in fresh] == [ANN]


def test_notes_orders_and_permissions_are_in_the_activity_feed(api: Api) -> None:
    api.seed({"email": ANN}, permissions=["Mail"])
    permission = api.member(ANN)["marketing_permissions"][0]["marketing_permission_id"]
    wanted = [{"marketing_permission_id": permission, "enabled": True}]
    api.ok("PATCH", f"members/{ANN}", {"marketing_permissions": wanted})
    note = api.ok("POST", f"members/{ANN}/notes", {"note": "first"})["id"]
    api.ok("PATCH", f"members/{ANN}/notes/{note}", {"note": "second"})
    api.ok("POST", "/ecommerce/stores", {"id": "s", "list_id": api.list_id, "name": "Shop", "currency_code": "EUR"})
    api.ok("POST", "/ecommerce/stores/s/products", {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V"}]})
    line = {"id": "l", "product_id": "p", "product_variant_id": "v", "quantity": 1, "price": 5}
    order = {
        "id": "o", "customer": {"id": "c", "email_address": ANN, "opt_in_status": False}, "currency_code": "EUR",
        "order_total": 5.5, "lines": [line],
    }  # fmt: skip
    api.ok("POST", "/ecommerce/stores/s/orders", order)
    feed = {one["activity_type"]: one for one in api.get(f"members/{ANN}/activity-feed")["activity"]}
    assert feed["note"]["note_text"] == "second"
    assert (feed["order"]["order_total"], feed["order"]["store_name"]) == ("5.5", "Shop")
    assert feed["marketing_permission"]["marketing_permisson_text"] == "Mail"
    assert feed["marketing_permission"]["marketing_permission_opted_in"] is True
    assert [one["action"] for one in api.get(f"members/{ANN}/activity", action="ecomm")["activity"]] == ["ecomm"]
    api.ok("DELETE", f"members/{ANN}/notes/{note}")
    assert api.get(f"members/{ANN}/activity-feed", activity_filters="note")["activity"] == []
