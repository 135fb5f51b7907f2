"""Campaigns that are written here, with their versions: one version for each person who edits at a stretch."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.core.people import Record, SideName, address_key
from listloop.core.sending import Envelope, State
from listloop.store.codec import decode, decode_record, encode
from listloop.store.mailing_tables import mailing_versions, mailings
from listloop.store.tables import records

STRETCH = timedelta(minutes=5)
"""What one person types within this time is one version; the designer saves as one types."""

VERSIONS = 100
"""So many versions of a campaign are kept."""


@dataclass(frozen=True, slots=True)
class Put:
    """What was written to Mailchimp, and what it showed right after; the content as a digest."""

    asked: Envelope
    envelope: Envelope
    content: str
    number: int


@dataclass(frozen=True, slots=True)
class Body:
    """The content: its design (MJML, or "" for HTML written elsewhere), the HTML made of it, and the plain text."""

    design: str = ""
    html: str = ""
    plain: str = ""
    own_plain: bool = False


@dataclass(frozen=True, slots=True)
class Mailing:
    """A campaign that is written here; see the table for what each column says."""

    id: int
    connection_id: int
    name: str
    subject: str
    preview: str
    from_name: str
    reply_to: str
    source: str
    source_key: str
    source_title: str
    crowd_id: int | None
    design: str
    html: str
    plain: str
    own_plain: bool
    number: int
    tells: bool
    key: str
    state: State
    act: str
    at: datetime | None
    put: str
    changed: str
    note: str
    parent_id: int | None
    made_at: datetime
    made_by: str
    changed_at: datetime

    @property
    def editable(self) -> bool:
        """May it still be changed?"""
        return self.state is State.DRAFT

    @property
    def body(self) -> Body:
        """Its content."""
        return Body(self.design, self.html, self.plain, self.own_plain)

    @property
    def written(self) -> Put | None:
        """What was last written to Mailchimp."""
        return decode(Put, self.put) if self.put else None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the content."""

    number: int
    at: datetime
    who: str
    body: Body


def add_mailing(db: Connection, connection_id: int, name: str, who: str, now: datetime, **values: Any) -> int:
    """Begin a campaign; gives its id."""
    row = {"connection_id": connection_id, "name": name[:80], "made_at": now, "made_by": who[:400], "changed_at": now}
    return int(db.execute(insert(mailings).values(row | values).returning(mailings.c.id)).scalar_one())


def mailing(db: Connection, mailing_id: int) -> Mailing:
    """The campaign with that id. Raises NeedsAttention where there is none."""
    row = db.execute(select(mailings).where(mailings.c.id == mailing_id)).first()
    if row is None:
        raise NeedsAttention(
            "There is no campaign with that number.", "“listloop campaign list” lists them.", code="campaign-unknown"
        )
    return _mailing(row)


def all_mailings(db: Connection, connection_id: int | None = None) -> list[Mailing]:
    """All of them, newest first."""
    query = select(mailings).order_by(mailings.c.id.desc())
    if connection_id is not None:
        query = query.where(mailings.c.connection_id == connection_id)
    return [_mailing(row) for row in db.execute(query)]


def open_mailings(db: Connection, connection_id: int) -> list[Mailing]:
    """Those that wait for something at Mailchimp: begun there, scheduled, or on their way."""
    waiting = mailings.c.state.in_([State.SCHEDULED, State.SENDING]) | (mailings.c.act != "")
    query = select(mailings).where(mailings.c.connection_id == connection_id, waiting)
    return [_mailing(row) for row in db.execute(query.order_by(mailings.c.id))]


def follow_up_of(db: Connection, parent_id: int, source: str) -> Mailing | None:
    """The follow-up of that kind that was begun and not sent yet."""
    mine = mailings.c.parent_id == parent_id, mailings.c.source == source, mailings.c.state == State.DRAFT
    row = db.execute(select(mailings).where(*mine)).first()
    return _mailing(row) if row else None


def reader(db: Connection, connection_id: int, address: str) -> Record | None:
    """The member with that address, or the first one, to see a mail as."""
    mine = records.c.connection_id == connection_id, records.c.side == SideName.MAILCHIMP, records.c.gone.is_(False)
    query = select(records.c.payload).where(*mine).order_by(records.c.id)
    if address:
        query = query.where(records.c.address == address_key(address))
    found = db.scalar(query.limit(1))
    return decode_record(found) if found else None


def by_key(db: Connection, connection_id: int, key: str) -> Mailing | None:
    """The one that is this campaign of Mailchimp's."""
    row = db.execute(select(mailings).where(mailings.c.connection_id == connection_id, mailings.c.key == key)).first()
    return _mailing(row) if row else None


def change_mailing(db: Connection, mailing_id: int, **values: Any) -> None:
    """Change columns of a campaign."""
    db.execute(update(mailings).where(mailings.c.id == mailing_id).values(**values))


def drop_mailing(db: Connection, mailing_id: int) -> None:
    """Forget a campaign that was written here; what stands at Mailchimp stays."""
    db.execute(delete(mailing_versions).where(mailing_versions.c.mailing_id == mailing_id))
    db.execute(delete(mailings).where(mailings.c.id == mailing_id))


def save_body(db: Connection, one: Mailing, body: Body, who: str, now: datetime, *, typed: bool = False) -> int:
    """Keep the content as a new version; gives its number. What one person types at a stretch is one version."""
    if body == one.body:
        return one.number
    mine = mailing_versions.c.mailing_id == one.id
    last = db.execute(select(mailing_versions).where(mine, mailing_versions.c.number == one.number)).first()
    values = {name.name: getattr(body, name.name) for name in fields(Body)}
    stretch = last is not None and typed and last.who == who and now - last.at < STRETCH
    if last is not None and stretch and not _is_at_mailchimp(one):
        number = one.number
        db.execute(update(mailing_versions).where(mailing_versions.c.id == last.id).values(values))
    else:
        number = one.number + 1
        row = {"mailing_id": one.id, "number": number, "at": now, "who": who[:400]}
        db.execute(insert(mailing_versions).values(row | values))
        db.execute(delete(mailing_versions).where(mine, mailing_versions.c.number <= number - VERSIONS))
    change_mailing(db, one.id, **values, number=number, changed_at=now)
    return number


def _is_at_mailchimp(one: Mailing) -> bool:
    """What was written there keeps its number."""
    return one.written is not None and one.written.number == one.number


def versions(db: Connection, mailing_id: int) -> list[Version]:
    """The versions of a campaign, newest first."""
    query = select(mailing_versions).where(mailing_versions.c.mailing_id == mailing_id)
    return [_version(row) for row in db.execute(query.order_by(mailing_versions.c.number.desc()))]


def _version(row: Any) -> Version:
    return Version(row.number, row.at, row.who, Body(row.design, row.html, row.plain, row.own_plain))


def note_put(asked: Envelope, envelope: Envelope, content: str, number: int) -> str:
    """The column that says what was written."""
    return encode(Put(asked, envelope, content, number))


def _mailing(row: Any) -> Mailing:
    known = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a row's names
    known["state"] = State(known["state"])
    return Mailing(**known)
