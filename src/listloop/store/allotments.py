"""How many calls each process may have open to a Mailchimp account: shares of one budget, across all machines.

One small transaction now and then, never one per call. All moments are the database's own, so that the clocks of
machines need not agree. A process that died loses its share when it has not renewed it for ``LEASE``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Connection, Engine, delete, func, select, text

from listloop.store.bulk import upsert
from listloop.store.installation import allotments

#: A share that is not renewed for so long is free again.
LEASE = timedelta(seconds=12)


@dataclass(frozen=True, slots=True)
class Share:
    """What a process has: ``granted`` calls at once; above ``fair`` it should give back, for others wait."""

    granted: int
    fair: int


def settle(engine: Engine, account: str, owner: str, *, wants: int, holds: int, budget: int) -> Share:
    """Renew a share, and make it larger where there is room.

    ``holds`` is what the process goes on using of its share: it lowers that by itself before it asks. One that stood
    still for longer than ``LEASE`` holds nothing any more, for others may have it by now. ``wants`` 0 gives everything
    back.
    """
    with engine.begin() as db:
        _one_at_a_time(db, account)
        now = _now(db)
        mine = (allotments.c.account == account) & (allotments.c.owner == owner)
        db.execute(delete(allotments).where(allotments.c.account == account, allotments.c.until < now))
        if not wants and not holds:
            db.execute(delete(allotments).where(mine))
            return Share(0, 0)
        kept = min(holds, db.scalar(select(allotments.c.granted).where(mine)) or 0)
        others = db.execute(
            select(allotments.c.granted, allotments.c.wants).where(allotments.c.account == account, ~mine)
        ).all()
        fair = max(1, budget // (1 + len(others)))
        starved = any(row.granted < min(row.wants, fair) for row in others)
        room = budget - sum(row.granted for row in others)
        granted = max(kept, min(wants, room, fair if starved else budget))
        row = {"account": account, "owner": owner, "granted": granted, "wants": wants, "until": now + LEASE}
        upsert(db, allotments, [row], ("account", "owner"))
        return Share(granted, fair if starved else budget)


def give_back(engine: Engine, owner: str) -> None:
    """Free all shares of a process that ended, or died."""
    with engine.begin() as db:
        db.execute(delete(allotments).where(allotments.c.owner == owner))


def _one_at_a_time(db: Connection, account: str) -> None:
    if db.dialect.name == "postgresql":  # SQLite has one writer anyway
        key = int.from_bytes(blake2b(f"listloop budget {account}".encode(), digest_size=8).digest(), signed=True)
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _now(db: Connection) -> datetime:
    if db.dialect.name == "postgresql":
        found: datetime = db.execute(select(func.clock_timestamp())).scalar_one()
        return found.astimezone(UTC)
    return datetime.now(UTC)
