"""A campaign from a group of the CRM to a mail in the inbox, designed by mouse and keyboard, and its follow-up."""

from __future__ import annotations

import base64
import re
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.test_demo_served import LONG, Demo, demo, sign_in_and_say_yes

__all__ = ["demo"]

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_campaign_from_a_crm_group_to_the_inbox_and_its_follow_up(demo: Demo, page: Page) -> None:
    """It arrives filled, with picture, condition, plain text, unsubscribe link and postal address; the follow-up goes
    to those who did not open it.
    """
    page.set_default_timeout(LONG * 1000)
    expect.set_options(timeout=LONG * 1000)
    sign_in_and_say_yes(page, demo.link)
    begin(page)
    here = page.url
    design(page)
    page.goto(here)
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_role("status").first).to_contain_text("The test is on its way.")
    page.get_by_role("button", name=re.compile("^Send now to")).click()
    expect(page.get_by_role("status").first).to_contain_text("on its way")
    with httpx2.Client(base_url=demo.sandbox.split("/_sandbox")[0], timeout=60) as sandbox:
        sandbox.post("/_sandbox/clock", json={"step": 10}).raise_for_status()
        page.goto(here)
        mails = inbox(sandbox, "Hello")
        arrived(sandbox, mails[0])
        opener = mails[0]
        act = {"email": opener["to"], "campaign_id": opener["campaign_id"]}
        sandbox.post("/_sandbox/people/open", json=act).raise_for_status()
        follow_up(page, here)
        sandbox.post("/_sandbox/clock", json={"step": 10}).raise_for_status()
        second = {one["to"] for one in inbox(sandbox, "Hello") if one["campaign_id"] != opener["campaign_id"]}
    assert opener["to"] not in second
    assert second


def begin(page: Page) -> None:
    """From the address book's first group to a draft."""
    page.get_by_role("link", name="Address book").click()
    page.get_by_role("link", name="Groups", exact=True).click()
    page.locator("main table a, main .box a").first.click()
    page.get_by_role("link", name="Write a campaign").click()
    page.get_by_label("Name", exact=True).fill("Spring letter")
    page.get_by_label("Subject", exact=True).fill("Hello *|FNAME|*")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Spring letter")).to_be_visible()


def design(page: Page) -> None:
    """Words are typed, a merge tag is picked, and a picture is put in."""
    page.get_by_role("link", name="Design it").click()
    expect(page.locator("#designer[data-ready=yes]")).to_be_visible()
    frame = page.frame_locator("#designer iframe.gjs-frame")
    frame.get_by_text("Write here what you would say").dblclick()
    expect(frame.locator("[contenteditable=true]")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("Spring is here.")
    frame.get_by_text("Say what is to be done next").click()
    page.locator("#tag").select_option("*|EMAIL|*")
    page.get_by_role("button", name="Put it into the chosen text").click()
    page.locator(".gjs-pn-views .fa-th-large").click()
    page.locator(".gjs-block", has_text="Image").first.click()
    page.locator("#gjs-am-uploadFile").set_input_files(
        {"name": "spring.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    with page.expect_response(lambda answer: answer.url.endswith("/design") and answer.request.method == "POST"):
        page.locator(".gjs-am-asset").first.dblclick()
    expect(page.locator("#saved")).to_have_text("Saved.")


def inbox(sandbox: httpx2.Client, subject: str) -> list[dict[str, Any]]:
    """Mails of campaigns whose subject begins so."""
    found = sandbox.get("/_sandbox/inbox", params={"count": 200, "kind": "campaign"}).json()["mails"]
    return [one for one in found if one["subject"].startswith(subject)]


def arrived(sandbox: httpx2.Client, mail: dict[str, Any]) -> None:
    whole = sandbox.get(f"/_sandbox/inbox/{mail['id']}").json()
    for part in ("html", "text"):
        assert "Spring is here." in whole[part]
        assert mail["to"] in whole[part]
        assert "Dear " in whole[part]
        assert "/unsubscribe" in whole[part]
        assert "*|" not in whole[part]
    assert "spring.png" in whole["html"]


def follow_up(page: Page, here: str) -> None:
    """Results are read, and the draft for those who did not open it is sent."""
    page.goto(here)
    expect(page.get_by_role("button", name="Once more to those who did not open it")).to_be_visible()
    base = here.split("/sending/", maxsplit=1)[0]
    for _ in range(60):
        page.goto(f"{base}/campaigns?q=Spring")
        if page.get_by_role("link", name=re.compile("^Spring letter")).count():
            break
        page.get_by_role("button", name="Read results now").click()
    page.goto(here)
    page.get_by_role("button", name="Once more to those who did not open it").click()
    expect(page.get_by_role("heading", name=re.compile("once more"))).to_be_visible()
    page.get_by_role("button", name=re.compile("^Send now to")).click()
    expect(page.get_by_role("status").first).to_contain_text("on its way")
