"""What arrives, and what its links do: the inbox, the mail links, the pages."""

import re
from typing import Any

import httpx2

from tests.sandbox.api import Api
from tests.sandbox.mailchimp.mails import draft, people, rates, sent

ANN = "ann@acme.example"
HTML = """<html><body><p>*|IF:FNAME|*Dear *|FNAME|*,*|ELSE:|*Dear friend,*|END:IF|*</p>
<a href="https://shop.example/?a=1&amp;b=2">Shop</a> <a href="*|UNSUB|*">Leave</a> *|LIST:NAME|*
*|NOSUCH|*</body></html>"""


def mails(api: Api, **wanted: str) -> list[dict[str, Any]]:
    reply = api.client.get("/_sandbox/inbox", params=wanted)
    return list(reply.json()["mails"])


def mail(api: Api, email: str = ANN) -> dict[str, Any]:
    return dict(api.server.control(f"inbox/{mails(api, email=email)[0]['id']}"))


def follow(url: str) -> httpx2.Response:
    """As a reader does: from anywhere, without a key."""
    return httpx2.get(url, headers={"Sec-Fetch-Site": "cross-site", "Origin": "null"})


def test_a_mail_is_filled_for_its_reader(api: Api) -> None:
    api.seed({"email": ANN, "merge_fields": {"FNAME": "<Ann>"}}, {"email": "bob@acme.example"})
    sent(api, HTML)
    ann, bob = mail(api), mail(api, "bob@acme.example")
    assert (ann["subject"], bob["subject"]) == ("News for <Ann>", "News for ")
    assert "Dear &lt;Ann&gt;," in ann["html"]
    assert "Dear friend," in bob["html"]
    assert "News\n*|NOSUCH|*" in ann["html"]
    assert "Dear <Ann>," in ann["text"]
    assert "Shop (https://shop.example/?a=1&b=2)" in ann["text"]


def test_the_unsubscribe_link_unsubscribes_and_names_the_campaign(api: Api) -> None:
    api.seed({"email": ANN})
    made = sent(api, HTML)
    link = re.search(r'href="([^"]+/unsubscribe)"', mail(api)["html"])
    assert link is not None
    assert f"{ANN} is unsubscribed." in follow(link[1]).text
    assert api.member(ANN)["status"] == "unsubscribed"
    assert api.refused("PATCH", f"members/{ANN}", {"status": "subscribed"})[1] == "Member In Compliance State"
    assert api.get(f"/reports/{made}")["unsubscribed"] == 1
    assert "is unsubscribed and gets no mail" in follow(link[1]).text


def test_a_mail_without_an_unsubscribe_link_gets_a_footer_with_one(api: Api) -> None:
    api.seed({"email": ANN})
    sent(api, "<p>Hi</p>")
    got = mail(api)
    assert got["unsubscribe_url"] in got["html"]
    assert got["unsubscribe_url"] in got["text"]


def test_the_picture_counts_an_open_and_a_link_a_click(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api)
    made = sent(api, HTML, tracking={"ecomm360": True})
    html = mail(api)["html"]
    pixel, click = (re.search(rf'"([^"]+/{what})"', html) for what in (r"open\.gif", r"click/0"))
    assert pixel is not None
    assert click is not None
    assert follow(pixel[1]).headers["content-type"] == "image/gif"
    reply = follow(click[1])
    unique = api.member(ANN)["unique_email_id"]
    assert (reply.status_code, reply.headers["location"]) == (
        302,
        f"https://shop.example/?a=1&b=2&mc_cid={made}&mc_eid={unique}",
    )
    report = api.get(f"/reports/{made}")
    assert (report["opens"]["opens_total"], report["clicks"]["clicks_total"]) == (1, 1)
    assert api.member(ANN)["stats"] == {"avg_open_rate": 1, "avg_click_rate": 1}


def test_to_read_by_the_api_is_no_open(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api)
    made = sent(api)
    mail(api)
    assert api.get(f"/reports/{made}")["opens"]["opens_total"] == 0


def test_a_request_to_confirm_can_be_followed(api: Api) -> None:
    api.ok("POST", "members", {"email_address": ANN, "status": "pending"})
    got = mail(api)
    assert (got["kind"], got["subject"]) == ("confirmation", "News: Please Confirm Subscription")
    link = re.search(r'href="([^"]+/confirm)"', got["html"])
    assert link is not None
    assert "is subscribed" in follow(link[1]).text
    assert api.member(ANN)["status"] == "subscribed"


def test_test_mails_arrive_and_their_links_do_nothing(api: Api) -> None:
    made = draft(api)
    body = {"test_emails": ["me@corp.example"], "send_type": "plaintext"}
    api.ok("POST", f"/campaigns/{made}/actions/test", body)
    got = mail(api, "me@corp.example")
    assert (got["kind"], got["html"], got["subject"]) == ("test", "", "[Test] News for ")
    assert "belongs to nobody" in follow(f"{got['url']}/unsubscribe").text
    assert api.refused("POST", f"/campaigns/{made}/actions/test", {"test_emails": []})[0] == 400


def test_a_bounced_mail_is_in_no_inbox(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api, hard_bounce=1)
    sent(api)
    api.step(5)
    assert mails(api) == []


def test_a_mail_stays_as_it_was_when_the_person_changes(api: Api) -> None:
    api.seed({"email": ANN, "merge_fields": {"FNAME": "Ann"}})
    sent(api, HTML)
    api.ok("PATCH", f"members/{ANN}", {"merge_fields": {"FNAME": "Other"}})
    assert "Dear Ann," in mail(api)["html"]


def test_the_preference_form_edits_fields_groups_permissions_and_address(api: Api) -> None:
    api.seed({"email": ANN}, interest_categories=[{"title": "Topics", "interests": ["Wine"]}], permissions=["Post"])
    sent(api, HTML)
    url = f"{mail(api)['url']}/profile"
    page = follow(url).text
    interest = next(iter(api.standin.state.audience(api.list_id).interests))
    permission = next(iter(api.standin.state.audience(api.list_id).permissions))
    assert f'name="interest.{interest}"' in page
    form = {
        "email": "lee@acme.example", "merge.FNAME": "Lee", f"interest.{interest}": "on",
        f"permission.{permission}": "on",
    }  # fmt: skip
    assert httpx2.post(url, data=form).status_code == 303
    now = api.member("lee@acme.example")
    assert (now["full_name"], now["interests"]) == ("Lee", {interest: True})
    assert now["marketing_permissions"][0]["enabled"] is True


def test_the_pages_show_mails_in_a_frame_that_can_do_nothing(api: Api) -> None:
    api.seed({"email": ANN})
    made = sent(api, "<script>alert(1)</script><p>Hi</p>")
    listed = api.client.get("/_sandbox/pages/inbox").text
    got = mails(api)[0]
    assert f"/_sandbox/pages/inbox/{got['id']}" in listed
    page = api.client.get(f"/_sandbox/pages/inbox/{got['id']}")
    assert '<iframe src="/_mail/' in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "alert(1)</script>" not in page.text
    body = api.client.get(f"/_mail/{got['id']}")
    policy = body.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script" not in policy
    assert made in api.client.get("/_sandbox/pages/campaigns").text
    api.act("open", ANN)
    assert "open" in api.client.get(f"/_sandbox/pages/campaigns/{made}").text
    for path in (f"pages/inbox/{made}", "pages/campaigns/nosuch", "inbox/nosuch"):
        assert api.client.get(f"/_sandbox/{path}").status_code == 404
    assert httpx2.get(f"{api.server.url}/_mail/nosuch").status_code == 404
    assert "Hi" in httpx2.get(api.get(f"/campaigns/{made}")["archive_url"]).text


def test_rates_are_numbers_from_0_to_1(api: Api) -> None:
    assert api.server.control("rates")["rates"]["open"] == 0.35
    for wrong in ({"open": 2}, {"nosuch": 0}, {"open": True}):
        assert api.client.post("/_sandbox/rates", json=wrong).status_code == 400


def test_the_inbox_is_filtered_and_paged(api: Api) -> None:
    api.seed(*people(5))
    made = sent(api)
    reply = api.client.get("/_sandbox/inbox", params={"campaign_id": made, "offset": "3", "count": "5"}).json()
    assert (reply["total"], len(reply["mails"])) == (5, 2)
    assert mails(api, kind="test") == []


def test_who_leaves_is_asked_why_and_the_report_tells(api: Api) -> None:
    api.seed({"email": ANN})
    rates(api)
    made = sent(api)
    (mail,) = api.server.control("inbox")["mails"]
    page = api.client.get(mail["unsubscribe_url"]).text
    assert "Would you tell us why?" in page
    assert "Thank you" in api.client.post(f"{mail['url']}/why", data={"reason": "Too many mails"}).text
    assert api.member(ANN)["unsubscribe_reason"] == "Too many mails"
    assert api.get(f"/reports/{made}/unsubscribed")["unsubscribes"][0]["reason"] == "Too many mails"
    assert "tell us why" not in api.client.get(mail["unsubscribe_url"]).text  # has left already
