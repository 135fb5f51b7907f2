"""A campaign in a real browser: a point of the chart leads to its people, and paper shows what a reader needs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from listloop.web.app import make_app
from tests.provision.browser import profile
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.server import serving
from tests.web.world import fill, services, sign_in_link

pytestmark = pytest.mark.browser

#: An A4 page without its margins, in CSS pixels: narrower than a window in which the phone's look begins.
A4 = {"width": 688, "height": 1016}


@pytest.fixture
def campaign(engine: Engine, browser: Browser) -> Iterator[Page]:
    """The page of a campaign, for somebody who likes it dark."""
    sent = fill_results(engine, fill(engine).elena)
    with (
        serving(make_app(services(engine, Pressed()))) as base,
        profile(browser, viewport=A4, color_scheme="dark") as made,
    ):
        page = made.new_page()
        page.goto(sign_in_link(engine, base=base))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        page.goto(f"{base}/campaigns/{sent['may']}")
        yield page


def test_a_point_of_the_chart_leads_to_its_people(campaign: Page) -> None:
    with campaign.expect_navigation(url=re.compile("did=clicked&since=")):
        campaign.locator("svg.graph a:has(.pt-b)").first.click()
    expect(campaign.locator("section[aria-labelledby=people] tbody tr")).to_have_count(1)
    expect(campaign.get_by_role("heading", name="The people: clicked · for the first time from")).to_be_visible()


def test_paper_has_no_navigation_no_buttons_and_no_dark(campaign: Page) -> None:
    """And it has what is folded, in tables as wide as in a window."""
    campaign.emulate_media(media="print")
    for hidden in (".rail", ".mob", ".seg", ".btn", "form", "summary"):
        assert campaign.locator(hidden).count()
        for one in campaign.locator(hidden).all():
            expect(one).to_be_hidden()
    assert campaign.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    folded = campaign.locator("details.fold td", has=campaign.locator("time")).first
    expect(folded).to_be_visible()
    heads = campaign.locator("section[aria-labelledby=people] thead")
    assert campaign.evaluate("one => getComputedStyle(one).position", heads.element_handle()) == "static"
    assert campaign.evaluate("document.documentElement.scrollWidth <= innerWidth")
