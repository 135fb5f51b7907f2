"""What the pages of recipients ask of the rest of Listloop; filled beside the other services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from listloop.core.abilities import Segment
from listloop.sync.sources import Kind, Reach, Source


class Recipients(Protocol):
    """Everything asks the CRM or Mailchimp while the page waits, and may raise a ``ListloopError``.

    ``name`` and ``group`` are a title or a key. ``who`` is the address of the user, for the audit log.
    """

    def sources(self, connection_id: int, /) -> Sequence[Source]:
        """Everything that a campaign can be sent to, but for response groups."""

    def reach(self, connection_id: int, kind: Kind, name: str, /) -> Reach:
        """Who of these would get a campaign, and who not, and why."""

    def push(self, connection_id: int, group: str, who: str, /) -> int:
        """Keep whom a CRM group has at this moment, to be written as a static segment; the number of the group."""

    def segment(self, connection_id: int, group: str, who: str, /) -> Segment:
        """The saved segment of a Mailchimp group, made where it is missing."""
