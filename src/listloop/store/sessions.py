"""Sessions: in which browsers a user is signed in, how that came about, and from where.

A token is 256 random bits, of which only the SHA-256 is stored. A session whose second factor is still to come opens
nothing: it only says who has shown the first one, and for a few minutes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from listloop.store.database import reading
from listloop.store.installation import options, sessions, sign_in_links, users
from listloop.store.users import Role, User, digest, known_user

SESSION_LIFE = timedelta(days=14)

#: For how long the second factor is waited for.
HALF_LIFE = timedelta(minutes=10)

#: When a session was last used is noted to within so much: a write for every click would be too many.
NOTED = timedelta(minutes=5)

#: The option that says from whom a second factor is asked: a ``Must``.
MUST = "second-factor"

#: Signs of a digest that tell a session from others, and are too few to find its token.
_MARK = 16


class How(StrEnum):
    """By what a user signed in."""

    LINK = "link"
    PASSWORD = "password"  # noqa: S105 - a word
    SIGN_ON = "sign-on"


class Must(StrEnum):
    """Who has to have a second factor, but for those who come by single sign-on: their provider asks for its own."""

    NOBODY = ""
    ADMINISTRATORS = "administrators"
    EVERYBODY = "everybody"

    def holds_for(self, role: Role) -> bool:
        """Must somebody in this role have one?"""
        return self is Must.EVERYBODY or (self is Must.ADMINISTRATORS and role is Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in with a session. ``owes``: a second factor has to be set up before anything else."""

    user: User
    how: How
    owes: bool


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which a user is signed in. ``mark`` tells it from others, and opens nothing.

    ``address`` and ``browser`` are those of the sign-in; ``seen_at`` is when it was last used, to within ``NOTED``.
    """

    mark: str
    how: How
    address: str
    browser: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visit:
    """How and from where somebody signs in now."""

    how: How
    address: str = ""
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened: its token, and whether the second factor is still to come."""

    token: str
    half: bool


def open_session(db: Connection, user_id: int, visit: Visit, now: datetime) -> Opened:
    """Sign a user in who has shown the first factor; whoever has a second one shows that, too, before it counts.

    What has expired is cleared away.
    """
    db.execute(delete(sessions).where(sessions.c.expires_at <= now))
    db.execute(delete(sign_in_links).where(sign_in_links.c.expires_at <= now))
    has = db.execute(select(users.c.factor_step).where(users.c.id == user_id)).scalar_one() is not None
    half = has and visit.how is not How.SIGN_ON
    return Opened(_open(db, user_id, visit, now, half=half), half)


def _open(db: Connection, user_id: int, visit: Visit, now: datetime, *, half: bool) -> str:
    token = secrets.token_urlsafe(32)
    row = {
        "digest": digest(token),
        "user_id": user_id,
        "how": visit.how.value,
        "half": half,
        "address": visit.address[:100],
        "browser": visit.browser[:200],
        "created_at": now,
        "seen_at": now,
        "expires_at": now + (HALF_LIFE if half else SESSION_LIFE),
    }
    db.execute(insert(sessions).values(row))
    return token


def use_link(engine: Engine, token: str, visit: Visit, now: datetime) -> Opened | None:
    """Use a sign-in link up and open a session; None if the link is no longer good.

    One UPDATE decides, so that of two requests with the same link exactly one gets in.
    """
    good = (
        sign_in_links.c.digest == digest(token),
        sign_in_links.c.used_at.is_(None),
        sign_in_links.c.expires_at > now,
    )
    with engine.begin() as db:
        taken = update(sign_in_links).where(*good).values(used_at=now).returning(sign_in_links.c.user_id)
        user_id = db.execute(taken).scalar()
        return None if user_id is None else open_session(db, user_id, visit, now)


def half_user(engine: Engine, token: str, now: datetime) -> User | None:
    """Who has shown the first factor, and is asked for the second; None where nobody is, or no longer."""
    with reading(engine).begin() as db:
        row = db.execute(select(users).join(sessions).where(*_good(token, now, half=True))).one_or_none()
    return None if row is None else known_user(row)


def complete(db: Connection, token: str, now: datetime) -> str | None:
    """The second factor was shown: a whole session, with a token of its own, in place of the half one.

    None where there is no half one any more; of two requests at once, one gets it.
    """
    gone = db.execute(delete(sessions).where(*_good(token, now, half=True)).returning(sessions)).one_or_none()
    if gone is None:
        return None
    return _open(db, gone.user_id, Visit(How(gone.how), gone.address, gone.browser), now, half=False)


def signed_in(engine: Engine, token: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this session's token; None if it is unknown, half, ended or expired."""
    must = select(options.c.value).where(options.c.name == MUST).scalar_subquery()
    query = select(users, sessions.c.how, sessions.c.seen_at, must.label("must")).join(sessions)
    with reading(engine).begin() as db:
        row = db.execute(query.where(*_good(token, now))).one_or_none()
    if row is None:
        return None
    if row.seen_at is None or now - row.seen_at > NOTED:
        with engine.begin() as db:
            db.execute(update(sessions).where(sessions.c.digest == digest(token)).values(seen_at=now))
    user, how = known_user(row), How(row.how)
    lacks = row.factor_step is None and how is not How.SIGN_ON
    return SignedIn(user, how, lacks and Must(row.must or "").holds_for(user.role))


def sessions_of(db: Connection, user_id: int, now: datetime) -> list[Session]:
    """Where a user is signed in, the newest first."""
    mine = (sessions.c.user_id == user_id) & (sessions.c.expires_at > now) & sessions.c.half.is_(False)
    rows = db.execute(select(sessions).where(mine).order_by(sessions.c.created_at.desc(), sessions.c.digest))
    return [_session(row) for row in rows]


def count_sessions(db: Connection, now: datetime) -> dict[int, int]:
    """In how many browsers each user is signed in, by the user's number; who is in none is not there."""
    good = (sessions.c.expires_at > now) & sessions.c.half.is_(False)
    rows = db.execute(select(sessions.c.user_id, func.count().label("number")).where(good).group_by(sessions.c.user_id))
    return {row.user_id: row.number for row in rows}


def mark_of(token: str) -> str:
    """The mark of the session with this token."""
    return digest(token)[:_MARK]


def end_marked(db: Connection, user_id: int, mark: str) -> bool:
    """Sign a user out of the session with this mark; False where there is none such."""
    mine = (sessions.c.user_id == user_id) & (func.substr(sessions.c.digest, 1, _MARK) == mark)
    return bool(db.execute(delete(sessions).where(mine).returning(sessions.c.digest)).all())


def end_all(db: Connection, user_id: int, *, but: str = "") -> int:
    """Sign a user out everywhere, but in the session with this token; how many sessions that were."""
    mine = (sessions.c.user_id == user_id) & (sessions.c.digest != digest(but))
    return len(db.execute(delete(sessions).where(mine).returning(sessions.c.digest)).all())


def end_session(engine: Engine, token: str) -> None:
    """Sign out: the session's token opens nothing any more."""
    with engine.begin() as db:
        db.execute(delete(sessions).where(sessions.c.digest == digest(token)))


def _good(token: str, now: datetime, *, half: bool = False) -> tuple[Any, ...]:
    return sessions.c.digest == digest(token), sessions.c.expires_at > now, sessions.c.half.is_(half)


def _session(row: Row[Any]) -> Session:
    return Session(
        row.digest[:_MARK],
        How(row.how),
        row.address,
        row.browser,
        row.created_at,
        row.seen_at or row.created_at,
        row.expires_at,
    )
