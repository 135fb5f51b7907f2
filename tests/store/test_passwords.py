"""Passwords: hashed, compared in the time of a hash also for nobody, and only such as are not the first to be tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.store import passwords
from listloop.store.database import create_all, open_database
from listloop.store.installation import users
from listloop.store.passwords import LONGEST, SHORTEST, drop_password, password_since, set_password, user_with
from listloop.store.users import Role, User, add_user

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)
GOOD = "vier Wörter, ein Kranich"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def marta(engine: Engine) -> User:
    """A user with that password."""
    user = add_user(engine, "marta@halden.example", "Marta Lindqvist", Role.VIEWER, NOW)
    with engine.begin() as db:
        set_password(db, user, GOOD, NOW)
    return user


def test_address_and_password_together_are_the_user(engine: Engine, marta: User) -> None:
    assert user_with(engine, " MARTA@halden.example", GOOD) == marta
    for email, password in (
        (marta.email, GOOD.upper()),
        (marta.email, f"{GOOD} "),
        (marta.email, ""),
        ("ola@halden.example", GOOD),
    ):
        assert user_with(engine, email, password) is None


def test_a_password_is_stored_as_argon2id_with_a_salt_of_its_own(engine: Engine, marta: User) -> None:
    other = add_user(engine, "ola@halden.example", "Ola", Role.VIEWER, NOW)
    with engine.begin() as db:
        set_password(db, other, GOOD, NOW)
        first, second = db.scalars(select(users.c.password))
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert len(first) <= 200


def test_how_an_accent_is_typed_makes_no_difference(engine: Engine, marta: User) -> None:
    assert user_with(engine, marta.email, GOOD.replace("ö", "o\u0308")) == marta


@pytest.mark.parametrize(
    "password",
    [
        "x" * 7 + "abcd",
        "",
        "ab c" * (LONGEST // 4) + "d",
        "marta lindqvist",
        "Marta@halden.example",
        "abababababab",
        " " * SHORTEST,
    ],
)
def test_what_is_short_endless_or_ones_own_name_is_no_password(engine: Engine, marta: User, password: str) -> None:
    with engine.begin() as db, pytest.raises(NeedsAttention) as refused:
        set_password(db, marta, password, NOW)
    assert refused.value.code == "password-weak"
    assert user_with(engine, marta.email, GOOD) == marta, "the old one stays"


@pytest.mark.parametrize("password", ["aBc1" * 3, "длинный пароль", "🦩🦚🦜🐧" * 3, "x" * 90 + " yz" * 12])
def test_any_characters_may_be_in_a_password(engine: Engine, marta: User, password: str) -> None:
    with engine.begin() as db:
        set_password(db, marta, password, NOW)
    assert user_with(engine, marta.email, password) == marta


def test_who_has_no_password_is_let_in_by_none(engine: Engine, marta: User) -> None:
    with engine.begin() as db:
        assert password_since(db, marta.id) == NOW
        drop_password(db, marta.id)
        assert password_since(db, marta.id) is None
    for password in (GOOD, "", "the password of nobody"):
        assert user_with(engine, marta.email, password) is None


def test_an_address_that_nobody_has_costs_a_hash_too(engine: Engine, marta: User) -> None:
    compared: list[str] = []

    def counted(password: str, hashed: str) -> bool:
        compared.append(hashed[:10])
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_matches", counted)
        assert user_with(engine, "nobody@halden.example", GOOD) is None, "whatever the comparison says"
        assert user_with(engine, marta.email, GOOD) == marta
    assert compared == ["$argon2id$"] * 2
