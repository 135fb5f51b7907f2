"""Secrets come back only with their key, and are nowhere to be read otherwise."""

import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.store.database import open_database
from listloop.store.installation import secrets
from listloop.store.secrets import VARIABLE, Secrets, find_keys
from tests.store.conftest import NOON

NAME = "connection/1/mailchimp-key"
VALUE = "0123456789abcdef-us21"


def keys(count: int) -> list[str]:
    return [Fernet.generate_key().decode() for _ in range(count)]


def test_a_secret_comes_back_and_can_be_replaced_and_deleted(engine: Engine) -> None:
    stored = Secrets(engine, keys(1))
    stored.put(NAME, "first", NOON)
    stored.put(NAME, VALUE, NOON)
    assert stored.get(NAME) == VALUE
    assert stored.names() == [NAME]
    stored.delete(NAME)
    with pytest.raises(NeedsAttention, match="Enter it again"):
        stored.get(NAME)


def test_neither_the_database_nor_a_repr_shows_secret_or_key(engine: Engine) -> None:
    (key,) = keys(1)
    stored = Secrets(engine, [key])
    stored.put(NAME, VALUE, NOON)
    with engine.connect() as reading:
        ciphertext = reading.execute(select(secrets.c.ciphertext)).scalar_one()
    assert VALUE.encode() not in ciphertext
    assert key not in repr(stored)
    assert VALUE not in repr(stored)


def test_a_wrong_key_is_told_with_the_next_step_and_without_the_key(engine: Engine) -> None:
    right, wrong = keys(2)
    Secrets(engine, [right]).put(NAME, VALUE, NOON)
    with pytest.raises(NeedsAttention, match="Put back the key file") as raised:
        Secrets(engine, [wrong]).get(NAME)
    assert wrong not in str(raised.value)


def test_something_that_is_no_key_is_refused_without_being_shown(engine: Engine) -> None:
    with pytest.raises(NeedsAttention, match="44 characters") as raised:
        Secrets(engine, ["hush-hush"])
    assert "hush-hush" not in str(raised.value)


def test_after_a_rotation_the_old_key_can_go(engine: Engine) -> None:
    old, new = keys(2)
    Secrets(engine, [old]).put(NAME, VALUE, NOON)
    both = Secrets(engine, [new, old])
    assert both.get(NAME) == VALUE
    assert both.rotate() == 1
    assert Secrets(engine, [new]).get(NAME) == VALUE


def test_a_rotation_with_the_wrong_keys_changes_nothing(engine: Engine) -> None:
    old, new, strange = keys(3)
    Secrets(engine, [new]).put("a", VALUE, NOON)
    Secrets(engine, [strange]).put("b", VALUE, NOON)
    with pytest.raises(NeedsAttention):
        Secrets(engine, [old, new]).rotate()
    assert Secrets(engine, [new]).get("a") == VALUE


def test_the_key_file_is_made_once_beside_the_database_for_its_owner_only(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "listloop.sqlite")
    made = find_keys(engine, {})
    path = tmp_path / "listloop.sqlite.key"
    assert find_keys(engine, {}) == made == [path.read_text().strip()]
    assert os.name != "posix" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    engine.dispose()


def test_two_processes_that_make_the_key_file_at_once_get_the_same_key(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "listloop.sqlite")
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(find_keys(engine, {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(each == found[0] for each in found)
    engine.dispose()


def test_the_environment_comes_first_and_may_name_several_keys(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "listloop.sqlite")
    new, old = keys(2)
    assert find_keys(engine, {VARIABLE: f"{new}, {old}"}) == [new, old]
    assert list(tmp_path.iterdir()) == []
    engine.dispose()


def test_postgresql_needs_the_key_in_the_environment() -> None:
    engine = open_database("postgresql://somebody@db.example/listloop")
    with pytest.raises(NeedsAttention, match="same value on all machines"):
        find_keys(engine, {})
    engine.dispose()
