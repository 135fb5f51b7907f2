"""Connections that are being set up and know only their CRM yet; what is secret of them is with the other secrets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from listloop.core.errors import NeedsAttention
from listloop.store.codec import decode, encode
from listloop.store.tables import drafts


@dataclass(frozen=True, slots=True)
class Draft:
    """What was entered so far. ``crm_title`` is how the CRM calls itself, "" while nobody has signed in on its page;
    ``base_url`` "" is Mailchimp itself.
    """

    id: int
    crm: str
    crm_settings: dict[str, str]
    crm_title: str
    base_url: str
    created_at: datetime


def add_draft(db: Connection, *, crm: str, crm_settings: dict[str, str], crm_title: str, now: datetime) -> int:
    """Keep the first end of a connection; gives the draft's id."""
    values = {"crm": crm, "crm_settings": encode(crm_settings), "crm_title": crm_title, "created_at": now}
    return int(db.execute(insert(drafts).values(values).returning(drafts.c.id)).scalar_one())


def change_base_url(db: Connection, draft_id: int, base_url: str) -> None:
    """Keep where the Mailchimp API of this draft is."""
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(base_url=base_url))


def change_title(db: Connection, draft_id: int, title: str) -> None:
    """Keep how the CRM calls itself: somebody has signed in there."""
    db.execute(update(drafts).where(drafts.c.id == draft_id).values(crm_title=title))


def draft(db: Connection, draft_id: int) -> Draft:
    """One draft. Raises NeedsAttention where it was finished or dropped."""
    found = next((one for one in all_drafts(db) if one.id == draft_id), None)
    if found is None:
        raise NeedsAttention(
            "This set-up is finished, or was dropped.", "Begin a new one from the overview.", code="no-draft"
        )
    return found


def all_drafts(db: Connection) -> list[Draft]:
    """Every set-up that was begun and not finished, oldest first."""
    return [
        Draft(row.id, row.crm, decode(dict[str, str], row.crm_settings), row.crm_title, row.base_url, row.created_at)
        for row in db.execute(select(drafts).order_by(drafts.c.id))
    ]


def drop_draft(db: Connection, draft_id: int) -> None:
    """Forget a draft; nothing happens where there is none."""
    db.execute(delete(drafts).where(drafts.c.id == draft_id))
