from typing import Any

import pytest

from listloop.sandbox.mailchimp.conditions import COMPUTED
from listloop.sandbox.mailchimp.spec import described
from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import rates, sent

ANN, BOB = "ann@acme.example", "bob@corp.example"
PEOPLE = (
    {
        "email": ANN, "merge_fields": {"FNAME": "Ann", "AGE": 9, "BORN": "2000-05-01", "DAY": "05/01"}, "vip": True,
        "tags": ["vip"], "interests": ["Wine"], "language": "fr", "source": "Import", "active": True,
        "email_client": "Gmail", "country_code": "US", "region": "CA",
        "timestamp_opt": "2027-01-10T00:00:00Z", "last_changed": "2027-01-12T00:00:00Z",
    },
    {
        "email": BOB, "merge_fields": {"AGE": 10}, "source": "Web", "timestamp_opt": "2026-01-10T00:00:00Z",
        "last_changed": "2026-01-12T00:00:00Z",
    },
)  # fmt: skip
FIELDS = [
    {"tag": "AGE", "name": "Age", "type": "number"}, {"tag": "BORN", "name": "Born", "type": "date"},
    {"tag": "DAY", "name": "Day", "type": "birthday"},
]  # fmt: skip


def filled(api: Api) -> None:
    groups = [{"title": "Topics", "interests": ["Wine", "Tea"]}]
    api.seed(*PEOPLE, merge_fields=FIELDS, interest_categories=groups)


def matching(api: Api, *conditions: dict[str, Any], match: str = "all") -> str:
    """First letters of those who match, and the count agrees."""
    options = {"match": match, "conditions": list(conditions)}
    made = api.ok("POST", "segments", {"name": "S", "options": options})
    found = api.get(f"segments/{made['id']}/members")["members"]
    assert made["member_count"] == len(found)
    return "".join(one["email_address"][0] for one in found)


@pytest.mark.parametrize(
    ("kind", "field", "op", "value", "who"),
    [
        ("TextMerge", "FNAME", "is", "ann", "a"), ("TextMerge", "FNAME", "not", "ann", "b"),
        ("TextMerge", "MERGE1", "starts", "A", "a"), ("TextMerge", "FNAME", "blank", "", "b"),
        ("TextMerge", "AGE", "greater", "9", "b"), ("TextMerge", "AGE", "less", "10", "a"),
        ("DateMerge", "BORN", "less", "05/02/2000", "a"), ("DateMerge", "BORN", "is", "05/01/2000", "a"),
        ("BirthdayMerge", "DAY", "is", "05/01", "a"), ("AddressMerge", "ADDRESS", "blank", "", "ab"),
        ("EmailAddress", "EMAIL", "ends", "@corp.example", "b"), ("EmailAddress", "merge0", "contains", "acme", "a"),
        ("VIP", "gmonkey", "member", "", "a"), ("VIP", "gmonkey", "notmember", "", "b"),
        ("Language", "language", "is", "fr", "a"), ("SignupSource", "source", "source_is", "Web", "b"),
        ("MemberRating", "rating", "greater", "3", "a"), ("NewSubscribers", "timestamp_opt", "date_within", "30", "a"),
        ("Date", "timestamp_opt", "within", "30", "a"), ("Date", "info_changed", "notwithin", "30", "b"),
        ("EcommPurchased", "ecomm_purchased", "notmember", "", "ab"),
        ("EmailClient", "email_client", "client_is", "gmail", "a"),
        ("EmailClient", "email_client", "client_not", "gmail", "b"),
        ("IPGeoCountryState", "ipgeo", "ipgeocountry", "US", "a"),
        ("IPGeoCountryState", "ipgeo", "ipgeonotcountry", "US", "b"),
        ("IPGeoCountryState", "ipgeo", "ipgeostate", "CA", "a"), ("IPGeoUnknown", "ipgeo", "ipgeounknown", "", "b"),
        (None, "FNAME", "is", "Ann", "a"),
    ],
)  # fmt: skip
def test_a_saved_segment_is_computed(api: Api, kind: str | None, field: str, op: str, value: str, who: str) -> None:
    filled(api)
    named = {"condition_type": kind} if kind else {}
    assert matching(api, {"field": field, "op": op, "value": value, **named}) == who


def test_dates_tags_and_groups_are_conditions_too(api: Api) -> None:
    filled(api)
    tag = api.get("segments")["segments"][0]["id"]
    interests = {one.name: one.id for one in api.standin.state.audience(api.list_id).interests.values()}
    category = next(iter(api.standin.state.audience(api.list_id).categories))
    after = {
        "condition_type": "Date",
        "field": "timestamp_opt",
        "op": "greater",
        "value": "date",
        "extra": "2027-01-01",
    }
    tagged = {"condition_type": "StaticSegment", "field": "static_segment", "op": "static_is", "value": tag}
    likes = {
        "condition_type": "Interests", "field": f"interests-{category}", "op": "interestcontains",
        "value": [interests["Wine"], interests["Tea"]],
    }  # fmt: skip
    assert [matching(api, one) for one in (after, tagged, likes)] == ["a", "a", "a"]
    assert matching(api, likes | {"op": "interestcontainsall"}) == ""
    assert matching(api, tagged | {"op": "static_not"}) == "b"
    assert matching(api, likes | {"op": "interestnotcontains"}, tagged, match="any") == "ab"


def test_what_people_did_with_a_campaign_is_a_condition(api: Api) -> None:
    filled(api)
    rates(api)
    campaign = sent(api)
    api.act("open", ANN)
    web_id = str(api.get(f"/campaigns/{campaign}")["web_id"])

    def aim(op: str, value: str = web_id) -> str:
        return matching(api, {"condition_type": "Aim", "field": "aim", "op": op, "value": value})

    assert (aim("open"), aim("noopen"), aim("sent"), aim("nosent"), aim("click")) == ("a", "b", "ab", "", "")
    assert (aim("open", "any"), aim("sent", campaign)) == ("a", "")


def test_a_saved_segment_follows_its_members_and_aims_campaigns(api: Api) -> None:
    filled(api)
    condition = {"condition_type": "TextMerge", "field": "FNAME", "op": "is", "value": "Bo"}
    made = api.ok("POST", "segments", {"name": "Bos", "options": {"match": "all", "conditions": [condition]}})
    assert made["member_count"] == 0
    api.ok("PATCH", f"members/{BOB}", {"merge_fields": {"FNAME": "Bo"}})
    assert api.get(f"segments/{made['id']}")["member_count"] == 1
    target = {"list_id": api.list_id, "segment_opts": {"saved_segment_id": made["id"], "match": "any"}}
    campaign = sent(api, recipients=target)
    assert [one["email_address"] for one in api.get(f"/reports/{campaign}/sent-to")["sent_to"]] == [BOB]
    inline = {"list_id": api.list_id, "segment_opts": {"match": "all", "conditions": [condition | {"op": "not"}]}}
    campaign = api.ok("POST", "/campaigns", {"type": "regular", "recipients": inline})
    assert campaign["recipients"]["recipient_count"] == 1


@pytest.mark.parametrize(
    "condition",
    [
        {"condition_type": "Nosuch"}, {"condition_type": "TextMerge", "field": "NOSUCH", "op": "is", "value": "x"}, 7,
        {"condition_type": "TextMerge", "field": "FNAME", "op": "open"}, {"field": "whatever"},
        {"condition_type": "StaticSegment", "field": "static_segment", "op": "static_is", "value": 1},
        {"condition_type": "DateMerge", "field": "FNAME", "op": "is", "value": "soon"},
    ],
)  # fmt: skip
def test_a_condition_that_does_not_fit_is_refused(api: Api, condition: Any) -> None:
    options = {"match": "all", "conditions": [condition]}
    assert api.refused("POST", "segments", {"name": "S", "options": options})[0] == 400


def test_people_near_a_point_are_found(api: Api) -> None:
    filled(api)
    near = {"condition_type": "IPGeoIn", "field": "ipgeo", "addr": "Santa Ana", "lat": "33.75", "lng": "-117.87"}
    assert matching(api, near | {"op": "ipgeoin", "value": 50}) == "a"
    assert matching(api, near | {"op": "ipgeoin", "value": 10}) == ""
    assert matching(api, near | {"op": "ipgeonotin", "value": 50}) == "b"


@pytest.mark.parametrize(
    ("kind", "field", "op", "value", "who"),
    [
        ("EcommPurchased", "ecomm_purchased", "member", "", "a"), ("EcommStore", "ecomm_store", "is", "s", "a"),
        ("EcommStore", "ecomm_store", "not", "s", "b"), ("EcommNumber", "ecomm_orders", "is", "2", "a"),
        ("EcommNumber", "ecomm_prod_all", "greater", "4", "a"), ("EcommNumber", "ecomm_avg_ord", "is", "2.5", "a"),
        ("EcommNumber", "ecomm_spent_avg", "is", "15", "a"), ("EcommSpent", "ecomm_spent_one", "greater", "19", "a"),
        ("EcommSpent", "ecomm_spent_all", "greater", "30", ""), ("EcommCategory", "ecomm_prod", "is", "red wine", "a"),
        ("EcommCategory", "ecomm_cat", "contains", "drink", "a"), ("EcommCategory", "ecomm_cat", "not", "drinks", "b"),
        ("Date", "ecomm_date", "within", "30", "a"), ("Date", "ecomm_date", "blank", "", "b"),
    ],
)  # fmt: skip
def test_what_people_bought_is_a_condition(api: Api, kind: str, field: str, op: str, value: str, who: str) -> None:
    filled(api)
    api.ok("POST", "/ecommerce/stores", {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"})
    product = {"id": "p", "title": "Red wine", "type": "Drinks", "variants": [{"id": "v", "title": "V"}]}
    api.ok("POST", "/ecommerce/stores/s/products", product)
    for number, total, quantity in (("1", 10, 1), ("2", 20, 4)):
        line = {"id": "l", "product_id": "p", "product_variant_id": "v", "quantity": quantity, "price": 5}
        order = {
            "id": number, "customer": {"id": "c", "email_address": ANN, "opt_in_status": False},
            "currency_code": "EUR", "order_total": total, "lines": [line],
        }  # fmt: skip
        api.ok("POST", "/ecommerce/stores/s/orders", order)
    assert matching(api, {"condition_type": kind, "field": field, "op": op, "value": value}) == who


@pytest.mark.parametrize(
    ("kind", "op", "value", "who"),
    [
        ("Automation", "started", "7", ""), ("Automation", "not_completed", "7", "ab"),
        ("Conversation", "member", "any", ""), ("Conversation", "notmember", "any", "ab"),
        ("CampaignPoll", "notmember", 1, "ab"), ("SurveyMonkey", "completed", "s", ""),
        ("GoalActivity", "contains", "shop", ""), ("GoalActivity", "goal_notcontain", "shop", "ab"),
        ("GoalTimestamp", "greater", "01/01/2020", ""), ("FuzzySegment", "fuzzy_not", 1, "ab"),
        ("SocialNetworkMember", "member", "twitter", ""), ("SocialNetworkFollow", "notfollow", "twitter_follow", "ab"),
        ("SocialAge", "is", "18-24", ""), ("SocialAge", "not", "18-24", ""), ("SocialGender", "not", "male", ""),
        ("SocialInfluence", "less", 3, ""), ("PredictedAge", "is", "18-24", ""), ("PredictedGender", "not", "male", ""),
        ("IPGeoZip", "ipgeoiszip", 90012, "a"), ("IPGeoZip", "ipgeonotzip", 90012, "b"),
    ],
)  # fmt: skip
def test_what_nobody_did_matches_nobody_and_its_opposite_everybody(
    api: Api, kind: str, op: str, value: Any, who: str
) -> None:
    filled(api)
    assert matching(api, {"condition_type": kind, "field": "x", "op": op, "value": value}) == who


def test_people_near_a_zip_code_are_found(api: Api) -> None:
    filled(api)
    near = {"condition_type": "IPGeoInZip", "field": "ipgeo", "op": "ipgeoinzip", "value": 20}
    assert matching(api, near | {"extra": 90012}) == matching(api, near | {"extra": "90001"}) == "a"
    assert matching(api, near | {"extra": "10007"}) == ""
    assert matching(api, near | {"extra": "10007", "value": 3000}) == "a"


def test_people_who_live_near_a_zip_code_or_in_a_city_are_found(api: Api) -> None:
    home = {"addr1": "1 Main St", "city": "Los Angeles", "state": "CA", "zip": "90012-1234"}
    api.seed({"email": ANN, "merge_fields": {"ADDRESS": home}}, {"email": BOB})
    near = {"condition_type": "ZipMerge", "field": "ADDRESS", "op": "geoin", "value": "5"}
    assert matching(api, near | {"extra": "90012"}) == matching(api, near | {"extra": "los angeles"}) == "a"
    assert matching(api, near | {"extra": "90001"}) == ""
    assert matching(api, near | {"extra": "90001", "value": "20"}) == "a"


@pytest.mark.parametrize(
    "condition",
    [
        {"condition_type": "IPGeoZip", "op": "ipgeoiszip", "value": "SW1"},
        {"condition_type": "IPGeoInZip", "op": "ipgeoinzip", "value": "far", "extra": "90012"},
        {"condition_type": "ZipMerge", "field": "ADDRESS", "op": "geoin", "value": 1},
        {"condition_type": "ZipMerge", "field": "NOSUCH", "op": "geoin", "value": 1, "extra": "90012"},
        {"condition_type": "Automation", "op": "paused"},
    ],
)
def test_a_condition_about_what_nobody_told_must_still_be_well_formed(api: Api, condition: Any) -> None:
    assert api.refused("POST", "segments", {"name": "S", "options": {"match": "all", "conditions": [condition]}})


def test_each_condition_type_of_the_description_is_computed() -> None:
    spec = described()
    operation = spec.operations["POST", "/lists/{}/segments"]
    body = spec.schema(operation["requestBody"]["content"]["json"]["schema"])
    conditions = spec.schema(
        spec.schema(spec.schema(body["properties"]["options"])["properties"]["conditions"])["items"]
    )
    kinds = {spec.schema(one)["properties"]["condition_type"]["enum"][0] for one in conditions["oneOf"]}
    assert len(kinds) == 41
    assert kinds == set(COMPUTED)
