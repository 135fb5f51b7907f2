"""API tokens: who calls with one, and what it is good for.

A token belongs to a user and ends with the user; it may what its scopes say, and never more than the user's role. Only
its SHA-256 is stored: it is 256 random bits, so nothing slower is needed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update

from listloop.core.errors import NeedsAttention
from listloop.store.database import reading
from listloop.store.installation import api_tokens, users
from listloop.store.users import Role, User

#: How every token begins, so that people and secret scanners know one when they see it.
PREFIX = "llt_"

#: How long a token was last used is noted to within so much: a write for every call would be too many.
NOTED = timedelta(minutes=5)


class Scope(StrEnum):
    """What a token may be used for; what each is good for is in ``SCOPES``."""

    READ = "read"
    SYNC = "sync"
    APPROVE = "approve"
    ANSWER = "answer"
    CONSENT = "consent"
    GROUPS = "groups"
    SEND = "send"
    EDIT = "edit"
    SETTINGS = "settings"
    USERS = "users"


SCOPES: dict[Scope, str] = {
    Scope.READ: "look at connections, runs, plans, people, questions, campaigns and groups",
    Scope.SYNC: "ask for runs, pause and resume, say who takes part and what of the results the CRM is told",
    Scope.APPROVE: "say yes or no to plans, take back what was written",
    Scope.ANSWER: "answer open questions",
    Scope.CONSENT: "have a confirmation mail sent, forget people, let them come back",
    Scope.GROUPS: "make groups of people, push CRM groups, make segments",
    Scope.SEND: "write, try out, schedule, send and cancel campaigns",
    Scope.EDIT: "edit people, companies, groups and opportunities of the built-in CRM, bring files into it",
    Scope.SETTINGS: "make and change connections (passwords, mapping, who takes part, schedule), what is kept, alerts",
    Scope.USERS: "let users in, change their roles, remove them, and revoke tokens",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as lists show it; ``user`` is its owner's address."""

    id: int
    name: str
    user: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the user whose token it is, and what the token is good for."""

    user: User
    token: Token

    @property
    def who(self) -> str:
        """As the audit log names it."""
        return f"{self.user.email} (API token “{self.token.name}”)"


def make_token(
    engine: Engine, user: User, name: str, scopes: Collection[Scope], now: datetime, days: int = 0
) -> tuple[Token, str]:
    """Make a token for a user, good for so many days (0: until it is revoked). The text is shown here and never again.

    Raises NeedsAttention for one that has no name or is good for nothing.
    """
    if not name.strip() or not scopes:
        raise NeedsAttention(
            "A token needs a name, and something that it is good for.",
            "Name it after the program that will use it, and choose at least one scope.",
            code="token-empty",
        )
    text = PREFIX + secrets.token_urlsafe(32)
    row = {
        "user_id": user.id,
        "name": name.strip()[:100],
        "digest": _digest(text),
        "scopes": ",".join(sorted(scopes)),
        "created_at": now,
        "expires_at": now + timedelta(days=days) if days else None,
    }
    with engine.begin() as db:
        made = db.execute(insert(api_tokens).values(row).returning(api_tokens.c.id)).scalar_one()
        (token,) = [one for one in all_tokens(db) if one.id == made]
    return token, text


def all_tokens(db: Connection) -> list[Token]:
    """Every token, the newest last."""
    query = select(api_tokens, users.c.email).join(users).order_by(api_tokens.c.id)
    return [_token(row) for row in db.execute(query)]


def revoke_token(db: Connection, token_id: int) -> Token:
    """From now on nobody gets in with it. Raises NeedsAttention where there is no such token."""
    found = [one for one in all_tokens(db) if one.id == token_id]
    if not found:
        raise NeedsAttention("This token was revoked already.", "Load the list again.", code="no-token")
    db.execute(delete(api_tokens).where(api_tokens.c.id == token_id))
    return found[0]


def caller_with(engine: Engine, text: str, now: datetime) -> Caller | None:
    """Who calls with this token; None where it is unknown, revoked or has run out."""
    if not text.startswith(PREFIX):
        return None
    good = or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now)
    query = select(api_tokens, users.c.email, users.c.name.label("title"), users.c.role, users.c.language).join(users)
    with reading(engine).begin() as db:
        row = db.execute(query.where(api_tokens.c.digest == _digest(text), good)).one_or_none()
    if row is None:
        return None
    if row.used_at is None or now - row.used_at > NOTED:
        with engine.begin() as db:
            db.execute(update(api_tokens).where(api_tokens.c.id == row.id).values(used_at=now))
    return Caller(User(row.user_id, row.email, row.title, Role(row.role), row.language), _token(row))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _token(row: Row[Any]) -> Token:
    scopes = frozenset(Scope(one) for one in row.scopes.split(","))
    return Token(row.id, row.name, row.email, scopes, row.created_at, row.expires_at, row.used_at)
