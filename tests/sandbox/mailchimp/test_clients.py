"""Mailchimp's own clients, unchanged but for the base address, work against the sandbox through a long story."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mailchimp_marketing import Client  # type: ignore[import-untyped]
from mailchimp_marketing.api_client import ApiClientError  # type: ignore[import-untyped]

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from tests.sandbox.api import KEY, NOW
from tests.sandbox.mailchimp.test_fuzz import description

NODE = shutil.which("node")
NPM = shutil.which("npm")
CONTACT = {"company": "C", "address1": "1 Road", "city": "Town", "country": "GB", "state": "", "zip": "1"}
LIST = {
    "name": "Story", "contact": CONTACT, "permission_reminder": "You asked.", "email_type_option": False,
    "campaign_defaults": {"from_name": "N", "from_email": "n@corp.example", "subject": "", "language": "en"},
}  # fmt: skip


@pytest.fixture
def server() -> Iterator[Running]:
    """As `listloop sandbox mailchimp` starts it: not strict."""
    description().found.clear()
    with start(seed=3, clock=Clock(frozen=NOW), strict=False, spec=description()) as running:
        running.control(
            "rates", {"open": 1, "click": 1, "unsubscribe": 0, "complain": 0, "hard_bounce": 0, "soft_bounce": 0}
        )
        yield running
        assert running.control("spec")["found"] == []


def connected(server: Running) -> Any:
    client = Client({"api_key": KEY})
    client.api_client.host = f"{server.url}/3.0"
    return client


def md5(email: str) -> str:
    return hashlib.md5(email.encode(), usedforsecurity=False).hexdigest()


def test_the_official_python_client_keeps_an_audience(server: Running) -> None:
    client = connected(server)
    assert client.ping.get()["health_status"] == "Everything's Chimpy!"
    assert client.root.get_root()["account_name"] == "Sandbox"
    audience = client.lists.create_list(LIST)["id"]
    client.lists.add_list_merge_field(audience, {"tag": "TOWN", "name": "Town", "type": "text"})
    category = client.lists.create_list_interest_category(audience, {"title": "Topics", "type": "checkboxes"})["id"]
    wine = client.lists.create_interest_category_interest(audience, category, {"name": "Wine"})["id"]
    people = [{"email_address": f"p{n}@acme.example", "status": "subscribed"} for n in range(20)]
    assert client.lists.batch_list_members(audience, {"members": people})["total_created"] == 20
    ann = {"email_address": "ann@acme.example", "status_if_new": "subscribed", "merge_fields": {"TOWN": "Ghent"}}
    made = client.lists.set_list_member(audience, md5("ann@acme.example"), ann | {"interests": {wine: True}})
    assert (made["merge_fields"]["TOWN"], made["interests"]) == ("Ghent", {wine: True})
    client.lists.update_list_member_tags(audience, made["id"], {"tags": [{"name": "vip", "status": "active"}]})
    options = {
        "match": "all",
        "conditions": [{"field": "TOWN", "op": "is", "value": "ghent", "condition_type": "TextMerge"}],
    }
    saved = client.lists.create_segment(audience, {"name": "In Ghent", "options": options})
    assert saved["member_count"] == 1
    found = client.lists.get_segment_members_list(audience, saved["id"])["members"]
    assert [one["email_address"] for one in found] == ["ann@acme.example"]
    client.lists.create_list_member_note(audience, made["id"], {"note": "called"})
    client.lists.create_list_member_event(audience, made["id"], {"name": "demo_booked"})
    client.lists.delete_list_member(audience, made["id"])
    assert client.lists.get_list_member(audience, made["id"])["status"] == "archived"
    assert client.lists.get_list_members_info(audience, status="subscribed", count=100)["total_items"] == 20
    with pytest.raises(ApiClientError) as refused:
        client.lists.add_list_member(audience, people[0])
    assert refused.value.status_code == 400
    assert "Member Exists" in str(refused.value.text)


def test_the_official_python_client_sends_and_reads_a_campaign(server: Running) -> None:
    client = connected(server)
    audience = client.lists.create_list(LIST)["id"]
    people = [{"email_address": f"p{n}@acme.example", "status": "subscribed"} for n in range(5)]
    client.lists.batch_list_members(audience, {"members": people})
    folder = client.campaignFolders.create({"name": "2027"})["id"]
    html = '<a href="https://shop.example/">x</a><div mc:edit="body">old</div>'
    template = client.templates.create({"name": "T", "html": html})["id"]
    assert client.templates.get_default_content_for_template(template)["sections"] == {"body": "old"}
    settings = {"subject_line": "S", "from_name": "N", "reply_to": "n@corp.example", "folder_id": folder}
    made = client.campaigns.create({"type": "regular", "recipients": {"list_id": audience}, "settings": settings})["id"]
    client.campaigns.set_content(made, {"template": {"id": template, "sections": {"body": "new"}}})
    assert "new" in client.campaigns.get_content(made)["html"]
    assert client.campaigns.get_send_checklist(made)["is_ready"] is True
    client.campaigns.send_test_email(made, {"test_emails": ["me@corp.example"], "send_type": "html"})
    client.campaigns.send(made)
    server.control("clock", {"step": 7 * 86400})
    assert client.campaigns.get(made)["status"] == "sent"
    report = client.reports.get_campaign_report(made)
    assert (report["emails_sent"], report["opens"]["unique_opens"], report["clicks"]["unique_subscriber_clicks"]) == (
        5,
        5,
        5,
    )
    activity = client.reports.get_email_activity_for_campaign(made, count=100)["emails"]
    assert all({item["action"] for item in one["activity"]} == {"open", "click"} for one in activity)
    feed = client.lists.get_list_member_activity_feed(audience, md5("p0@acme.example"))["activity"]
    assert {one["activity_type"] for one in feed} == {"sent", "open", "click"}
    copy = client.campaigns.replicate(made)["id"]
    client.campaigns.schedule(copy, {"schedule_time": "2027-02-01T08:15:00+00:00"})
    client.campaigns.unschedule(copy)
    client.campaigns.remove(copy)
    assert client.campaigns.list(folder_id=folder)["total_items"] == 1


def test_the_official_python_client_runs_a_batch_and_a_shop(server: Running) -> None:
    client = connected(server)
    audience = client.lists.create_list(LIST)["id"]
    body = json.dumps({"email_address": "ann@acme.example", "status": "subscribed"})
    operation = {"method": "POST", "path": f"lists/{audience}/members", "body": body, "operation_id": "1"}
    batch = client.batches.start({"operations": [operation]})["id"]
    server.control("clock", {"step": 5})
    done = client.batches.status(batch)
    with tarfile.open(fileobj=io.BytesIO(httpx2.get(done["response_body_url"]).content)) as results:
        assert (done["status"], done["errored_operations"], len(results.getnames())) == ("finished", 0, 2)
    client.ecommerce.add_store({"id": "s", "list_id": audience, "name": "S", "currency_code": "EUR"})
    customer = {"id": "c", "email_address": "bob@acme.example", "opt_in_status": False}
    client.ecommerce.set_store_customer("s", "c", customer)
    assert client.lists.get_list_member(audience, md5("bob@acme.example"))["status"] == "transactional"
    client.ecommerce.add_store_product("s", {"id": "p", "title": "P", "variants": [{"id": "v", "title": "V"}]})
    line = {"id": "l", "product_id": "p", "product_variant_id": "v", "quantity": 1, "price": 9.5}
    order = {"id": "o", "customer": {"id": "c"}, "currency_code": "EUR", "order_total": 9.5, "lines": [line]}
    assert client.ecommerce.add_store_order("s", order)["customer"]["email_address"] == "bob@acme.example"
    assert client.ecommerce.get_store_customer("s", "c")["orders_count"] == 1


NODE_STORY = """
const client = require("@mailchimp/mailchimp_marketing");
const [url, key, list] = process.argv.slice(2);
client.setConfig({apiKey: key});
client.lists.apiClient.basePath = url + "/3.0";
(async () => {
  const made = await client.lists.addListMember(list, {email_address: "ann@acme.example", status: "subscribed"});
  await client.lists.updateListMemberTags(list, made.id, {tags: [{name: "vip", status: "active"}]});
  const campaign = await client.campaigns.create({type: "regular", recipients: {list_id: list},
    settings: {subject_line: "S", from_name: "N", reply_to: "n@corp.example"}});
  await client.campaigns.setContent(campaign.id, {html: "<p>Hi</p>"});
  await client.campaigns.send(campaign.id);
  const members = await client.lists.getListMembersInfo(list, {count: 5});
  console.log(JSON.stringify({ping: await client.ping.get(), campaign: campaign.id, total: members.total_items,
    tags: members.members[0].tags.map(one => one.name)}));
})().catch(error => { console.error(error.status, error.response && error.response.text || error); process.exit(1); });
"""


@pytest.fixture(scope="session")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the official Node client, installed for this run only."""
    if not NODE or not NPM:
        pytest.skip("optional: needs node and npm")
    folder = tmp_path_factory.mktemp("node")
    command = [NPM, "install", "--no-audit", "--no-fund", "--ignore-scripts", "@mailchimp/mailchimp_marketing@3.0.80"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("optional: needs a package registry that has the official Node client")
    if done.returncode:
        pytest.skip("optional: needs a package registry that has the official Node client")
    return folder


@pytest.mark.slow
def test_the_official_node_client_makes_and_sends(server: Running, node_client: Path) -> None:
    audience = connected(server).lists.create_list(LIST)["id"]
    (node_client / "story.js").write_text(NODE_STORY)
    assert NODE is not None
    command = [NODE, "story.js", server.url, KEY, audience]
    done = subprocess.run(command, cwd=node_client, capture_output=True, timeout=60, check=False, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["ping"]["health_status"], told["total"], told["tags"]) == ("Everything's Chimpy!", 1, ["vip"])
    server.control("clock", {"step": 5})
    assert connected(server).campaigns.get(told["campaign"])["emails_sent"] == 1
