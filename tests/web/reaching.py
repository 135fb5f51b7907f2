"""Recipients without a real CRM or Mailchimp behind them: one of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from listloop.core.abilities import Segment
from listloop.sync.sources import Kind, Reach, Source
from tests.web.pressed import Pressed

KNOWN = (
    Source(Kind.AUDIENCE, "", "the whole audience"),
    Source(Kind.SEGMENT, "7", "City is Bern", 40),
    Source(Kind.TAG, "8", "<b>Fair</b>", 12),
    Source(Kind.GROUP, "interest:i1", "Topics: Trade fairs"),
    Source(Kind.CRM, "g1", "Customer A", 3),
)


@dataclass(frozen=True, slots=True)
class ReachingAlone:
    """Notes what was asked for."""

    pressed: Pressed

    def sources(self, connection_id: int, /) -> Sequence[Source]:
        return KNOWN

    def reach(self, connection_id: int, kind: Kind, name: str, /) -> Reach:
        return Reach(10, {"unsubscribed": 2, "absent": 1} if kind is Kind.CRM else {})

    def push(self, connection_id: int, group: str, who: str, /) -> int:
        self.pressed.calls.append(("push", connection_id, group, who))
        return 1

    def segment(self, connection_id: int, group: str, who: str, /) -> Segment:
        self.pressed.calls.append(("segment", connection_id, group, who))
        return Segment("7", "Group: Topics: Trade fairs", static=False)
