import json

import httpx2
import pytest

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.mailchimp.standin import Mailchimp
from listloop.sandbox.wire import Call
from tests.sandbox.api import KEY, NOW, Api

NEW_LIST = {
    "name": "News",
    "contact": {"company": "Acme", "address1": "1 Road", "city": "Town", "country": "GB"},
    "permission_reminder": "You signed up.",
    "campaign_defaults": {"from_name": "A", "from_email": "a@acme.example", "subject": "", "language": "en"},
    "email_type_option": False,
}


def answer(standin: Mailchimp, path: str, authorization: str = f"Bearer {KEY}") -> tuple[int, dict[str, object]]:
    reply = standin.answer(Call("GET", path, headers={"authorization": authorization} if authorization else {}))
    return reply.status, json.loads(reply.body)


def test_without_a_key_or_with_a_wrong_one_the_recorded_401_comes() -> None:
    standin = Mailchimp(clock=Clock(frozen=NOW))
    status, body = answer(standin, "/3.0/ping", "")
    assert (status, body["title"], body["detail"]) == (
        401,
        "API Key Missing",
        "Your request did not include an API key.",
    )
    for wrong in ("Bearer nonsense", f"Bearer {KEY[:-1]}7", "Digest x", "Basic !!", f"Bearer {KEY.upper()}"):
        status, body = answer(standin, "/3.0/ping", wrong)
        assert (status, body["title"]) == (401, "API Key Invalid")
        assert "wrong datacenter" in str(body["detail"])


def test_a_named_key_is_the_only_one() -> None:
    standin = Mailchimp(key="f" * 32 + "-us1")
    assert answer(standin, "/3.0/ping")[0] == 401
    assert answer(standin, "/3.0/ping", "Bearer " + "f" * 32 + "-us1")[0] == 200


def test_a_key_in_the_query_works_on_get_unless_it_contradicts_the_header(api: Api) -> None:
    other = "f" * 32 + "-us1"
    bare = {"Authorization": ""}
    assert httpx2.get(f"{api.server.url}/3.0/ping", params={"apikey": other}).status_code == 200
    assert httpx2.post(f"{api.server.url}/3.0/lists", params={"apikey": other}, headers=bare).status_code == 401
    refused = httpx2.get(
        f"{api.server.url}/3.0/ping", params={"apikey": other}, headers={"Authorization": f"Bearer {KEY}"}
    )
    assert (refused.status_code, refused.json()["title"]) == (401, "API Key Invalid")
    assert "not consistent" in refused.json()["detail"]
    assert other not in str(api.server.control("journal"))


@pytest.mark.parametrize(
    ("host", "status"), [("us1.api.mailchimp.com", 200), ("US1.api.mailchimp.com", 200), ("api.mailchimp.com", 200),
                         ("us6.api.mailchimp.com", 401)],
)  # fmt: skip
def test_a_key_is_good_at_its_own_datacenter_and_at_the_single_host(api: Api, host: str, status: int) -> None:
    reply = api.client.get("/3.0/ping", headers={"Host": host})
    assert reply.status_code == status
    assert status == 200 or "wrong datacenter" in reply.json()["detail"]


def test_ping_and_root(api: Api) -> None:
    assert api.get("/ping") == {"health_status": "Everything's Chimpy!"}
    root = api.get("/")
    assert root["contact"].keys() >= {"addr1", "city"}
    assert api.get("/", fields="account_id,total_subscribers").keys() == {"account_id", "total_subscribers"}


def test_every_answer_has_an_id_and_a_schema(api: Api) -> None:
    reply = api.call("GET", "/lists")
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert 'rel="describedBy"' in reply.headers["Link"]
    other = api.call("GET", "/nowhere")
    assert other.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert other.headers["X-Request-Id"] == other.json()["instance"] != reply.headers["X-Request-Id"]
    assert (other.status_code, other.json()["title"]) == (404, "Resource Not Found")


def test_a_wrong_verb_names_the_right_ones(api: Api) -> None:
    reply = api.call("DELETE", "merge-fields")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, POST")


def test_a_204_has_no_body_and_no_length(api: Api) -> None:
    api.seed({"email_address": "a@x.example"})
    reply = api.call("DELETE", "members/a@x.example")
    assert (reply.status_code, reply.content, "content-length" in reply.headers) == (204, b"", False)


@pytest.mark.parametrize(
    ("name", "status"),
    [("APIKeyMissing", 401), ("TooManyRequests", 429), ("InternalServerError", 500), ("Forbidden", 403)],
)
def test_a_client_can_ask_for_an_error_by_its_glossary_name(api: Api, name: str, status: int) -> None:
    assert api.client.get("/3.0/ping", headers={"X-Trigger-Error": name}).status_code == status


def test_a_method_may_be_overridden_on_post_only(api: Api) -> None:
    assert api.client.post("/3.0/ping", headers={"X-HTTP-Method-Override": "GET"}).status_code == 200
    assert api.client.get("/3.0/ping", headers={"X-HTTP-Method-Override": "POST"}).status_code == 422


@pytest.mark.parametrize(
    ("raw", "title"), [(b"{", "JSON Parse Exception"), (b"[]", "Invalid Resource"), (b"1", "Invalid Resource")]
)
def test_a_body_that_is_no_json_object_is_refused(api: Api, raw: bytes, title: str) -> None:
    reply = api.client.post("/3.0/lists", content=raw)
    assert (reply.status_code, reply.json()["title"]) == (400, title)


def test_audiences_can_be_made_changed_and_deleted(api: Api) -> None:
    made = api.ok("POST", "/lists", NEW_LIST)
    assert (made["stats"]["member_count"], made["stats"]["merge_field_count"]) == (0, 4)
    assert api.ok("PATCH", f"/lists/{made['id']}", {"double_optin": True})["double_optin"] is True
    found = api.get("/lists", count=1, offset=1)
    assert (found["total_items"], found["lists"][0]["name"]) == (2, "News")
    assert found["constraints"]["current_total_instances"] == 2
    api.ok("DELETE", f"/lists/{made['id']}")
    assert api.refused("GET", f"/lists/{made['id']}") == (404, "Resource Not Found")
    assert api.refused("POST", "/lists", {**NEW_LIST, "contact": {}})[0] == 400


def test_stats_count_live_and_audiences_are_separate_worlds(api: Api) -> None:
    api.seed({"email_address": "a@x.example"}, {"email_address": "b@x.example", "status": "transactional"})
    stats = api.get("", include_total_contacts="true")["stats"]
    assert (stats["member_count"], stats["total_contacts"]) == (1, 2)
    other = api.ok("POST", "/lists", NEW_LIST)["id"]
    api.ok("POST", f"/lists/{other}/members", {"email_address": "a@x.example", "status": "unsubscribed"})
    assert api.member("a@x.example")["status"] == "subscribed"
    assert {one["id"] for one in api.get("/lists", email="a@x.example")["lists"]} == {other, api.list_id}


def test_collections_that_are_not_imitated_yet_are_empty_and_valid(api: Api) -> None:
    assert (api.get("/automations")["automations"], api.get("/campaigns", status="sent")["total_items"]) == ([], 0)


def test_members_are_searched_by_address_and_name(api: Api) -> None:
    api.seed({"email_address": "a@x.example", "merge_fields": {"FNAME": "Zoë"}}, {"email_address": "b@x.example"})
    assert api.get("/search-members", query="A@x.example")["exact_matches"]["total_items"] == 1
    assert api.get("/search-members", query="zoë")["full_search"]["members"][0]["email_address"] == "a@x.example"


def test_without_strict_mode_unknown_names_are_ignored() -> None:
    with start(strict=False) as server, httpx2.Client(base_url=server.url, auth=("any", KEY)) as client:
        assert client.get("/3.0/lists", params={"nonsense": 1}).status_code == 200
        assert client.post("/3.0/lists", json={**NEW_LIST, "stray": True}).status_code == 200


def test_the_same_seed_and_requests_give_the_same_bytes() -> None:
    def story() -> list[bytes]:
        standin = Mailchimp(seed=5, clock=Clock(frozen=NOW))
        headers = {"authorization": f"Bearer {KEY}"}
        made = standin.answer(Call("POST", "/3.0/lists", "", headers, json.dumps(NEW_LIST).encode()))
        path = f"/3.0/lists/{json.loads(made.body)['id']}/members"
        body = json.dumps({"email_address": "a@x.example", "status": "subscribed"}).encode()
        replies = [
            made,
            standin.answer(Call("POST", path, "", headers, body)),
            standin.answer(Call("GET", path, "", headers)),
        ]
        return [reply.body + str(sorted(reply.headers.items())).encode() for reply in replies]

    assert story() == story()


def test_a_strict_server_knows_the_fields_that_a_row_happens_not_to_have(api: Api) -> None:
    """`unsubscribe_reason` and `interests` belong to a member, also to one that has none."""
    api.seed({"email_address": "ann@acme.example"})
    api.switch("unknown_fields_ignored", False)
    assert api.get("members", fields="members.unsubscribe_reason,members.interests.abc,total_items") == {
        "members": [{}], "total_items": 1,
    }  # fmt: skip
    assert api.get("members", fields="members.merge_fields.ANY,members.contact_id")["members"][0]["contact_id"]
    wrong = api.call("GET", "members", fields="members.reason,members.stats.nothing")
    assert [one["message"] for one in wrong.json()["errors"]] == [
        "members.reason is not a field of this resource.", "members.stats.nothing is not a field of this resource.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("POST", "/campaigns", {"type": "regular", "settings": {"title": 7}},
         ("settings.title", "Schema describes string, integer found instead")),
        ("POST", "segments", {"name": "x", "static_segment": ["a@x.example", None]},
         ("static_segment.item:1", "Schema describes string, NULL found instead")),
        ("POST", "members", {"email_address": {}, "status": "subscribed"},
         ("email_address", "Schema describes string, object found instead")),
        ("PUT", "members/a@x.example", {"interests": {"abc": "yes"}},
         ("interests.abc", "Schema describes boolean, string found instead")),
        ("POST", "/lists", [], ("", "Schema describes object, array found instead")),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named_with_its_place(
    api: Api, method: str, path: str, body: object, error: tuple[str, str]
) -> None:
    refused = api.call(method, path, body)
    assert (refused.status_code, refused.json()["title"]) == (400, "Invalid Resource")
    assert refused.json()["errors"] == [{"field": error[0], "message": error[1]}]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[" * 100_000,
        b'{"name":' * 50_000,
        b'{"name":"\\ud800"}',
        b'{"name":NaN}',
        b'{"name":1e400}',
        b"\xff\xfe{}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_a_400_and_does_no_harm(api: Api, raw: bytes) -> None:
    reply = api.client.post(f"/3.0/lists/{api.list_id}/segments", content=raw)
    assert (reply.status_code, reply.json()["title"]) == (400, "JSON Parse Exception")
    assert api.get("segments")["total_items"] == 0


def test_a_signature_that_is_no_text_is_denied(api: Api) -> None:
    assert api.client.get("/_storage/batches/x.tar.gz?expires=1&signature=%F0").status_code == 403
