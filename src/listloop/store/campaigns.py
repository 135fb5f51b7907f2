"""Campaigns of the audience: what Mailchimp says of each, how far its events were read, what they add up to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from listloop.core.facts import Campaign, Mail, Sums
from listloop.core.people import Key
from listloop.store.bulk import upsert
from listloop.store.codec import decode, encode
from listloop.store.tables import campaigns, mails

#: Statuses of campaigns that nobody has got yet.
UNSENT = ("save", "paused", "schedule")


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign as stored.

    ``sums`` are of Mailchimp's report (None: it has none), ``read`` those that its events were read for, ``counted``
    the same sums counted from its recipients. ``cursor``, ``reading``, ``began`` and ``done`` are of a reading under
    way, ``since`` is when the last finished one began, by Mailchimp's clock. ``gone``: deleted in Mailchimp.
    """

    id: int
    connection_id: int
    key: Key
    web_id: str
    kind: str
    parent: Key
    title: str
    subject: str
    status: str
    audience: str
    page: str
    sent_at: datetime | None
    recipients: int
    sums: Sums | None
    read: Sums | None
    counted: Sums
    cursor: str
    reading: str
    began: str
    since: str
    done: int
    read_at: datetime | None
    gone: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.subject or self.key

    @property
    def unread(self) -> int:
        """Recipients whose results are still to be read, about."""
        return max((self.sums.sent if self.sums else 0) - self.done, 0) if is_due(self) else 0

    @property
    def campaign(self) -> Campaign:
        """As the audience told it."""
        at = self.sent_at.isoformat(timespec="seconds") if self.sent_at else ""
        said = (self.kind, self.parent, self.audience, self.page, self.web_id, self.sums)
        return Campaign(self.key, self.title, self.subject, self.status, at, self.recipients, *said)


def is_due(row: CampaignRow) -> bool:
    """Has its report moved since its events were read?"""
    return row.sums is not None and row.sums.sent > 0 and row.sums != row.read


def save_campaigns(db: Connection, connection_id: int, told: Collection[Campaign]) -> None:
    """Store what the audience says of all of its campaigns; those that it has no more are gone, and stay here."""
    known = {one.key: one for one in told}
    tried = {one.key for one in told if one.kind in ("variate", "absplit")}
    rows = [_columns(connection_id, one) for one in known.values() if one.parent not in tried]
    upsert(db, campaigns, rows, ("connection_id", "key"))
    here = campaigns.c.connection_id == connection_id, campaigns.c.gone.is_(False)
    missing = set(db.scalars(select(campaigns.c.key).where(*here))) - {row["key"] for row in rows}
    for key in missing:
        db.execute(update(campaigns).where(*here, campaigns.c.key == key).values(gone=True))


def _columns(connection_id: int, one: Campaign) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "key": one.key,
        "web_id": one.web_id,
        "kind": one.kind,
        "parent": one.parent,
        "title": one.title[:400],
        "subject": one.subject[:400],
        "status": one.status,
        "audience": one.audience,
        "page": one.page[:500],
        "sent_at": moment(one.sent),
        "recipients": one.recipients,
        "sums": encode(one.sums) if one.sums else "",
        "gone": False,
    }


def moment(text: str) -> datetime | None:
    """A time of Mailchimp's, in UTC; None for none."""
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def change_campaign(db: Connection, campaign_id: int, **values: Any) -> None:
    """Change columns of a campaign; sums may be given as they are."""
    kept = {name: encode(value) if isinstance(value, Sums) else value for name, value in values.items()}
    db.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(**kept))


def campaign(db: Connection, campaign_id: int) -> CampaignRow | None:
    """The campaign with that id, or None."""
    row = db.execute(select(campaigns).where(campaigns.c.id == campaign_id)).first()
    return _row(row) if row else None


def due_campaigns(db: Connection, connection_id: int) -> list[CampaignRow]:
    """Campaigns whose report moved since their events were read: one begun goes on first, then newest first."""
    moved = or_(campaigns.c.sums != campaigns.c.read_sums, campaigns.c.reading != "")
    query = select(campaigns).where(campaigns.c.connection_id == connection_id, campaigns.c.sums != "", moved)
    rows = db.execute(query.where(campaigns.c.gone.is_(False)).order_by(*NEWEST))
    found = [_row(row) for row in rows]
    return sorted((one for one in found if is_due(one) or one.reading), key=lambda one: not one.reading)


NEWEST: tuple[ColumnElement[Any], ...] = (
    func.coalesce(campaigns.c.sent_at, datetime(9999, 1, 1, tzinfo=UTC)).desc(),
    campaigns.c.id.desc(),
)
"""Newest first; what is not sent yet comes before all."""


def list_campaigns(
    db: Connection,
    connection_id: int | None = None,
    *,
    words: str = "",
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    sent: bool | None = None,
    read: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[CampaignRow]:
    """Campaigns, newest first. ``words`` are a part of the title or the subject, ``sent`` says whether it went out;
    ``since`` and ``until`` bound when; ``read`` leaves out those of which nothing was read.
    """
    query = select(campaigns)
    if connection_id is not None:
        query = query.where(campaigns.c.connection_id == connection_id)
    if words.strip():
        wanted = words.strip()
        query = query.where(
            or_(
                campaigns.c.title.icontains(wanted, autoescape=True),
                campaigns.c.subject.icontains(wanted, autoescape=True),
            )
        )
    if kind:
        query = query.where(campaigns.c.kind == kind)
    if since:
        query = query.where(campaigns.c.sent_at >= since)
    if until:
        query = query.where(campaigns.c.sent_at < until)
    if sent is not None:
        unsent = campaigns.c.status.in_(UNSENT)
        query = query.where(~unsent if sent else unsent)
    if read:
        query = query.where(campaigns.c.counted != "")
    query = query.order_by(*NEWEST).offset(offset)
    return [_row(row) for row in db.execute(query if limit is None else query.limit(limit))]


LONGEST = 15
"""Digits of a number that both databases can look for."""


def find_campaign(db: Connection, connection_id: int, named: str) -> list[CampaignRow]:
    """Campaigns of that key, number or title, newest first."""
    same = or_(campaigns.c.key == named, campaigns.c.title == named, campaigns.c.subject == named)
    if named.isdecimal() and len(named) <= LONGEST:
        same = or_(same, campaigns.c.id == int(named))
    query = select(campaigns).where(campaigns.c.connection_id == connection_id, same)
    return [_row(row) for row in db.execute(query.order_by(*NEWEST))]


def by_web_id(db: Connection, connection_id: int, web_id: str) -> CampaignRow | None:
    """The campaign that conditions of segments know by that id."""
    mine = campaigns.c.connection_id == connection_id, campaigns.c.web_id == web_id
    row = db.execute(select(campaigns).where(*mine)).first()
    return _row(row) if row else None


def save_mail(db: Connection, campaign_id: int, mail: Mail) -> None:
    """Keep what was mailed, and where it was opened."""
    upsert(db, mails, [{"campaign_id": campaign_id, "mail": encode(mail)}], ("campaign_id",))


def mail_of(db: Connection, campaign_id: int) -> Mail:
    """What was mailed; an empty mail before it was read."""
    found = db.scalar(select(mails.c.mail).where(mails.c.campaign_id == campaign_id))
    return decode(Mail, found) if found else Mail()


def by_ids(db: Connection, ids: Iterable[int]) -> dict[int, CampaignRow]:
    """Campaigns by id."""
    rows = db.execute(select(campaigns).where(campaigns.c.id.in_(list(ids))))
    return {row.id: _row(row) for row in rows}


def _row(row: Row[Any]) -> CampaignRow:
    known = row._mapping  # noqa: SLF001 - SQLAlchemy's documented way to a row's names
    values = {name: known[name] for name in CampaignRow.__dataclass_fields__ if name in known}
    values["sums"] = decode(Sums, row.sums) if row.sums else None
    values["read"] = decode(Sums, row.read_sums) if row.read_sums else None
    values["counted"] = decode(Sums, row.counted) if row.counted else Sums()
    return CampaignRow(**values)
