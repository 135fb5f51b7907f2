"""Sessions: half until the second factor is shown, seen with how and from where, ended one by one or all at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from listloop.store.database import create_all, open_database
from listloop.store.installation import sessions, sign_in_links, users
from listloop.store.options import set_option
from listloop.store.sessions import (
    HALF_LIFE,
    MUST,
    NOTED,
    SESSION_LIFE,
    How,
    Must,
    Visit,
    complete,
    count_sessions,
    end_all,
    end_marked,
    end_session,
    half_user,
    mark_of,
    open_session,
    sessions_of,
    signed_in,
    use_link,
)
from listloop.store.users import LINK_LIFE, Role, User, add_user, link_user, make_sign_in_link

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)
LINK = Visit(How.LINK, "192.0.2.7", "Firefox, Linux")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


def marta(engine: Engine, role: Role = Role.VIEWER) -> User:
    return add_user(engine, "marta@halden.example", "Marta", role, NOW)


def token(engine: Engine, now: datetime = NOW) -> str:
    return make_sign_in_link(engine, marta(engine), now, "http://here/").removeprefix("http://here/sign-in/")


def opened(engine: Engine, visit: Visit = LINK, now: datetime = NOW) -> str:
    user = marta(engine)
    with engine.begin() as db:
        return open_session(db, user.id, visit, now).token


def with_factor(engine: Engine) -> None:
    user = marta(engine)
    with engine.begin() as db:
        db.execute(update(users).where(users.c.id == user.id).values(factor_step=1))


def test_a_link_is_good_once_and_looking_does_not_use_it_up(engine: Engine) -> None:
    link = token(engine)
    assert link_user(engine, link, NOW) == link_user(engine, link, NOW) == marta(engine)
    assert use_link(engine, link, LINK, NOW) is not None
    assert use_link(engine, link, LINK, NOW) is None
    assert link_user(engine, link, NOW) is None


def test_a_link_is_good_for_24_hours(engine: Engine) -> None:
    link = token(engine)
    assert link_user(engine, link, NOW + LINK_LIFE - timedelta(seconds=1)) is not None
    assert link_user(engine, link, NOW + LINK_LIFE) is None
    assert use_link(engine, link, LINK, NOW + LINK_LIFE) is None


def test_of_many_who_press_at_once_one_gets_in(engine: Engine) -> None:
    link = token(engine)
    entered: list[object] = []
    threads = [threading.Thread(target=lambda: entered.append(use_link(engine, link, LINK, NOW))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in entered if one is not None]) == 1
    assert len(entered) == 8


def test_a_session_ends_by_signing_out_or_after_its_life(engine: Engine) -> None:
    session = opened(engine)
    entry = signed_in(engine, session, NOW)
    assert entry is not None
    assert (entry.user.role, entry.how, entry.owes) == (Role.VIEWER, How.LINK, False)
    assert signed_in(engine, session, NOW + SESSION_LIFE) is None
    end_session(engine, session)
    assert signed_in(engine, session, NOW) is None
    assert signed_in(engine, "invented", NOW) is None


def test_a_changed_role_holds_at_once(engine: Engine) -> None:
    session = opened(engine)
    marta(engine, Role.ADMINISTRATOR)
    entry = signed_in(engine, session, NOW)
    assert entry is not None
    assert entry.user.role is Role.ADMINISTRATOR


def test_tokens_are_not_stored(engine: Engine) -> None:
    link = token(engine)
    entered = use_link(engine, link, LINK, NOW)
    assert entered is not None
    with engine.begin() as db:
        digests = [*db.scalars(select(sign_in_links.c.digest)), *db.scalars(select(sessions.c.digest))]
    assert len(digests) == 2
    assert not {link, entered.token} & set(digests)


def test_what_has_expired_is_cleared_away_by_the_next_sign_in(engine: Engine) -> None:
    use_link(engine, token(engine), LINK, NOW)
    later = NOW + SESSION_LIFE
    use_link(engine, token(engine, later), LINK, later)
    with engine.begin() as db:
        assert db.scalar(select(func.count()).select_from(sessions)) == 1
        assert db.scalar(select(func.count()).select_from(sign_in_links)) == 1


@pytest.mark.parametrize("how", [How.LINK, How.PASSWORD])
def test_with_a_second_factor_a_session_opens_nothing_before_it_was_shown(engine: Engine, how: How) -> None:
    with_factor(engine)
    half = opened(engine, Visit(how, "192.0.2.7"))
    assert signed_in(engine, half, NOW) is None
    assert half_user(engine, half, NOW) == marta(engine)
    with engine.begin() as db:
        whole = complete(db, half, NOW)
        assert complete(db, half, NOW) is None, "once"
    assert whole is not None
    assert whole != half, "the token of the half session is known to nobody any more"
    entry = signed_in(engine, whole, NOW)
    assert entry is not None
    assert entry.how is how
    assert half_user(engine, half, NOW) is None


def test_a_half_session_is_good_for_minutes_and_is_no_browser_where_one_is_signed_in(engine: Engine) -> None:
    with_factor(engine)
    half, user = opened(engine), marta(engine)
    assert half_user(engine, half, NOW + HALF_LIFE) is None
    with engine.begin() as db:
        assert sessions_of(db, user.id, NOW) == []
        assert count_sessions(db, NOW) == {}
        assert complete(db, half, NOW + HALF_LIFE) is None


def test_the_provider_of_a_single_sign_on_asks_for_its_own_second_factor(engine: Engine) -> None:
    with_factor(engine)
    assert signed_in(engine, opened(engine, Visit(How.SIGN_ON)), NOW) is not None


@pytest.mark.parametrize(
    ("must", "role", "how", "owes"),
    [
        (Must.NOBODY, Role.ADMINISTRATOR, How.LINK, False),
        (Must.ADMINISTRATORS, Role.ADMINISTRATOR, How.PASSWORD, True),
        (Must.ADMINISTRATORS, Role.MARKETER, How.PASSWORD, False),
        (Must.EVERYBODY, Role.VIEWER, How.LINK, True),
        (Must.EVERYBODY, Role.VIEWER, How.SIGN_ON, False),
    ],
)
def test_who_has_to_have_a_second_factor_owes_it_until_it_is_set_up(
    engine: Engine, must: Must, role: Role, how: How, owes: bool
) -> None:
    with engine.begin() as db:
        set_option(db, MUST, must)
    session = opened(engine, Visit(how))
    marta(engine, role)
    for expected in (owes, False):
        entry = signed_in(engine, session, NOW)
        assert entry is not None
        assert entry.owes is expected
        with_factor(engine)
        marta(engine, role)


def test_where_one_is_signed_in_is_told_with_how_from_where_and_when_last(engine: Engine) -> None:
    first, second = opened(engine), opened(engine, Visit(How.PASSWORD, "192.0.2.8", "Safari, iPhone"), NOW + NOTED)
    later = NOW + NOTED + timedelta(seconds=1)
    signed_in(engine, first, later)
    signed_in(engine, second, later)
    user = marta(engine)
    with engine.begin() as db:
        told = [(one.mark, one.how, one.address, one.browser, one.seen_at) for one in sessions_of(db, user.id, later)]
        assert count_sessions(db, later) == {user.id: 2}
    assert told == [
        (mark_of(second), How.PASSWORD, "192.0.2.8", "Safari, iPhone", NOW + NOTED),
        (mark_of(first), How.LINK, "192.0.2.7", "Firefox, Linux", later),
    ]


def test_sessions_are_ended_by_their_mark_or_all_but_ones_own_and_never_anothers(engine: Engine) -> None:
    first, second, third = (opened(engine) for _ in range(3))
    user, other = marta(engine), add_user(engine, "ola@halden.example", "Ola", Role.VIEWER, NOW)
    with engine.begin() as db:
        assert not end_marked(db, other.id, mark_of(first))
        assert end_marked(db, user.id, mark_of(first))
        assert end_all(db, other.id) == 0
        assert end_all(db, user.id, but=second) == 1
    assert [signed_in(engine, one, NOW) is not None for one in (first, second, third)] == [False, True, False]
