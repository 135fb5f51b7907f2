"""The demo as a newcomer meets it: sign in, say yes, edit on either side, see it on the other, stop it all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from playwright.sync_api import Page, expect

from listloop.testing.crash.rig import COMMAND, PATIENCE, answers

#: Seconds: a run that is put off comes again after a minute, and the machine may be busy.
LONG = 150.0

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's process, which leads a process group of its own, and what it printed."""

    process: subprocess.Popen[str]
    link: str
    sandbox: str

    def interrupt(self) -> None:
        """Ctrl-C in its terminal: all processes of the group get it."""
        os.killpg(self.process.pid, signal.SIGINT)


@pytest.fixture
def demo() -> Iterator[Demo]:
    command = [*COMMAND, "demo", "--people", "40", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            said = ""
            while "Ctrl-C" not in said:
                line = process.stdout.readline()
                assert line, said
                said += line
            (link,) = re.findall(r"sign in once\): (\S+)", said)
            (sandbox,) = re.findall(r"Mailchimp sandbox: +(\S+)", said)
            yield Demo(process, link, sandbox)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                sys.stderr.writelines(process.communicate())  # beside the failure


def test_the_loop_turns_both_ways_and_ctrl_c_ends_everything(demo: Demo, page: Page) -> None:
    sign_in_and_say_yes(page, demo.link)
    base = page.url.split("/runs")[0]
    email, person = somebody_in_sync(page, base)
    from_ours_to_theirs(page, person, demo.sandbox, email)
    from_theirs_to_ours(page, person, demo.sandbox, email)
    an_opt_out_crosses_by_webhook(page, person, demo.sandbox, email)
    demo.interrupt()
    said, complaints = demo.process.communicate(timeout=PATIENCE)
    assert demo.process.returncode == 0, said + complaints
    assert "Traceback" not in complaints
    assert not answers(demo.sandbox)
    assert not answers(base)


def sign_in_and_say_yes(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Review the plan").click()
    page.get_by_role("link", name=re.compile("^Approve all")).click()
    page.get_by_role("button", name=re.compile("^Write to")).click()
    expect(page.get_by_role("heading", name=re.compile("^Receipt of run"))).to_be_visible()


def somebody_in_sync(page: Page, base: str) -> tuple[str, str]:
    """The address of a person that both sides have, and of its page."""
    page.goto(f"{base}/people?standing=in_sync")
    page.locator("#list tbody tr a").first.click()
    expect(page.get_by_role("button", name="Save in the CRM")).to_be_visible()
    email = page.get_by_label("E-mail", exact=True).input_value()
    return email, page.url


def member_page(page: Page, sandbox: str, email: str) -> None:
    page.goto(sandbox)
    page.get_by_role("link", name="Newsletter", exact=True).click()
    page.get_by_label("Name or address").fill(email)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=email, exact=True).click()


def from_ours_to_theirs(page: Page, person: str, sandbox: str, email: str) -> None:
    page.goto(person)
    page.get_by_label("City", exact=True).fill("Freiburg im Breisgau")
    page.get_by_role("button", name="Save in the CRM").click()
    expect(page.get_by_role("status")).to_contain_text("Saved in the CRM")
    sync_now(page, person, "Freiburg im Breisgau")
    member_page(page, sandbox, email)
    expect(page.get_by_label("City", exact=True)).to_have_value("Freiburg im Breisgau")


def from_theirs_to_ours(page: Page, person: str, sandbox: str, email: str) -> None:
    member_page(page, sandbox, email)
    page.get_by_label("City", exact=True).fill("Basel")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    sync_now(page, person, "Basel")
    expect(page.get_by_label("City", exact=True)).to_have_value("Basel")


def an_opt_out_crosses_by_webhook(page: Page, person: str, sandbox: str, email: str) -> None:
    """Though nobody presses a button: the run tells that a webhook asked for it."""
    httpx2.post(f"{sandbox}people/unsubscribe", json={"email": email}).raise_for_status()
    for _ in range(int(2 * LONG)):
        page.goto(person)
        if "first seen in Mailchimp" in page.content():
            break
        page.wait_for_timeout(500)
    row = page.get_by_text("May we mail, says the CRM").locator("xpath=..")
    expect(row).to_contain_text("unsubscribed")
    page.goto(f"{page.url.split('/people')[0]}/runs")
    expect(page.get_by_text("by a webhook").first).to_be_visible()


def sync_now(page: Page, person: str, city: str) -> None:
    """Press the button, and look until both sides show the city; the run takes a moment."""
    page.goto(person)
    with page.expect_navigation():
        page.get_by_role("button", name="Sync now").click()
    row = page.get_by_role("row", name="City").first
    for _ in range(int(2 * LONG)):
        page.goto(person)
        if "agrees" in row.inner_text() and city in page.content():
            return
        page.wait_for_timeout(500)
    pytest.fail(f"{city} never arrived: {row.inner_text()}")
