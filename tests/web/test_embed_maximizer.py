"""The page that Maximizer's custom tabs lead to signs links that open the panels in another origin, with no sign-in."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select, update

from listloop.sandbox.maximizer.server import start
from listloop.store.options import set_option
from listloop.store.tables import people, records
from listloop.store.users import Role, add_user
from listloop.web.app import make_app
from listloop.web.framing import OPTION
from listloop.web.pages import embed as following
from listloop.web.pages.embed_campaigns import GROUPS
from listloop.web.pages.embed_campaigns import PATH as CAMPAIGNS
from listloop.web.pages.embed_mail import PATH as MAIL
from tests.web.pressed import Pressed
from tests.web.results import fill_results
from tests.web.server import serving
from tests.web.test_embed import MARKETER
from tests.web.test_embed_sagecrm import SIGNING as SAGE_SIGNING
from tests.web.world import KEY, NOW, World, services

ASP = (Path(__file__).parents[2] / "deploy" / "maximizer" / "listloop.asp").read_text(encoding="utf-8")
ENTRY = "260901250101010100001C"


def part(name: str) -> str:
    """One part of the page's script."""
    return ASP.partition(f"// --- {name}: begin")[2].partition("\n")[2].partition(f"// --- {name}: end")[0]


def key_text(number: int, kind: str = "Individual") -> str:
    """The key of an entry as Maximizer hands it over."""
    return base64.b64encode(f"{kind}\t{ENTRY}\t{number}".encode()).decode()


def made(page: Page, base: str, panel: str, connection: str, key: str) -> str:
    """The link as the page makes it for an entry: the same script, in the browser's engine."""
    script = (
        f"(given) => {{ {part('signing')} {part('keys')}; given[4] = recordOf(given[4]); return panelLink(...given); }}"
    )
    given = [base, KEY, f"/embed/{panel}", connection, key, MARKETER, int(NOW.timestamp() * 1000)]
    link: str = page.evaluate(script, given)
    return link


@pytest.mark.browser
@pytest.mark.parametrize("form", ["{}", 'KEY("{}")'])
@pytest.mark.parametrize(("number", "kind"), [(0, "Individual"), (12, "Contact"), (3, "AbEntry")])
def test_the_key_of_an_entry_is_read_in_each_form(page: Page, form: str, number: int, kind: str) -> None:
    link = made(page, "", "following", "1", form.format(key_text(number, kind)))
    assert parse_qs(urlsplit(link).query)["record"] == [f"{ENTRY}.{number}"]


@pytest.mark.browser
def test_tabs_of_maximizer_show_person_and_campaigns_without_a_sign_in(
    page: Page, engine: Engine, world: World, pressed: Pressed
) -> None:
    """The following tab and the list of campaigns, framed by the stand-in's page in another origin; from the list the
    marketer gets to the results and to a group of those who clicked, and signs in nowhere.
    """
    add_user(engine, MARKETER, "Mia", Role.MARKETER, NOW)
    fill_results(engine, world.elena)
    with engine.begin() as db:
        query = select(records.c.id, people.c.connection_id).join(people, people.c.crm_record == records.c.id)
        record, connection = db.execute(query.where(people.c.id == world.elena)).one()
        db.execute(update(records).where(records.c.id == record).values(key=f"{ENTRY}.0"))
    with serving(make_app(services(engine, pressed))) as base, start() as maximizer:
        with engine.begin() as db:
            set_option(db, OPTION, maximizer.url)
        frame = page.frame_locator("iframe")
        for panel, says in (("following", "Open in Listloop"), ("campaigns", "May")):
            link = made(page, base, panel, str(connection), key_text(0))
            page.goto(f"{maximizer.url}/_sandbox/tab?{urlencode({'url': link})}")
            expect(frame.get_by_text(says).first).to_be_visible()
        frame.get_by_role("link", name="May").first.click()
        frame.get_by_role("button", name="Make a group").first.click()
        expect(frame.get_by_text("being written").first).to_be_visible()
    assert [one[0] for one in pressed.calls] == ["results_now"]


def test_the_page_names_the_panels_and_keeps_its_key_to_itself() -> None:
    """Each panel is one that Listloop has; the key is used on the server and never written out."""
    names = re.findall(r"(\w+): 1", ASP.partition("var panels = ")[2].partition("\n")[0])
    assert {f"/embed/{one}" for one in names} == {following.PATH, CAMPAIGNS, GROUPS, MAIL}
    assert "Response.Write" not in ASP
    assert 'PANEL_KEY = ""' in ASP


def test_both_pages_sign_in_the_same_way() -> None:
    """What a test of the other page shows of the signature holds here."""
    assert part("signing") == SAGE_SIGNING
