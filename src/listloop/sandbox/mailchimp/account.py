"""The whole state of the imitated account, and what is made in it: ids, audiences, tags."""

from collections.abc import Iterator
from heapq import heappush
from random import Random
from typing import Any

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.mailchimp.audience import Audience, MergeField, Segment, Webhook
from listloop.sandbox.mailchimp.campaign import Campaign, Letter
from listloop.sandbox.mailchimp.problems import not_found
from listloop.sandbox.switches import Switches

CONTACT = {
    "company": "Sandbox Ltd", "address1": "1 Harbour Street", "address2": "", "city": "Port Example", "state": "",
    "zip": "00001", "country": "GB", "phone": "",
}  # fmt: skip
DEFAULTS = {"from_name": "Sandbox", "from_email": "news@sandbox.example", "subject": "", "language": "en"}
STANDARD_FIELDS = (
    ("FNAME", "First Name", "text", {"size": 25}),
    ("LNAME", "Last Name", "text", {"size": 25}),
    ("ADDRESS", "Address", "address", {"default_country": 164}),
    ("PHONE", "Phone Number", "phone", {"phone_format": "none"}),
)


RATES = {
    "open": 0.35, "click": 0.06, "unsubscribe": 0.002, "complain": 0.0003, "hard_bounce": 0.004, "soft_bounce": 0.01,
    "proxy": 0.0,
}  # fmt: skip
"""Share of the people who do this with a mail; those who click or leave have opened it."""


class Account:
    """Plain state: no clock, no HTTP. Random identifiers come from the seed alone."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.id = self.token(24)
        self.audiences: dict[str, Audience] = {}
        self.batches: dict[str, Any] = {}
        self.batch_hooks: dict[str, Webhook] = {}
        self.outbox: list[Any] = []
        self.campaigns: dict[str, Campaign] = {}
        self.agenda: list[tuple[int, int, str, int, str, str]] = []
        """What is due when, as a heap: (second, number, campaign, web id of the member, what, detail)."""
        self.planned = 0
        self.steps = 0
        """Of the agenda and of batches, as far as they are done."""
        self.feeds: dict[str, str] = {}
        """What stands at the address of a feed, as far as it has been told."""
        self.errands: list[str] = []
        """Campaigns whose feeds somebody has to fetch."""
        self.letters: dict[str, Letter] = {}
        self.rates: dict[str, float] = dict(RATES)
        self.documents: dict[str, dict[str, dict[str, Any]]] = {}
        """Resources without rules of their own: path of the collection -> id -> the resource."""
        self.oauth: dict[str, str] = {}
        """Digest of a code or a token -> what it is good for."""
        self.requests = 0
        self.numbers = 1000

    def token(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def number(self) -> int:
        self.numbers += 1
        return self.numbers

    def audience(self, list_id: str) -> Audience:
        """Raises ProblemError (404) for an unknown id."""
        if list_id not in self.audiences:
            raise not_found()
        return self.audiences[list_id]

    def campaign(self, campaign_id: str) -> Campaign:
        """Raises ProblemError (404) for an unknown id."""
        if campaign_id not in self.campaigns:
            raise not_found()
        return self.campaigns[campaign_id]

    def later(self, at: int, campaign_id: str, what: str, web_id: int = 0, detail: str = "") -> None:
        self.planned += 1  # those of one second in the order they were planned
        heappush(self.agenda, (at, self.planned, campaign_id, web_id, what, detail))

    def documents_at(self, path: str) -> dict[str, dict[str, Any]]:
        return self.documents.setdefault(path, {})

    def orders_of(self, list_id: str) -> dict[str, list[dict[str, Any]]]:
        """The orders in the shops of one audience, by the lower-cased address of who bought."""
        found: dict[str, list[dict[str, Any]]] = {}
        for order in self.orders():
            if order["list_id"] == list_id:
                found.setdefault(order["customer"].get("email_address", "").lower(), []).append(order)
        return found

    def orders(self) -> Iterator[dict[str, Any]]:
        """Of all shops, each with its lines, its shop and the second it was ``made``."""
        for key, shop in self.documents.get("/ecommerce/stores", {}).items():
            root = f"/ecommerce/stores/{key}/orders"
            more = {"list_id": shop["list_id"], "store_id": key, "store_name": shop["name"]}
            for number, order in self.documents.get(root, {}).items():
                lines = list(self.documents.get(f"{root}/{number}/lines", {}).values())
                yield (
                    order | more | {"lines": lines, "made": seconds_of(order["processed_at_foreign"]) or order["made"]}
                )

    def revenue(self, campaign_id: str) -> dict[str, Any]:
        """What the orders that name a campaign add up to; revenue is without tax and shipping."""
        own = [order for order in self.orders() if order.get("campaign_id") == campaign_id]
        spent = sum(float(order["order_total"]) for order in own)
        aside = sum(float(order.get(name) or 0) for order in own for name in ("tax_total", "shipping_total"))
        return {"total_orders": len(own), "total_spent": round(spent, 2), "total_revenue": round(spent - aside, 2)}

    def add_audience(self, settings: dict[str, Any], now: int, list_id: str = "") -> Audience:
        merged = {
            "contact": CONTACT, "permission_reminder": "You signed up on our site.", "use_archive_bar": True,
            "campaign_defaults": DEFAULTS, "notify_on_subscribe": "", "notify_on_unsubscribe": "",
            "email_type_option": False, "visibility": "prv", "double_optin": False, "has_welcome": False,
            "marketing_permissions": False, **settings,
        }  # fmt: skip
        audience = Audience(list_id or self.token(10), self.number(), merged, now)
        for tag, name, kind, options in STANDARD_FIELDS:
            add_field(audience, MergeField(0, tag, name, kind, options=dict(options)))
        self.audiences[audience.id] = audience
        return audience


def add_field(audience: Audience, field: MergeField) -> MergeField:
    """Gives the field its id, which is never used again, and its place."""
    field.merge_id = audience.next_merge_id
    field.display_order = field.display_order or field.merge_id + 1
    audience.next_merge_id += 1
    audience.merge_fields[field.merge_id] = field
    return field


def find_tag(audience: Audience, name: str, switches: Switches) -> Segment | None:
    """Tags and static segments share names and ids."""
    if not switches["tags_ignore_case"]:
        return next((tag for tag in audience.segments.values() if tag.options is None and tag.name == name), None)
    found = audience.tag_names.get(name.lower())
    return None if found is None else audience.segments[found]


def ensure_tag(account: Account, audience: Audience, name: str, switches: Switches, now: int) -> Segment:
    found = find_tag(audience, name, switches)
    if found:
        return found
    return add_segment(account, audience, name, now, None)


def add_segment(account: Account, audience: Audience, name: str, now: int, options: dict[str, Any] | None) -> Segment:
    segment = Segment(account.number(), name, now, now, options)
    audience.segments[segment.id] = segment
    if options is None:
        audience.tag_names.setdefault(name.lower(), segment.id)
    return segment
