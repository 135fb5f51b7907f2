"""Sage CRM from nothing to a sent campaign: the set-up clicked through, and a group mailed inside Sage CRM by somebody
who is signed in to nothing else.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from listloop.testing.crash.rig import KEY, PATIENCE, Sandbox, sandbox_process
from tests.journeys.test_desk import Desk, say_yes
from tests.journeys.test_maximizer import ADMINISTRATOR, framing_is_allowed, served, the_rest_of_the_set_up
from tests.provision.browser import profile
from tests.web.test_embed_sagecrm import SIGNING

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PEOPLE, VIEW = 6, "vMC_Fair"


def seed(sage: Running) -> None:
    """People of whom three are in the group that a view shows; one of these opted out."""
    people = [
        {"pers_firstname": f"F{n}", "pers_lastname": f"Lee{n}", "email": f"p{n}@b.example", "pers_mc_sync": "Y"}
        for n in range(PEOPLE)
    ]
    people[2]["pers_optout"] = "Y"
    sage.control("seed", {"people": people, "groups": {VIEW: [0, 1, 2]}})


def test_from_nothing_to_a_group_that_was_mailed_inside_sage_crm(page: Page, browser: Browser, tmp_path: Path) -> None:
    with sandbox_process() as sandbox, start(seed=1) as sage, served(tmp_path, sandbox) as desk:
        sandbox.control("seed", {"lists": [{"name": "Newsletter", "members": []}]})
        seed(sage)
        page.goto(desk.link)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Set it up").click()
        the_password_is_checked(page, sage)
        the_rest_of_the_set_up(page, desk)
        say_yes(page, desk)
        panel_key = framing_is_allowed(page, desk, sage)
        with profile(browser) as stranger:
            mail_the_group(stranger.new_page(), desk, sage, panel_key)
            assert "listloop_session" not in str(stranger.cookies(desk.base))
        it_went_to_those_of_the_group_who_may_be_mailed(sandbox)


def the_password_is_checked(page: Page, sage: Running) -> None:
    """A wrong password first, told in clear words; then the right one, and the view of the group."""
    page.get_by_role("link", name="Connect Sage CRM").click()
    for password in ("wrong", "sage-listloop"):
        page.get_by_label("Address of your Sage CRM").fill(sage.url)
        page.get_by_label("User of Sage CRM").fill("listloop")
        page.get_by_label("Password of that user").fill(password)
        page.get_by_label("Views of groups").fill(VIEW)
        page.get_by_role("button", name="Check and go on").click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_contain_text("Sage CRM")
    expect(page.get_by_role("heading", name="Sign in to Mailchimp")).to_be_visible()


def mail_the_group(page: Page, desk: Desk, sage: Running, panel_key: str) -> None:
    """A menu entry of Sage CRM frames the panel; every step to the sent campaign is in that frame."""
    now = page.evaluate("Date.now()")
    given = [desk.base, panel_key, "/embed/mail", "1", f"view:{VIEW}", ADMINISTRATOR, now]
    link = page.evaluate(f"(given) => {{ {SIGNING}; return panelLink(...given); }}", given)
    page.goto(f"{sage.url}/_sandbox/tab?{urlencode({'url': link})}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("listitem").filter(has_text="will get the mail")).to_contain_text("2")
    frame.get_by_label("The mail").select_option("template:invitation")
    frame.get_by_label("Name").fill("Fair 2026")
    frame.get_by_label("Subject").fill("Come to the fair")
    frame.get_by_role("button", name="Write to them").click()
    frame.get_by_role("button", name="Send the test").click()
    expect(frame.get_by_role("status")).to_contain_text("The test is on its way")
    frame.get_by_role("button", name=re.compile("^Send now to 2 people")).click()
    expect(frame.get_by_role("status")).to_contain_text("The campaign is on its way")


def it_went_to_those_of_the_group_who_may_be_mailed(sandbox: Sandbox) -> None:
    with httpx2.Client(base_url=f"{sandbox.url}/3.0", auth=("any", KEY), timeout=PATIENCE) as api:
        (campaign,) = api.get("/campaigns").json()["campaigns"]
        assert campaign["settings"]["subject_line"] == "Come to the fair"
        assert campaign["status"] in {"sending", "sent"}
        segment = campaign["recipients"]["segment_opts"]["saved_segment_id"]
        members = api.get(f"/lists/{campaign['recipients']['list_id']}/segments/{segment}/members").json()["members"]
    assert sorted(one["email_address"] for one in members) == ["p0@b.example", "p1@b.example"]
