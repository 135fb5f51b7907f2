import pytest

from tests.sandbox.api import Api


def seconds(second: int) -> str:
    return f"2027-01-01T00:00:{second:02d}+00:00"


def people(count: int) -> list[dict[str, object]]:
    status = ("subscribed", "unsubscribed", "cleaned")
    return [
        {"email_address": f"p{n}@x.example", "status": status[n % 3], "last_changed": seconds(n), "archived": n == 9}
        for n in range(count)
    ]


def names(api: Api, **params: object) -> list[str]:
    return [one["email_address"].partition("@")[0] for one in api.get("members", count=1000, **params)["members"]]


def test_a_page_has_ten_rows_unless_told_and_is_empty_past_the_end(api: Api) -> None:
    api.seed(*people(12))
    assert len(api.get("members")["members"]) == 10
    past = api.get("members", offset=50)
    assert (past["members"], past["total_items"]) == ([], 12)


def test_filters_narrow_and_count(api: Api) -> None:
    api.seed(*people(12))
    assert names(api, status="cleaned") == ["p2", "p5", "p8", "p11"]
    assert names(api, status="archived") == ["p9"]
    since, before = seconds(3), seconds(5)
    assert names(api, since_last_changed=since, before_last_changed=before) == ["p3", "p4", "p5"]
    page = api.get("members", status="subscribed", since_last_changed=since, count=1, offset=1)
    assert (page["total_items"], page["members"][0]["email_address"]) == (2, "p6@x.example")


def test_rows_sort_by_last_change_both_ways(api: Api) -> None:
    api.seed(*people(5))
    api.ok("PATCH", "members/p1@x.example", {"vip": True})
    assert names(api, sort_field="last_changed", sort_dir="ASC") == ["p0", "p2", "p3", "p4", "p1"]
    assert names(api, sort_field="last_changed", sort_dir="DESC") == ["p1", "p4", "p3", "p2", "p0"]
    assert names(api) == ["p0", "p1", "p2", "p3", "p4"]


def test_a_row_that_changes_while_paging_moves_to_the_end(api: Api) -> None:
    """The trap that real integrations fall into: the row after it is skipped by the next offset."""
    api.seed(*people(4))
    first = api.get("members", sort_field="last_changed", count=2)["members"]
    api.ok("PATCH", f"members/{first[0]['id']}", {"vip": True})
    second = api.get("members", sort_field="last_changed", count=2, offset=2)["members"]
    assert [one["email_address"] for one in second] == ["p3@x.example", "p0@x.example"]


@pytest.mark.parametrize(("match", "found"), [("any", ["a", "b"]), ("all", ["b"]), ("none", ["c"])])
def test_groups_filter(api: Api, match: str, found: list[str]) -> None:
    api.seed(interest_categories=[{"title": "T", "interests": ["x", "y"]}])
    api.seed(
        {"email_address": "a@x.example", "interests": ["x"]}, {"email_address": "b@x.example", "interests": ["x", "y"]},
        {"email_address": "c@x.example"},
    )  # fmt: skip
    ids = ",".join(api.member("a@x.example")["interests"])
    category = api.get("interest-categories")["categories"][0]["id"]
    assert names(api, interest_category_id=category, interest_ids=ids, interest_match=match) == found
    assert api.refused("GET", "members", interest_ids=ids)[0] == 400


def test_fields_choose_and_exclude_fields_drop(api: Api) -> None:
    api.seed({"email_address": "a@x.example", "merge_fields": {"FNAME": "A"}, "tags": ["t"]})
    page = api.get("members", fields="members.id,members.merge_fields.FNAME,members.tags.name,members.nothing")
    assert list(page) == ["members"]
    assert page["members"][0] == {
        "id": page["members"][0]["id"],
        "merge_fields": {"FNAME": "A"},
        "tags": [{"name": "t"}],
    }
    assert api.get("members", fields="total_items") == {"total_items": 1}
    dropped = api.get("members", exclude_fields="members._links,_links,members.stats.avg_open_rate")
    assert "_links" not in dropped
    assert "_links" not in dropped["members"][0]
    assert dropped["members"][0]["stats"] == {"avg_click_rate": 0}
    assert api.refused("GET", "members", fields="members.id", exclude_fields="_links")[0] == 400


@pytest.mark.parametrize(
    "params",
    [
        {"status": "gone"}, {"sort_field": "name"}, {"count": "ten"}, {"offset": "-1"}, {"since_last_changed": "soon"},
        {"unsubscribed_since": "2027-01-01"}, {"since_last_campaign": "true"}, {"nonsense": "1"},
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit_are_refused(api: Api, params: dict[str, str]) -> None:
    assert api.refused("GET", "members", **params) == (400, "Invalid Resource")


def test_times_are_taken_with_z_fractions_and_offsets(api: Api) -> None:
    api.seed(*people(3))
    for text in (
        "2027-01-01T00:00:02Z",
        "2027-01-01T00:00:02.000Z",
        "2027-01-01T01:00:02+01:00",
        "2027-01-01 00:00:02",
    ):
        assert names(api, since_last_changed=text) == ["p2"]


def test_other_filters(api: Api) -> None:
    api.seed(
        {"email_address": "a@x.example", "vip": True, "timestamp_opt": seconds(1)},
        {"email_address": "b@x.example", "email_type": "text", "timestamp_opt": seconds(3)},
        {"email_address": "c@x.example", "status": "unsubscribed", "last_changed": seconds(4)},
    )
    assert names(api, vip_only="true") == ["a"]
    assert names(api, email_type="text") == ["b"]
    assert names(api, since_timestamp_opt=seconds(2)) == ["b"]
    assert names(api, before_timestamp_opt=seconds(2)) == ["a"]
    assert names(api, status="unsubscribed", unsubscribed_since=seconds(2)) == ["c"]
    assert names(api, sort_field="timestamp_opt", sort_dir="DESC")[:2] == ["b", "a"]


def test_a_filter_asked_again_tells_of_every_change_since(api: Api) -> None:
    """What a filter found is remembered for the next page; nothing that it tells may be old."""
    group = {"title": "Topics", "interests": ["Wine"]}
    api.seed(
        {"email_address": "a@x.example", "interests": ["Wine"]}, {"email_address": "b@x.example"},
        interest_categories=[group],
    )  # fmt: skip
    category = api.get("interest-categories")["categories"][0]["id"]
    wine = api.get(f"interest-categories/{category}/interests")["interests"][0]["id"]
    liking = {"interest_category_id": category, "interest_ids": wine, "interest_match": "any"}

    def seen() -> tuple[list[str], list[str], list[str]]:
        return names(api, vip_only="true"), names(api, email_type="html", status="subscribed"), names(api, **liking)

    assert seen() == ([], ["a", "b"], ["a"])
    api.ok("PATCH", "members/b@x.example", {"vip": True, "email_type": "text"})
    assert seen() == (["b"], ["a"], ["a"])
    for value in (True, False):
        api.switch("interests_bump", value)
        api.ok("PATCH", "members/b@x.example", {"interests": {wine: value}})
        assert names(api, **liking) == (["a", "b"] if value else ["a"])
    api.ok("PATCH", "members/a@x.example", {"status": "unsubscribed"})
    assert seen() == (["b"], [], ["a"])
    api.ok("POST", "members", {"email_address": "c@x.example", "status": "subscribed", "vip": True})
    assert seen() == (["b", "c"], ["c"], ["a"])
    api.ok("POST", "members/c@x.example/actions/delete-permanent")
    api.ok("DELETE", f"interest-categories/{category}/interests/{wine}")
    assert (names(api, vip_only="true"), names(api, **liking)) == (["b"], [])


def test_times_that_change_are_found_and_sorted_by_what_they_are_now(api: Api) -> None:
    api.seed(*({"email_address": f"{who}@x.example", "timestamp_opt": seconds(n)} for n, who in enumerate("abc", 1)))
    api.ok("PATCH", "members/a@x.example", {"timestamp_opt": seconds(9), "timestamp_signup": seconds(1)})
    api.ok("POST", "members", {"email_address": "d@x.example", "status": "unsubscribed"})
    assert names(api, sort_field="timestamp_opt") == ["d", "b", "c", "a"]
    assert names(api, sort_field="timestamp_opt", sort_dir="DESC") == ["a", "c", "b", "d"]
    assert names(api, since_timestamp_opt=seconds(3)) == ["c", "a"]
    assert names(api, since_timestamp_opt="1970-01-01T00:00:00Z") == ["b", "c", "a"]
    assert names(api, sort_field="timestamp_signup", sort_dir="DESC")[0] == "a"
    assert names(api, sort_field="last_changed", since_timestamp_opt=seconds(3), before_timestamp_opt=seconds(8)) == [
        "c"
    ]
