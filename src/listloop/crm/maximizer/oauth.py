"""Signing in on Maximizer's own page (OAuth 2, authorization code): nobody gives Listloop a password or a token.

On-premise both addresses are known (public sample of an OAuth client for Maximizer; knowledge base, Setting up OAuth
2.0: client ID and secret come from Administrator, one profile for each address to come back to). In the cloud they are
given out with client ID and secret; where none is told, tokens are sought beside the page: ``authorize`` gives way to
``token``. A refresh token may be good once: the new one is kept before anything else is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from listloop.core.errors import NeedsAttention, TryLater

PATH = "/MaximizerWebAuthentication/OAuth2"
"""Where both addresses are on-premise, on the server of the API."""

REFRESH = "refresh"
"""The setting that the sign-in fills."""


@dataclass(frozen=True, slots=True)
class App:
    """What Listloop is registered as at Maximizer: the page to sign in on, and where tokens are given."""

    client_id: str
    client_secret: str
    page: str
    tokens: str

    def ask(self, back: str, state: str) -> str:
        """The address of Maximizer's page; it leads back to ``back``, and ``state`` comes along."""
        asked = {"response_type": "code", "client_id": self.client_id, "redirect_uri": back, "state": state}
        return f"{self.page}{'&' if urlsplit(self.page).query else '?'}{urlencode(asked)}"

    def take(self, code: str, back: str, transport: httpx2.BaseTransport | None = None) -> str:
        """The refresh token for a code. Raises ``NeedsAttention`` for one that is used, old or wrong."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        refresh = self._pair(form, transport)[1]
        if not refresh:
            raise ended("Maximizer gave no refresh token: Listloop could not stay signed in.")
        return refresh

    def renew(self, refresh: str, transport: httpx2.BaseTransport | None = None) -> tuple[str, str]:
        """An access token, and the refresh token that is good from now on. Raises ``NeedsAttention``, ``TryLater``."""
        access, other = self._pair({"grant_type": "refresh_token", "refresh_token": refresh}, transport)
        return access, other or refresh

    def _pair(self, form: dict[str, str], transport: httpx2.BaseTransport | None) -> tuple[str, str]:
        form = {**form, "client_id": self.client_id, "client_secret": self.client_secret}
        try:
            with httpx2.Client(timeout=30.0, transport=transport) as client:
                reply = client.post(self.tokens, data=form)
            said: Any = reply.json() if reply.content else {}
        except (httpx2.HTTPError, ValueError):
            raise TryLater(
                "Maximizer's sign-in did not answer.", "It is tried again.", code="no-answer", detail=self.tokens
            ) from None
        if reply.status_code >= 500 or reply.status_code == 429:
            raise TryLater("Maximizer's sign-in is busy.", "It is tried again.", code="no-answer")
        if reply.status_code != 200 or not isinstance(said, dict) or not said.get("access_token"):
            told = said.get("error", "") if isinstance(said, dict) else ""
            raise ended("Maximizer did not accept Listloop's sign-in.", f"HTTP {reply.status_code} {told}")
        return str(said["access_token"]), str(said.get("refresh_token") or "")


@dataclass(slots=True)
class Grant:
    """A sign-in that lasts. ``latest`` reads the refresh token as it is kept now, ``keep`` puts a new one there:
    another process of Listloop may have used the one that we know.
    """

    app: App
    refresh: str
    latest: Callable[[], str] | None = None
    keep: Callable[[str], None] | None = None

    def access(self, wait: Callable[[float], None], transport: httpx2.BaseTransport | None = None) -> str:
        """A new access token. Raises ``NeedsAttention`` where somebody has to sign in again."""
        for pause in (0.5, 1.0, 2.0, 0.0):
            used = self.latest() if self.latest else self.refresh
            try:
                access, refresh = self.app.renew(used, transport)
            except NeedsAttention:
                if not pause or not self.latest:
                    raise
                wait(pause)
                if self.latest() == used:  # nobody else has used it: it has ended
                    raise
                continue
            if refresh != used and self.keep:
                self.keep(refresh)
            self.refresh = refresh
            return access
        raise AssertionError("the last pause raises")


def app_of(known: Mapping[str, str], api: str) -> App | None:
    """The app that the settings name; None where they sign in otherwise. Raises ``NeedsAttention`` where a part lacks.

    ``api`` is the address of the API.
    """
    if not known["client"]:
        return None
    page = known["sign_in"]
    parts = urlsplit(api)
    if not page and (parts.hostname or "").endswith("maximizer.com"):
        raise NeedsAttention(
            "Listloop does not know where people sign in to this Maximizer.",
            "Enter the address of the sign-in page that Maximizer gave you with the client ID.",
            code="crm-setting",
        )
    page = page or f"{parts.scheme}://{parts.netloc}{PATH}/Authorize"
    for one in filter(None, (page, known["tokens"])):
        _must_be_safe(one)
    return App(known["client"], known["client_secret"], page, known["tokens"] or _beside(page))


def _beside(page: str) -> str:
    """``…/Authorize`` becomes ``…/Token``, in the same case of letters."""
    above, _, last = page.partition("?")[0].rstrip("/").rpartition("/")
    return f"{above}/{'Token' if last[:1].isupper() else 'token'}"


def _must_be_safe(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise NeedsAttention(
            f"“{address}” is no address to sign in at.",
            "It looks like https://server/MaximizerWebAuthentication/OAuth2/Authorize.",
            code="crm-setting",
        )


def ended(problem: str, detail: str = "") -> NeedsAttention:
    """What to say where somebody has to sign in again."""
    return NeedsAttention(
        problem,
        "Sign in at Maximizer once more, under Settings, Keys and passwords; where that fails as well, compare client "
        "ID, client secret and the address to come back to with Administrator, System Options, OAuth 2.0 Settings.",
        code="crm-sign-in",
        detail=detail,
    )
