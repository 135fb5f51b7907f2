"""The table-driven corners: shops, folders, files, domains, sites, pages, exports, batch webhooks."""

import base64
from urllib.parse import parse_qs

from tests.sandbox.api import Api

STORE = "/ecommerce/stores"


def shop(api: Api) -> None:
    api.ok("POST", STORE, {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"})


def test_required_mistyped_unknown_and_double_are_refused(api: Api) -> None:
    shop(api)
    assert api.refused("POST", STORE, {"id": "t"})[0] == 400
    assert (
        api.refused("POST", STORE, {"id": "s", "list_id": api.list_id, "name": "S", "currency_code": "EUR"})[0] == 400
    )
    assert api.refused("PATCH", f"{STORE}/s", {"name": 7})[0] == 400
    assert api.refused("PATCH", f"{STORE}/s", {"list_id": "other"})[0] == 400
    for path in (f"{STORE}/nosuch", f"{STORE}/nosuch/orders", f"{STORE}/s/orders/nosuch", f"{STORE}/s/orders/x/lines"):
        assert api.refused("GET", path)[0] == 404


def test_parts_of_a_resource_are_collections_below_it(api: Api) -> None:
    shop(api)
    api.ok("POST", f"{STORE}/s/products", {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V"}]})
    api.ok("PUT", f"{STORE}/s/products/p/variants/w", {"id": "w", "title": "W"})
    assert {one["id"] for one in api.get(f"{STORE}/s/products/p")["variants"]} == {"v", "w"}
    api.ok("DELETE", f"{STORE}/s/products/p/variants/v")
    assert api.get(f"{STORE}/s/products/p/variants")["total_items"] == 1
    line = {"id": "1", "product_id": "nosuch", "product_variant_id": "v", "quantity": 1, "price": 1}
    order = {
        "id": "o",
        "customer": {"id": "c", "email_address": "a@x.example"},
        "currency_code": "EUR",
        "order_total": 1,
    }
    refused = api.call("POST", f"{STORE}/s/orders", {**order, "lines": [line]}).json()
    assert refused["errors"][0]["field"] == "lines.item:0.product_id"
    api.ok("DELETE", f"{STORE}/s")
    assert api.refused("GET", f"{STORE}/s/products/p")[0] == 404


def test_a_customer_subscribes_only_who_is_new_and_agrees(api: Api) -> None:
    shop(api)
    api.seed({"email": "left@x.example", "status": "unsubscribed", "origin": "self"})
    for number, (email, agrees) in enumerate(
        [("yes@x.example", True), ("no@x.example", False), ("left@x.example", True)]
    ):
        api.ok("PUT", f"{STORE}/s/customers/{number}", {"email_address": email, "opt_in_status": agrees})
    found = [api.member(f"{who}@x.example")["status"] for who in ("yes", "no", "left")]
    assert found == ["subscribed", "transactional", "unsubscribed"]


def test_folders_count_what_is_in_them(api: Api) -> None:
    for kind in ("campaign", "template"):
        folder = api.ok("POST", f"/{kind}-folders", {"name": "F"})["id"]
        if kind == "campaign":
            api.ok("POST", "/campaigns", {"type": "regular", "settings": {"folder_id": folder}})
        else:
            api.ok("POST", "/templates", {"name": "T", "html": "x", "folder_id": folder})
        assert api.get(f"/{kind}-folders/{folder}")["count"] == 1
        assert api.ok("PATCH", f"/{kind}-folders/{folder}", {"name": "G"})["name"] == "G"


def test_files_are_measured(api: Api) -> None:
    data = base64.b64encode(b"12345").decode()
    made = api.ok("POST", "/file-manager/files", {"name": "a.png", "file_data": data})
    assert (made["size"], made["type"]) == (5, "image")
    assert "file_data" not in made
    assert api.get("/file-manager/files")["total_file_size"] == 5
    for wrong in ({"name": "a", "file_data": data}, {"name": "a.png", "file_data": "?"}, {"name": "a.png"}):
        assert api.refused("POST", "/file-manager/files", wrong)[0] == 400


def test_a_template_that_is_deleted_is_only_not_active_any_more(api: Api) -> None:
    made = api.ok("POST", "/templates", {"name": "T", "html": '<div mc:edit="a"><div>x</div></div>'})["id"]
    assert api.get(f"/templates/{made}/default-content")["sections"] == {"a": "<div>x</div>"}
    api.ok("DELETE", f"/templates/{made}")
    assert api.get(f"/templates/{made}")["active"] is False


def test_a_domain_is_verified_by_any_code(api: Api) -> None:
    api.ok("POST", "/verified-domains", {"verification_email": "me@corp.example"})
    assert api.get("/verified-domains/corp.example")["verified"] is False
    api.ok("POST", "/verified-domains/corp.example/actions/verify", {"code": "1"})
    assert api.get("/verified-domains/corp.example")["verified"] is True


def test_an_export_is_finished_soon_and_not_twice_a_day(api: Api) -> None:
    made = api.ok("POST", "/account-exports", {"include_stages": ["audiences"]})
    assert made["finished"] == ""
    assert api.refused("POST", "/account-exports", {"include_stages": ["audiences"]})[1] == "Account Export in Progress"
    api.step(5)
    assert api.get(f"/account-exports/{made['export_id']}")["finished"] == "2027-01-15T08:00:02+00:00"
    assert api.refused("POST", "/account-exports", {"include_stages": ["audiences"]})[1] == "Too Many Account Exports"


def test_a_finished_batch_is_told_to_batch_webhooks(api: Api) -> None:
    api.switch("validate_webhooks", False)
    hook = api.ok("POST", "/batch-webhooks", {"url": "http://127.0.0.1:9/batch"})
    assert api.refused("POST", "/batch-webhooks", {"url": "http://127.0.0.1:9/batch"})[0] == 400
    batch = api.ok("POST", "/batches", {"operations": [{"method": "GET", "path": "ping"}]})["id"]
    api.step(4)
    letter = api.standin.state.outbox[-1]
    told = {name: values[0] for name, values in parse_qs(letter.body.decode()).items()}
    assert (letter.webhook_id, told["type"], told["data[id]"]) == (hook["id"], "batch_operation_completed", batch)
    assert told["data[response_body_url]"].startswith(api.server.url)
    api.ok("PATCH", f"/batch-webhooks/{hook['id']}", {"enabled": False})
    assert api.get(f"/batch-webhooks/{hook['id']}")["enabled"] is False


def test_a_list_s_permissions_are_yes_or_no_and_a_member_s_are_a_list(api: Api) -> None:
    assert api.ok("PATCH", "", {"marketing_permissions": True})["marketing_permissions"] is True
    assert api.refused("PATCH", "", {"marketing_permissions": []})[0] == 400
    member = {"email_address": "a@x.example", "status": "subscribed", "marketing_permissions": True}
    assert api.refused("POST", "members", member)[0] == 400
    assert api.refused("PATCH", "", {"contact": {"company": 1}})[0] == 400
