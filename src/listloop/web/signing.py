"""Signed links, by which a CRM opens a panel of ours for one of its users: who, what, until when.

The CRM (a button, a script, a custom tab) makes the link itself. The signature is the HMAC-SHA256 in hex, under the
panels' key, of these lines joined by a line feed: path, connection, record, user, until.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

#: The furthest away that the end of a link may be: a link that is copied somewhere opens nothing tomorrow.
LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Link:
    """What a link opens: ``record`` is the key of a CRM record, ``user`` the e-mail address of a user of Listloop.

    ``connection`` is a number, or "" for the only one there is.
    """

    path: str
    connection: str
    record: str
    user: str
    until: int
    signature: str = ""

    def sealed(self, key: str) -> str:
        """The signature that this link needs."""
        said = "\n".join((self.path, self.connection, self.record, self.user, str(self.until)))
        return hmac.new(key.encode(), said.encode(), hashlib.sha256).hexdigest()

    def holds(self, key: str, now: datetime) -> bool:
        """Is it signed with this key, and neither over nor made for longer than a day?"""
        left = self.until - now.timestamp()
        good = hmac.compare_digest(self.signature.encode(), self.sealed(key).encode())
        return good and 0 < left <= LIFE.total_seconds()


def make_link(key: str, path: str, *, connection: str, record: str, user: str, until: datetime) -> str:
    """The path and query of a signed link; put the address of Listloop before it."""
    link = Link(path, connection, record, user, int(until.astimezone(UTC).timestamp()))
    asked = {"connection": connection, "record": record, "user": user, "until": link.until}
    return f"{path}?{urlencode({**asked, 'signature': link.sealed(key)})}"
