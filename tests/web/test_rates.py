"""Nobody knocks too often: guesses are barred for a while, and who has the right link or token never is."""

from __future__ import annotations

from sqlalchemy import Engine
from starlette.testclient import TestClient

from listloop.web.app import make_app
from listloop.web.rates import CALLS, SIGN_IN, UNKNOWN_HOOK, WRONG_TOKEN
from tests.web.conftest import Visitor
from tests.web.pressed import Pressed
from tests.web.tokens import token_of
from tests.web.world import BASE, World, services, sign_in_link

TOO_MANY = 429


class Hooks:
    """Knows one webhook."""

    def knows(self, token: str, /) -> bool:
        return token == "right"

    def receive(self, token: str, body: bytes, signature: str, /) -> int:
        return 200 if token == "right" else 404


def test_sign_in_links_cannot_be_guessed_for_long(engine: Engine, world: World, visitor: Visitor) -> None:
    client, good = visitor(), sign_in_link(engine)
    said = {client.get("/sign-in/nonsense").status_code for _ in range(SIGN_IN.amount)}
    assert said == {410}
    answer = client.get("/sign-in/nonsense")
    assert answer.status_code == TOO_MANY
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert client.get(good).status_code == 200


def test_tokens_cannot_be_guessed_for_long(engine: Engine, world: World, visitor: Visitor) -> None:
    client = visitor()
    good, wrong = ({"Authorization": f"Bearer {one}"} for one in (token_of(engine), "llt_guess"))
    for _ in range(WRONG_TOKEN.amount):
        assert client.get("/api/v1/connections", headers=wrong).status_code == 401
    barred = client.get("/api/v1/connections", headers=wrong)
    assert (barred.status_code, barred.json()["code"]) == (TOO_MANY, "often")
    assert barred.headers["Retry-After"]
    assert client.get("/api/v1/connections", headers=good).status_code == 200


def test_a_token_is_good_for_so_many_calls_a_minute(engine: Engine, world: World, visitor: Visitor) -> None:
    client, good = visitor(), {"Authorization": f"Bearer {token_of(engine)}"}
    said = [client.get("/api/v1/questions?limit=1", headers=good).status_code for _ in range(CALLS.amount + 1)]
    assert said == [200] * CALLS.amount + [TOO_MANY]


def test_forged_deliveries_are_barred_and_real_ones_never(engine: Engine) -> None:
    with TestClient(make_app(services(engine, Pressed(), webhooks=Hooks())), base_url=BASE) as client:
        real = {client.post("/hooks/mailchimp/right").status_code for _ in range(3 * UNKNOWN_HOOK.amount)}
        assert real == {200}
        forged = [client.post("/hooks/mailchimp/wrong").status_code for _ in range(UNKNOWN_HOOK.amount + 1)]
        assert forged == [404] * UNKNOWN_HOOK.amount + [TOO_MANY]
        assert client.post("/hooks/mailchimp/right").status_code == 200
