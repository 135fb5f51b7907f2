"""Import what came of the audience's campaigns: only what moved, each event once, a page at a time.

Facts are appended, so this loop needs no plan and no yes. It works in slices: between two of them the lease is free,
and an opt-out never waits for the backfill of years.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.facts import Mail
from listloop.store.campaigns import (
    CampaignRow,
    campaign,
    change_campaign,
    due_campaigns,
    save_campaigns,
    save_mail,
)
from listloop.store.codec import encode
from listloop.store.database import reading
from listloop.store.report import save_parts
from listloop.store.responses import counted, save_events, settle_members
from listloop.sync.closing import close_loop
from listloop.sync.context import Sync
from listloop.sync.crowds import write_crowds
from listloop.sync.telling import tell_crm

SLICE = 100
"""Pages of events that one call reads: some twenty seconds."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What one call read: ``pages`` of events, of so many ``campaigns``; ``events`` counts recipients with something
    new; ``left`` are the recipients whose results are still to be read, about. ``told`` communications were written to
    the CRM, and ``untold`` says that there are more.
    """

    pages: int = 0
    campaigns: int = 0
    events: int = 0
    left: int = 0
    told: int = 0
    untold: bool = False

    @property
    def more(self) -> bool:
        """Is there more to be done? Then call again."""
        return self.left > 0 or self.untold


def import_facts(sync: Sync, pages: int = SLICE) -> Imported:
    """Read what came of campaigns, at most so many pages; whatever was read is kept, and a next call goes on there.

    Raises TryLater and NeedsAttention of the audience.
    """
    if not sync.audience.can.events:
        return Imported()
    told = list(sync.audience.campaigns())
    with sync.engine.begin() as db:
        sync.fence(db)
        save_campaigns(db, sync.connection_id, told)
        settle_members(db, sync.connection_id)
    read = done = events = 0
    for row in _due(sync):
        if read >= pages:
            break
        used, news, whole = _read(sync, row, pages - read)
        read, events, done = read + used, events + news, done + whole
    written, untold = tell_crm(sync)
    write_crowds(sync)
    close_loop(sync)
    return Imported(read, done, events, sum(one.unread or 1 for one in _due(sync)), written, untold)


def _due(sync: Sync) -> list[CampaignRow]:
    with reading(sync.engine).begin() as db:
        return due_campaigns(db, sync.connection_id)


def _read(sync: Sync, row: CampaignRow, pages: int) -> tuple[int, int, bool]:
    """Read pages of one campaign: how many, who did something new, and whether it is whole."""
    begun = _begin(sync, row)
    used = news = 0
    for events, cursor in sync.audience.events(begun.campaign, _since(begun), begun.cursor):
        used += 1
        mail = None if cursor else _mail(sync, begun)
        with sync.engine.begin() as db:
            sync.fence(db)
            news += save_events(db, begun, events)
            if not cursor:
                if mail is not None:
                    save_mail(db, begun.id, mail)
                _finish(sync, db, begun)
                sync.progress("results", begun.sums.sent if begun.sums else 0, begun.recipients, begun.name)
                return used, news, True
            done = begun.done + len({one.email for one in events})
            change_campaign(db, begun.id, cursor=cursor, done=done)
            begun = _again(db, begun)
        sync.progress("results", begun.done, begun.recipients, begun.name)
        if used >= pages:
            break
    return used, news, False


def _mail(sync: Sync, row: CampaignRow) -> Mail | None:
    """What was mailed; a mail that can't be read keeps nobody from the results."""
    try:
        return sync.audience.mail(row.campaign)
    except (RecordRejected, NeedsAttention):
        return None


def _begin(sync: Sync, row: CampaignRow) -> CampaignRow:
    """A reading goes on, or begins: then the sums that it is for are noted, and the moment by Mailchimp's clock."""
    with sync.engine.begin() as db:
        sync.fence(db)
        if not row.reading:
            change_campaign(db, row.id, reading=encode(row.sums), began=sync.audience.clock_there(), cursor="", done=0)
        return _again(db, row)


def _again(db: Connection, row: CampaignRow) -> CampaignRow:
    found = campaign(db, row.id)
    if found is None:
        raise NeedsAttention("The connection was removed meanwhile.", "Nothing is to be done.", code="no-connection")
    return found


def _since(row: CampaignRow) -> str:
    """Everything is read once, and again where more people have got the mail since, as in a series."""
    return row.since if row.read and row.sums and row.read.sent == row.sums.sent else ""


def _finish(sync: Sync, db: Connection, row: CampaignRow) -> None:
    change_campaign(
        db,
        row.id,
        read_sums=row.reading,
        counted=counted(db, row.id),
        since=row.began,
        read_at=sync.now(),
        cursor="",
        reading="",
        began="",
        done=0,
    )
    save_parts(db, row.id)
