"""When a trouble is told: not at its first flicker, once while it lasts, and once more when it is over.

A pure decision, so that every moment of it can be tested: from what was known of a trouble and whether it is
there now, to what is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listloop.core.frozen import replace


class Kind(StrEnum):
    """What can be wrong. The words are in ``TITLES``."""

    PAUSED = "paused"
    LATE = "late"
    FAILED_RUN = "failed-run"
    PLAN = "plan"
    WEBHOOK = "webhook"
    DRIFT = "drift"
    FAILURES = "failures"
    DISK = "disk"


#: What each is called in a mail's subject.
TITLES: dict[Kind, str] = {
    Kind.PAUSED: "A connection stands still",
    Kind.LATE: "A run is late",
    Kind.FAILED_RUN: "The last run failed",
    Kind.PLAN: "A plan waits for a yes",
    Kind.WEBHOOK: "A webhook is dead",
    Kind.DRIFT: "Both sides had drifted apart",
    Kind.FAILURES: "Many people could not be written",
    Kind.DISK: "The disk is nearly full",
}

#: How long a trouble has to last before it is told; one that waits for a person is told at once.
PATIENCE = timedelta(minutes=5)
AT_ONCE = frozenset({Kind.PAUSED, Kind.PLAN, Kind.DRIFT})

#: How long it has to be gone before that is told, so that one that comes and goes is one trouble.
CALM = timedelta(minutes=10)

#: It is told again after so long, while it lasts.
AGAIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now, with the next step; ``key`` tells it from others of its kind."""

    key: str
    kind: Kind
    about: str
    text: str
    fix: str


@dataclass(frozen=True, slots=True)
class Alert:
    """What is known of a trouble: since ``first``, seen last at ``last``, told last at ``told`` (None: not yet)."""

    trouble: Trouble
    first: datetime
    last: datetime
    told: datetime | None = None


class Tell(StrEnum):
    """What people are told: that it began, that it lasts, that it is over."""

    RAISED = "raised"
    STILL = "still"
    CLEARED = "cleared"


def seen(known: Alert | None, trouble: Trouble, now: datetime) -> tuple[Alert, Tell | None]:
    """A trouble is there: what is known of it from now on, and what is to be told."""
    alert = replace(known, trouble=trouble, last=now) if known else Alert(trouble, now, now)
    if alert.told is None:
        patience = timedelta() if trouble.kind in AT_ONCE else PATIENCE
        return alert, Tell.RAISED if now - alert.first >= patience else None
    return alert, Tell.STILL if now - alert.told >= AGAIN else None


def unseen(known: Alert, now: datetime) -> tuple[Alert | None, Tell | None]:
    """A trouble is not there: None for what is known of it where it is over for good."""
    if known.told is None:
        return None, None
    if now - known.last < CALM:
        return known, None
    return None, Tell.CLEARED
