"""A campaign from a group of the CRM to the inbox, by mouse and keyboard alone, and to those who did not open it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.writing import GROUP, PEOPLE, Office, office

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def desk(tmp_path: Path, page: Page) -> Iterator[Office]:
    """An office, with a marketer at its pages."""
    with office(tmp_path / "office.sqlite") as made:
        page.goto(made.link())
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
        yield made


def test_from_a_crm_group_to_the_inbox_by_mouse_and_keyboard(desk: Office, page: Page) -> None:
    """Words, a merge tag, a condition and a picture; it arrives filled, with plain text, a way out and an address."""
    begin(desk, page)
    design(page)
    page.get_by_label("Addresses, with a comma between them").fill("me@corp.example")
    page.get_by_role("button", name="Send the test").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("The test is on its way"))
    assert list(desk.inbox("test")) == ["me@corp.example"]
    page.get_by_role("button", name=f"Send now to {len(PEOPLE)} people").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("The campaign is on its way"))
    desk.wait()
    page.reload()
    expect(page.get_by_role("button", name="Once more to those who did not open it")).to_be_visible()
    mails = desk.inbox()
    assert set(mails) == {f"p{n}@acme.example" for n in range(len(PEOPLE))}
    for n, (first, city) in enumerate(PEOPLE):
        mail = mails[f"p{n}@acme.example"]
        assert mail["subject"] == f"Hello {first}"
        for part in ("html", "text"):
            words = re.sub(r"\s+", " ", mail[part])
            assert "Spring is here." in words
            assert (f"Dear {first}," if first else "Good day,") in words
            assert (f"Come by in {city} today." if city else "Call us.") in words
            assert f"p{n}@acme.example" in words
            assert "A crocus" in words
            assert re.search(r"https?://\S+/unsubscribe", words)
            assert "1 Main St" in words  # the audience's postal address
            assert "*|" not in words
        (picture,) = re.findall(r'src="([^"]+spring.png)"', mail["html"])
        assert httpx2.get(picture).content == PICTURE


def begin(desk: Office, page: Page) -> None:
    """From the group's page to a draft."""
    page.get_by_role("link", name="Address book").click()
    page.get_by_role("link", name="Groups", exact=True).click()
    page.get_by_role("link", name=GROUP).click()
    page.get_by_role("link", name="Write a campaign").click()
    page.get_by_label("Name", exact=True).fill("Spring letter")
    page.get_by_label("Subject", exact=True).fill("Hello *|FNAME|*")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Spring letter")).to_be_visible()


def design(page: Page) -> None:
    """Words are typed, a merge tag and a condition picked, a picture put in and described; nothing is saved by hand."""
    page.get_by_role("link", name="Design it").click()
    expect(page.locator("#designer[data-ready=yes]")).to_be_visible()
    frame = page.frame_locator("#designer iframe.gjs-frame")
    frame.get_by_text("Write here what you would say").dblclick()
    expect(frame.locator("[contenteditable=true]")).to_be_visible()
    page.keyboard.press("Control+A")
    page.keyboard.type("Spring is here.")
    frame.get_by_text("Say what is to be done next").click()
    expect(frame.locator("[contenteditable=true]")).to_have_count(0)
    page.locator("#tag").select_option("*|EMAIL|*")
    page.get_by_role("button", name="Put it into the chosen text").click()
    page.locator("#tag").select_option(label="only if there is: City")
    page.get_by_label("then say").fill("Come by in *|CITY|* today.")
    page.get_by_label("otherwise").fill("Call us.")
    page.get_by_role("button", name="Put it into the chosen text").click()
    expect(frame.locator("body")).to_contain_text("Come by in")
    page.locator(".gjs-pn-views .fa-th-large").click()
    page.locator(".gjs-block", has_text="Image").click()
    file = {"name": "spring.png", "mimeType": "image/png", "buffer": PICTURE}
    page.locator("#gjs-am-uploadFile").set_input_files(file)  # type: ignore[arg-type]  # a dict is a file payload
    page.locator(".gjs-am-asset").first.dblclick()
    expect(page.locator(".gjs-am-asset").first).to_be_hidden()
    page.locator(".gjs-pn-views .fa-cog").click()
    page.locator(".gjs-trt-trait", has_text="Alt").locator("input").fill("A crocus")
    page.locator(".gjs-trt-trait", has_text="Alt").locator("input").press("Tab")
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", name="Spring letter")).to_be_visible()


def test_who_leaves_the_designer_waits_for_what_is_being_saved(desk: Office, page: Page) -> None:
    begin(desk, page)
    page.get_by_role("link", name="Design it").click()
    expect(page.locator("#designer[data-ready=yes]")).to_be_visible()
    held: list[Route] = []
    page.route(
        page.locator("#keep").evaluate("form => form.action"),
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    with page.expect_request(lambda asked: asked.method == "POST"):
        page.evaluate("void listloopDesigner.getWrapper().findType('mj-text')[0].set('content', 'Other words.')")
    page.get_by_role("link", name="Done").click()
    assert page.evaluate("fetch('/people').then((answer) => answer.status)") == 200
    expect(page.locator("#designer")).to_be_visible()
    held[0].continue_()
    expect(page.get_by_role("link", name="Design it")).to_be_visible()


def test_people_react_and_those_who_did_not_open_it_get_it_once_more(desk: Office, page: Page) -> None:
    """Results stand on the campaign, results and communications on a contact; the follow-up goes to the others."""
    begin(desk, page)
    page.get_by_role("button", name=f"Send now to {len(PEOPLE)} people").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("The campaign is on its way"))
    here = page.url
    desk.wait()
    desk.run()
    key = next(iter(desk.inbox().values()))["campaign_id"]
    for n, act in ((0, "open"), (1, "open"), (2, "unsubscribe")):
        desk.sandbox.control(f"people/{act}", {"email": f"p{n}@acme.example", "campaign_id": key})
    desk.run()
    desk.results()
    page.goto(here)
    page.get_by_role("link", name="See what came of it").click()
    expect(page.get_by_role("heading", name="Spring letter")).to_be_visible()
    page.goto(f"{desk.base}/people/{desk.person('p0@acme.example')}")
    following = page.locator("section", has_text="Mailchimp following").last
    expect(following).to_contain_text("Spring letter")
    expect(following).to_contain_text("opened")
    page.goto(f"{desk.base}/book/1/people/1")
    expect(page.get_by_role("region", name="Communications")).to_contain_text("Spring letter")
    page.goto(here)
    page.get_by_role("button", name="Once more to those who did not open it").click()
    expect(page.get_by_role("heading", name="Spring letter – once more")).to_be_visible()
    page.get_by_role("button", name="Send now to 2 people").click()
    expect(page.get_by_role("status").first).to_have_text(re.compile("The campaign is on its way"))
    desk.wait()
    second = {mail["campaign_id"] for mail in desk.inbox(but=key).values()}
    assert len(second) == 1
    assert set(desk.inbox(but=key)) == {"p3@acme.example", "p4@acme.example"}
    assert set(desk.inbox(campaign=key)) == {f"p{n}@acme.example" for n in range(len(PEOPLE))}
