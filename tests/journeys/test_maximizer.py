"""Maximizer from nothing to a sent campaign: the set-up clicked through, an earlier connector taken over, and the list
mailed inside Maximizer by somebody who is signed in to nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from listloop.sandbox.maximizer.server import start
from listloop.sandbox.server import Running
from listloop.testing.crash.rig import COMMAND, KEY, PATIENCE, Sandbox, sandbox_process
from tests.journeys.test_desk import Desk, say_yes
from tests.provision.browser import profile
from tests.web.test_embed_maximizer import part

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

ADMINISTRATOR = "administrator@listloop.example"
PEOPLE = 6


def seed(maximizer: Running) -> None:
    """An Address Book as Maximizer Connect for Mailchimp left it, with a favorite list of three people."""
    fields: list[dict[str, Any]] = [
        {"name": "Sync with MailChimp", "type": "EnumField<StringItem>", "attributes": {"YesNo": True}},
        {"name": "MailChimp ID", "type": "StringField", "attributes": {"MaxLength": 29}},
    ]
    people = [
        {"FirstName": f"F{n}", "LastName": f"Lee{n}", "Email1": f"p{n}@b.example", "Sync with MailChimp": "Yes"}
        for n in range(PEOPLE)
    ]
    document = {
        "fields": [{**one, "folder": "MailChimp"} for one in fields],
        "people": people,
        "lists": [{"name": "Fair 2026", "members": [0, 1, 2]}],
    }
    maximizer.control("seed", document)


@contextmanager
def served(folder: Path, sandbox: Sandbox) -> Iterator[Desk]:
    """``listloop serve`` without any connection yet, which runs nothing by itself."""
    environment = {**os.environ, "LISTLOOP_DATABASE": str(folder / "desk.sqlite"), "LISTLOOP_WEBHOOK_URL": ""}
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


def test_from_nothing_to_a_list_that_was_mailed_inside_maximizer(page: Page, browser: Browser, tmp_path: Path) -> None:
    with sandbox_process() as sandbox, start(seed=1) as maximizer, served(tmp_path, sandbox) as desk:
        sandbox.control("seed", {"lists": [{"name": "Newsletter", "members": []}]})
        seed(maximizer)
        page.goto(desk.link)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Set it up").click()
        sign_in_on_maximizers_page(page, maximizer)
        the_rest_of_the_set_up(page, desk)
        say_yes(page, desk)
        the_earlier_connector_was_taken_over(maximizer)
        panel_key = framing_is_allowed(page, desk, maximizer)
        with profile(browser) as stranger:
            inside = stranger.new_page()
            mail_the_list(inside, desk, maximizer, panel_key)
            assert stranger.cookies(desk.base) == [] or "listloop_session" not in str(stranger.cookies(desk.base))
        it_went_to_the_people_of_the_list(sandbox)


def sign_in_on_maximizers_page(page: Page, maximizer: Running) -> None:
    """A wrong address first; then by the client ID, over Maximizer's page and back."""
    page.get_by_role("link", name="Connect Maximizer CRM").click()
    page.get_by_label("Address of the API").fill("acme")
    page.get_by_label("Client ID").fill("ours")
    page.get_by_role("button", name="Check and go on").click()
    expect(page.get_by_role("alert")).to_contain_text("is no address of a Maximizer API")
    page.get_by_label("Address of the API").fill(f"{maximizer.url}/MaximizerWebData/Data.svc/json")
    page.get_by_label("Client ID").fill("ours")
    page.get_by_label("Client secret").fill("hidden")
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_role("link", name="Go to Maximizer CRM").click()
    expect(page.get_by_role("heading", name="Sign in to Mailchimp")).to_be_visible()


def the_rest_of_the_set_up(page: Page, desk: Desk) -> None:
    page.get_by_text("Another address than Mailchimp's own").click()
    page.get_by_label("Address of the API").fill(f"{desk.sandbox.url}/3.0")
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Check and go on").click()
    page.get_by_role("button", name="Use this audience").click()
    for button in ("companies", "groups and tags", "who takes part", "consent"):
        page.get_by_role("button", name=f"Next: {button}").click()
    page.get_by_label(re.compile("agreed")).first.check()
    page.get_by_role("button", name="Next: how often").click()
    page.get_by_label("Bring both sides in step").select_option("off")
    page.get_by_role("button", name="Next: at once").click()
    page.get_by_role("button", name="Make the first plan").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing is written before your yes")


def the_earlier_connector_was_taken_over(maximizer: Running) -> None:
    """Its flag is used as it is; beside its short field there is one that holds today's IDs, filled for everybody."""
    state = maximizer.standin.state
    titles = [one.name for one in state.udfs.values()]
    assert titles.count("Sync with MailChimp") == 1
    assert "MailChimp contact ID" in titles
    number = state.udf_named("MailChimp contact ID").number
    stored = [row.values.get(f"Udf/{number}") for row in state.of("AbEntry").values()]
    assert [len(str(one)) for one in stored] == [32] * PEOPLE


def framing_is_allowed(page: Page, desk: Desk, maximizer: Running) -> str:
    """The panels may be framed by Maximizer's origin; gives the key that signs their links."""
    page.goto(f"{desk.base}/settings/embedding")
    page.get_by_label("Sites that may show the panels").fill(maximizer.url)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("status")).to_contain_text("Kept")
    page.get_by_role("button", name="Make a new key").click()
    return page.locator("code.wrap").inner_text()


def mail_the_list(page: Page, desk: Desk, maximizer: Running, panel_key: str) -> None:
    """A menu link of Maximizer frames the panel; every step to the sent campaign is in that frame."""
    key = next(iter(maximizer.standin.state.of("FavoriteList")))
    now = page.evaluate("Date.now()")
    script = f"(given) => {{ {part('signing')} return panelLink(...given); }}"
    link = page.evaluate(script, [desk.base, panel_key, "/embed/mail", "1", f"{key[0]}.{key[1]}", ADMINISTRATOR, now])
    page.goto(f"{maximizer.url}/_sandbox/tab?{urlencode({'url': link})}")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("listitem").filter(has_text="will get the mail")).to_contain_text("3")
    frame.get_by_label("The mail").select_option("template:invitation")
    frame.get_by_label("Name").fill("Fair 2026")
    frame.get_by_label("Subject").fill("Come to the fair")
    frame.get_by_role("button", name="Write to them").click()
    frame.get_by_role("button", name="Send the test").click()
    expect(frame.get_by_role("status")).to_contain_text("The test is on its way")
    frame.get_by_role("button", name="Send now to 3 people").click()
    expect(frame.get_by_role("status")).to_contain_text("The campaign is on its way")


def it_went_to_the_people_of_the_list(sandbox: Sandbox) -> None:
    with httpx2.Client(base_url=f"{sandbox.url}/3.0", auth=("any", KEY), timeout=PATIENCE) as api:
        (campaign,) = api.get("/campaigns").json()["campaigns"]
        assert campaign["settings"]["subject_line"] == "Come to the fair"
        assert campaign["status"] in {"sending", "sent"}
        segment = campaign["recipients"]["segment_opts"]["saved_segment_id"]
        members = api.get(f"/lists/{campaign['recipients']['list_id']}/segments/{segment}/members").json()["members"]
    assert sorted(one["email_address"] for one in members) == [f"p{n}@b.example" for n in range(3)]
