"""Every guess in both positions: what a client sees differs in the way the switch says."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from listloop.sandbox.mailchimp import webhooks
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.audience import Webhook
from listloop.sandbox.mailchimp.guesses import GUESSES
from tests.sandbox.api import KEY, NOW, Api
from tests.sandbox.mailchimp.mails import draft, rates, sent

ANN, BOB = "ann@acme.example", "bob@acme.example"
Probe = Callable[[Api], Any]


def status_of(method: str, path: str, body: Any = None, **start: Any) -> Probe:
    """The HTTP status of one call, after seeding Ann."""

    def probe(api: Api) -> int:
        api.seed({"email_address": ANN, **start})
        return api.call(method, path, body).status_code

    return probe


def address_in_report(api: Api) -> str:
    """The address in the report of a campaign, once Ann has become Bob."""
    api.seed({"email_address": ANN})
    made = sent(api)
    api.ok("PATCH", f"members/{ANN}", {"email_address": BOB})
    return str(api.get(f"/reports/{made}/sent-to")["sent_to"][0]["email_address"])


def ready(api: Api) -> bool:
    """Whether a campaign from a domain that nobody has verified is ready."""
    api.seed({"email_address": ANN})
    return bool(api.get(f"/campaigns/{draft(api)}/send-checklist")["is_ready"])


def put(wish: str, **start: Any) -> Probe:
    return status_of("PUT", f"members/{ANN}", {"status": wish}, **start)


def post(wish: str, **start: Any) -> Probe:
    return status_of("POST", "members", {"email_address": ANN, "status": wish}, **start)


def listed(start: dict[str, Any], **params: Any) -> Probe:
    def probe(api: Api) -> int:
        api.seed({"email_address": ANN, **start})
        return int(api.get("members", **params)["total_items"])

    return probe


def bumps(act: Callable[[Api], Any]) -> Probe:
    def probe(api: Api) -> bool:
        api.seed(
            {"email_address": ANN}, interest_categories=[{"title": "T", "interests": ["Wine"]}], permissions=["Mail"],
            tags=["vip"],
        )  # fmt: skip
        before = api.member(ANN)["last_changed"]
        api.step()
        act(api)
        return bool(api.member(ANN)["last_changed"] != before)

    return probe


def set_interest(api: Api) -> None:
    member = api.member(ANN)
    api.ok("PATCH", f"members/{ANN}", {"interests": dict.fromkeys(member["interests"], True)})


def set_permission(api: Api) -> None:
    permission = api.member(ANN)["marketing_permissions"][0]["marketing_permission_id"]
    api.ok(
        "PATCH", f"members/{ANN}", {"marketing_permissions": [{"marketing_permission_id": permission, "enabled": True}]}
    )


def tag_by_segment(api: Api) -> Any:
    segment = api.get("segments")["segments"][0]["id"]
    return api.ok("POST", f"segments/{segment}", {"members_to_add": [ANN]})


def segment_moves(api: Api) -> bool:
    api.seed({"email_address": ANN}, tags=["vip"])
    before = api.get("segments")["segments"][0]["updated_at"]
    api.step()
    tag_by_segment(api)
    return bool(api.get("segments")["segments"][0]["updated_at"] != before)


def segment_takes(api: Api) -> int:
    api.seed({"email_address": ANN, "status": "unsubscribed"}, tags=["vip"])
    return int(tag_by_segment(api)["total_added"])


def revive_by_if_new(api: Api) -> str:
    api.seed({"email_address": ANN, "archived": True})
    return str(api.ok("PUT", f"members/{ANN}", {"email_address": ANN, "status_if_new": "subscribed"})["status"])


def pend(api: Api) -> str:
    api.seed({"email_address": ANN})
    return str(api.ok("PATCH", f"members/{ANN}", {"status": "pending"})["status"])


def create_by_put(body: dict[str, Any]) -> Callable[[Api], Any]:
    def probe(api: Api) -> Any:
        reply = api.call("PUT", f"members/{BOB}", {"email_address": BOB, **body})
        return reply.json().get("tags_count", reply.status_code) if "tags" in body else reply.status_code

    return probe


def take_address(api: Api) -> int:
    api.seed({"email_address": ANN}, {"email_address": BOB, "archived": True})
    return api.call("PATCH", f"members/{ANN}", {"email_address": BOB}).status_code


def with_fields(api: Api) -> bool:
    return list(api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"}, fields="id")) == ["id"]


def hook(body: dict[str, Any]) -> Callable[[Api], Any]:
    def make(api: Api) -> Any:
        return api.ok("POST", "webhooks", {"url": "http://127.0.0.1:9/x", **body})

    return make


def fires(method: str, path: str) -> Probe:
    def probe(api: Api) -> int:
        api.seed({"email_address": ANN})
        api.switch("validate_webhooks", False)
        hook({"events": {"unsubscribe": True}, "sources": {"api": True}})(api)
        api.ok(method, path)
        return len(api.standin.state.outbox)

    return probe


def complaint(api: Api) -> str:
    """The event that a complaint fires."""
    api.seed({"email_address": ANN})
    api.switch("validate_webhooks", False)
    hook({"events": {"unsubscribe": True, "cleaned": True}, "sources": {"user": True}})(api)
    api.act("complain", ANN)
    (letter,) = api.standin.state.outbox
    told = dict(parse_qsl(letter.body.decode()))
    return str(told["type"])


def unconfirmed(api: Api) -> int:
    """How many are there after two months without an answer."""
    api.ok("POST", "members", {"email_address": ANN, "status": "pending"})
    api.step(60 * 86400 - 1)
    assert api.get("members")["total_items"] == 1
    api.step(1)
    return int(api.get("members")["total_items"])


def readd_in_bulk(api: Api) -> int:
    api.seed({"email_address": ANN, "status": "unsubscribed", "origin": "admin"})
    body = {"members": [{"email_address": ANN, "status": "subscribed"}], "update_existing": True}
    return int(api.ok("POST", "", body)["total_updated"])


def counted(api: Api) -> int:
    """How many members the audience tells of a second after there are two, and five minutes later."""
    api.seed({"email_address": ANN})
    assert api.get("")["stats"]["member_count"] == 1
    api.ok("POST", "members", {"email_address": BOB, "status": "subscribed"})
    api.step(1)
    told = int(api.get("")["stats"]["member_count"])
    api.step(300)
    assert api.get("")["stats"]["member_count"] == 2
    return told


def default_events(api: Api) -> bool:
    api.switch("validate_webhooks", False)
    return bool(hook({})(api)["events"]["subscribe"])


def secret(api: Api) -> bool:
    api.switch("validate_webhooks", False)
    return bool(hook({})(api)["signing_secret"])


def dead_hook(api: Api) -> int:
    return api.call("POST", "webhooks", {"url": "http://127.0.0.1:9/x"}).status_code


def second_try(api: Api) -> Any:
    """How long after a failed delivery the next one is due, None when there is none."""
    account = Account(1)
    audience = account.add_audience({"name": "News"}, NOW)
    audience.webhooks["h"] = Webhook("h", "http://127.0.0.1:9/", {}, {})
    letter = webhooks.Delivery(audience.id, "h", "http://127.0.0.1:9/", b"", "", NOW, NOW)
    account.outbox = [letter]
    webhooks.answered(account, letter, 500, api.standin.switches)
    return letter.due - NOW if account.outbox else None


def batch_url(api: Api) -> str:
    made = api.ok("POST", "/batches", {"operations": [{"method": "GET", "path": "ping", "operation_id": "x" * 100}]})
    api.step(4)
    return str(api.get(f"/batches/{made['id']}")["response_body_url"])


def single_host(api: Api) -> int:
    return api.client.get("/3.0/ping", headers={"Host": "api.mailchimp.com"}).status_code


def same_tag(api: Api) -> int:
    api.seed({"email_address": ANN, "tags": ["VIP"]})
    api.ok("POST", f"members/{ANN}/tags", {"tags": [{"name": "vip", "status": "active"}]})
    return int(api.member(ANN)["tags_count"])


def long_tag(length: int) -> Probe:
    return status_of("POST", f"members/{ANN}/tags", {"tags": [{"name": "x" * length, "status": "active"}]})


def fields_that_fit(api: Api) -> int:
    made = [
        api.call("POST", "merge-fields", {"name": "F", "type": "text", "tag": f"F{n}"}).status_code for n in range(77)
    ]
    return 4 + made.count(200)


def opened_moves(api: Api) -> bool:
    api.seed({"email_address": ANN})
    rates(api)
    sent(api)
    api.act("open", ANN)
    return str(api.member(ANN)["last_changed"]) != "2027-01-15T08:00:00+00:00"


def six_conditions(api: Api) -> int:
    condition = {"condition_type": "VIP", "field": "gmonkey", "op": "member"}
    body = {"name": "S", "options": {"match": "any", "conditions": [condition] * 6}}
    return api.call("POST", "segments", body).status_code


def bulk_contact_id(api: Api) -> bool:
    made = api.ok("POST", "", {"members": [{"email_address": ANN, "status": "subscribed"}]})["new_members"][0]
    return "contact_id" in made


def fake(api: Api) -> int:
    return api.call("POST", "members", {"email_address": "joe@example.com", "status": "subscribed"}).status_code


def sign_up(api: Api) -> int:
    return api.call("POST", "members", {"email_address": ANN, "status": "subscribed"}).status_code


SINCE = {"since_last_changed": "2027-01-15T08:00:00Z"}
BEFORE = {"before_last_changed": "2027-01-15T08:00:00Z"}
OPTED_OUT = {"status": "unsubscribed", "origin": "self"}
PROBES: dict[str, tuple[Probe, Any, Any]] = {  # what is seen when on, and when off (for other types: default, ANOTHER)
    "archived_in_unfiltered": (listed({"archived": True}), 1, 0),
    "since_inclusive": (listed({}, **SINCE), 1, 0),
    "before_inclusive": (listed({}, **BEFORE), 1, 0),
    "segment_batch_bumps": (bumps(tag_by_segment), True, False),
    "membership_touches_segment": (segment_moves, True, False),
    "segment_takes_unsubscribed": (segment_takes, 1, 0),
    "interests_bump": (bumps(set_interest), True, False),
    "permissions_bump": (bumps(set_permission), True, False),
    "enrichment_bumps": (opened_moves, True, False),
    "patch_archived_refused": (status_of("PATCH", f"members/{ANN}", {"status": "subscribed"}, archived=True), 405, 200),
    "put_revives_archived": (put("subscribed", archived=True), 200, 400),
    "archived_optout_barred": (post("subscribed", archived=True, **OPTED_OUT), 400, 200),
    "readd_after_admin_unsubscribe": (put("subscribed", status="unsubscribed", origin="admin"), 200, 400),
    "batch_readds_unsubscribed": (readd_in_bulk, 1, 0),
    "under_review": (lambda api: api.ok("POST", "members", {"email_address": ANN, "status": "subscribed"})["status"],
                     "pending", "subscribed"),
    "patch_to_transactional": (status_of("PATCH", f"members/{ANN}", {"status": "transactional"}), 200, 400),
    "stats_are_live": (counted, 2, 1),
    "pending_on_cleaned": (put("pending", status="cleaned"), 200, 400),
    "pending_on_complained": (put("pending", status="unsubscribed", origin="abuse"), 200, 400),
    "pending_leaves_subscribed": (pend, "pending", "subscribed"),
    "pending_days": (unconfirmed, 0, 1),
    "unsubscribe_cleaned": (put("unsubscribed", status="cleaned"), 200, 400),
    "optout_to_transactional": (put("transactional", **OPTED_OUT), 200, 400),
    "downgrade_to_transactional": (put("transactional"), 200, 400),
    "cleaned_by_api": (put("cleaned"), 200, 400),
    "status_if_new_revives": (revive_by_if_new, "subscribed", "archived"),
    "put_status_creates": (create_by_put({"status": "subscribed"}), 200, 400),
    "put_create_tags": (create_by_put({"status_if_new": "subscribed", "tags": ["vip"]}), 1, 0),
    "change_needs_subscribed": (
        status_of("PATCH", f"members/{ANN}", {"email_address": BOB}, status="transactional"), 400, 200,
    ),
    "archived_keeps_address": (take_address, 400, 200),
    "bulk_shows_contact_id": (bulk_contact_id, True, False),
    "refuse_big_count": (lambda api: api.call("GET", "members", count=1001).status_code, 400, 200),
    "unknown_fields_ignored": (lambda api: api.call("GET", "/lists", fields="nothing").status_code, 200, 400),
    "fields_on_writes": (with_fields, True, False),
    "delete_fires_webhook": (fires("DELETE", f"members/{ANN}"), 1, 0),
    "forget_fires_webhook": (fires("POST", f"members/{ANN}/actions/delete-permanent"), 1, 0),
    "complaint_fires_cleaned": (complaint, "cleaned", "unsubscribe"),
    "validate_webhooks": (dead_hook, 400, 200),
    "storage_refuses_auth": (lambda api: api.client.get(batch_url(api)).status_code, 403, 200),
    "webhook_defaults_off": (default_events, False, True),
    "webhooks_signed": (secret, True, False),
    "webhook_retry_steps": (second_try, 5, None),
    "batch_body_limit": (lambda api: api.call("POST", "/batches", {"operations": [
        {"method": "GET", "path": "ping", "operation_id": "x" * 100}]}).status_code, 200, 400),
    "single_host_takes_keys": (single_host, 200, 401),
    "tags_ignore_case": (same_tag, 1, 2),
    "reports_keep_address": (address_in_report, ANN, BOB),
    "reply_to_needs_verified_domain": (ready, False, True),
    "tag_name_limit": (long_tag(60), 204, 400),
    "merge_field_limit": (fields_that_fit, 30, 80),
    "segment_condition_limit": (six_conditions, 200, 400),
    "fake_domains": (fake, 400, 200),
    "throttled_addresses": (sign_up, 200, 400),
}  # fmt: skip
ANOTHER = {
    "webhook_retry_steps": "", "batch_body_limit": 100, "tag_name_limit": 50, "segment_condition_limit": 5,
    "pending_days": 0,
    "merge_field_limit": 80, "fake_domains": "test.com", "throttled_addresses": ANN,
}  # fmt: skip


@pytest.mark.parametrize("name", [switch.name for switch in GUESSES])
@pytest.mark.parametrize("position", [True, False])
def test_a_switch_decides_what_its_text_says(api: Api, name: str, position: bool) -> None:
    probe, on, off = PROBES[name]
    if name in ANOTHER:
        if not position:
            api.switch(name, ANOTHER[name])
    else:
        api.switch(name, position)
    assert probe(api) == (on if position else off)


def test_the_storage_is_read_without_credentials(api: Api) -> None:
    with httpx2.Client() as stranger:
        assert stranger.get(batch_url(api)).content[:2] == b"\x1f\x8b"


def test_a_key_is_a_key_in_each_scheme(api: Api) -> None:
    for header in (f"Bearer {KEY}", f"OAuth {KEY}", "Basic " + base64.b64encode(f"u:{KEY}".encode()).decode()):
        assert json.loads(api.client.get("/3.0/ping", headers={"Authorization": header}).content)
