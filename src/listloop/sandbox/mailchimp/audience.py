"""An audience: its members with their indexes, merge fields, groups, tags. State and bookkeeping, no rules of HTTP."""

import hashlib
import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from listloop.sandbox.mailchimp.campaign import Campaign
from listloop.sandbox.mailchimp.ledger import Ledger
from listloop.sandbox.mailchimp.member import Member, codes_of
from listloop.sandbox.mailchimp.order import Arrivals, Order

TIMES = ("last_changed", "timestamp_opt", "timestamp_signup")
"""Of a member; the audience knows the order by each of them."""
CONTACT = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class MergeField:
    merge_id: int
    tag: str
    name: str
    type: str
    required: bool = False
    default_value: str = ""
    public: bool = True
    display_order: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    help_text: str = ""


@dataclass(slots=True)
class Interest:
    id: str
    category_id: str
    name: str
    display_order: int = 0


@dataclass(slots=True)
class Category:
    id: str
    title: str
    type: str
    display_order: int = 0


@dataclass(slots=True, eq=False)
class Segment:
    """A tag, which is the same thing as a static segment, or a saved segment with conditions."""

    id: int
    name: str
    created_at: int
    updated_at: int
    options: dict[str, Any] | None = None
    members: set[Member] = field(default_factory=set)
    active: int = 0
    """How many of the members are subscribed."""
    listings: dict[frozenset[str], list[Member]] = field(default_factory=dict)
    """Members with one of these statuses as last listed; empty again when anything about them changes."""

    def listing(self, statuses: frozenset[str]) -> list[Member]:
        """In the order they came to the audience."""
        if statuses not in self.listings:
            found = (member for member in self.members if member.status in statuses)
            self.listings[statuses] = sorted(found, key=lambda member: member.web_id)
        return self.listings[statuses]


@dataclass(slots=True)
class Webhook:
    id: str
    url: str
    events: dict[str, bool]
    sources: dict[str, bool]
    secret: str = ""
    enabled: bool = True


def md5(email: str) -> str:
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


class Audience:
    """``settings`` is the writable part of the list object.

    All changes of status and membership go through the methods here, so that the indexes stay right.
    """

    def __init__(self, list_id: str, web_id: int, settings: dict[str, Any], now: int) -> None:
        self.id = list_id
        self.web_id = web_id
        self.settings = settings
        self.created = now
        self.by_id: dict[str, Member] = {}
        self.by_unique: dict[str, Member] | None = None
        self.listings: dict[Hashable, list[Member]] = {}
        """What was last found by filters that look at everybody; empty again when anything about anybody changes."""
        self.forgotten: set[str] = set()
        self.arrived = Arrivals()
        self.by_time = {name: Order(self.arrived) for name in TIMES}
        self.merge_fields: dict[int, MergeField] = {}
        self.next_merge_id = 1
        self.categories: dict[str, Category] = {}
        self.interests: dict[str, Interest] = {}
        self.segments: dict[int, Segment] = {}
        self.tag_names: dict[str, int] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.permissions: dict[str, str] = {}
        self.sent: dict[str, Campaign] = {}
        """The campaigns that went to this audience, in the order they went out."""
        self.ledger = Ledger()
        self.counted: tuple[int, dict[str, Any]] | None = None
        """The last statistics that were shown, and when they were counted."""
        self.last_subscribed = 0
        self.last_unsubscribed = 0

    def find(self, key: str) -> Member | None:
        """By MD5 of the address, by contact id, or by the plain address."""
        if key in self.by_id:
            return self.by_id[key]
        found = self.numbered(web_id_of(key))
        if found is not None:
            return found if self.contact_id(found) == key else None
        return self.by_id.get(md5(key)) if "@" in key else None

    def numbered(self, web_id: int) -> Member | None:
        return self.arrived.at(web_id)

    def contact_id(self, member: Member) -> str:
        return contact_id(self.id, member.web_id)

    def add(self, member: Member, at: int, *, own: bool = False) -> None:
        """Somebody new, by an own act or by another's."""
        self.listings.clear()
        self.ledger.note(at, "", member.status, own=own)
        self.by_id[member.id] = member
        if self.by_unique is not None:
            self.by_unique[unique_id(member.email)] = member
        self.arrived.append(member)
        for name, order in self.by_time.items():
            order.append(getattr(member, name), member)
        for tag in member.tag_ids():
            self._join(self.segments[tag], member)

    def remove(self, member: Member, at: int) -> None:
        self.listings.clear()
        self.ledger.note(at, member.status, "", own=False)
        for tag in member.tag_ids():
            self._leave(self.segments[tag], member)
        for order in self.by_time.values():
            order.drop(member)
        self.arrived.drop(member)
        del self.by_id[member.id]
        if self.by_unique is not None:
            self.by_unique.pop(unique_id(member.email), None)

    def bump(self, member: Member, now: int) -> None:
        """The member changed now: the last in the order of changes, unless the clock went back."""
        self.stamp(member, "last_changed", now)

    def stamp(self, member: Member, name: str, at: int) -> None:
        """One of its `TIMES` is another."""
        self.listings.clear()
        self.by_time[name].drop(member)
        setattr(member, name, at)
        self.by_time[name].append(at, member)

    def move(self, member: Member, status: str, at: int, *, own: bool = False) -> None:
        """Another status, in the member and in every index and count that depends on it."""
        self.listings.clear()
        self.ledger.note(at, member.status, status, own=own)
        step = (status == "subscribed") - (member.status == "subscribed")
        for tag in member.tag_ids():
            self.segments[tag].active += step
            self.segments[tag].listings.clear()
        member.status = status
        for order in self.by_time.values():
            order.mark(member)
        self.arrived.mark(member)

    def readdress(self, member: Member, email: str) -> None:
        del self.by_id[member.id]
        if self.by_unique is not None:
            self.by_unique.pop(unique_id(member.email), None)
            self.by_unique[unique_id(email)] = member
        member.email, member.id = email, md5(email)
        self.by_id[member.id] = member

    def find_unique(self, unique: str) -> Member | None:
        if self.by_unique is None:  # made when first asked for, kept right from then on
            self.by_unique = {unique_id(member.email): member for member in self.by_id.values()}
        return self.by_unique.get(unique)

    def tag(self, member: Member, tag: Segment, now: int) -> bool:
        """False when the member has it already."""
        if any(known == tag.id for known, _ in member.tags):
            return False
        member.tags = (*member.tags, (tag.id, now))
        self._join(tag, member)
        return True

    def untag(self, member: Member, tag: Segment) -> bool:
        kept = tuple(pair for pair in member.tags if pair[0] != tag.id)
        if len(kept) == len(member.tags):
            return False
        member.tags = kept
        self._leave(tag, member)
        return True

    @staticmethod
    def _join(tag: Segment, member: Member) -> None:
        tag.members.add(member)
        tag.listings.clear()
        tag.active += member.status == "subscribed"

    @staticmethod
    def _leave(tag: Segment, member: Member) -> None:
        tag.members.discard(member)
        tag.listings.clear()
        tag.active -= member.status == "subscribed"

    def field_by_tag(self, tag: str) -> MergeField | None:
        return next((field for field in self.merge_fields.values() if field.tag == tag), None)

    def rates(self, web_id: int = 0) -> tuple[float, float]:
        """(opened, clicked) of the mails that arrived, in percent: of the whole audience, or of one member."""
        got = opened = clicked = 0
        for campaign in self.sent.values():
            one = campaign.recipients.get(web_id)
            if one:
                kinds = {event.kind for event in one.events}
                got += "bounce" not in kinds
                opened += "open" in kinds
                clicked += "click" in kinds
            elif not web_id:
                found = campaign.tally()
                got, opened, clicked = got + found.delivered, opened + found.openers, clicked + found.clickers
        return (round(100 * opened / got, 2), round(100 * clicked / got, 2)) if got else (0, 0)

    def since(self, at: int) -> dict[str, int]:
        """How many joined, left and were cleaned after this second, and are that still."""
        changed, opted = self.by_time["last_changed"], self.by_time["timestamp_opt"]
        rows = changed.between(at + 1, None)
        counts = {status: changed.count(codes_of(status), *rows) for status in ("unsubscribed", "cleaned")}
        return counts | {"subscribed": opted.count(codes_of("subscribed"), *opted.between(at + 1, None))}

    def settle(self) -> None:
        """Brings the orders in order, so that the first who asks need not wait for it."""
        for order in self.by_time.values():
            order.settle()

    def number_of(self, *statuses: str) -> int:
        return self.arrived.count(codes_of(*statuses))


def contact_id(list_id: str, web_id: int) -> str:
    """32 hexadecimal digits that stay with a contact. Worked out, since a million of them would take 140 MB."""
    return f"{web_id * _factor(list_id) % 2**96:024x}{web_id:08x}"


@cache
def _factor(list_id: str) -> int:
    return int.from_bytes(hashlib.blake2b(list_id.encode(), digest_size=12, person=b"contact_id").digest()) | 1


def web_id_of(contact: str) -> int:
    """The number that a contact id was made of; 0 for a text that can be none."""
    return int(contact[24:], 16) if CONTACT.fullmatch(contact) else 0


def unique_id(email: str) -> str:
    """The ten-digit address id, the same in every list of the account."""
    return hashlib.blake2b(email.lower().encode(), digest_size=5, person=b"unique_email_id").hexdigest()
