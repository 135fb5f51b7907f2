"""Who opted a member in and out, from Mailchimp's own record of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from listloop.core.people import Consent, Key, Origin
from listloop.core.side import Act
from listloop.mailchimp.client import PAGE
from listloop.mailchimp.members import Members
from listloop.mailchimp.payloads import Activity, FeedItem

SIGN_UPS = ("generic_signup", "website_signup", "landing_page_signup", "squatter_signup", "ecommerce_signup")
"""Entries of the activity feed that say somebody signed up (API reference, activity-feed)."""

NOT_THE_PERSON = ("api", "import", "admin", "manual", "integration")
"""Words in a sign-up's category that tell another hand than the person's own."""


class _Feed(msgspec.Struct):
    activity: list[FeedItem] = []


class _Activities(msgspec.Struct):
    activity: list[Activity] = []


def acts_of(members: Members, key: Key) -> Sequence[Act]:
    """The acts about a member's consent, oldest first; none for a member that is gone.

    The feed names neither the time of a confirmation by double opt-in apart from its sign-up, nor complaints; those
    are taken from the classic activity, which has the last 50 entries.
    """
    row = members.get(key)
    if row is None:
        return ()
    path = f"{members.path}/{row.id}"
    found = [act for item in _feed(members, path) if (act := _act(item))]
    complaints = members.client.get(f"{path}/activity", _Activities, action="abuse", fields=_ACTIVITY)
    found += [Act(one.timestamp, Consent.UNSUBSCRIBED, Origin.COMPLAINT) for one in complaints.activity]
    return sorted(found, key=lambda act: act.at)


def _feed(members: Members, path: str) -> Iterator[FeedItem]:
    """All entries of the kinds asked for; this collection has no total."""
    offset = 0
    while True:
        page = members.client.get(
            f"{path}/activity-feed", _Feed, count=PAGE, offset=offset, activity_filters=",".join(("unsub", *SIGN_UPS))
        )
        yield from page.activity
        offset += len(page.activity)
        if len(page.activity) < PAGE:
            return


def _act(item: FeedItem) -> Act | None:
    if item.activity_type == "unsub":
        origin = Origin.ADMIN if item.is_admin_unsubscribed else Origin.PERSON
        return Act(item.created_at_timestamp, Consent.UNSUBSCRIBED, origin)
    if item.activity_type in SIGN_UPS:
        category = (item.signup_category or "").lower()
        origin = Origin.ADMIN if any(word in category for word in NOT_THE_PERSON) else Origin.PERSON
        return Act(item.created_at_timestamp, Consent.SUBSCRIBED, origin)
    return None


_ACTIVITY = "activity.action,activity.timestamp"
