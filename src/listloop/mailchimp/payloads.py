"""The parts of Mailchimp's answers that we touch.

Lenient on purpose: "no value" comes as "", as null or as an absent key, depending on the field (Mailchimp API
reference; recorded answers). Merge fields stay raw until their types are known.
"""

from __future__ import annotations

from typing import Any

import msgspec

Raw = msgspec.Raw


class Tag(msgspec.Struct, frozen=True):
    """A tag, which is a static segment under its other name."""

    id: int
    name: str


class Permission(msgspec.Struct, frozen=True):
    """A marketing permission that a member gave or did not give."""

    marketing_permission_id: str
    text: str = ""
    enabled: bool = False


class Member(msgspec.Struct):
    """A member of an audience. ``id`` is the MD5 hash of the lower-cased address."""

    contact_id: str = ""
    id: str = ""
    email_address: str = ""
    full_name: str | None = ""
    status: str = ""
    unsubscribe_reason: str | None = ""
    merge_fields: Raw = Raw(b"{}")
    interests: dict[str, bool] | list[Any] | None = None
    timestamp_signup: str | None = ""
    last_changed: str = ""
    source: str | None = ""
    tags_count: int | None = 0
    tags: list[Tag] | None = None
    unique_email_id: str | None = ""
    web_id: int | None = None
    marketing_permissions: list[Permission] | None = None


OLDER_IDS = frozenset({"unique_email_id", "web_id"})
"""Parts of a member that say what earlier connectors knew it by; its hash is always there."""

PERMISSIONS = "marketing_permissions"
"""The part of a member that says what marketing it permits."""

MEMBER_FIELDS = (
    "contact_id,id,email_address,full_name,status,unsubscribe_reason,merge_fields,interests,timestamp_signup,"
    "last_changed,source,tags_count,tags"
)
"""What to ask for of a member: more than half of the bytes of an answer are links that nobody here reads."""

PAGE_FIELDS = ",".join(f"members.{name}" for name in MEMBER_FIELDS.split(",")) + ",total_items"
KEY_FIELDS = "members.contact_id,members.email_address,members.status,members.last_changed,total_items"


class MemberPage(msgspec.Struct):
    """A page of members, and how many rows the question has in all."""

    members: list[Member] = []
    total_items: int = 0


class BulkError(msgspec.Struct):
    """One refused item of a bulk call."""

    email_address: str | None = ""
    error: str | None = ""
    error_code: str | None = ""
    field: str | None = ""
    field_message: str | None = ""


class BulkReply(msgspec.Struct):
    """The answer to a bulk call: always HTTP 200, also when every item failed."""

    new_members: list[Member] = []
    updated_members: list[Member] = []
    errors: list[BulkError] = []


class FieldOptions(msgspec.Struct):
    """What belongs to a merge field's type."""

    choices: list[Any] | None = None
    phone_format: str | None = ""


class MergeField(msgspec.Struct):
    """A merge field; the address itself is none."""

    merge_id: int
    tag: str
    name: str
    type: str
    required: bool = False
    options: FieldOptions | list[Any] | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """The choices of a radio or drop-down field."""
        return tuple(str(one) for one in self.options.choices or ()) if isinstance(self.options, FieldOptions) else ()

    @property
    def phone_format(self) -> str:
        """The form of a phone number: US, or anything."""
        return self.options.phone_format or "" if isinstance(self.options, FieldOptions) else ""


class Category(msgspec.Struct):
    """A group category."""

    id: str
    title: str
    type: str = "hidden"


class Interest(msgspec.Struct):
    """A group name, one choice of a category."""

    id: str
    name: str


class Contact(msgspec.Struct):
    """Whose name is in the footer of an audience's campaigns."""

    company: str | None = ""


class AudienceStats(msgspec.Struct):
    """Counts of an audience."""

    member_count: int = 0


class AudienceInfo(msgspec.Struct):
    """What the set-up shows of an audience."""

    id: str
    name: str
    contact: Contact | None = None
    marketing_permissions: bool | None = None
    stats: AudienceStats | None = None

    @property
    def members(self) -> int:
        """How many people may be mailed, as Mailchimp counts them."""
        return self.stats.member_count if self.stats else 0


class Account(msgspec.Struct):
    """Whose account it is."""

    account_id: str
    account_name: str | None = ""


class FeedItem(msgspec.Struct):
    """One entry of a member's activity feed."""

    activity_type: str
    created_at_timestamp: str = ""
    is_admin_unsubscribed: bool | None = None
    unsubscribe_reason: str | None = ""
    signup_category: str | None = ""


class Activity(msgspec.Struct):
    """One entry of a member's classic activity."""

    action: str
    timestamp: str = ""
