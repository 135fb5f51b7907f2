import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_gets_a_page_without_the_cookies_of_another(page: Page, turn: str) -> None:
    page.route("**/*", lambda route: route.fulfill(body="<h1>here</h1>", content_type="text/html"))
    page.goto("http://listloop.example/")
    assert page.inner_text("h1") == "here"
    assert page.context.cookies() == []
    page.evaluate("document.cookie = 'seen=yes'")
    assert len(page.context.cookies()) == 1
