"""The second factor: a code is good once and about now, a recovery code once; the seed is encrypted like a secret."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.store import installation
from listloop.store.database import create_all, open_database
from listloop.store.factors import begin, begun, codes_left, confirm, drop_factor, has_factor, new_codes, show
from listloop.store.secrets import Secrets
from listloop.store.users import Role, User, add_user

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def secrets(engine: Engine) -> Secrets:
    """The secrets of that database."""
    return Secrets(engine, [OLD])


@pytest.fixture
def marta(engine: Engine) -> User:
    """A user without a second factor."""
    return add_user(engine, "marta@halden.example", "Marta", Role.VIEWER, NOW)


def telephone(uri: str) -> pyotp.TOTP:
    """What an authenticator app makes of the scanned address, by RFC 6238."""
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])


def switched_on(engine: Engine, secrets: Secrets, user: User) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    app = telephone(begin(secrets, user, NOW))
    return app, confirm(engine, secrets, user, app.at(NOW), NOW)


def test_the_codes_are_those_of_the_rfc() -> None:
    """RFC 6238, appendix B, the row of 59 seconds for SHA-1, last six digits."""
    seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert pyotp.TOTP(seed).at(59) == "287082"


def test_it_counts_only_after_the_telephone_showed_a_right_code(engine: Engine, secrets: Secrets, marta: User) -> None:
    app = telephone(begin(secrets, marta, NOW))
    assert telephone(begin(secrets, marta, NOW)).secret == app.secret == begun(secrets, marta), "not spoilt by a reload"
    wrong = "000000" if app.at(NOW) != "000000" else "000001"
    with pytest.raises(NeedsAttention, match="not the code of this moment"):
        confirm(engine, secrets, marta, wrong, NOW)
    with engine.begin() as db:
        assert not has_factor(db, marta.id)
    assert not show(engine, secrets, marta, app.at(NOW), NOW)
    confirm(engine, secrets, marta, f" {app.at(NOW)[:3]} {app.at(NOW)[3:]} ", NOW)
    with engine.begin() as db:
        assert has_factor(db, marta.id)
    assert begun(secrets, marta) == ""


def test_a_code_is_good_once_for_a_minute_and_none_before_it_after_it(
    engine: Engine, secrets: Secrets, marta: User
) -> None:
    app, _ = switched_on(engine, secrets, marta)
    assert not show(engine, secrets, marta, app.at(NOW), NOW), "the one that switched it on is used"
    later = NOW + timedelta(minutes=5)
    code = app.at(later)
    for off in (-61, 61):
        assert not show(engine, secrets, marta, app.at(later + timedelta(seconds=off)), later), off
    assert show(engine, secrets, marta, code, later + timedelta(seconds=25))
    assert not show(engine, secrets, marta, code, later)
    assert not show(engine, secrets, marta, app.at(later - timedelta(seconds=30)), later), "older than a used one"
    assert show(engine, secrets, marta, app.at(later + timedelta(seconds=30)), later + timedelta(seconds=30))


def test_of_many_who_show_the_same_code_at_once_one_gets_in(engine: Engine, secrets: Secrets, marta: User) -> None:
    app, codes = switched_on(engine, secrets, marta)
    later = NOW + timedelta(minutes=5)
    said: dict[str, list[bool]] = {app.at(later): [], codes[0]: []}

    def press(code: str) -> None:
        said[code].append(show(engine, secrets, marta, code, later))

    for code in said:
        threads = [threading.Thread(target=press, args=(code,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [sorted(one) for one in said.values()] == [[False] * 5 + [True]] * 2


def test_recovery_codes_are_good_once_and_only_for_their_owner(engine: Engine, secrets: Secrets, marta: User) -> None:
    other = add_user(engine, "ola@halden.example", "Ola", Role.VIEWER, NOW)
    _, codes = switched_on(engine, secrets, marta)
    switched_on(engine, secrets, other)
    assert len(set(codes)) == 10
    assert not show(engine, secrets, other, codes[0], NOW)
    assert show(engine, secrets, marta, codes[0].lower().replace("-", " "), NOW)
    assert not show(engine, secrets, marta, codes[0], NOW)
    with engine.begin() as db:
        assert codes_left(db, marta.id) == 9
        kept = str(db.execute(select(installation.recovery_codes)).all())
        fresh = new_codes(db, marta)
    assert not [one for one in codes if one in kept or one.replace("-", "") in kept]
    assert not show(engine, secrets, marta, codes[1], NOW), "new ones end the old ones"
    assert show(engine, secrets, marta, fresh[0], NOW)


def test_switched_off_nothing_of_it_is_left(engine: Engine, secrets: Secrets, marta: User) -> None:
    app, codes = switched_on(engine, secrets, marta)
    with engine.begin() as db:
        drop_factor(db, secrets, marta)
        assert (has_factor(db, marta.id), codes_left(db, marta.id)) == (False, 0)
    assert secrets.names() == []
    later = NOW + timedelta(minutes=5)
    assert not show(engine, secrets, marta, app.at(later), later)
    assert not show(engine, secrets, marta, codes[0], later)
    assert telephone(begin(secrets, marta, NOW)).secret != app.secret, "another telephone gets another seed"


def test_the_seed_is_encrypted_and_goes_along_when_the_key_changes(
    engine: Engine, secrets: Secrets, marta: User
) -> None:
    app, _ = switched_on(engine, secrets, marta)
    with engine.begin() as db:
        assert app.secret not in str(db.execute(select(installation.secrets)).all())
    assert Secrets(engine, [NEW, OLD]).rotate() == 1
    later = NOW + timedelta(minutes=5)
    assert show(engine, Secrets(engine, [NEW]), marta, app.at(later), later)
