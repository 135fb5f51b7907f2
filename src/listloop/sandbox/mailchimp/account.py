"""The whole state of the imitated account, and what is made in it: ids, audiences, tags."""

from random import Random
from typing import Any

from listloop.sandbox.mailchimp.audience import Audience, MergeField, Segment
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


class Account:
    """Plain state: no clock, no HTTP. Random identifiers come from the seed alone."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.id = self.token(24)
        self.audiences: dict[str, Audience] = {}
        self.batches: dict[str, Any] = {}
        self.outbox: list[Any] = []
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
