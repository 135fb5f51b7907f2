"""axe-core finds nothing on any page: full, empty and in error, light and dark, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from listloop.store.database import create_all, open_database
from listloop.web.app import make_app
from tests.provision.browser import profile
from tests.web.everywhere import empty, full
from tests.web.pressed import Pressed
from tests.web.server import serving
from tests.web.set_up import SetUpAlone
from tests.web.world import services, sign_in_link

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

AXE = (Path(__file__).parent / "vendor" / "axe-4.14.1.min.js").read_text()


@pytest.fixture(scope="module", params=["full", "empty"])
def pages(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Engine, list[str]]]:
    """The address of the pages, the database, and the paths to look at."""
    engine: Engine = open_database(tmp_path_factory.mktemp("axe") / "listloop.sqlite")
    create_all(engine)
    setup = SetUpAlone(engine, Pressed())
    paths = full(engine, setup) if request.param == "full" else empty(setup)
    with serving(make_app(services(engine, Pressed(), setup=setup))) as base:
        yield base, engine, paths
    engine.dispose()


def violations(page: Page, scheme: str) -> list[str]:
    """What axe-core objects to on this page, with the place; in the dark only the colours are others."""
    page.evaluate(AXE)
    only = ["color-contrast"] if scheme == "dark" else None
    found: dict[str, Any] = page.evaluate(
        "only => axe.run(only ? {runOnly: only, resultTypes: ['violations']} : {resultTypes: ['violations']})", only
    )
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_violations_and_no_sideways_scrolling(
    scheme: Any, width: int, browser: Browser, pages: tuple[str, Engine, list[str]]
) -> None:
    base, engine, paths = pages
    found: dict[str, list[str]] = {}
    with profile(browser, viewport={"width": width, "height": 800}, color_scheme=scheme) as made:
        page = made.new_page()
        page.goto(f"{base}/sign-in")
        found["/sign-in"] = violations(page, scheme)
        page.goto(sign_in_link(engine, base=base))
        found["/sign-in/…"] = violations(page, scheme)
        with page.expect_navigation():
            page.get_by_role("button", name="Sign in").click()
        for path in paths:
            page.goto(base + path)
            page.locator("#designer:not([data-ready])").wait_for(state="detached")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            found[path] = violations(page, scheme)
    assert {path: some for path, some in found.items() if some} == {}
