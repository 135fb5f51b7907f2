"""An administrator sees how a user gets in and where from, and takes each of it away; it is all in the audit log."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from listloop.store import factors
from listloop.store.identities import bind
from listloop.store.installation import audit
from listloop.store.passwords import set_password
from listloop.store.secrets import Secrets
from listloop.store.users import Role, User, find_user
from listloop.web.access import SESSION
from tests.web.conftest import Visitor, press
from tests.web.test_passwords import switched_on
from tests.web.world import NOW, SECRET_KEY, World

GOOD = "vier Wörter, ein Kranich"


@pytest.fixture
def marta(engine: Engine, world: World, visitor: Visitor) -> User:
    """A viewer, signed in in one browser, with everything that there is."""
    switched_on(visitor(Role.VIEWER))
    user = find_user(engine, "marta.viewer@halden-roos.example")
    assert user is not None
    with engine.begin() as db:
        set_password(db, user, GOOD, NOW)
        bind(db, "https://login.example.com", "1", user.email, NOW)
    return user


def last(engine: Engine) -> str:
    with engine.begin() as db:
        return db.scalars(select(audit.c.what).order_by(audit.c.id.desc())).first() or ""


def test_it_is_seen_where_a_user_is_signed_in_and_by_what(engine: Engine, visitor: Visitor, marta: User) -> None:
    client = visitor(Role.ADMINISTRATOR)
    listed = client.get("/settings/users").text
    assert re.search(rf'href="/settings/users/{marta.id}#sessions">1 browser<', listed)
    page = client.get(f"/settings/users/{marta.id}").text
    for said in ("testclient", "Remove the password", "Remove the second factor", "Unlink", "10 recovery codes left"):
        assert said in page
    assert client.get("/settings/users/999").status_code == 503


def test_anothers_browser_is_signed_out(engine: Engine, visitor: Visitor, marta: User, world: World) -> None:
    client = visitor(Role.ADMINISTRATOR)
    root = f"/settings/users/{marta.id}"
    [mark] = re.findall(rf"{root}/sessions/([0-9a-f]{{16}})/end", client.get(root).text)
    assert press(client, root, f"{root}/sessions/{mark}/end") == root
    assert "signed in nowhere" in client.get(root).text
    assert last(engine) == f"signed {marta.email} out of a browser"


def test_everywhere_at_once_but_never_the_administrators_own_browser(
    engine: Engine, visitor: Visitor, marta: User
) -> None:
    boss, elsewhere = visitor(Role.ADMINISTRATOR), visitor(Role.ADMINISTRATOR)
    user = find_user(engine, "marta.administrator@halden-roos.example")
    assert user is not None
    press(boss, f"/settings/users/{user.id}", f"/settings/users/{user.id}/sign-out")
    assert boss.get("/people").status_code == 200
    assert elsewhere.get("/people").status_code == 401
    assert last(engine) == f"signed {user.email} out everywhere"


@pytest.mark.parametrize(
    ("what", "gone", "said"),
    [
        ("password/remove", "Remove the password", "removed the password of"),
        ("second-factor/remove", "Remove the second factor", "removed the second factor of"),
        ("unlink", "Unlink", "unlinked"),
    ],
)
def test_a_way_in_is_taken_away(engine: Engine, visitor: Visitor, marta: User, what: str, gone: str, said: str) -> None:
    client, root = visitor(Role.ADMINISTRATOR), f"/settings/users/{marta.id}"
    press(client, root, f"{root}/{what}")
    assert f">{gone}<" not in client.get(root).text.replace("\n", "")
    assert last(engine).startswith(f"{said} {marta.email}")


def test_without_the_second_factor_a_user_gets_in_by_the_first_alone(
    engine: Engine, visitor: Visitor, marta: User
) -> None:
    client, root = visitor(Role.ADMINISTRATOR), f"/settings/users/{marta.id}"
    press(client, root, f"{root}/second-factor/remove")
    assert SESSION in visitor(Role.VIEWER).cookies
    assert not factors.show(engine, Secrets(engine, [SECRET_KEY]), marta, "123456", datetime.now(UTC))
    with engine.begin() as db:
        assert not factors.has_factor(db, marta.id)
