"""The page of a mail, in a browser."""

import httpx2
import pytest
from playwright.sync_api import Page

from listloop.sandbox.clock import Clock
from listloop.sandbox.mailchimp.server import start
from tests.sandbox.api import KEY, NOW, Api
from tests.sandbox.mailchimp.mails import rates, sent

ANN = "ann@acme.example"
HTML = '<h1>Hello *|FNAME|*</h1><script>top.document.title = "taken over"</script><a href="*|UNSUB|*">Leave</a>'


@pytest.mark.browser
def test_a_mail_is_opened_by_looking_and_left_by_its_link_and_runs_nothing(page: Page) -> None:
    with start(clock=Clock(frozen=NOW)) as server, httpx2.Client(base_url=server.url, auth=("x", KEY)) as client:
        api = Api(server, client)
        api.seed({"email": ANN, "merge_fields": {"FNAME": "Ann"}})
        rates(api)
        campaign = sent(api, HTML)
        page.goto(f"{server.url}/_sandbox/pages/inbox")
        page.click("table a")
        mail = page.frame_locator("iframe")
        assert mail.locator("h1").inner_text() == "Hello Ann"
        page.wait_for_load_state("networkidle")
        while not api.get(f"/reports/{campaign}")["opens"]["opens_total"]:
            page.wait_for_timeout(50)
        assert api.get(f"/reports/{campaign}")["opens"]["opens_total"] == 1
        assert "taken over" not in page.title()
        with page.context.expect_page() as opened:
            mail.get_by_text("Leave").click()
        assert f"{ANN} is unsubscribed." in opened.value.inner_text("main")
        assert api.member(ANN)["status"] == "unsubscribed"
