"""What people come for, in a real browser: from the sign-in link to the yes, with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route, expect
from sqlalchemy import Engine, update

from listloop.core.people import Patch
from listloop.store.codec import encode
from listloop.store.holding import ALL
from listloop.store.tables import runs
from listloop.web.app import make_app
from tests.provision.browser import profile
from tests.web.pressed import Pressed
from tests.web.server import serving
from tests.web.world import World, services, sign_in_link

pytestmark = pytest.mark.browser

TELLS_WHAT_IS_OVER = """
EventSource = class extends EventSource {
  constructor(address) {
    super(address);
    this.addEventListener("over", () => console.log("over"));
  }
};
"""


@pytest.fixture
def base(engine: Engine, pressed: Pressed, world: World) -> Iterator[str]:
    """The address of the filled pages."""
    with serving(make_app(services(engine, pressed))) as address:
        yield address


def sign_in(page: Page, engine: Engine, base: str) -> None:
    page.goto(sign_in_link(engine, base=base))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview", exact=True)).to_be_visible()
    page.wait_for_load_state("load")  # the words are there before the keys are


def test_from_the_link_to_the_yes(page: Page, engine: Engine, base: str, world: World, pressed: Pressed) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(base) else problems.append(asked.url))
    sign_in(page, engine, base)
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("grandcl")
    page.keyboard.press("Enter")
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.wait_for_load_state("load")
    page.get_by_label("Part of a name, an address or a company").fill("kowalczyk")
    expect(page.get_by_role("link", name="Elena Kowalczyk-Brandt")).to_be_visible()
    page.get_by_role("link", name="Elena Kowalczyk-Brandt").click()
    expect(page.get_by_role("heading", name="Elena Kowalczyk-Brandt")).to_be_visible()
    expect(page.get_by_role("row", name="Phone").first).to_contain_text("differs")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("status")).to_contain_text("goes first")
    page.get_by_role("link", name="Overview").first.click()
    page.get_by_role("link", name="Review the plan").click()
    expect(page.get_by_role("link", name="Approve all 2")).to_be_visible()
    page.wait_for_load_state("load")  # before that it is a plain link
    page.get_by_role("link", name="Approve all 2").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 new in Mailchimp")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.get_by_role("link", name="Approve all 2").click()
    page.get_by_role("button", name="Write to 2 people").click()
    expect(page.get_by_role("status")).to_contain_text("You said yes")
    who = "marta.administrator@halden-roos.example"
    assert pressed.calls == [("sync_person", world.elena, who), ("approve", world.plan, who, ALL)]
    assert problems == []


def test_the_same_without_scripts(browser: Browser, engine: Engine, base: str, world: World, pressed: Pressed) -> None:
    with profile(browser, java_script_enabled=False) as made:
        page = made.new_page()
        sign_in(page, engine, base)
        page.locator("#find").fill("kowalczyk")
        with page.expect_navigation():
            page.locator("#find").press("Enter")
        page.get_by_role("link", name="Elena Kowalczyk-Brandt").click()
        page.get_by_label("Phone").fill("+49 761 1")
        page.get_by_role("button", name="Save in the CRM").click()
        expect(page.get_by_role("status")).to_contain_text("Saved in the CRM")
        page.goto(f"{base}/runs/{world.plan}")
        page.get_by_role("link", name="Say no").click()
        page.get_by_role("button", name="Drop the plan").click()
        expect(page.get_by_role("status")).to_contain_text("You said no")
        page.goto(f"{base}/runs/{world.plan}")
        page.get_by_role("link", name="Approve all 2").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Write to 2 people").click()
    edit, *decided = pressed.calls
    assert edit[0] == "edit_local"
    assert edit[3] == Patch(fields={"phone": "+49 761 1"})
    assert [call[0] for call in decided] == ["drop", "approve"]


def test_progress_moves_by_itself_and_ends_in_the_receipt(page: Page, engine: Engine, base: str, world: World) -> None:
    sign_in(page, engine, base)
    page.goto(f"{base}/runs/{world.running}")
    expect(page.get_by_text("125 of 214 people")).to_be_visible()
    progress = encode({"stage": "remember", "done": 214, "of": 214, "note": ""})
    with engine.begin() as db:
        db.execute(update(runs).where(runs.c.id == world.running).values(progress=progress))
    expect(page.get_by_text("214 of 214 people")).to_be_visible()
    with engine.begin() as db:
        db.execute(update(runs).where(runs.c.id == world.running).values(state="done"))
    expect(page.get_by_role("heading", name="Receipt of run 99")).to_be_visible()


def test_a_run_that_ended_as_its_page_was_loaded_ends_in_the_receipt(
    page: Page, engine: Engine, base: str, world: World
) -> None:
    def ends(route: Route) -> None:
        with engine.begin() as db:
            db.execute(update(runs).where(runs.c.id == world.running).values(state="done"))
        route.continue_()

    sign_in(page, engine, base)
    page.route("**/live", ends)
    page.goto(f"{base}/runs/{world.running}")
    expect(page.get_by_role("heading", name="Receipt of run 99")).to_be_visible()


def test_a_page_that_is_on_its_way_is_not_cut_off_by_a_run_that_ends(
    page: Page, engine: Engine, base: str, world: World
) -> None:
    """The one that shows the run is loaded again later, if it is still there."""
    sign_in(page, engine, base)
    page.add_init_script(TELLS_WHAT_IS_OVER)
    page.clock.install(time=0)
    page.goto(f"{base}/runs/{world.running}")
    expect(page.get_by_text("125 of 214 people")).to_be_visible()
    page.clock.pause_at(3_600)
    page.evaluate("dispatchEvent(new Event('beforeunload'))")
    loaded: list[str] = []
    page.on("request", lambda asked: loaded.append(asked.url) if asked.is_navigation_request() else None)
    with page.expect_console_message(lambda said: said.text == "over"), engine.begin() as db:
        db.execute(update(runs).where(runs.c.id == world.running).values(state="done"))
    page.evaluate("fetch('/people').then((answer) => answer.status)")  # time enough to ask for the page again
    assert loaded == []
    page.clock.run_for(40_000)
    expect(page.get_by_role("heading", name="Receipt of run 99")).to_be_visible()


def test_a_button_pressed_twice_acts_once(
    page: Page, engine: Engine, base: str, world: World, pressed: Pressed
) -> None:
    sign_in(page, engine, base)
    page.goto(f"{base}/people/{world.elena}")
    page.get_by_role("button", name="Sync now").dblclick()
    expect(page.get_by_role("status")).to_contain_text("goes first")
    assert [call[0] for call in pressed.calls] == ["sync_person"]


def test_hostile_content_runs_nothing(page: Page, engine: Engine, base: str, world: World) -> None:
    alerts: list[str] = []

    def opened(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    sign_in(page, engine, base)
    for path in ("/people", f"/people/{world.hostile}", '/people?q="><script>alert(1)</script>'):
        page.goto(base + path)
        page.locator("body").hover()
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways == 0, path
    assert alerts == []


def test_the_chosen_theme_stays(page: Page, engine: Engine, base: str, world: World) -> None:
    page.emulate_media(color_scheme="light")
    sign_in(page, engine, base)
    page.get_by_role("button", name="Light or dark").click()
    page.goto(f"{base}/people")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_german_says_yes_in_german(browser: Browser, engine: Engine, base: str, world: World) -> None:
    with profile(browser, locale="de-DE") as made:
        page = made.new_page()
        page.goto(sign_in_link(engine, base=base))
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_role("heading", name="Übersicht", exact=True)).to_be_visible()
        page.get_by_role("link", name="Plan ansehen").click()
        page.get_by_role("link", name="Alle 2 freigeben").click()
        page.get_by_role("button", name="2 Personen schreiben").click()
        expect(page.get_by_role("status")).to_contain_text("Sie haben freigegeben")
        page.goto(f"{base}/people/{world.elena}")
        expect(page.get_by_role("heading", name="Beide Seiten")).to_be_visible()
        expect(page.get_by_text("wird mit dem nächsten Lauf geschrieben")).to_be_visible()
