"""axe-core finds nothing on pages that show an error: refusals, pages that fail, and forms that come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from listloop.core.side import Adapter
from listloop.store.database import create_all, open_database
from listloop.store.users import Role
from listloop.web.app import make_app
from tests.provision.browser import profile
from tests.web.everywhere import NEW, full, panel
from tests.web.pressed import Pressed
from tests.web.server import serving
from tests.web.set_up import SetUpAlone
from tests.web.test_accessibility import violations
from tests.web.world import services, sign_in_link

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


class Broken(SetUpAlone):
    """A set-up in which listing the CRMs fails as a bug of ours would."""

    def crms(self) -> tuple[Adapter, ...]:
        raise ZeroDivisionError


#: An address -> the status that it answers with.
SHOWN = {
    "/nowhere": 404,
    "/people/999999": 404,
    "/runs/soon": 422,
    f"{NEW}/99/mailchimp": 503,
    "/embed/following": 401,
    panel("/embed/campaigns", user="nobody@halden-roos.example"): 403,
    "/sign-in/used": 410,
}

#: A page, what its first form is sent with that can't be kept, and the words that then say so.
SENT = (
    (f"{NEW}/sagecrm", {"user": "eva", "password": "wrong"}, "does not accept the password"),
    (f"{NEW}/1/mailchimp", {"key": "nonsense"}, "does not accept the API key"),
    (f"{NEW}/1/audience", {"audience": "invented"}, "No audience is chosen"),
    ("/connections/2/fields", {"crm:SEATS": "born"}, "cannot go with"),
    ("/connections/2/schedule", {"when": "cron", "cron": "soon"}, "soon"),
    ("/connections/2/webhooks", {"webhook": "yes"}, "Open it to the internet"),
    ("/settings/embedding", {"origins": "<b>*</b>"}, "This is no origin"),
    ("/book/1/people/new", {"field:birthday": "soon"}, "Nothing was saved"),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, Engine]]:
    """The address of the filled pages, that of pages that fail, and the database."""
    engine = open_database(tmp_path_factory.mktemp("errors") / "listloop.sqlite")
    create_all(engine)
    setup = SetUpAlone(engine, Pressed())
    full(engine, setup)
    whole = services(engine, Pressed(), setup=setup)
    with (
        serving(make_app(whole)) as base,
        serving(make_app(replace(whole, setup=Broken(engine, Pressed())))) as broken,
    ):
        yield base, broken, engine
    engine.dispose()


def send(page: Page, values: dict[str, str]) -> None:
    """Send the page's own form with these values, whatever the browser would have said of them."""
    with page.expect_navigation():
        page.evaluate(
            """values => {
                const form = document.querySelector("main form[method=post]");
                for (const [name, value] of Object.entries(values)) {
                    form.querySelectorAll(`[name="${name}"]`).forEach((one) => one.remove());
                    form.append(Object.assign(document.createElement("input"), {type: "hidden", name, value}));
                }
                HTMLFormElement.prototype.submit.call(form);
            }""",
            values,
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_violations_where_something_went_wrong(
    scheme: Any, width: int, browser: Browser, pages: tuple[str, str, Engine]
) -> None:
    base, broken, engine = pages
    found: dict[str, list[str]] = {}

    def look(page: Page, what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
        found[what] = violations(page, scheme)

    with profile(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as made:
        page = made.new_page()
        answer = page.goto(base + "/")
        assert answer is not None
        assert answer.status == 401
        look(page, "signed out")
        page.goto(sign_in_link(engine, base=base))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        for path, status in SHOWN.items():
            answer = page.goto(base + path)
            assert answer is not None
            assert answer.status == status, path
            look(page, path)
        for path, values, words in SENT:
            page.goto(base + path)
            send(page, values)
            assert words in page.locator("main").inner_text(), path
            look(page, path)
        answer = page.goto(broken + NEW)
        assert answer is not None
        assert answer.status == 500
        look(page, "broken")
    with profile(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as made:
        page = made.new_page()
        page.goto(sign_in_link(engine, Role.VIEWER, base))
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        page.goto(f"{base}/settings/users")
        look(page, "role")
    assert {what: some for what, some in found.items() if some} == {}
