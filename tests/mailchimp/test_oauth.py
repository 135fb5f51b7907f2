"""A sign-in at Mailchimp gives a key that opens the account; what is used, old or refused gives a reason."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from listloop.core.errors import NeedsAttention
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.oauth import TOKEN, App
from listloop.mailchimp.payloads import Account
from listloop.sandbox.mailchimp import server

BACK = "http://127.0.0.1:8025/oauth/mailchimp"


def test_the_key_of_a_sign_in_opens_the_account_and_a_code_works_once() -> None:
    with server.start() as running:
        app = App("client", "secret", running.url)
        asked = urlsplit(app.ask(BACK, "s1"))
        assert parse_qs(asked.query)["redirect_uri"] == [BACK]
        with httpx2.Client(base_url=app.login) as browser:
            form = {"redirect_uri": BACK, "state": "s1", "do": "allow"}
            back = browser.post("/oauth2/authorize", data=form).headers["location"]
        code = parse_qs(urlsplit(back).query)["code"][0]
        key, base_url = app.take(code, BACK)
        assert key.startswith(TOKEN)
        with MailchimpClient(key.removeprefix(TOKEN), base_url, bearer=True) as client:
            assert client.get("", Account, fields="account_id,account_name").account_id
        with pytest.raises(NeedsAttention, match="did not accept the sign-in"):
            app.take(code, BACK)
