"""Users, and their one-time sign-in links.

A token is 256 random bits. Only its SHA-256 is stored, so that a stolen database opens no door; nothing slower is
needed, since such a token can't be guessed.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.frozen import replace
from listloop.core.people import address_key
from listloop.store.database import reading
from listloop.store.installation import secrets as kept
from listloop.store.installation import sign_in_links, users

LINK_LIFE = timedelta(hours=24)


class Role(StrEnum):
    """What a user may do. Each role may do all that the ones after it may."""

    ADMINISTRATOR = "administrator"
    MARKETER = "marketer"
    VIEWER = "viewer"

    def covers(self, needed: Role) -> bool:
        """May this role do what ``needed`` is needed for?"""
        order = list(Role)
        return order.index(self) <= order.index(needed)


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may sign in."""

    id: int
    email: str
    name: str
    role: Role
    language: str = ""
    """The code of the language of the pages; "" takes what the browser asks for."""


def add_user(engine: Engine, email: str, name: str, role: Role, now: datetime) -> User:
    """Make a user, or give the one with that address this name and role. Addresses are compared by ``address_key``.

    Raises NeedsAttention for something that is no address.
    """
    address = address_key(email)
    if "@" not in address:
        raise NeedsAttention(f"“{email}” is not an e-mail address.", "Give the address of the person who signs in.")
    with engine.begin() as connection:
        known = connection.execute(select(users.c.id).where(users.c.email == address)).scalar()
        if known is None:
            row = {"email": address, "name": name, "role": role.value, "created_at": now}
            known = connection.execute(insert(users).values(row).returning(users.c.id)).scalar_one()
        else:
            connection.execute(update(users).where(users.c.id == known).values(name=name, role=role.value))
        language = connection.execute(select(users.c.language).where(users.c.id == known)).scalar_one()
    return User(known, address, name, role, language)


def user_of(db: Connection, user_id: int) -> User:
    """The user of that number. Raises NeedsAttention where there is none."""
    row = db.execute(select(users).where(users.c.id == user_id)).one_or_none()
    if row is None:
        raise NeedsAttention("This user was removed already.", "Load the page again.", code="no-user")
    return known_user(row)


def find_user(engine: Engine, email: str) -> User | None:
    """The user with that address, or None."""
    with reading(engine).begin() as connection:
        row = connection.execute(select(users).where(users.c.email == address_key(email))).one_or_none()
    return _user(row)


def all_users(database: Connection) -> tuple[User, ...]:
    """Everybody who may sign in, by name."""
    rows = database.execute(select(users).order_by(users.c.name, users.c.id))
    return tuple(map(known_user, rows))


def change_role(engine: Engine, user_id: int, role: Role) -> User:
    """Give a user another role, from the next click on. Raises NeedsAttention for the last administrator's."""
    with engine.begin() as connection:
        user = _kept(connection, user_id, role)
        connection.execute(update(users).where(users.c.id == user_id).values(role=role.value))
    return replace(user, role=role)


def change_language(engine: Engine, user_id: int, language: str) -> None:
    """Show the pages in this language from the next click on; "" takes what the browser asks for."""
    with engine.begin() as connection:
        connection.execute(update(users).where(users.c.id == user_id).values(language=language))


def remove_user(engine: Engine, user_id: int) -> User:
    """Let a user in no more; the sessions end at once. Raises NeedsAttention for the last administrator.

    Whatever the user had goes with it, also the seed of the second factor: a later user may get the same number.
    """
    with engine.begin() as connection:
        user = _kept(connection, user_id, None)
        connection.execute(delete(kept).where(kept.c.name.startswith(f"user/{user_id}/")))
        connection.execute(delete(users).where(users.c.id == user_id))
    return user


def _kept(connection: Connection, user_id: int, role: Role | None) -> User:
    """The user, unless nobody could administrate any more afterwards."""
    there = {row.id: row for row in connection.execute(select(users).with_for_update())}
    if user_id not in there:
        raise NeedsAttention("This user was removed already.", "Load the page again.", code="no-user")
    administrators = [one for one, row in there.items() if row.role == Role.ADMINISTRATOR]
    if administrators == [user_id] and role is not Role.ADMINISTRATOR:
        raise NeedsAttention(
            "The last administrator stays: nobody could change the settings afterwards.",
            "Make somebody else an administrator first.",
            code="last-administrator",
        )
    return known_user(there[user_id])


def make_sign_in_link(engine: Engine, user: User, now: datetime, base: str) -> str:
    """A link under ``base`` that signs this user in once, within 24 hours. It is shown here and never again."""
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        row = {"digest": digest(token), "user_id": user.id, "expires_at": now + LINK_LIFE}
        connection.execute(insert(sign_in_links).values(row))
    return f"{base.rstrip('/')}/sign-in/{token}"


def link_user(engine: Engine, token: str, now: datetime) -> User | None:
    """Whom the link would sign in; None if it is unknown, used or expired. Looking doesn't use it up."""
    good = (
        sign_in_links.c.digest == digest(token),
        sign_in_links.c.used_at.is_(None),
        sign_in_links.c.expires_at > now,
    )
    with reading(engine).begin() as connection:
        row = connection.execute(select(users).join(sign_in_links).where(*good)).one_or_none()
    return _user(row)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _user(row: Row[Any] | None) -> User | None:
    return None if row is None else known_user(row)


def known_user(row: Row[Any]) -> User:
    """The user of a row of the table."""
    return User(row.id, row.email, row.name, Role(row.role), row.language)
