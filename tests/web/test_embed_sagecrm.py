"""The page that Sage CRM's tabs lead to signs links that open the panels, in another origin, without a sign-in."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from listloop.sandbox.sagecrm.server import start
from listloop.sandbox.server import Running
from listloop.store.options import set_option
from listloop.store.tables import people, records
from listloop.store.users import Role, add_user
from listloop.web.app import make_app
from listloop.web.framing import OPTION
from listloop.web.pages import embed as following
from listloop.web.pages.embed_campaigns import GROUPS
from listloop.web.pages.embed_campaigns import PATH as CAMPAIGNS
from listloop.web.pages.embed_mail import PATH as MAIL
from listloop.web.signing import Link, make_link
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.server import serving
from tests.web.test_embed import MARKETER, crm, press_in_frame
from tests.web.world import BASE, KEY, NOW, World, services

ASP = (Path(__file__).parents[2] / "deploy" / "sagecrm" / "listloop.asp").read_text(encoding="utf-8")
SIGNING = ASP.partition("// --- signing: begin")[2].partition("\n")[2].partition("// --- signing: end")[0]


def made(page: Page, base: str, path: str, connection: str, record: str, user: str) -> str:
    """The link as Sage CRM's own server would make it: the same script, in the browser's engine."""
    given = [base, KEY, path, connection, record, user, int(NOW.timestamp() * 1000)]
    link: str = page.evaluate(f"(given) => {{ {SIGNING}; return panelLink(...given); }}", given)
    return link


@pytest.mark.browser
@pytest.mark.parametrize("record", ["30", "", "1" * 90])
@pytest.mark.parametrize("user", ["mia@halden-roos.example", "zoë+ß@bücher.example", "東京@例え.example"])
def test_the_signature_is_the_one_that_listloop_wants(page: Page, record: str, user: str) -> None:
    asked = parse_qs(urlsplit(made(page, "", "/embed/following", "3", record, user)).query, keep_blank_values=True)
    link = Link("/embed/following", "3", record, user, int(asked["until"][0]), asked["signature"][0])
    assert asked["user"] == [user]
    assert link.holds(KEY, NOW)


@pytest.mark.browser
def test_a_tab_of_sage_crm_shows_the_person_without_a_sign_in(
    page: Page, engine: Engine, world: World, pressed: Pressed
) -> None:
    """The following tab, framed in the origin of Sage CRM; no cookie of Listloop is there."""
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    with engine.begin() as db:
        query = select(records.c.key, people.c.connection_id).join(people, people.c.crm_record == records.c.id)
        key, connection = db.execute(query.where(people.c.id == world.elena)).one()
    with serving(make_app(services(engine, pressed))) as base:
        panel = made(page, base, "/embed/following", str(connection), key, MARKETER)
        with crm(panel) as sage:
            with engine.begin() as db:
                set_option(db, OPTION, sage)
            page.goto(sage)
            frame = page.frame_locator("iframe")
            expect(frame.get_by_text("Open in Listloop")).to_be_visible()
            press_in_frame(page, "Sync now")
            expect(frame.get_by_text("Open in Listloop")).to_be_visible()
    assert pressed.calls == [("sync_person", world.elena, MARKETER)]


@pytest.mark.browser
def test_the_menu_of_sage_crm_shows_campaigns_results_and_groups_without_a_sign_in(
    page: Page, engine: Engine, world: World, pressed: Pressed
) -> None:
    """The list of campaigns and response groups, framed by the stand-in's page in another origin; from the list the
    marketer gets to the results and to a group of those who clicked, and signs in nowhere.
    """
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    fill_results(engine, world.elena)
    with serving(make_app(services(engine, pressed))) as base, start() as sage:
        with engine.begin() as db:
            set_option(db, OPTION, sage.url)
        frame = page.frame_locator("iframe")
        connection = str(world.customers)
        page.goto(tab(sage, made(page, base, GROUPS, connection, "", MARKETER)))
        expect(frame.get_by_text("No group was made yet")).to_be_visible()
        page.goto(tab(sage, made(page, base, CAMPAIGNS, connection, "", MARKETER)))
        frame.get_by_role("link", name="May").first.click()
        frame.get_by_role("button", name="Make a group").first.click()
        expect(frame.get_by_text("being written").first).to_be_visible()
    assert pressed.calls == [("results_now", world.customers, MARKETER)]


def tab(sage: Running, link: str) -> str:
    """A page of the stand-in, which is another origin, with this link in a frame."""
    return f"{sage.url}/_sandbox/tab?{urlencode({'url': link})}"


def test_p3_who_may_use_mailchimp_is_said_for_each_user(engine: Engine, world: World, pressed: Pressed) -> None:
    """P3 per-user permission to use Mailchimp: nobody unless let in, a viewer reads, a marketer mails a group."""
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    add_user(engine, "vik@halden-roos.example", "Vik", Role.VIEWER, NOW)
    until = NOW + timedelta(minutes=10)
    with TestClient(make_app(services(engine, pressed)), base_url=BASE, follow_redirects=False) as client:
        may = {}
        for user in (MARKETER, "vik@halden-roos.example", "stranger@halden-roos.example"):
            link = make_link(KEY, MAIL, connection=str(world.customers), record="view:vMC_Fair", user=user, until=until)
            may[user.partition("@")[0]] = (client.get(link).status_code, client.post(link).status_code)
    assert may["mia"] == (200, 303)
    assert may["vik"] == (200, 403)
    assert may["stranger"][0] in {401, 403}
    assert may["stranger"][1] in {401, 403}


def test_the_page_names_the_panels_and_keeps_its_key_to_itself() -> None:
    """Each panel of the menu is one that Listloop has; the key is used on the server and never written out."""
    names = re.findall(r"(\w+): 1", ASP.partition("var panels = ")[2].partition("\n")[0])
    assert {f"/embed/{one}" for one in names} == {following.PATH, CAMPAIGNS, GROUPS, MAIL}
    assert "Response.Write" not in ASP
    assert 'PANEL_KEY = ""' in ASP
