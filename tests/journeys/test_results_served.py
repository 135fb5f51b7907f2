"""From a number to its people to a response group in the CRM and in Mailchimp, with the service as people run it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from listloop.testing.crash.rig import COMMAND, KEY, Sandbox, sandbox_process
from tests.journeys.mailed import Mailed, mailed

#: Seconds: results that are put off come again after a minute, and the machine may be busy.
LONG = 150.0

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@contextmanager
def served(made: Mailed) -> Iterator[str]:
    """``listloop serve`` with nothing on its schedule; gives the link that signs in."""
    environment = {**os.environ, "LISTLOOP_DATABASE": str(made.database), "LISTLOOP_TICK": "1"}
    command = [*COMMAND, "serve", "--port", "0", "--every", "off"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as one:
        try:
            assert one.stdout is not None
            one.stdout.readline()
            yield one.stdout.readline().strip()
        finally:
            one.terminate()
            try:
                one.wait(30)
            except subprocess.TimeoutExpired:
                one.kill()


def acted(made: Mailed) -> None:
    """Four people open the mail, and the first two of them click."""
    with mailchimp(made.sandbox) as api:
        (campaign,) = api.get("/campaigns").json()["campaigns"]
    for number in range(4):
        who = {"email": f"p{number}@mailed.example", "campaign_id": campaign["id"]}
        made.sandbox.control("people/open", who)
        if number < 2:
            made.sandbox.control("people/click", {**who, "url": "https://shop.example/new"})


def mailchimp(sandbox: Sandbox) -> httpx2.Client:
    """Mailchimp's own API."""
    return httpx2.Client(base_url=f"{sandbox.url}/3.0", auth=("any", KEY), timeout=60)


def comes(page: Page, what: Locator) -> None:
    """Look at the page again until it shows this."""
    until = time.monotonic() + LONG
    while not what.count():
        assert time.monotonic() < until, f"{what} never came"
        page.wait_for_timeout(500)
        page.reload()
    expect(what.first).to_be_visible()


def test_from_a_number_to_a_response_group_on_both_sides(page: Page, tmp_path: Path) -> None:
    with sandbox_process() as sandbox:
        made = mailed(sandbox, tmp_path, people=12, campaigns=1)
        acted(made)
        with served(made) as link:
            page.goto(link)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name="Campaigns", exact=True).first.click()
            page.get_by_role("button", name="Read results now").click()
            comes(page, page.get_by_role("link", name="C0", exact=True))
            page.get_by_role("link", name="C0", exact=True).click()
            comes(page, page.get_by_text("Agrees with Mailchimp’s report"))
            from_a_number_to_its_people(page)
            from_people_to_a_group(page)
            in_the_crm(page)
        in_mailchimp(sandbox)
        in_the_crm_each_mail_once(made)


def from_a_number_to_its_people(page: Page) -> None:
    page.get_by_label("From sent to clicked").get_by_role("link", name="4", exact=True).click()
    people = page.locator("section[aria-labelledby=people]")
    expect(people.locator("tbody tr")).to_have_count(4)
    page.get_by_label("From sent to clicked").get_by_role("link", name="2", exact=True).click()
    expect(people.locator("tbody tr")).to_have_count(2)
    expect(people).to_contain_text("P0 Mailed")
    expect(people).to_contain_text("P1 Mailed")


def from_people_to_a_group(page: Page) -> None:
    page.locator("section[aria-labelledby=people]").get_by_role("link", name="Make a group").click()
    page.get_by_label("Name", exact=True).fill("Keen")
    page.get_by_role("button", name="Make the group of 2 people").click()
    expect(page.get_by_role("heading", name="Response groups")).to_be_visible()
    comes(page, page.get_by_role("row", name=re.compile("Keen.*frozen")))


def in_the_crm(page: Page) -> None:
    page.get_by_role("link", name="Address book", exact=True).click()
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_role("link", name=re.compile("^Keen · ")).click()
    for name in ("P0 Mailed", "P1 Mailed"):
        expect(page.get_by_text(name)).to_be_visible()
    expect(page.get_by_text("P2 Mailed")).to_have_count(0)


def in_mailchimp(sandbox: Sandbox) -> None:
    with mailchimp(sandbox) as api:
        root = f"/lists/{api.get('/lists').json()['lists'][0]['id']}/segments"
        (segment,) = [one for one in api.get(root).json()["segments"] if one["name"].startswith("Keen · ")]
        members = api.get(f"{root}/{segment['id']}/members").json()["members"]
    assert sorted(one["email_address"] for one in members) == ["p0@mailed.example", "p1@mailed.example"]


def in_the_crm_each_mail_once(made: Mailed) -> None:
    """The service wrote what the setting names."""
    in_the_crm, known = made.counted()
    assert (len(in_the_crm), set(in_the_crm.values()), known) == (made.mails, {1}, made.mails)
