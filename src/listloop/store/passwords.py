"""Passwords: hashed with Argon2id, and never stored, logged or shown.

The parameters are the first choice of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. A few
hashes at once at most: whoever sends many sign-ins fills neither memory nor processors.
"""

from __future__ import annotations

import threading
import unicodedata
from datetime import datetime
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Connection, Engine, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.people import address_key
from listloop.store.database import reading
from listloop.store.installation import users
from listloop.store.users import User, known_user

#: Characters (OWASP ASVS 4.0.3, 2.1.1 and 2.1.2). What they are is free: no rule asks for digits or signs.
SHORTEST, LONGEST = 12, 128

_HASHES = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
_TURNS = threading.BoundedSemaphore(2)


def set_password(db: Connection, user: User, password: str, now: datetime) -> None:
    """Give a user this password from now on.

    Raises NeedsAttention for one that is too short or too long, or is the user's own name or address.
    """
    text = _plain(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise NeedsAttention(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            "A few words that mean something to you only are easy to remember, and long enough.",
            code="password-weak",
        )
    if text.casefold() in {user.email.casefold(), user.name.casefold()} or len(set(text)) < 4:
        raise NeedsAttention(
            "This password would be the first to be tried.",
            "Take a few words that mean something to you only.",
            code="password-weak",
        )
    with _TURNS:
        hashed = _HASHES.hash(text)
    db.execute(update(users).where(users.c.id == user.id).values(password=hashed, password_at=now))


def drop_password(db: Connection, user_id: int) -> None:
    """Let a user in by no password any more."""
    db.execute(update(users).where(users.c.id == user_id).values(password="", password_at=None))


def password_since(db: Connection, user_id: int) -> datetime | None:
    """Since when the user has this password; None: there is none."""
    return db.execute(select(users.c.password_at).where(users.c.id == user_id)).scalar()


def user_with(engine: Engine, email: str, password: str) -> User | None:
    """The user with this address and this password; None where either is wrong.

    It takes as long for an address that nobody has: the time doesn't tell who is a user.
    """
    with reading(engine).begin() as db:
        row = db.execute(select(users).where(users.c.email == address_key(email))).one_or_none()
    hashed = row.password if row is not None else ""
    good = _matches(password, hashed or _nobodys()) and bool(hashed)
    return known_user(row) if row is not None and good else None


def has_password(engine: Engine, user: User, password: str) -> bool:
    """Is this the user's password?"""
    return user_with(engine, user.email, password) is not None


def _matches(password: str, hashed: str) -> bool:
    text = _plain(password)
    if len(text) > LONGEST:
        return False
    try:
        with _TURNS:
            return _HASHES.verify(text, hashed)
    except PwdlibError:
        return False


@cache
def _nobodys() -> str:
    with _TURNS:
        return _HASHES.hash("the password of nobody")


def _plain(password: str) -> str:
    """One way to write each character: keyboards differ in how they compose accents (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
