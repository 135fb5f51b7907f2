"""Single sign-on: at which provider, and who there is which user here.

A person is known by the provider's own number for them, which never changes and is never given to somebody else
(OpenID Connect Core 1.0, 5.7). The address counts once, when a user comes by single sign-on for the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from listloop.core.errors import NeedsAttention
from listloop.core.people import address_key
from listloop.store.installation import identities, users
from listloop.store.options import option, set_option
from listloop.store.secrets import Secrets
from listloop.store.users import User, known_user

#: Under which name the client secret is kept.
SECRET = "web/sign-on"  # noqa: S105 - a name

#: An address that the provider does not call verified is believed all the same.
TRUSTED = "trusted"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where people sign in. ``issuer`` is its address; ``title`` is what the button says.

    ``trusted``: addresses count also where the provider does not say that it verified them. Microsoft Entra ID never
    says so; it is safe where everybody with an account there gets the address from its administrators.
    """

    issuer: str
    client_id: str
    title: str
    trusted: bool = False


def provider(db: Connection) -> Provider | None:
    """The provider that is set up; None: people sign in here."""
    issuer, client, title, trusted = (option(db, f"sign-on-{one}") for one in ("issuer", "client", "title", TRUSTED))
    return Provider(issuer, client, title, trusted == "yes") if issuer else None


def set_provider(db: Connection, secrets: Secrets, given: Provider | None) -> None:
    """Let people come by this provider from now on; None: by none, and its secret is forgotten."""
    named = given or Provider("", "", "")
    values = {"issuer": named.issuer, "client": named.client_id, "title": named.title}
    for name, value in {**values, TRUSTED: "yes" if named.trusted else ""}.items():
        set_option(db, f"sign-on-{name}", value)
    if given is None:
        secrets.forget(db, SECRET)


def user_of(db: Connection, issuer: str, subject: str) -> User | None:
    """The user whom the provider knows by this number; None: nobody yet."""
    known = (identities.c.issuer == issuer) & (identities.c.subject == subject)
    row = db.execute(select(users).join(identities).where(known)).one_or_none()
    return None if row is None else known_user(row)


def bind(db: Connection, issuer: str, subject: str, email: str, now: datetime) -> User | None:
    """Let whom the provider knows by this number be the user with that address from now on; None: nobody has it.

    Raises NeedsAttention where the user is known there by another number: somebody else may have the address now.
    """
    row = db.execute(select(users).where(users.c.email == address_key(email))).one_or_none()
    if row is None:
        return None
    there = (identities.c.user_id == row.id) & (identities.c.issuer == issuer)
    if db.execute(select(identities.c.subject).where(there)).first() is not None:
        raise NeedsAttention(
            "At the provider, this address now belongs to another account than before.",
            "If it is the same person, an administrator opens the user under Settings, Users and presses “Unlink”.",
            code="sign-on-other",
        )
    db.execute(insert(identities).values(issuer=issuer, subject=subject, user_id=row.id, created_at=now))
    return known_user(row)


def linked_since(db: Connection, user_id: int) -> datetime | None:
    """Since when this user comes by single sign-on; None: never did."""
    query = select(identities.c.created_at).where(identities.c.user_id == user_id).order_by(identities.c.created_at)
    return db.execute(query).scalars().first()


def unlink(db: Connection, user_id: int) -> None:
    """The next one who comes with the user's address by single sign-on is the user."""
    db.execute(delete(identities).where(identities.c.user_id == user_id))
