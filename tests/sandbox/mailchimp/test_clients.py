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


def people_answer(server: Running, campaign: str, audience: str) -> None:
    """One clicks, one opens, one leaves, one complains, one does not exist."""
    who = {"campaign_id": campaign, "list_id": audience}
    server.control("people/click", who | {"email": "p1@acme.example", "url": "https://shop.example/a"})
    server.control("people/open", who | {"email": "p2@acme.example"})
    server.control("people/unsubscribe", who | {"email": "p3@acme.example", "reason": "Too often"})
    server.control("people/complain", who | {"email": "p4@acme.example"})
    server.control("people/hard-bounce", who | {"email": "p5@acme.example"})


def test_the_official_python_client_takes_a_campaign_from_a_draft_to_those_who_answered(server: Running) -> None:
    """Create, content, checklist, test, schedule, send; people react; reports; a segment of those who clicked."""
    client = connected(server)
    audience = client.lists.create_list(LIST)["id"]
    people = [{"email_address": f"p{n}@acme.example", "status": "subscribed"} for n in range(30)]
    client.lists.batch_list_members(audience, {"members": people})
    folder = client.fileManager.create_folder({"name": "Spring"})["id"]
    logo = client.fileManager.upload({"name": "logo.png", "file_data": "iVBORw0KGgo=", "folder_id": folder})
    assert httpx2.get(logo["full_size_url"]).content.startswith(b"\x89PNG")
    draft = client.campaigns.create({"type": "regular", "recipients": {"list_id": audience}})["id"]
    problems = [one["heading"] for one in client.campaigns.get_send_checklist(draft)["items"] if one["type"] == "error"]
    assert problems == ["Subject", "From name", "Reply-to", "Content"]
    with pytest.raises(ApiClientError) as refused:
        client.campaigns.send(draft)
    assert "Your Campaign is not ready to send." in str(refused.value.text)
    settings = {
        "subject_line": "Spring for *|EMAIL|*",
        "from_name": "N",
        "reply_to": "n@corp.example",
        "title": "Spring",
    }
    client.campaigns.update(draft, {"settings": settings})
    html = f'<img src="{logo["full_size_url"]}"><a href="https://shop.example/a">A</a> <a href="*|UNSUB|*">Leave</a>'
    client.campaigns.set_content(draft, {"html": html})
    assert client.campaigns.get_send_checklist(draft)["is_ready"] is True
    client.campaigns.send_test_email(draft, {"test_emails": ["me@corp.example"], "send_type": "html"})
    assert [one["to"] for one in server.control("inbox?kind=test")["mails"]] == ["me@corp.example"]
    client.campaigns.schedule(draft, {"schedule_time": "2027-01-15T09:00:00+00:00"})
    assert client.campaigns.get(draft)["status"] == "schedule"
    server.control("rates", dict.fromkeys(("open", "click"), 0))
    server.control("clock", {"step": 3600 + 2})
    assert client.campaigns.get(draft)["status"] == "sent"
    people_answer(server, draft, audience)
    report = client.reports.get_campaign_report(draft)
    assert (report["emails_sent"], report["unsubscribed"], report["abuse_reports"]) == (30, 1, 1)
    assert (report["bounces"]["hard_bounces"], report["opens"]["unique_opens"]) == (1, 2)
    left = client.reports.get_unsubscribed_list_for_campaign(draft)["unsubscribes"]
    assert [(one["email_address"], one["reason"]) for one in left] == [("p3@acme.example", "Too often")]
    link = client.reports.get_campaign_click_details(draft)["urls_clicked"][0]
    assert (link["url"], link["total_clicks"]) == ("https://shop.example/a", 1)
    clicked = client.reports.get_subscribers_info(draft, link["id"])["members"]
    named = {"name": "Clicked spring", "static_segment": [one["email_address"] for one in clicked]}
    response = client.lists.create_segment(audience, named)
    aim = {"condition_type": "Aim", "field": "aim", "op": "noopen", "value": str(client.campaigns.get(draft)["web_id"])}
    silent = {"name": "Did not open spring", "options": {"match": "all", "conditions": [aim]}}
    living = client.lists.create_segment(audience, silent)
    assert (response["member_count"], living["member_count"]) == (1, 25)
    again = client.campaigns.create_resend(draft)["id"]
    client.campaigns.send(again)
    server.control("clock", {"step": 5})
    assert client.campaigns.get(again)["emails_sent"] == 25
    assert client.searchCampaigns.search("spring")["total_items"] == 2


def test_the_official_python_client_tries_two_subjects_and_the_better_one_wins(server: Running) -> None:
    client = connected(server)
    audience = client.lists.create_list(LIST)["id"]
    people = [{"email_address": f"p{n}@acme.example", "status": "subscribed"} for n in range(20)]
    client.lists.batch_list_members(audience, {"members": people})
    trial = {"winner_criteria": "clicks", "wait_time": 120, "test_size": 40, "subject_lines": ["One", "Two"]}
    settings = {"from_name": "N", "reply_to": "n@corp.example"}
    made = client.campaigns.create({
        "type": "variate", "recipients": {"list_id": audience}, "settings": settings, "variate_settings": trial,
    })["id"]  # fmt: skip
    client.campaigns.set_content(made, {"html": '<a href="https://shop.example/">x</a>'})
    client.campaigns.send(made)
    server.control("clock", {"step": 60})
    assert client.campaigns.get(made)["emails_sent"] == 8
    server.control("clock", {"step": 7 * 86400})
    done = client.campaigns.get(made)
    assert (done["status"], done["emails_sent"]) == ("sent", 20)
    ids = [one["id"] for one in done["variate_settings"]["combinations"]]
    assert done["variate_settings"]["winning_combination_id"] in ids
    parts = client.reports.get_sub_reports_for_campaign(made)["reports"]
    assert [one["emails_sent"] for one in parts] == [4, 4, 12]
    groups = [one["absplit_group"] for one in client.reports.get_campaign_recipients(made, count=100)["sent_to"]]
    assert groups.count("winner") == 12


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
  const checklist = await client.campaigns.getSendChecklist(campaign.id);
  await client.campaigns.sendTestEmail(campaign.id, {test_emails: ["me@corp.example"], send_type: "html"});
  await client.campaigns.schedule(campaign.id, {schedule_time: "2027-01-15T09:00:00+00:00"});
  await client.campaigns.unschedule(campaign.id);
  await client.campaigns.send(campaign.id);
  const later = async () => {
    const report = await client.reports.getCampaignReport(campaign.id);
    const opened = await client.reports.getCampaignOpenDetails(campaign.id);
    const segment = await client.lists.createSegment(list, {name: "Opened",
      static_segment: opened.members.map(one => one.email_address)});
    let refused = "";
    try { await client.lists.addListMember(list, {email_address: "ann@acme.example", status: "subscribed"}); }
    catch (error) { refused = error.response.body.title; }
    return {sent: report.emails_sent, opens: report.opens.unique_opens, segment: segment.member_count, refused};
  };
  await fetch(url + "/_sandbox/clock", {method: "POST", body: JSON.stringify({step: 7 * 86400})});
  const after = await later();
  const members = await client.lists.getListMembersInfo(list, {count: 5});
  console.log(JSON.stringify({ping: await client.ping.get(), campaign: campaign.id, total: members.total_items,
    tags: members.members[0].tags.map(one => one.name), ready: checklist.is_ready, after}));
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
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=250, check=False)
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
    done = subprocess.run(command, cwd=node_client, capture_output=True, timeout=250, check=False, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["ping"]["health_status"], told["total"], told["tags"]) == (
        "Everything's Chimpy!", 1, ["vip", "Opened"],
    )  # fmt: skip
    assert told["ready"] is True
    assert told["after"] == {"sent": 1, "opens": 1, "segment": 1, "refused": "Member Exists"}
    assert connected(server).campaigns.get(told["campaign"])["emails_sent"] == 1
