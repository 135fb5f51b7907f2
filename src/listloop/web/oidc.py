"""Single sign-on by OpenID Connect: the authorization code flow with PKCE.

Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 6749, 7636 and 9207.

What the provider says is believed only after it was checked: the answer belongs to this browser's question (state), the
token to this sign-in (nonce), and it is signed with a key of the provider, for this client, and not out of date.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from listloop.core.errors import NeedsAttention, TryLater
from listloop.store.identities import Provider

#: Signatures that only the provider can make. Never “none”, and none that is made with the client secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")

#: Seconds that the provider's clock may be off.
LEEWAY = 60

TIMEOUT = 10.0

#: The path that the provider is told to send people back to; the address is registered there, letter by letter.
BACK = "/sign-in/back"

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is kept in the browser's own, signed cookie until the provider sends the browser back."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who came: the provider's number for the person, and the address, "" where it is not known to be theirs."""

    subject: str
    email: str


def safe(address: str) -> bool:
    """Is this an address to which a secret can be sent: https, or this very machine?"""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE))


def check_provider(given: Provider) -> None:
    """Raise NeedsAttention for a provider without an address and a client ID that can be used."""
    if not safe(given.issuer) or not given.client_id:
        raise NeedsAttention(
            "A provider has an address that begins with https://, and knows Listloop by a client ID.",
            "Both stand where you registered Listloop at the provider.",
            code="sign-on-issuer",
        )


def make_question() -> Asked:
    """A new sign-in: three texts of 256 random bits."""
    return Asked(*(secrets.token_urlsafe(32) for _ in range(3)))


class Client:
    """The provider, as far as signing in goes. Each call raises TryLater where it can't be reached.

    ``transport`` is how it is reached; None: over the network.
    """

    def __init__(self, provider: Provider, secret: str, transport: httpx2.BaseTransport | None = None) -> None:
        self._provider = provider
        self._secret = secret
        self._http = httpx2.Client(timeout=TIMEOUT, transport=transport, headers={"Accept": "application/json"})

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()

    def describe(self) -> dict[str, Any]:
        """What the provider says of itself (OpenID Connect Discovery 1.0). Raises NeedsAttention for nonsense."""
        issuer = self._provider.issuer
        told = self._json("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if str(told.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
            raise _wrong(f"{issuer} calls itself by another address.")
        if not all(safe(str(told.get(name, ""))) for name in wanted):
            raise _wrong(f"{issuer} names no address that begins with https://.")
        return told

    def question(self, asked: Asked, back: str) -> str:
        """The address at which the person signs in; the provider then sends the browser to ``back``."""
        challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": back,
            "scope": "openid email profile",
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(self.describe()["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    def answer(self, asked: Asked, given: Mapping[str, str], back: str, now: datetime) -> Claims:
        """Who came back with this answer. Raises NeedsAttention for whatever is not in order."""
        if not compare_digest(given.get("state", "").encode(), asked.state.encode()):
            raise _refused("The answer belongs to another sign-in.")
        told = self.describe()
        if "iss" in given and given["iss"] != told["issuer"]:
            raise _refused("The answer is of another provider.")
        if "error" in given or not given.get("code"):
            raise _refused(f"The provider said: {given.get('error', 'nothing')[:100]}.")
        tokens = self._tokens(told, given["code"], asked.verifier, back)
        claims = self._claims(told, str(tokens.get("id_token", "")), asked.nonce, now)
        if not claims.get("email") and safe(str(told.get("userinfo_endpoint", ""))):
            more = self._userinfo(str(told["userinfo_endpoint"]), str(tokens.get("access_token", "")))
            claims = {**more, **claims} if more.get("sub") == claims["sub"] else claims
        verified = claims.get("email_verified") in {True, "true"} or self._provider.trusted
        return Claims(str(claims["sub"]), str(claims.get("email") or "") if verified else "")

    def _tokens(self, told: Mapping[str, Any], code: str, verifier: str, back: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
        basic = None
        if not self._secret:
            form["client_id"] = self._provider.client_id
        elif "client_secret_basic" in told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            basic = (quote(self._provider.client_id, safe=""), quote(self._secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": self._provider.client_id, "client_secret": self._secret}
        return self._json("POST", str(told["token_endpoint"]), data=form, auth=basic)

    def _claims(self, told: Mapping[str, Any], token: str, nonce: str, now: datetime) -> dict[str, Any]:
        """The checked content of the id_token (OpenID Connect Core 1.0, 3.1.3.7)."""
        keys = self._json("GET", str(told["jwks_uri"]))
        client = self._provider.client_id
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": told["issuer"]},
            aud={"essential": True, "value": client},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]  # checked inside
            registry.validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _refused(f"The provider's token is not in order ({type(error).__name__}).") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != client:
            raise _refused("The provider's token is for another program.")
        if not 0 < len(str(claims["sub"])) <= 255:
            raise _refused("The provider's token names nobody.")
        return dict(claims)

    def _userinfo(self, address: str, token: str) -> dict[str, Any]:
        return self._json("GET", address, headers={"Authorization": f"Bearer {token}"})

    def _json(self, method: str, address: str, **sent: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(
                method, address, headers={"Accept": "application/json", **sent.pop("headers", {})}, **sent
            )
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise TryLater(
                f"{self._provider.title} can't be reached.", "Try again in a moment, or sign in another way."
            ) from None
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code != 200 or not isinstance(body, dict):
            why = str(body.get("error", ""))[:100] if isinstance(body, dict) else ""
            raise _refused(f"The provider answered {answer.status_code} ({why or 'no reason'}).")
        return body


def _refused(problem: str) -> NeedsAttention:
    return NeedsAttention(
        problem, "Sign in once more; if it stays, tell whoever runs Listloop.", code="sign-on-refused"
    )


def _wrong(problem: str) -> NeedsAttention:
    return NeedsAttention(
        problem, "Take the address that the provider calls issuer, letter by letter.", code="sign-on-issuer"
    )
