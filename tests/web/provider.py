"""A provider of single sign-on: Authlib's own authorization server, which checks what a client sends by the book.

It wants a registered client, the registered address to come back to, the client's secret, a nonce, and PKCE. It is
called in this process, without a network.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
from joserfc.jwk import RSAKey

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from authlib.integrations.flask_oauth2 import AuthorizationServer  # type: ignore[import-untyped]  # ships no types
    from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant  # type: ignore[import-untyped]  # ships no types
    from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]  # ships no types
    from authlib.oidc.core import UserInfo  # type: ignore[import-untyped]  # ships no types
    from authlib.oidc.core.grants import OpenIDCode  # type: ignore[import-untyped]  # ships no types
    from flask import Flask, jsonify, request

ISSUER = "https://login.example.com"
BACK = "http://testserver/sign-in/back"
CLIENT, SECRET = "listloop", "a secret: with a colon & signs"


@dataclass
class Registered:
    """The one client, as Authlib asks for it."""

    client_id: str = CLIENT
    method: str = "client_secret_basic"

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return BACK

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri == BACK

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return method == self.method

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Code:
    """An authorization code, as Authlib asks for it."""

    code: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    user: dict[str, Any]
    redirect_uri: str = BACK
    scope: str = "openid email profile"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


@dataclass
class Identity:
    """The provider; ``user`` is who signs in there, without being asked. What a test changes of the rest is a lie."""

    user: dict[str, Any] = field(default_factory=lambda: {"sub": "8731", "email": "ola@halden-roos.example"})
    client: Registered = field(default_factory=Registered)
    key: RSAKey = field(default_factory=_key)
    shown_key: RSAKey | None = None
    issuer: str = ISSUER
    named: str = ISSUER
    life: int = 300
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    app: Any = None

    def __post_init__(self) -> None:
        self.user.setdefault("email_verified", True)
        self.app = _application(self)

    @property
    def transport(self) -> httpx2.BaseTransport:
        """How its client calls it."""
        return httpx2.WSGITransport(app=self.app)

    def sign_in(self, address: str) -> httpx2.Response:
        """The browser opens the address that it was sent to; the answer sends it back."""
        with httpx2.Client(transport=self.transport) as browser:
            return browser.get(address)


def _application(identity: Identity) -> Flask:
    app = Flask("provider")
    server = AuthorizationServer(
        app, query_client=lambda given: identity.client if given == identity.client.client_id else None,
        save_token=lambda token, asked: identity.tokens.update({token["access_token"]: asked.user}),
    )  # fmt: skip
    server.register_grant(_grant(identity), [CodeChallenge(required=True), _OpenID(identity)])

    @app.get("/.well-known/openid-configuration")
    def described() -> Any:
        base = identity.named
        return jsonify(
            issuer=identity.issuer, authorization_endpoint=f"{base}/authorize?tenant=1", token_endpoint=f"{base}/token",
            jwks_uri=f"{base}/keys", userinfo_endpoint=f"{base}/me",
            token_endpoint_auth_methods_supported=[identity.client.method],
        )  # fmt: skip

    @app.get("/keys")
    def keys() -> Any:
        return jsonify(keys=[(identity.shown_key or identity.key).as_dict(private=False)])

    @app.get("/authorize")
    def authorize() -> Any:
        grant = server.get_consent_grant(end_user=identity.user)
        return server.create_authorization_response(grant_user=identity.user, grant=grant)

    @app.post("/token")
    def token() -> Any:
        return server.create_token_response()

    @app.get("/me")
    def me() -> Any:
        known = identity.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return jsonify(known) if known else (jsonify(error="invalid_token"), 401)

    return app


def _grant(identity: Identity) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib ships no types
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]  # noqa: RUF012

        def save_authorization_code(self, code: str, asked: Any) -> None:
            data = asked.payload.data
            challenge = data["code_challenge"], data["code_challenge_method"]
            identity.codes[code] = Code(code, data["nonce"], *challenge, asked.user)

        def query_authorization_code(self, code: str, _client: Any) -> Code | None:
            return identity.codes.get(code)

        def delete_authorization_code(self, code: Code) -> None:
            del identity.codes[code.code]

        def authenticate_user(self, code: Code) -> dict[str, Any]:
            return code.user

    return Grant


class _OpenID(OpenIDCode):  # type: ignore[misc]  # Authlib ships no types
    def __init__(self, identity: Identity) -> None:
        super().__init__(require_nonce=True)
        self.identity = identity

    def exists_nonce(self, nonce: str, _asked: Any) -> bool:
        return any(one.nonce == nonce for one in self.identity.codes.values())

    def resolve_client_private_key(self, _client: Any) -> RSAKey:
        return self.identity.key

    def get_client_claims(self, _client: Any) -> dict[str, Any]:
        return {"iss": self.identity.issuer, "exp": int(time.time()) + self.identity.life}

    def get_client_algorithm(self, _client: Any) -> str:
        return "RS256"

    def get_encode_header(self, _client: Any) -> dict[str, Any]:
        return {"alg": "RS256", "kid": "one"}

    def generate_user_info(self, user: dict[str, Any], _scope: str) -> UserInfo:
        return UserInfo(user)
