"""The second factor: codes that a telephone makes from the time and a shared seed (TOTP, RFC 6238), and recovery codes.

The seed is a secret like others: encrypted at rest, and encrypted anew when the key changes. A code is good once and
for about a minute. A recovery code has 118 random bits and is good once; only its SHA-256 is stored.
"""

from __future__ import annotations

import secrets as random
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.store.database import reading
from listloop.store.installation import recovery_codes, users
from listloop.store.secrets import Secrets
from listloop.store.users import User, digest

#: Seconds for which a code is shown; one before and one after count, too, as clocks differ.
STEP = 30

#: How many recovery codes are made at once.
CODES = 10

#: No letter or digit that is taken for another one.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def begin(secrets: Secrets, user: User, now: datetime) -> str:
    """The address (otpauth://) that a telephone takes as a QR code, for a seed that counts once it is confirmed.

    The same until then, so that loading the page again does not spoil what was just scanned.
    """
    name = _name(user, fresh=True)
    if name not in secrets.names():
        secrets.put(name, pyotp.random_base32(), now)
    return pyotp.TOTP(secrets.get(name)).provisioning_uri(name=user.email, issuer_name="Listloop")


def begun(secrets: Secrets, user: User) -> str:
    """The seed that waits to be confirmed, to be typed in where no code can be scanned; "" where none does."""
    name = _name(user, fresh=True)
    return secrets.get(name) if name in secrets.names() else ""


def confirm(engine: Engine, secrets: Secrets, user: User, code: str, now: datetime) -> tuple[str, ...]:
    """From now on the seed counts; the recovery codes, shown here and never again.

    Raises NeedsAttention where the code is not one of the seed that waits.
    """
    seed = begun(secrets, user)
    step = _step(seed, code, now) if seed else None
    if step is None:
        raise _wrong()
    secrets.put(_name(user), seed, now)
    with engine.begin() as db:
        secrets.forget(db, _name(user, fresh=True))
        db.execute(update(users).where(users.c.id == user.id).values(factor_step=step))
        return new_codes(db, user)


def show(engine: Engine, secrets: Secrets, user: User, code: str, now: datetime) -> bool:
    """Does this code, or recovery code, prove that it is the user? Each is good once, also for two requests at once."""
    text = code.replace(" ", "").replace("-", "").upper()
    if len(text) > 6:
        mine = (recovery_codes.c.user_id == user.id) & (recovery_codes.c.digest == digest(f"{user.id}:{text}"))
        with engine.begin() as db:
            used = db.execute(delete(recovery_codes).where(mine).returning(recovery_codes.c.digest))
            return used.scalar() is not None
    with reading(engine).begin() as db:
        has = has_factor(db, user.id)
    step = _step(secrets.get(_name(user)), text, now) if has else None
    if step is None:
        return False
    newer = (users.c.id == user.id) & (users.c.factor_step < step)
    with engine.begin() as db:
        return (
            db.execute(update(users).where(newer).values(factor_step=step).returning(users.c.id)).scalar() is not None
        )


def new_codes(db: Connection, user: User) -> tuple[str, ...]:
    """New recovery codes in the place of all earlier ones; shown here and never again."""
    made = tuple("".join(random.choice(_LETTERS) for _ in range(24)) for _ in range(CODES))
    db.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.id))
    rows = [{"digest": digest(f"{user.id}:{one}"), "user_id": user.id} for one in made]
    db.execute(insert(recovery_codes), rows)
    return tuple("-".join(one[at : at + 6] for at in range(0, 24, 6)) for one in made)


def drop_factor(db: Connection, secrets: Secrets, user: User) -> None:
    """Ask this user for no second factor any more."""
    for fresh in (False, True):
        secrets.forget(db, _name(user, fresh=fresh))
    db.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user.id))
    db.execute(update(users).where(users.c.id == user.id).values(factor_step=None))


def has_factor(db: Connection, user_id: int) -> bool:
    """Is this user asked for a second factor?"""
    return db.execute(select(users.c.factor_step).where(users.c.id == user_id)).scalar() is not None


def codes_left(db: Connection, user_id: int) -> int:
    """How many recovery codes are not used yet."""
    mine = recovery_codes.c.user_id == user_id
    return db.execute(select(func.count()).select_from(recovery_codes).where(mine)).scalar_one()


def _step(seed: str, code: str, now: datetime) -> int | None:
    """Of which half minute this is the code; None where it is none of those about now."""
    made, here, text = pyotp.TOTP(seed, interval=STEP), int(now.timestamp()) // STEP, code.replace(" ", "")
    steps = (here, here - 1, here + 1)
    return next((one for one in steps if compare_digest(made.generate_otp(one).encode(), text.encode())), None)


def _name(user: User, *, fresh: bool = False) -> str:
    return f"user/{user.id}/{'new-' if fresh else ''}second-factor"


def _wrong() -> NeedsAttention:
    return NeedsAttention(
        "This is not the code of this moment.",
        "Wait for the next one, and check that the telephone's clock is set by the network.",
        code="code-wrong",
    )
