"""Single sign-on against a real provider: who comes back is believed only after every check."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from json import dumps
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import jsonify
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from listloop.store.identities import SECRET as KEPT
from listloop.store.identities import Provider, set_provider
from listloop.store.installation import audit, secrets, users
from listloop.store.options import set_option
from listloop.store.secrets import Secrets
from listloop.store.sessions import MUST
from listloop.store.users import Role, User, add_user
from listloop.web.access import SESSION
from listloop.web.app import make_app
from tests.web.conftest import Visitor, form_token, press
from tests.web.pressed import Pressed
from tests.web.provider import BACK, CLIENT, ISSUER, SECRET, Identity
from tests.web.world import BASE, NOW, SECRET_KEY, World, services, sign_in_link

OLA = "ola@halden-roos.example"
PAGE = "/settings/sign-in"


@pytest.fixture
def identity() -> Identity:
    """The provider, at which Ola signs in."""
    return Identity()


@pytest.fixture
def client(engine: Engine, world: World, identity: Identity) -> Iterator[TestClient]:
    """A browser, and an installation in which that provider is set up. The clock is the provider's."""
    hidden = Secrets(engine, [SECRET_KEY])
    hidden.put(KEPT, SECRET, NOW)
    with engine.begin() as db:
        set_provider(db, hidden, Provider(ISSUER, CLIENT, "Halden"))
    known = services(engine, Pressed(), now=lambda: datetime.now(UTC), transport=identity.transport)
    with TestClient(make_app(known), base_url=BASE, follow_redirects=False) as made:
        yield made


@pytest.fixture
def ola(engine: Engine) -> User:
    """Somebody who was let in."""
    return add_user(engine, OLA, "Ola", Role.MARKETER, NOW)


def sent(client: TestClient, to: str = "/") -> str:
    """Press the button; the address of the provider that the browser is sent to."""
    answer = client.get("/sign-in/with", params={"to": to})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def back(client: TestClient, identity: Identity, to: str = "/", **changed: str) -> Any:
    """Go to the provider and come back, maybe with another answer than it gave."""
    there = identity.sign_in(sent(client, to))
    assert there.status_code == 302, there.text
    address = urlsplit(there.headers["location"])
    given = {name: value for name, [value] in parse_qs(address.query).items()}
    return client.get(f"{address.path}?{urlencode({**given, **changed})}")


def lines(engine: Engine) -> list[str]:
    with engine.begin() as db:
        return list(db.scalars(select(audit.c.what).order_by(audit.c.id)))


def test_who_was_let_in_comes_by_the_provider_and_gets_to_the_page_that_was_asked_for(
    client: TestClient, identity: Identity, ola: User, engine: Engine
) -> None:
    page = client.get("/people")
    assert "Sign in with Halden" in page.text
    assert 'href="/sign-in/with?to=/people"' in page.text
    answer = back(client, identity, "/people")
    assert (answer.status_code, answer.headers["location"]) == (303, "/people")
    assert client.get("/people").status_code == 200
    assert lines(engine) == ["signed in by single sign-on"]
    assert "single sign-on" in client.get("/you").text


def test_the_provider_is_asked_with_pkce_state_and_nonce_new_each_time(client: TestClient, ola: User) -> None:
    first, second = (parse_qs(urlsplit(sent(client)).query) for _ in range(2))
    assert first["tenant"] == ["1"], "what the provider's own address holds stays"
    assert (first["response_type"], first["scope"], first["redirect_uri"]) == (
        ["code"],
        ["openid email profile"],
        [BACK],
    )
    assert first["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) == 43


def test_the_providers_number_counts_not_the_address(
    client: TestClient, identity: Identity, ola: User, engine: Engine
) -> None:
    back(client, identity)
    identity.user["email"] = "ola.new@halden-roos.example"
    client.cookies.clear()
    assert back(client, identity).status_code == 303
    assert OLA in client.get("/you").text
    identity.user |= {"sub": "9999", "email": OLA}
    client.cookies.clear()
    refused = back(client, identity)
    assert (refused.status_code, SESSION in client.cookies) == (503, False)
    assert "belongs to another account than before" in refused.text
    with engine.begin() as db:
        assert len(db.execute(select(users.c.id).where(users.c.email == OLA)).all()) == 1


def test_nobody_is_let_in_who_was_not_let_in_here(client: TestClient, identity: Identity, engine: Engine) -> None:
    refused = back(client, identity)
    assert (refused.status_code, SESSION in client.cookies) == (403, False)
    assert "does not know you yet" in refused.text
    with engine.begin() as db:
        assert db.scalars(select(users.c.email)).all() == []


@pytest.mark.parametrize("verified", [False, None, "false"])
def test_an_address_that_is_not_verified_is_nobodys_unless_the_provider_is_trusted(
    client: TestClient, identity: Identity, ola: User, engine: Engine, verified: object
) -> None:
    identity.user["email_verified"] = verified
    refused = back(client, identity)
    assert (refused.status_code, "not verified" in refused.text) == (403, True)
    with engine.begin() as db:
        set_option(db, "sign-on-trusted", "yes")
    assert back(client, identity).status_code == 303


def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(
    client: TestClient, identity: Identity, ola: User
) -> None:
    there = identity.sign_in(sent(client)).headers["location"]
    with TestClient(client.app, base_url=BASE, follow_redirects=False) as other:
        assert other.get(there).status_code == 400, "another browser"
    assert client.get(there).status_code == 303
    client.cookies.delete(SESSION)
    assert client.get(there).status_code == 400, "the question was answered"


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "another"},
        {"state": ""},
        {"code": "invented"},
        {"code": ""},
        {"iss": "https://evil.example"},
        {"error": "access_denied"},
    ],
)
def test_an_answer_that_was_tampered_with_lets_nobody_in(
    client: TestClient, identity: Identity, ola: User, changed: dict[str, str]
) -> None:
    refused = back(client, identity, **changed)
    assert (refused.status_code, SESSION in client.cookies) == (503, False)


def test_a_code_of_another_sign_in_is_refused_by_the_provider_for_its_verifier(
    client: TestClient, identity: Identity, ola: User
) -> None:
    stolen = parse_qs(urlsplit(identity.sign_in(sent(client)).headers["location"]).query)["code"][0]
    assert back(client, identity, code=stolen).status_code == 503


def forged(identity: Identity, key: Any, algorithm: str = "RS256", **changed: Any) -> None:
    """Let the provider's token endpoint answer with a token of our own making, as a man in the middle would."""
    now = int(datetime.now(UTC).timestamp())

    def token() -> Any:
        [code] = identity.codes.values()
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "8731", "nonce": code.nonce, "iat": now, "exp": now + 300}
        claims |= {"email": OLA, "email_verified": True, **changed}
        kept = {name: value for name, value in claims.items() if value is not None}
        made = jwt.encode({"alg": algorithm, "kid": "one"}, kept, key, [algorithm])
        return jsonify(access_token="x", token_type="Bearer", id_token=made)

    identity.app.view_functions["token"] = token


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"aud": [CLIENT], "azp": CLIENT}, True),
        ({"aud": [CLIENT, "another"], "azp": CLIENT}, True),
        ({"aud": [CLIENT, "another"]}, False),
        ({"azp": "another"}, False),
        ({"aud": "another"}, False),
        ({"aud": None}, False),
        ({"iss": "https://evil.example"}, False),
        ({"nonce": "another"}, False),
        ({"nonce": None}, False),
        ({"exp": 1_000_000_000}, False),
        ({"exp": None}, False),
        ({"iat": None}, False),
        ({"iat": 9_000_000_000}, False),
        ({"nbf": 9_000_000_000}, False),
        ({"sub": None}, False),
        ({"sub": ""}, False),
        ({"sub": "x" * 256}, False),
    ],
)
def test_every_claim_of_the_token_is_checked(
    client: TestClient, identity: Identity, ola: User, changed: dict[str, Any], good: bool
) -> None:
    forged(identity, identity.key, **changed)
    assert (back(client, identity).status_code == 303) is good


def test_a_token_is_believed_only_with_the_providers_own_signature(
    client: TestClient, identity: Identity, ola: User
) -> None:
    another = RSAKey.generate_key(2048, {"kid": "one"})
    for key, algorithm in ((another, "RS256"), (OctKey.import_key(SECRET), "HS256"), (None, "none")):
        forged(identity, key, algorithm)
        assert back(client, identity).status_code == 503, algorithm
        identity.codes.clear()


def test_the_public_key_is_never_taken_for_a_shared_secret(client: TestClient, identity: Identity, ola: User) -> None:
    def token() -> Any:
        now = int(datetime.now(UTC).timestamp())
        [code] = identity.codes.values()
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "8731", "nonce": code.nonce, "iat": now, "exp": now + 300}
        parts = [
            urlsafe_b64encode(dumps(one).encode()).rstrip(b"=") for one in ({"alg": "HS256", "kid": "one"}, claims)
        ]
        made = hmac.digest(identity.key.as_pem(private=False), b".".join(parts), "sha256")
        text = b".".join([*parts, urlsafe_b64encode(made).rstrip(b"=")]).decode()
        return jsonify(access_token="x", token_type="Bearer", id_token=text)

    identity.app.view_functions["token"] = token
    assert back(client, identity).status_code == 503


def test_an_address_is_asked_for_where_the_token_has_none(client: TestClient, identity: Identity, ola: User) -> None:
    forged(identity, identity.key, email=None, email_verified=None)
    identity.tokens["x"] = {"sub": "8731", "email": OLA, "email_verified": True}
    assert back(client, identity).status_code == 303
    identity.codes.clear()
    client.cookies.clear()
    forged(identity, identity.key, email=None, email_verified=None, sub="7")
    assert back(client, identity).status_code == 403, "what is said of another person is not taken"


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(
    client: TestClient, identity: Identity, ola: User
) -> None:
    identity.client.method = "client_secret_post"
    assert back(client, identity).status_code == 303


def test_a_provider_that_is_away_is_told_with_what_to_do(
    engine: Engine, client: TestClient, identity: Identity
) -> None:
    identity.app.view_functions["described"] = lambda: ("down", 500)
    answer = client.get("/sign-in/with")
    assert (answer.status_code, "Sign in once more" in answer.text) == (503, True)
    with engine.begin() as db:
        set_provider(db, Secrets(engine, [SECRET_KEY]), None)
    assert client.get("/sign-in/with").status_code == 404


def test_an_administrator_sets_it_up_and_the_secret_is_kept_encrypted_and_never_shown(
    engine: Engine, world: World, identity: Identity
) -> None:
    app = make_app(services(engine, Pressed(), transport=identity.transport))
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        link = sign_in_link(engine)
        client.post(link, data={"form_token": form_token(client.get(link).text)})
        given = {"issuer": ISSUER, "client_id": CLIENT, "title": "Halden", "secret": SECRET}
        token = form_token(client.get(PAGE).text)
        for wrong in (
            {"issuer": "http://login.example.com"},
            {"issuer": "https://login.example.com/x"},
            {"client_id": ""},
        ):
            answer = client.post(f"{PAGE}/provider", data={"form_token": token, **given, **wrong})
            assert (answer.status_code, "Nothing was kept" in answer.text) == (422, True), wrong
        assert press(client, PAGE, f"{PAGE}/provider", **given) == PAGE
        page = client.get(PAGE).text
        assert BACK in page
        assert SECRET.replace("&", "&amp;") not in page
        hidden = Secrets(engine, [SECRET_KEY])
        assert hidden.get(KEPT) == SECRET
        with engine.begin() as db:
            assert SECRET not in str(db.execute(select(secrets)).all())
        press(client, PAGE, f"{PAGE}/provider", **{**given, "secret": "", "title": "Other"})
        assert hidden.get(KEPT) == SECRET, "an empty field leaves it"
        identity.issuer = identity.named = "https://other.example.com"
        press(client, PAGE, f"{PAGE}/provider", **{**given, "secret": "", "issuer": identity.issuer})
        assert KEPT not in hidden.names(), "it is not sent to another provider"
        press(client, PAGE, f"{PAGE}/provider/off")
        assert "Sign in with" not in client.get("/sign-in").text
    assert lines(engine)[-1] == "switched off single sign-on"


def test_a_provider_that_names_an_open_address_for_secrets_is_refused(identity: Identity, client: TestClient) -> None:
    identity.named = "http://login.example.com"
    assert client.get("/sign-in/with").status_code == 503


def test_the_second_factor_is_the_providers_business(
    client: TestClient, identity: Identity, ola: User, engine: Engine
) -> None:
    with engine.begin() as db:
        set_option(db, MUST, "everybody")
    back(client, identity)
    assert client.get("/people").status_code == 200


def test_who_must_have_a_second_factor_is_set_on_the_page(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor(Role.ADMINISTRATOR)
    press(client, PAGE, PAGE, must="everybody")
    assert visitor(Role.VIEWER).get("/people").headers["location"] == "/you/second-factor"
    assert lines(engine)[1] == "asks for a second factor: everybody"
