"""Segments: static ones are tags, saved ones are conditions (Mailchimp API reference, lists/segments)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from listloop.core.abilities import Seat, Segment
from listloop.core.people import Consent
from listloop.core.side import Label
from listloop.mailchimp.client import MailchimpClient
from listloop.mailchimp.records import INTEREST
from listloop.mailchimp.schema import MARK, Definitions

LONGEST = 100
"""Characters of a tag's name (not documented; the reference's guess)."""

_CONSENTS = {
    "subscribed": Consent.SUBSCRIBED,
    "unsubscribed": Consent.UNSUBSCRIBED,
    "cleaned": Consent.CLEANED,
    "pending": Consent.PENDING,
}


class _Segment(msgspec.Struct):
    id: int
    name: str
    type: str = "static"
    member_count: int = 0


class _Seat(msgspec.Struct):
    contact_id: str = ""
    status: str = ""


class _Changed(msgspec.Struct):
    total_added: int = 0


def segments(client: MailchimpClient, list_id: str) -> tuple[Segment, ...]:
    """All saved and static segments."""
    fields = "segments.id,segments.name,segments.type,segments.member_count,total_items"
    found = client.pages(f"lists/{list_id}/segments", "segments", _Segment, fields=fields)
    return tuple(_shown(one) for one in found if not one.name.startswith(MARK) and one.type in ("static", "saved"))


def seats(client: MailchimpClient, list_id: str, segment: str) -> Iterator[Seat]:
    """Everybody in a segment, whatever their status."""
    everybody = dict.fromkeys(("include_cleaned", "include_transactional", "include_unsubscribed"), "true")
    fields = "members.contact_id,members.status,total_items"
    path = f"lists/{list_id}/segments/{segment}/members"
    for one in client.pages(path, "members", _Seat, fields=fields, **everybody):
        yield Seat(one.contact_id, _CONSENTS.get(one.status, Consent.UNKNOWN), one.status != "archived")


def make_segment(client: MailchimpClient, list_id: str, title: str, emails: Sequence[str]) -> Segment:
    """A new static segment with at most 500 addresses."""
    body = {"name": title[:LONGEST], "static_segment": list(emails)}
    reply = client.send("POST", f"lists/{list_id}/segments", body, who=f"the segment {title}")
    return _shown(reply.read(_Segment))


def change_segment(
    client: MailchimpClient, list_id: str, segment: str, add: Sequence[str], remove: Sequence[str]
) -> int:
    """Put at most 500 addresses in and take as many out; how many were put in."""
    body = {"members_to_add": list(add), "members_to_remove": list(remove)}
    reply = client.send("POST", f"lists/{list_id}/segments/{segment}", body, repeatable=True)
    return reply.read(_Changed).total_added


def group_segment(client: MailchimpClient, list_id: str, known: Definitions, label: Label, title: str) -> Segment:
    """The saved segment with everybody in a Mailchimp group, as people make one by hand."""
    there = next((one for one in segments(client, list_id) if one.title == title and not one.static), None)
    if there is not None:
        return there
    interest = label.name.removeprefix(INTEREST)
    condition = {
        "condition_type": "Interests",
        "field": f"interests-{known.category_of(interest)}",
        "op": "interestcontains",
        "value": [interest],
    }
    body = {"name": title, "options": {"match": "all", "conditions": [condition]}}
    return _shown(client.send("POST", f"lists/{list_id}/segments", body, who=f"the segment {title}").read(_Segment))


def _shown(one: _Segment) -> Segment:
    return Segment(str(one.id), one.name, one.type == "static", one.member_count)
