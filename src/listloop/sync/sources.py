"""Recipients as data: the whole audience, a segment, a tag, a Mailchimp group, a CRM group, a response group; each with
who will get a mail sent to it and who will not, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from listloop.core.abilities import Seat, Segment, Segments
from listloop.core.crowd import read_chosen, shown
from listloop.core.errors import NeedsAttention
from listloop.core.people import Consent
from listloop.core.side import LabelKind
from listloop.store.crowds import ARCHIVED, everybody, found, of_crm, reach
from listloop.store.database import reading
from listloop.sync.context import Sync


class Kind(StrEnum):
    """What recipients can be."""

    AUDIENCE = "audience"
    SEGMENT = "segment"
    TAG = "tag"
    GROUP = "group"
    CRM = "crm"
    RESPONSES = "responses"


@dataclass(frozen=True, slots=True)
class Source:
    """Some recipients: ``key`` is a segment's id, a label's or a group's name, or the words of a response group."""

    kind: Kind
    key: str
    title: str
    members: int | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Who will get a mail, and who will not, by the reason (a consent, archived, absent)."""

    will: int
    not_: dict[str, int]


def sources(sync: Sync, *kinds: Kind) -> list[Source]:
    """Everything of these kinds (all, where none is named) that a mail can be sent to, but for response groups: those
    are asked for.
    """
    wanted = kinds or tuple(Kind)
    made = [Source(Kind.AUDIENCE, "", "the whole audience")] if Kind.AUDIENCE in wanted else []
    if {Kind.TAG, Kind.SEGMENT} & set(wanted) and isinstance(sync.audience, Segments):
        told = sync.audience.segments()
        made += [Source(Kind.TAG if one.static else Kind.SEGMENT, one.key, one.title, one.members) for one in told]
    if Kind.GROUP in wanted:
        labels = sync.audience.schema().labels
        made += [Source(Kind.GROUP, one.name, one.title) for one in labels if one.kind is LabelKind.INTEREST]
    if Kind.CRM in wanted and sync.crm.can.groups:
        made += [Source(Kind.CRM, one.key, one.title, one.members) for one in sync.crm.groups()]
    return [one for one in made if one.kind in wanted]


def source(sync: Sync, kind: Kind, name: str) -> Source:
    """The source of that kind and title (or key); of responses, ``name`` says what they did. Raises NeedsAttention."""
    if kind is Kind.RESPONSES:
        return Source(kind, shown(read_chosen(name)), name)
    of_kind = sources(sync, kind)
    for one in of_kind:
        if kind is Kind.AUDIENCE or name in (one.title, one.key):
            return one
    names = ", ".join(f"“{one.title}”" for one in of_kind) or "none"
    raise NeedsAttention(f"There is no {kind} named “{name}”.", f"There are: {names}.", code="no-group")


def group_segment(sync: Sync, one: Source) -> Segment:
    """The saved segment of a Mailchimp group, made where it is missing, as people do by hand."""
    label = next((label for label in sync.audience.schema().labels if label.name == one.key), None)
    if label is None or not isinstance(sync.audience, Segments):
        raise NeedsAttention(f"The Mailchimp group “{one.title}” is gone.", "Choose another one.", code="no-group")
    return sync.audience.group_segment(label, f"Group: {label.title}"[:100])


def reach_of(sync: Sync, one: Source) -> Reach:
    """Who of these will get a mail, and who will not, and why."""
    if one.kind in (Kind.SEGMENT, Kind.TAG) and isinstance(sync.audience, Segments):
        return _told(_seats(sync.audience.seats(one.key)))
    if one.kind is Kind.CRM:
        keys = list(sync.crm.group(one.key))
        with reading(sync.engine).begin() as db:
            return _told(reach(of_crm(db, sync.connection_id, keys)))
    with reading(sync.engine).begin() as db:
        if one.kind is Kind.RESPONSES:
            return _told(reach(found(db, sync.connection_id, read_chosen(one.key))))
        return _told(everybody(db, sync.connection_id, one.key))


def _seats(some: Iterable[Seat]) -> Counter[str]:
    return Counter(
        ARCHIVED if not one.active else "" if one.consent is Consent.SUBSCRIBED else str(one.consent) for one in some
    )


def _told(counts: Counter[str]) -> Reach:
    return Reach(counts[""], {why: number for why, number in counts.most_common() if why and number})
