"""What of a campaign's results is told on the CRM record: one communication for each recipient, campaign and kind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from listloop.core.facts import Kind, Response
from listloop.core.people import Key
from listloop.core.side import Communication

#: The kinds that may be told, in the order in which people think of them.
TELLABLE = (Kind.SENT, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED, Kind.UNSUBSCRIBED)

_BOUNCES = {"hard": "bounced for good", "soft": "bounced for now"}


def communications(
    campaign: Key, title: str, sent: datetime | None, key: Key, got: Response, kinds: Collection[Kind]
) -> Iterator[Communication]:
    """What the CRM record with that key is to say of one campaign. ``kinds`` are those that the setting names."""
    for kind in TELLABLE:
        at, what = _told(kind, sent, got)
        if kind in kinds and at is not None:
            yield Communication(campaign, key, kind, at.isoformat(timespec="seconds"), f"{title}: {kind}", what)


def _told(kind: Kind, sent: datetime | None, got: Response) -> tuple[datetime | None, str]:
    if kind is Kind.SENT:
        return sent, "The campaign was sent to this person."
    if kind is Kind.OPENED:
        return got.first_open, f"Opened {_times(got.own_opens)}{_last(got.last_open, got.own_opens)}."
    if kind is Kind.CLICKED:
        return got.first_click, f"Clicked {_times(got.clicks)}{_last(got.last_click, got.clicks)}."
    if kind is Kind.BOUNCED:
        return got.bounced_at, f"The mail {_BOUNCES.get(got.bounce, 'bounced')}."
    left = got.complained_at or got.left_at
    why = "The mail was marked as spam." if got.complained_at else f"Reason: {got.left_why}" if got.left_why else ""
    return left, why


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _last(at: datetime | None, number: int) -> str:
    return f", the last time {at:%Y-%m-%d %H:%M} UTC" if at and number > 1 else ""
