"""Signing in at Mailchimp instead of pasting a key (Mailchimp OAuth 2 guide, "Access Data on Behalf of Other Users").

There is the authorization code only: no scopes, no refresh; a token is good until it is revoked. The address to come
back to has to be the one that the app is registered with, letter by letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx2

from listloop.core.errors import NeedsAttention, TryLater

#: What a stored key begins with where it is a token: those are sent as Bearer, never as a password.
TOKEN = "oauth."  # noqa: S105 - a mark, not a secret

_AGAIN = "Sign in at Mailchimp once more."


@dataclass(frozen=True, slots=True)
class App:
    """The app that this installation is registered as at Mailchimp; ``login`` is where people sign in."""

    client_id: str
    client_secret: str
    login: str

    def ask(self, back: str, state: str) -> str:
        """The address at which the user says yes; ``state`` comes back with the answer."""
        asked = {"response_type": "code", "client_id": self.client_id, "redirect_uri": back, "state": state}
        return f"{self.login}/oauth2/authorize?{urlencode(asked)}"

    def take(self, code: str, back: str, transport: httpx2.BaseTransport | None = None) -> tuple[str, str]:
        """The key and the address of the API for a code. Raises NeedsAttention for one that is used, old or wrong."""
        form = {"grant_type": "authorization_code", "client_id": self.client_id, "client_secret": self.client_secret}
        with httpx2.Client(base_url=self.login, timeout=30.0, transport=transport) as client:
            token = _said(client, "POST", "/oauth2/token", data={**form, "redirect_uri": back, "code": code})
            access, where = token.get("access_token", ""), ""
            if access:  # the answer is 200 whatever the token is: only a good one has an api_endpoint
                headers = {"Authorization": f"OAuth {access}"}
                where = _said(client, "GET", "/oauth2/metadata", headers=headers).get("api_endpoint", "")
        if not where:
            raise NeedsAttention("Mailchimp did not accept the sign-in.", _AGAIN, code="oauth")
        return f"{TOKEN}{access}", f"{str(where).rstrip('/').removesuffix('/3.0')}/3.0"


def _said(client: httpx2.Client, method: str, path: str, **sent: Any) -> dict[str, str]:
    try:
        answer = client.request(method, path, **sent)
        body = answer.json()
    except (httpx2.HTTPError, ValueError):
        raise TryLater("Mailchimp's sign-in did not answer.", "Try again in a moment.") from None
    return body if answer.status_code == 200 and isinstance(body, dict) else {}
