"""From a campaign to the customer that it won, and back, in a real browser; every step is a link that people find."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from listloop.web.app import make_app
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.server import serving
from tests.web.won import fill_deals
from tests.web.world import fill, services, sign_in_link

pytestmark = pytest.mark.browser

#: Milliseconds, for a busy machine.
LONG = 60_000


@pytest.fixture
def campaign(engine: Engine, page: Page) -> Iterator[Page]:
    """The page of the campaign “May”, which won a deal of Elena."""
    elena = fill(engine).elena
    sent = fill_results(engine, elena)
    fill_deals(engine, elena)
    page.set_default_timeout(LONG)
    with serving(make_app(services(engine, Pressed()))) as base:
        page.goto(sign_in_link(engine, base=base))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        page.goto(f"{base}/campaigns/{sent['may']}")
        yield page


def follow(page: Page, name: str, leads_to: str, within: str = "main") -> None:
    """Click the first link of that name; the page that it leads to has such an address."""
    with page.expect_navigation(url=re.compile(leads_to)):
        page.locator(within).get_by_role("link", name=name, exact=True).first.click()


def test_from_a_campaign_to_the_customer_and_back(campaign: Page) -> None:
    """What it won → the deal, with its touches → the person, who shows the campaign → its results."""
    follow(campaign, "What it won", r"/customers/deals\?.*campaign=")
    expect(campaign.get_by_role("region", name="What it earned")).to_contain_text("€1,234.56")
    follow(campaign, "Licences <b>2026</b>", r"/customers/deals/\d+$")
    touches = campaign.get_by_role("region", name="What happened before")
    expect(touches).to_contain_text("clicked in it")
    expect(touches).to_contain_text("75.0 %")
    follow(campaign, "Elena Kowalczyk-Brandt", r"/people/\d+$", "section:has(#touches)")
    won = campaign.locator("section[aria-labelledby=won]")
    expect(won).to_contain_text("100")
    follow(campaign, "May", r"/campaigns/\d+$", "section[aria-labelledby=won]")
    expect(campaign.get_by_role("heading", name="May", exact=True, level=1)).to_be_visible()


def test_the_overview_leads_to_both_ends(campaign: Page) -> None:
    """From all campaigns to one, from the number of new customers to who they are."""
    campaign.goto(campaign.url.split("/campaigns/")[0] + "/customers")
    follow(campaign, "May", r"/customers/deals\?.*campaign=")
    follow(campaign, "Its results", r"/campaigns/\d+$")
