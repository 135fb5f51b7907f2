"""Signing in on Maximizer's own page: addresses, tokens that are good once, and what is said when they end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from listloop.core.abilities import Kept
from listloop.core.errors import NeedsAttention, TryLater
from listloop.crm.maximizer import MaximizerCrm, adapter
from listloop.crm.maximizer.oauth import App
from listloop.crm.registry import opened
from listloop.sandbox.server import Running
from tests.crm.maximizer.hands import MaximizerHands

BACK = "https://ours.example/oauth/crm"
PAGE = "/MaximizerWebAuthentication/OAuth2/Authorize"


def settings(server: Running, **more: str) -> dict[str, str]:
    address = f"{server.url}/MaximizerWebData/Data.svc/json"
    return {"address": address, "client": "ours", "client_secret": "hidden", **more}


def signed_in(server: Running, **more: str) -> dict[str, str]:
    """The settings after somebody said yes on Maximizer's page."""
    known = settings(server, **more)
    assert adapter.page is not None
    page = adapter.page.ask(known, BACK, "state-7")
    answer = dict(parse_qsl(urlsplit(httpx2.get(page).headers["location"]).query))
    assert answer["state"] == "state-7"
    return {**known, **adapter.page.take(known, answer["code"], BACK)}


class Shelf:
    """Where secrets are kept, and what was put there."""

    def __init__(self, known: dict[str, str]) -> None:
        self.now = dict(known)
        self.put: list[str] = []
        self.kept = Kept(self.now.__getitem__, self.write)

    def write(self, name: str, value: str) -> None:
        assert name == "refresh"
        self.put.append(value)
        self.now[name] = value


@pytest.fixture
def shelf(server: Running) -> Shelf:
    return Shelf(signed_in(server))


@pytest.fixture
def crm(shelf: Shelf) -> Iterator[MaximizerCrm]:
    made: Any = opened("maximizer", shelf.now, shelf.kept)
    made.client._wait = lambda _seconds: None
    yield made
    made.close()


@pytest.mark.parametrize("rotates", [True, False])
def test_it_stays_signed_in_whether_or_not_the_token_is_good_once(
    crm: MaximizerCrm, shelf: Shelf, hands: MaximizerHands, rotates: bool
) -> None:
    """A session ends after ten minutes; the next one is got without anybody, and a new token is kept at once."""
    hands.do("switches", {"refresh_rotates": rotates})
    for _ in range(3):
        assert "AcmeBook" in crm.check().identity
        hands.wait(700)
    assert len(shelf.put) == (3 if rotates else 0)


def test_a_token_that_another_process_used_is_no_end(crm: MaximizerCrm, shelf: Shelf) -> None:
    """Two processes of Listloop share one token that is good once: what is kept counts, not what was read before."""
    crm.check()
    other: Any = opened("maximizer", shelf.now, shelf.kept)
    other.check()
    other.close()
    crm.client._token = "ended"
    crm.check()
    assert len(shelf.put) == 3


def test_a_token_that_was_used_while_we_asked_is_looked_for_again(crm: MaximizerCrm, shelf: Shelf) -> None:
    """The other process is faster, and keeps the new token only a moment later."""
    old = shelf.now["refresh"]
    grant = crm.client.credentials.grant
    assert grant is not None
    good = grant.app.renew(old)[1]

    def later(_seconds: float) -> None:
        shelf.now["refresh"] = good

    crm.client._wait = later
    assert crm.check().problems[:1] == () or "no field" in crm.check().problems[0].text


def test_an_ended_sign_in_is_told_with_where_to_sign_in_again(crm: MaximizerCrm, hands: MaximizerHands) -> None:
    crm.check()
    hands.do("users", {"uid": "SYNC", "revoke": 1})
    with pytest.raises(NeedsAttention, match="did not accept Listloop's sign-in") as told:
        crm.check()
    assert "Sign in at Maximizer once more" in told.value.fix
    assert told.value.code == "crm-sign-in"


def test_a_used_or_invented_code_opens_nothing(server: Running) -> None:
    assert adapter.page is not None
    with pytest.raises(NeedsAttention, match="did not accept"):
        adapter.page.take(settings(server), "invented", BACK)


def test_without_a_sign_in_it_says_where_to_begin(server: Running) -> None:
    """On the command line nobody can be led to a page."""
    with pytest.raises(NeedsAttention, match="Nobody has signed in") as told:
        adapter.open(settings(server))
    assert "pages" in told.value.fix


ADDRESSES = [
    ({"address": "https://crm.example/MaximizerWebData/Data.svc/json"}, f"https://crm.example{PAGE}",
     "https://crm.example/MaximizerWebAuthentication/OAuth2/Token"),
    ({"sign_in": "https://caw.maximizercrmlive.com/oauth2/acme/authorize"},
     "https://caw.maximizercrmlive.com/oauth2/acme/authorize", "https://caw.maximizercrmlive.com/oauth2/acme/token"),
    ({"sign_in": "https://caw.maximizercrmlive.com/oauth2/acme/authorize", "tokens": "https://a.example/t"},
     "https://caw.maximizercrmlive.com/oauth2/acme/authorize", "https://a.example/t"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "page", "tokens"), ADDRESSES)
def test_where_people_sign_in_and_where_tokens_are(given: dict[str, str], page: str, tokens: str) -> None:
    """On-premise beside the API; in the cloud as told, with the tokens beside the page unless told otherwise."""
    known = {"client": "ours", "client_secret": "hidden", "refresh": "r", **given}
    assert adapter.page is not None
    assert adapter.page.ask(known, BACK, "s").partition("?")[0] == page
    crm: Any = adapter.open(known)
    assert crm.client.credentials.grant.app.tokens == tokens
    crm.close()


@pytest.mark.parametrize(("given", "says"), [
    ({}, "does not know where people sign in"), ({"sign_in": "acme"}, "no address to sign in at"),
])  # fmt: skip
def test_a_part_that_lacks_is_named(given: dict[str, str], says: str) -> None:
    assert adapter.page is not None
    with pytest.raises(NeedsAttention, match=says):
        adapter.page.ask({"client": "ours", **given}, BACK, "s")


def test_a_personal_access_token_counts_before_oauth(server: Running) -> None:
    assert adapter.page is not None
    assert adapter.page.ask(settings(server, token="a.b.c"), BACK, "s") == ""


def test_the_cloud_signs_in_below_the_accounts_alias(server: Running, hands: MaximizerHands) -> None:
    """The pattern that is known of the cloud, with the tokens beside it."""
    hands.do("switches", {"version": "cloud"})
    known = signed_in(server, address=f"{server.url}/octopus", sign_in=f"{server.url}/oauth2/acme/authorize")
    crm: Any = opened("maximizer", known, None)
    assert crm.check().identity
    crm.close()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (httpx2.Response(503, text="busy"), TryLater),
        (httpx2.Response(200, text="<html>"), TryLater),
        (httpx2.Response(200, json=["no object"]), NeedsAttention),
        (httpx2.Response(200, json={"token": "?"}), NeedsAttention),
        (httpx2.Response(400, json={"error": "invalid_client"}), NeedsAttention),
    ],
)
def test_odd_answers_of_the_sign_in_are_told_or_tried_again(reply: httpx2.Response, error: type[Exception]) -> None:
    """No traceback, and no secret in what is said."""
    app = App("ours", "hidden", "https://crm.example/Authorize", "https://crm.example/Token")
    with pytest.raises(error) as told:
        app.renew("once", httpx2.MockTransport(lambda _: reply))
    assert "hidden" not in f"{told.value!r} {getattr(told.value, 'detail', '')}"
    assert "once" not in getattr(told.value, "detail", "")
