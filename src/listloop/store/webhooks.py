"""Webhooks that we made at Mailchimp, by the digest of their secret address; the address itself is only over there.

A connection has one that is in use. One that was replaced is retired, and what was on its way to it is taken for
``GRACE`` more. Its signing secret is kept under ``secret_name``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, insert, or_, select, update

from listloop.core.people import Origin, SideName
from listloop.store.installation import webhooks
from listloop.store.tables import connections, nos, runs

#: Mailchimp tries a delivery again for 75 minutes (webhook guide); a retired address is open a little longer.
GRACE = timedelta(hours=2)

#: A webhook's last sign of life is exact to within this: a flood must not become a flood of writes.
HEARD = timedelta(seconds=5)

#: When the webhook of a connection is looked after that shall have none.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

#: How long a delivery may take before its absence says something.
LATE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook as stored; ``mailchimp_id`` is "" until Mailchimp has made it. ``signed``: its secret is kept."""

    id: int
    connection_id: int
    digest: str
    mailchimp_id: str
    signed: bool
    created_at: datetime
    checked_at: datetime | None
    heard_at: datetime | None
    retired_at: datetime | None
    problem: str
    fix: str


def digest(token: str) -> str:
    """What is stored in the place of an address's secret end."""
    return hashlib.sha256(token.encode()).hexdigest()


def secret_name(connection_id: int, webhook_id: int) -> str:
    """Under which name a webhook's signing secret is kept."""
    return f"connection/{connection_id}/webhook/{webhook_id}"


def add(db: Connection, connection_id: int, token: str, now: datetime) -> int:
    """Note a webhook that is about to be made, so that Mailchimp's first call finds it known."""
    row = {"connection_id": connection_id, "digest": digest(token), "created_at": now}
    return int(db.execute(insert(webhooks).values(row).returning(webhooks.c.id)).scalar_one())


def change(db: Connection, webhook_id: int, **values: object) -> None:
    """Change columns of a webhook."""
    db.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(**values))


def forget(db: Connection, webhook_id: int) -> None:
    """Remove a webhook whose time is over."""
    db.execute(delete(webhooks).where(webhooks.c.id == webhook_id))


def drop_unmade(db: Connection, connection_id: int, but: int) -> None:
    """Remove what earlier tries left that Mailchimp refused."""
    unmade = (webhooks.c.connection_id == connection_id) & (webhooks.c.mailchimp_id == "") & (webhooks.c.id != but)
    db.execute(delete(webhooks).where(unmade))


def owners(db: Connection, digests: Collection[str]) -> dict[str, int]:
    """To which connection each of these belongs; who is unknown is left out."""
    found = select(webhooks.c.digest, webhooks.c.connection_id).where(webhooks.c.digest.in_(digests))
    return {row.digest: row.connection_id for row in db.execute(found)}


def webhooks_of(db: Connection, connection_id: int) -> list[WebhookRow]:
    """A connection's webhooks, oldest first."""
    rows = db.execute(select(webhooks).where(webhooks.c.connection_id == connection_id).order_by(webhooks.c.id))
    return [WebhookRow(*row) for row in rows]


def by_token(db: Connection, token: str, now: datetime) -> tuple[WebhookRow, str] | None:
    """The webhook with that secret end of its address, and its connection's audience; None: there is none, or no more.

    One that is retired is found until nothing can be on its way to it any more.
    """
    found = db.execute(
        select(webhooks, connections.c.audience)
        .join(connections, connections.c.id == webhooks.c.connection_id)
        .where(webhooks.c.digest == digest(token))
        .where(or_(webhooks.c.retired_at.is_(None), webhooks.c.retired_at > now - GRACE))
    ).first()
    return None if found is None else (WebhookRow(*found[:-1]), str(found[-1]))


def heard(db: Connection, webhook: str, now: datetime) -> None:
    """The one with this digest brought something: it is alive."""
    stale = or_(webhooks.c.heard_at.is_(None), webhooks.c.heard_at < now - HEARD)
    db.execute(update(webhooks).where(webhooks.c.digest == webhook, stale).values(heard_at=now, problem="", fix=""))


def claim_check(db: Connection, now: datetime, again: timedelta) -> list[int]:
    """The connections whose webhook is to be looked after now, each given to one caller only; set-ups have none yet."""
    due = or_(connections.c.webhook_check.is_(None), connections.c.webhook_check <= now)
    due = and_(due, connections.c.setup_step == "")
    claimed = update(connections).where(due).values(webhook_check=now + again).returning(connections.c.id)
    return sorted(db.execute(claimed).scalars())


def check_again(db: Connection, connection_id: int, at: datetime | None) -> None:
    """Look after a connection's webhook at that moment; None: at once."""
    db.execute(update(connections).where(connections.c.id == connection_id).values(webhook_check=at))


def is_off(db: Connection, connection_id: int) -> bool:
    """Was it said that this connection shall have no webhook?"""
    at = db.scalar(select(connections.c.webhook_check).where(connections.c.id == connection_id))
    return at is not None and at >= NEVER


def silent_noes(db: Connection, webhook: WebhookRow, now: datetime) -> int:
    """How many people opted out in Mailchimp, as the poll saw, while the webhook that tells of them said nothing.

    A no counts when the webhook was there before the poll that did not show it yet, and was silent from a while
    before that poll until now. Only our own clock is used; what administrators and programs did is not told to us.
    """
    alive = max(filter(None, (webhook.created_at, webhook.heard_at)))
    poll = select(func.max(runs.c.started_at)).where(
        runs.c.connection_id == webhook.connection_id,
        runs.c.finished_at < nos.c.noted_at,
        runs.c.state.in_(("done", "waiting")),
    )
    return int(
        db.execute(
            select(func.count())
            .select_from(nos)
            .where(
                nos.c.connection_id == webhook.connection_id,
                nos.c.side == SideName.MAILCHIMP,
                nos.c.origin.in_((Origin.PERSON, Origin.COMPLAINT)),
                nos.c.noted_at > alive,
                nos.c.noted_at < now - LATE,
                poll.scalar_subquery() > alive + LATE,
            )
        ).scalar_one()
    )
