"""Users: found by their address, in roles that cover the lesser ones, and gone with all that they had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from listloop.core.errors import NeedsAttention
from listloop.store.database import create_all, open_database
from listloop.store.installation import sign_in_links
from listloop.store.secrets import Secrets
from listloop.store.users import Role, add_user, find_user, make_sign_in_link, remove_user

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


def test_roles_cover_the_lesser_ones() -> None:
    assert [(a.value, b.value) for a in Role for b in Role if not a.covers(b)] == [
        ("marketer", "administrator"),
        ("viewer", "administrator"),
        ("viewer", "marketer"),
    ]


def test_adding_a_user_again_changes_name_and_role(engine: Engine) -> None:
    first = add_user(engine, " Marta@Halden.example ", "Marta", Role.VIEWER, NOW)
    second = add_user(engine, "marta@halden.example", "Marta L.", Role.MARKETER, NOW)
    assert second.id == first.id
    assert find_user(engine, "MARTA@halden.example") == second
    assert find_user(engine, "other@halden.example") is None


def test_a_user_needs_an_address(engine: Engine) -> None:
    with pytest.raises(NeedsAttention, match="not an e-mail address"):
        add_user(engine, "Marta", "Marta", Role.VIEWER, NOW)


def test_whoever_is_removed_leaves_nothing_behind_for_a_later_user_of_the_same_number(engine: Engine) -> None:
    add_user(engine, "boss@halden.example", "Boss", Role.ADMINISTRATOR, NOW)
    gone = add_user(engine, "marta@halden.example", "Marta", Role.VIEWER, NOW)
    hidden = Secrets(engine, [KEY])
    for name in (f"user/{gone.id}/second-factor", f"user/{gone.id}1/second-factor", "web/forms"):
        hidden.put(name, "seed", NOW)
    make_sign_in_link(engine, gone, NOW, "http://here")
    remove_user(engine, gone.id)
    assert hidden.names() == [f"user/{gone.id}1/second-factor", "web/forms"]
    with engine.begin() as db:
        assert db.scalar(select(func.count()).select_from(sign_in_links)) == 0
