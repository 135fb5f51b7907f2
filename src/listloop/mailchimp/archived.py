"""Which addresses are archived: creating one of them would bring its member back, and raise its consent."""

from __future__ import annotations

from collections.abc import Collection

from listloop.core.people import address_key
from listloop.mailchimp.client import Param
from listloop.mailchimp.members import Members, hash_of
from listloop.mailchimp.payloads import KEY_FIELDS, MemberPage
from listloop.mailchimp.pool import pooled
from listloop.mailchimp.records import ARCHIVED
from listloop.mailchimp.walk import Place, earlier, walk


class Archived:
    """Knows the archived addresses of one audience, at 16 bytes each, and reads only what is new since it last looked.

    Neither ``POST /lists/{id}`` nor ``POST /lists/{id}/members`` can be told to leave archived members alone.
    """

    def __init__(self, members: Members) -> None:
        self._members = members
        self._known = set[bytes]()
        self._since = ""

    def among(self, emails: Collection[str]) -> set[str]:
        """Those of the addresses, as given, that an archived member has, or had when it was archived."""
        if not self._since and self._calls() > len(emails):
            return {email for email, there in pooled(self._asked, set(emails), self._members.client.budget) if there}
        self._read()
        return {email for email in emails if _digest(email) in self._known}

    def _calls(self) -> float:
        page, _ = self._members.page("total_items", count=1, status=ARCHIVED)
        return page.total_items / 1000

    def _asked(self, email: str) -> tuple[str, bool]:
        member = self._members.get(hash_of(email))
        return email, member is not None and member.status == ARCHIVED

    def _read(self) -> None:
        began = ""
        for step in walk(self._page, Place(earlier(self._since, seconds=300) if self._since else "")):
            began = began or step.date
            self._known |= {_digest(row.email_address) for row in step.rows}
        self._since = began

    def _page(self, params: dict[str, Param]) -> tuple[MemberPage, str]:
        return self._members.page(KEY_FIELDS, status=ARCHIVED, **params)


def _digest(email: str) -> bytes:
    return bytes.fromhex(hash_of(address_key(email)))
