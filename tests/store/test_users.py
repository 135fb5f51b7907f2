"""Users, links and sessions: one link signs in once, and nothing that opens a door is stored."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from listloop.core.errors import NeedsAttention
from listloop.store.database import create_all, open_database
from listloop.store.installation import sessions, sign_in_links
from listloop.store.users import (
    LINK_LIFE,
    SESSION_LIFE,
    Role,
    add_user,
    end_session,
    find_user,
    link_user,
    make_sign_in_link,
    session_user,
    use_link,
)

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


def token(engine: Engine, role: Role = Role.VIEWER) -> str:
    user = add_user(engine, "marta@halden.example", "Marta", role, NOW)
    return make_sign_in_link(engine, user, NOW, "http://here/").removeprefix("http://here/sign-in/")


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


def test_a_link_is_good_once_and_looking_does_not_use_it_up(engine: Engine) -> None:
    link = token(engine)
    assert link_user(engine, link, NOW) == link_user(engine, link, NOW) == find_user(engine, "marta@halden.example")
    assert use_link(engine, link, NOW) is not None
    assert use_link(engine, link, NOW) is None
    assert link_user(engine, link, NOW) is None


def test_a_link_is_good_for_24_hours(engine: Engine) -> None:
    link = token(engine)
    assert link_user(engine, link, NOW + LINK_LIFE - timedelta(seconds=1)) is not None
    assert link_user(engine, link, NOW + LINK_LIFE) is None
    assert use_link(engine, link, NOW + LINK_LIFE) is None


def test_of_many_who_press_at_once_one_gets_in(engine: Engine) -> None:
    link = token(engine)
    opened: list[str | None] = []
    threads = [threading.Thread(target=lambda: opened.append(use_link(engine, link, NOW))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in opened if one is not None]) == 1
    assert len(opened) == 8


def test_a_session_ends_by_signing_out_or_after_its_life(engine: Engine) -> None:
    session = use_link(engine, token(engine), NOW)
    assert session is not None
    user = session_user(engine, session, NOW)
    assert user is not None
    assert user.role is Role.VIEWER
    assert session_user(engine, session, NOW + SESSION_LIFE) is None
    end_session(engine, session)
    assert session_user(engine, session, NOW) is None
    assert session_user(engine, "invented", NOW) is None


def test_a_changed_role_holds_at_once(engine: Engine) -> None:
    session = use_link(engine, token(engine), NOW)
    assert session is not None
    add_user(engine, "marta@halden.example", "Marta", Role.ADMINISTRATOR, NOW)
    user = session_user(engine, session, NOW)
    assert user is not None
    assert user.role is Role.ADMINISTRATOR


def test_tokens_are_not_stored(engine: Engine) -> None:
    link = token(engine)
    session = use_link(engine, link, NOW)
    with engine.begin() as db:
        digests = [*db.scalars(select(sign_in_links.c.digest)), *db.scalars(select(sessions.c.digest))]
    assert len(digests) == 2
    assert not {link, session} & set(digests)


def test_what_has_expired_is_cleared_away_by_the_next_sign_in(engine: Engine) -> None:
    use_link(engine, token(engine), NOW)
    user = find_user(engine, "marta@halden.example")
    assert user is not None
    later = NOW + SESSION_LIFE
    link = make_sign_in_link(engine, user, later, "http://here").rsplit("/", 1)[1]
    use_link(engine, link, later)
    with engine.begin() as db:
        assert db.scalar(select(func.count()).select_from(sessions)) == 1
        assert db.scalar(select(func.count()).select_from(sign_in_links)) == 1
