"""To whom a campaign goes: a segment at Mailchimp, made where there is none yet; and copies for those who come next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from listloop.core.crowd import Chosen, Did, Term, read_chosen, shown
from listloop.core.errors import NeedsAttention
from listloop.core.sending import State
from listloop.store import crowds, mailings
from listloop.store.campaigns import by_web_id, find_campaign
from listloop.store.database import reading
from listloop.store.mailings import Mailing
from listloop.sync import sources
from listloop.sync.context import Sync
from listloop.sync.crowds import write_crowd
from listloop.sync.sources import Kind, Reach, Source

MISSED = "missed"
"""The kind of recipients who got a campaign and did not open it; Mailchimp decides who that is when it sends."""


def segment_of(sync: Sync, one: Mailing) -> tuple[str, str]:
    """The id of the segment ("" for everybody), and the web id of the campaign whose non-openers are meant."""
    if one.source == MISSED:
        return "", one.source_key
    kind = Kind(one.source)
    if kind is Kind.AUDIENCE:
        return "", ""
    if kind in (Kind.SEGMENT, Kind.TAG):
        return one.source_key, ""
    if kind is Kind.GROUP:
        return sources.group_segment(sync, Source(kind, one.source_key, one.source_title)).key, ""
    return _crowd_segment(sync, one, kind), ""


def _crowd_segment(sync: Sync, one: Mailing, kind: Kind) -> str:
    """The static segment of a CRM's group or a response group, as it was when the campaign first needed it."""
    crowd_id = one.crowd_id or _new_crowd(sync, one, kind)
    with reading(sync.engine).begin() as db:
        made = crowds.crowd(db, crowd_id)
    if made.fresh_at is None or made.segment == crowds.INTENDED:
        write_crowd(sync, made)
        with reading(sync.engine).begin() as db:
            made = crowds.crowd(db, crowd_id)
    return made.segment


def _new_crowd(sync: Sync, one: Mailing, kind: Kind) -> int:
    keys = list(sync.crm.group(one.source_key)) if kind is Kind.CRM else []
    with sync.engine.begin() as db:
        sync.fence(db)
        chosen: Chosen | str = one.source_key if kind is Kind.CRM else read_chosen(one.source_key)
        if isinstance(chosen, str):
            some = crowds.of_crm(db, sync.connection_id, keys)
        else:
            some = crowds.found(db, sync.connection_id, chosen)
        if not any(person.email for person in some):
            raise NeedsAttention(
                f"Nobody in “{one.source_title}” may be mailed.", "Choose other recipients.", code="nobody"
            )
        made = crowds.add_crowd(
            db, sync.connection_id, one.source_title or one.name, chosen, some,
            segment=True, crm=False, living=False, who=one.made_by, now=sync.now(),
        )  # fmt: skip
        mailings.change_mailing(db, one.id, crowd_id=made)
    return made


def reach(sync: Sync, one: Mailing) -> Reach:
    """Who will get it, and who will not, and why."""
    if one.source == MISSED:
        return sources.reach_of(sync, Source(Kind.RESPONSES, _not_opened(sync, one.source_key), one.source_title))
    return sources.reach_of(sync, Source(Kind(one.source), one.source_key, one.source_title))


def _not_opened(sync: Sync, web_id: str) -> str:
    with reading(sync.engine).begin() as db:
        row = by_web_id(db, sync.connection_id, web_id)
    if row is None:
        raise NeedsAttention(
            "The results of the earlier campaign are not read yet.", "Read them with “listloop results read”.",
            code="nobody",
        )  # fmt: skip
    return shown(Chosen(((Term(Did.NOT_OPENED, row.id),),)))


def copy(db: Connection, one: Mailing, name: str, who: str, now: datetime) -> int:
    """A draft with the same content and recipients."""
    made = mailings.add_mailing(
        db, one.connection_id, name, who, now, subject=one.subject, preview=one.preview, from_name=one.from_name,
        reply_to=one.reply_to, source=one.source, source_key=one.source_key, source_title=one.source_title,
        tells=one.tells,
    )  # fmt: skip
    mailings.save_body(db, mailings.mailing(db, made), one.body, who, now)
    return made


def follow_up(db: Connection, one: Mailing, who: str, now: datetime) -> int:
    """A draft with the same content to those who did not open it; the one that was begun before, where there is one.

    Raises NeedsAttention for a campaign that was not sent yet.
    """
    if one.state is not State.SENT:
        raise NeedsAttention(f"“{one.name}” was not sent yet.", "Follow it up when it has arrived.", code="not-sent")
    begun = mailings.follow_up_of(db, one.id, MISSED)
    if begun is not None:
        return begun.id
    found = find_campaign(db, one.connection_id, one.key)
    if not found or not found[0].web_id:
        raise NeedsAttention(
            "The results of this campaign are not read yet.", "Read them first; it takes a moment.", code="not-sent"
        )
    made = copy(db, one, f"{one.name[:60]} – once more", who, now)
    mailings.change_mailing(
        db, made, source=MISSED, source_key=found[0].web_id, source_title=one.name, parent_id=one.id
    )
    return made
