"""The desk on a real service and a real sandbox: set-up to the first sync, an opt-out, an answer, the guard, undo."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from listloop.testing.crash.rig import COMMAND, KEY, PATIENCE, Sandbox, sandbox_process
from tests.web.test_embed import crm

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PEOPLE = 80


@dataclass(frozen=True, slots=True)
class Desk:
    """A service without any connection yet, and the sandbox that it is going to be connected with."""

    sandbox: Sandbox
    link: str
    base: str

    def member(self, email: str, **values: object) -> None:
        """Change a member as somebody does in Mailchimp."""
        api = {"base_url": f"{self.sandbox.url}/3.0", "auth": ("any", KEY), "timeout": PATIENCE}
        with httpx2.Client(**api) as client:  # type: ignore[arg-type]  # spelled once for both calls
            [audience] = client.get("/lists").json()["lists"]
            client.patch(f"/lists/{audience['id']}/members/{email}", json=values).raise_for_status()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Both processes, ended at the end; the service is told to run nothing by itself."""
    with sandbox_process() as sandbox:
        members = [
            {
                "email_address": f"p{n}@b.example",
                "status": "subscribed",
                "merge_fields": {"FNAME": f"F{n}", "LNAME": f"Lee{n}"},
            }
            for n in range(PEOPLE)
        ]
        sandbox.control("seed", {"lists": [{"name": "Newsletter", "members": members}]})
        environment = {**os.environ, "LISTLOOP_DATABASE": str(tmp_path / "desk.sqlite"), "LISTLOOP_WEBHOOK_URL": ""}
        command = [*COMMAND, "serve", "--port", "0"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                said = ""
                while not (found := re.search(r"(http://\S+)/sign-in/\S+", said)):
                    line = process.stdout.readline()
                    assert line, said
                    said += line
                yield Desk(sandbox, found[0], found[1])
            finally:
                process.terminate()


def test_a_newcomer_sets_it_up_and_works_at_the_desk(desk: Desk, page: Page) -> None:
    page.goto(desk.link)
    page.get_by_role("button", name="Sign in").click()
    set_up(page, desk)
    say_yes(page, desk)
    an_opt_out_is_seen(page, desk)
    a_question_is_answered(page, desk)
    receipt = the_guard_waits_for_a_yes(page, desk)
    a_run_is_taken_back(page, desk, receipt)
    the_panel_is_framed_in_another_origin(page, desk)
    all_of_it_is_there_in_german(page, desk)


def set_up(page: Page, desk: Desk) -> None:
    """Through every page of the wizard, once left in the middle and taken up again."""
    page.get_by_role("link", name="Set it up").click()
    page.get_by_role("link", name="Connect Built-in CRM").click()
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_text("Another address than Mailchimp's own").click()
    page.get_by_label("Address of the API").fill(f"{desk.sandbox.url}/3.0")
    page.get_by_label("API key").fill("g" * 32 + "-us1")
    page.get_by_role("button", name="Check and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("does not accept the API key")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_role("button", name="Use this audience").click()
    page.get_by_label("Who wins First Name when both sides changed").select_option("ask")
    page.get_by_role("button", name="Next: companies").click()
    page.get_by_role("link", name="Leave for now").click()
    page.goto(f"{desk.base}/connections")
    page.get_by_role("link", name="Go on with the set-up").click()
    for button in ("groups and tags", "who takes part", "consent", "how often", "at once"):
        if button == "at once":
            page.get_by_label("Bring both sides in step").select_option("off")
        page.get_by_role("button", name=f"Next: {button}").click()
    page.get_by_role("button", name="Make the first plan").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is written before your yes")


def say_yes(page: Page, desk: Desk) -> str:
    """Wait for the plan, say yes to all of it, and wait for its receipt; gives the receipt's address."""
    plan = page.get_by_role("link", name="Review the plan").first
    until_seen(page, f"{desk.base}/", plan.is_visible)
    plan.click()
    page.get_by_role("link", name=re.compile("^Approve all")).click()
    page.get_by_role("button", name=re.compile("^Write to")).click()
    expect(page.get_by_role("heading", name=re.compile("^Receipt of run"))).to_be_visible()
    return page.url


def until_seen(page: Page, address: str, seen: Callable[[], bool]) -> None:
    """Load a page until something is on it; a run takes its time, more of it on a busy machine."""
    for _ in range(int(PATIENCE * 2)):
        page.goto(address)
        if seen():
            return
        page.wait_for_timeout(500)
    pytest.fail(f"never seen at {address}: {page.locator('main').inner_text()[:2000]}")


def run_now(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Run now").click()


def person(page: Page, desk: Desk, words: str) -> str:
    """The address of the only person with these words."""
    page.goto(f"{desk.base}/people?q={words}")
    page.locator("#list tbody th a").first.click()
    expect(page.get_by_role("heading", name="Both sides")).to_be_visible()
    return page.url


def an_opt_out_is_seen(page: Page, desk: Desk) -> None:
    address = person(page, desk, "p7@b.example")
    desk.sandbox.control("people/unsubscribe", {"email": "p7@b.example"})
    run_now(page, desk)
    row = page.get_by_text("May we mail, says the CRM").locator("xpath=..")
    until_seen(page, address, lambda: "unsubscribed" in row.inner_text())
    assert "first seen in Mailchimp" in page.content()


def a_question_is_answered(page: Page, desk: Desk) -> None:
    address = person(page, desk, "p8@b.example")
    page.get_by_label("First name", exact=True).fill("Octavia")
    page.get_by_role("button", name="Save in the CRM").click()
    expect(page.get_by_role("status")).to_contain_text("Saved in the CRM")
    desk.member("p8@b.example", merge_fields={"FNAME": "Olivia"})
    run_now(page, desk)
    row = page.get_by_role("row").filter(has_text="Octavia").filter(has_text="Olivia")
    until_seen(page, f"{desk.base}/questions", lambda: row.count() == 1)
    with page.expect_navigation():
        row.get_by_role("button").filter(has_text="Mailchimp").click()
    shown = page.get_by_role("row", name="First name").first
    until_seen(page, address, lambda: "agrees" in shown.inner_text() and "Olivia" in shown.inner_text())
    page.goto(f"{desk.base}/questions")
    expect(page.get_by_text("No question is open")).to_be_visible()


def the_guard_waits_for_a_yes(page: Page, desk: Desk) -> str:
    page.goto(f"{desk.base}/people?standing=in_sync")
    page.get_by_role("link", name="No for all found").click()
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Set it for")).click()
    receipt = say_yes(page, desk)
    expect(page.get_by_text("no longer takes part").first).to_be_visible()
    page.goto(f"{desk.base}/people?standing=in_sync")
    expect(page.get_by_text("There is nobody with this standing.")).to_be_visible()
    return receipt


def a_run_is_taken_back(page: Page, desk: Desk, receipt: str) -> None:
    page.goto(receipt)
    with page.expect_navigation():
        page.get_by_role("button", name="Take this run back").click()
    say_yes(page, desk)
    expect(page.get_by_text("put back").first).to_be_visible()


def the_panel_is_framed_in_another_origin(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/settings/embedding")
    page.get_by_label("Key of the record in the CRM").fill("9")
    page.get_by_role("button", name="Make a link").click()
    panel = page.get_by_role("link", name="embed/following").get_attribute("href")
    assert panel is not None
    with crm(panel) as theirs:
        page.goto(f"{desk.base}/settings/embedding")
        page.get_by_label("Sites that may show the panels").fill(theirs)
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_role("status")).to_contain_text("Kept")
        page.goto(theirs)
        expect(page.frame_locator("iframe").get_by_text("Open in Listloop")).to_be_visible()


def all_of_it_is_there_in_german(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.base}/you")
    page.get_by_label("Language").select_option("de")
    with page.expect_navigation():
        page.get_by_role("button").filter(has_text=re.compile("Keep|Save")).first.click()
    page.goto(f"{desk.base}/")
    expect(page.get_by_role("heading", name="Übersicht", exact=True)).to_be_visible()
    page.goto(f"{desk.base}/runs")
    expect(page.get_by_text("fertig").first).to_be_visible()
