"""The guard: more destructive changes of one kind than usual wait for a yes, and the rest goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from listloop.core.plan import Kind
from listloop.core.rules import Rules


@dataclass(frozen=True, slots=True)
class Hold:
    """One kind that waits: how many of it are planned, were written in the last 24 hours, and may be at most."""

    kind: Kind
    planned: int
    written: int
    limit: int

    @property
    def reason(self) -> str:
        """The sentence for people."""
        before = f" ({self.written:,} more in the last 24 hours)" if self.written else ""
        return f"{self.planned:,} × {self.kind}{before}: more than the {self.limit:,} that pass without a yes"


def limit(links: int, rules: Rules) -> int:
    """How many changes of one kind pass within 24 hours without a yes."""
    return max(rules.guard_least, min(rules.guard_most, int(links * rules.guard_share)))


def guard(planned: Mapping[Kind, int], written: Mapping[Kind, int], links: int, rules: Rules) -> tuple[Hold, ...]:
    """The kinds to hold: those of which plan and last 24 hours together exceed the limit.

    A no that was said in Mailchimp is of no kind and never held.
    """
    most = limit(links, rules)
    return tuple(
        Hold(kind, count, written.get(kind, 0), most)
        for kind, count in sorted(planned.items())
        if count and count + written.get(kind, 0) > most
    )


#: Seconds to the next try of a record that was refused: 1, 5, 30 min, 2, 12 h, then daily for a week.
LADDER = (60, 300, 1800, 7200, 43200, *(86400,) * 7)


def next_try(tries: int) -> int | None:
    """Seconds until a record is tried again after so many failures (1 or more); None: only when a person asks."""
    return LADDER[tries - 1] if tries <= len(LADDER) else None
