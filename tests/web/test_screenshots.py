"""Every page has its picture in the docs; ``LISTLOOP_WRITE_DOCS=1`` takes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine

from listloop.campaigns.composing import compose
from listloop.campaigns.templates import BUILT_IN, built_in
from listloop.core.merging_tags import fill
from listloop.store.options import set_option
from listloop.web.app import make_app
from listloop.web.framing import OPTION
from tests.provision.browser import profile
from tests.web.everywhere import full
from tests.web.pressed import Pressed
from tests.web.server import serving
from tests.web.set_up import SetUpAlone
from tests.web.world import services, sign_in_link

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

DOCS = Path(__file__).parents[2] / "docs"
IMAGES = DOCS / "images" / "pages"
TEMPLATES = DOCS / "images" / "templates"
ADDRESS = "Halden Roos, Hauptstr. 1, 79098 Freiburg"

#: Name of the picture -> (the page's address as ``everywhere`` has it, a panel's without its signature; what it shows).
PAGES = {
    "overview": ("/", "Overview: where everyone stands, what needs a person, what runs"),
    "people": ("/people", "People: search, narrow, choose, export"),
    "flagging": ("/people/flag?value=yes", "Many at once: the count and what follows come first"),
    "person": ("/people/1", "A person: both sides, link, consent, history"),
    "questions": ("/questions?topic=field&connection=1", "Open questions, with the values of both sides"),
    "runs": ("/runs", "Runs"),
    "plan": ("/runs/2", "A plan that waits for its yes"),
    "receipt": ("/runs/1", "The receipt of a run"),
    "progress": ("/runs/3", "A run as it goes"),
    "connection": ("/connections/1", "A connection"),
    "new-connection": ("/connections/new", "Set-up: choose the CRM"),
    "audience": ("/connections/new/1/audience", "Set-up: choose the audience"),
    "fields": ("/connections/2/fields", "Fields: what is mapped to what, with an example"),
    "companies": ("/connections/2/companies", "Companies"),
    "labels": ("/connections/2/labels", "Groups and tags"),
    "who": ("/connections/2/who", "Who takes part: rules, filter, count"),
    "consent": ("/connections/2/consent", "What is true about consent"),
    "schedule": ("/connections/2/schedule", "How often"),
    "webhooks": ("/connections/2/webhooks", "Shall Mailchimp tell at once?"),
    "campaigns": ("/campaigns", "Campaigns"),
    "campaign": ("/campaigns/1", "A campaign: what came of it, and who is behind every number"),
    "groups": ("/groups", "Response groups"),
    "group-new": ("/groups/new?who=clicked%201%20or%20soft%201", "Make a group: who is meant, and who will get a mail"),
    "recipients": ("/recipients?kind=crm&name=g1", "Recipients: what a campaign can go to, and who of them gets it"),
    "sendings": ("/sending", "Campaigns that are written here"),
    "sending-new": ("/sending/new", "A new campaign: recipients, and one of six templates to begin with"),
    "sending": ("/sending/1", "A campaign: who gets it, the checklist, a test, now or at a quarter hour"),
    "sending-design": ("/sending/1/design", "The designer"),
    "sending-content": ("/sending/1/content", "The mail as one person gets it, its plain text, its versions"),
    "communications": ("/connections/1/communications", "What of the results goes into the CRM"),
    "customers": ("/customers?time=all&model=linear", "Customers won: what campaigns earned"),
    "customers-deal": ("/customers/deals/1", "A deal: what happened before, and how its credit is reckoned"),
    "customers-rules": ("/customers/rules", "How credit is given"),
    "panel-following": ("/embed/following", "Inside the CRM: a person’s following"),
    "panel-campaigns": ("/embed/campaigns", "Inside the CRM: campaigns"),
    "panel-campaign": ("/embed/campaigns/1", "Inside the CRM: what came of a campaign"),
    "panel-groups": ("/embed/groups", "Inside the CRM: response groups"),
    "panel-mail": ("/embed/mail", "Inside the CRM: mail this group"),
    "book-people": ("/book/1/people", "The built-in CRM: people"),
    "book-person": ("/book/1/people/1", "The built-in CRM: one person"),
    "book-companies": ("/book/1/companies", "The built-in CRM: companies"),
    "book-group": ("/book/1/groups/1?q=love", "The built-in CRM: a group"),
    "book-fields": ("/book/1/fields", "The built-in CRM: fields of your own"),
    "book-opportunity": ("/book/1/opportunities/1", "The built-in CRM: an opportunity"),
    "book-communications": ("/book/1/communications", "The built-in CRM: what was written to whom"),
    "users": ("/settings/users", "Settings: users and roles"),
    "embedding": ("/settings/embedding", "Settings: the panel inside the CRM"),
    "secrets": ("/settings/secrets", "Settings: keys and passwords"),
    "keeping": ("/settings/keeping", "Settings: retention"),
    "audit": ("/settings/audit", "Settings: the audit log"),
    "you": ("/you", "You: the language of the pages"),
    "error": ("/nowhere", "An address at which there is nothing"),
}


def contents() -> str:
    """The page of the docs that shows them."""
    lines = [
        "# The pages",
        "",
        "Taken by the tests from a small made-up installation, at 1,280 px in the light theme.",
        "",
    ]
    for name, (_, text) in PAGES.items():
        lines += [f"## {text}", "", f"![{text}](../images/pages/{name}.png)", ""]
    return "\n".join(lines)


def test_every_page_has_its_picture(engine: Engine, browser: Browser) -> None:
    if not os.environ.get("LISTLOOP_WRITE_DOCS"):
        assert (DOCS / "reference" / "pages.md").read_text() == contents()
        assert {one.stem for one in IMAGES.glob("*.png")} == set(PAGES)
        return
    setup = SetUpAlone(engine, Pressed())
    there = full(engine, setup)
    with engine.begin() as db:
        set_option(db, OPTION, "https://crm.example.com")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        serving(make_app(services(engine, Pressed(), setup=setup))) as base,
        profile(browser, viewport={"width": 1280, "height": 800}, reduced_motion="reduce") as made,
    ):
        page = made.new_page()
        page.goto(sign_in_link(engine, base=base))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        for name, (path, _) in PAGES.items():
            page.goto(
                base + next(one for one in there if one == path or (path not in there and one.startswith(f"{path}?")))
            )
            page.locator("#designer:not([data-ready])").wait_for(state="detached")
            page.screenshot(path=IMAGES / f"{name}.png")
    (DOCS / "reference" / "pages.md").write_text(contents())


def test_every_template_loads_nothing_and_has_its_picture(browser: Browser) -> None:
    """As somebody gets it; in ``docs/how-to/send-campaigns.md``."""
    values = {"FNAME": "Elena", "LIST:DESCRIPTION": "You get this as a customer.", "LIST:ADDRESSLINE": ADDRESS}
    asked: list[str] = []
    with browser.new_context(viewport={"width": 680, "height": 400}) as profile:
        page = profile.new_page()
        page.on("request", lambda one: asked.append(one.url))
        for name in BUILT_IN:
            page.set_content(fill(compose(built_in(name)).html, values))
            assert page.get_by_role("link", name="Unsubscribe").is_visible(), name
            if os.environ.get("LISTLOOP_WRITE_DOCS"):
                TEMPLATES.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=TEMPLATES / f"{name}.png", full_page=True)
    assert asked == []
    how_to = (DOCS / "how-to" / "send-campaigns.md").read_text()
    assert {one.stem for one in TEMPLATES.glob("*.png")} == set(BUILT_IN)
    assert [name for name in BUILT_IN if f"../images/templates/{name}.png" not in how_to] == []
