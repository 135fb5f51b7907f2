"""The calls on the members of one audience, one function per call, and nothing decided here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from listloop.core.errors import RecordRejected, TryLater
from listloop.core.people import Key, address_key
from listloop.mailchimp.client import PAGE, MailchimpClient, Param
from listloop.mailchimp.payloads import MEMBER_FIELDS, PAGE_FIELDS, BulkReply, Member, MemberPage, Tag

LARGEST_BULK = 500
"""Members per bulk call and addresses per segment call (API reference, limits)."""

EASY = {"skip_merge_validation": True}
"""A required merge field that the CRM does not fill refuses nobody; the values that are given are checked as ever."""

Item = Mapping[str, object]


def hash_of(email: str) -> str:
    """A member's ``id``: the MD5 of the address as two addresses are compared."""
    return hashlib.md5(address_key(email).encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Members:
    """The members of one audience; a key is a ``contact_id`` or a hash (API reference, lists/members)."""

    client: MailchimpClient
    list_id: str
    more: set[str] = field(default_factory=set)
    """Parts of a member that are asked for as well: what few connections need costs the others nothing."""

    @property
    def path(self) -> str:
        """The collection's path."""
        return f"lists/{self.list_id}/members"

    def page(self, fields: str = PAGE_FIELDS, **params: Param) -> tuple[MemberPage, str]:
        """A page of members, and the server's time when it was asked."""
        if fields == PAGE_FIELDS:
            fields = ",".join([fields, *(f"members.{name}" for name in sorted(self.more))])
        query: dict[str, Param] = {"fields": fields, "count": PAGE, **params}
        return self.client.dated(self.path, MemberPage, **query)

    def get(self, key: Key) -> Member | None:
        """One member, archived or not; None when there is none."""
        try:
            return self.client.get(
                f"{self.path}/{_safe(key)}", Member, fields=",".join([MEMBER_FIELDS, *sorted(self.more)])
            )
        except RecordRejected as error:
            if error.code == "not-found":
                return None
            raise

    def tags(self, key: Key) -> list[Tag]:
        """All tags of a member; its own row shows no more than 50."""
        return list(
            self.client.pages(f"{self.path}/{_safe(key)}/tags", "tags", Tag, fields="tags.id,tags.name,total_items")
        )

    def create(self, body: Item, who: str) -> Member:
        """Makes a member, or brings an archived one back; refused when the address is there."""
        return self.client.send("POST", self.path, body, params=EASY, who=who).read(Member)

    def edit(self, key: Key, body: Item, who: str) -> Member | None:
        """Changes what is sent, and nothing else; None when it was done, but the answer can't be read."""
        reply = self.client.send("PATCH", f"{self.path}/{_safe(key)}", body, params=EASY, who=who)
        try:
            return reply.read(Member)
        except TryLater:
            return None

    def archive(self, key: Key, who: str) -> None:
        """Archives a member."""
        self.client.send("DELETE", f"{self.path}/{_safe(key)}", who=who)

    def forget(self, key: Key) -> None:
        """Deletes a member for good (API reference, delete-permanent); one that is gone already is no error."""
        member = self.get(key)
        if member is None:
            return
        try:
            path = f"{self.path}/{hash_of(member.email_address)}/actions/delete-permanent"
            self.client.send("POST", path, who=member.email_address, repeatable=True)
        except RecordRejected as error:
            if error.code != "not-found":
                raise

    def tag(self, key: Key, add: Sequence[str], remove: Sequence[str], who: str) -> None:
        """Puts tags on a member and takes tags off, without setting off automations."""
        tags = [{"name": name, "status": "active"} for name in add]
        tags += [{"name": name, "status": "inactive"} for name in remove]
        body = {"tags": tags, "is_syncing": True}
        self.client.send("POST", f"{self.path}/{_safe(key)}/tags", body, who=who, repeatable=True)

    def bulk(self, items: Sequence[Item], *, update: bool) -> BulkReply:
        """Creates up to 500 members, or with ``update`` forces the sent status on those there are."""
        body = {"members": items, "update_existing": update}
        return self.client.send("POST", f"lists/{self.list_id}", body, params=EASY).read(BulkReply)


def labels_shown(member: Member) -> bool:
    """Did the row list every tag?"""
    return len(member.tags or ()) >= (member.tags_count or 0)


def with_tags(member: Member, tags: list[Tag]) -> Member:
    """The member with its full list of tags."""
    return msgspec.structs.replace(member, tags=tags, tags_count=len(tags))


def _safe(key: Key) -> str:
    return quote(key, safe="")
