"""The lease of a connection: who may write for it now.

The job engine starts one run per connection. The lease makes sure of it where an engine cannot: an owner that was
only slow, not dead, comes back and writes on. Every taking raises the fence; a write passes its lease to ``renew`` in
its own transaction, and so fails as soon as somebody else has taken over.

Moments come from the caller's clock. Machines whose clocks differ take over a little early or late; the fence, not
the clock, keeps the old owner from writing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from listloop.core.errors import ListloopError, TryLater
from listloop.store.installation import leases

#: How long a lease lasts when nobody renews it.
SECONDS = 60.0

_CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a connection; ``fence`` counts how often it changed hands."""

    connection_id: int
    owner: str
    fence: int


class LeaseHeld(TryLater):
    """Somebody else runs this connection now, for a second or for hours."""

    code = "lease-held"


class LeaseLost(ListloopError):
    """Somebody else runs this connection now, or the run was cancelled: stop without another write."""

    code = "lease-lost"


def take(engine: Engine, connection_id: int, owner: str, now: datetime, seconds: float = SECONDS) -> Lease:
    """Take the lease where it is free, has run out, or is the owner's own from before a restart.

    Raises LeaseHeld, with the seconds that are left of it, while somebody else holds it.
    """
    until = now + timedelta(seconds=seconds)
    with engine.begin() as transaction:
        insert = postgresql.insert(leases) if engine.dialect.name == "postgresql" else sqlite.insert(leases)
        taken = insert.values(connection_id=connection_id, owner=owner, fence=1, until=until).on_conflict_do_update(
            index_elements=["connection_id"],
            set_={"owner": owner, "fence": leases.c.fence + 1, "until": until},
            where=or_(leases.c.until <= now, leases.c.owner == owner),
        )
        fence = transaction.execute(taken.returning(leases.c.fence)).scalar()
        if fence is not None:
            return Lease(connection_id, owner, fence)
        held = transaction.execute(select(leases.c.until).where(leases.c.connection_id == connection_id)).scalar_one()
    raise LeaseHeld(
        "Another run of this connection is under way.",
        "This one begins when that one has ended.",
        retry_after=max(1.0, (held - now).total_seconds()),
    )


def renew(transaction: Connection, lease: Lease, now: datetime, seconds: float = SECONDS) -> None:
    """Carry the fence in a write: in its transaction, before its other statements. Raises LeaseLost."""
    changed = update(leases).where(_is(lease)).values(until=now + timedelta(seconds=seconds)).returning(leases.c.fence)
    if transaction.execute(changed).scalar() is None:
        raise LeaseLost(
            "This run was stopped, because it was cancelled or another one has taken over.",
            "Nothing is lost: the next run goes on from here.",
        )


def holds(engine: Engine, lease: Lease) -> bool:
    """Whether the lease is still this one; a write needs more than this, namely ``renew``."""
    with engine.connect() as reading:
        return reading.execute(select(leases.c.fence).where(_is(lease))).scalar() is not None


def release(engine: Engine, lease: Lease, now: datetime) -> None:
    """Give the lease back; without effect where somebody else has taken it."""
    with engine.begin() as transaction:
        transaction.execute(update(leases).where(_is(lease)).values(owner="", until=now))


def revoke(engine: Engine, connection_id: int, now: datetime) -> None:
    """Take the lease from whoever holds it: a run that was cancelled stops before its next write."""
    with engine.begin() as transaction:
        transaction.execute(
            update(leases)
            .where(leases.c.connection_id == connection_id)
            .values(owner=_CANCELLED, fence=leases.c.fence + 1, until=now)
        )


def was_cancelled(engine: Engine, connection_id: int) -> bool:
    """Whether the lease was lost to ``revoke``, so that the run is not to be repeated."""
    with engine.connect() as reading:
        owner = reading.execute(select(leases.c.owner).where(leases.c.connection_id == connection_id)).scalar()
    return owner == _CANCELLED


def revoke_owner(engine: Engine, owner: str, now: datetime) -> None:
    """Take all leases from an owner that is dead or about to end, so that others need not wait for their time."""
    with engine.begin() as transaction:
        transaction.execute(
            update(leases).where(leases.c.owner == owner).values(owner="", fence=leases.c.fence + 1, until=now)
        )


def _is(lease: Lease) -> ColumnElement[bool]:
    return (
        (leases.c.connection_id == lease.connection_id)
        & (leases.c.owner == lease.owner)
        & (leases.c.fence == lease.fence)
    )
