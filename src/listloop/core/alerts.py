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

#: What waits for a person is told at its first sight, whatever the patience.
AT_ONCE = frozenset({Kind.PAUSED, Kind.PLAN, Kind.DRIFT})


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is a trouble, and when people are told.

    ``late``: minutes after which a run that is due is late. ``share`` (of a connection's people, in percent) and
    ``number``: from both on, people who could not be written are many. ``room``: MiB that should be free on the disk of
    a SQLite file, beside as much as the file has. ``patience``: minutes for which a trouble has to last before it is
    told. ``calm``: minutes for which it has to be gone before that is told, so that one that comes and goes is one
    trouble. ``again``: hours after which it is told again while it lasts. ``digest``: the time of day, in ``zone``, at
    which the digest is mailed; "": never.
    """

    late: int = 15
    share: int = 5
    number: int = 10
    room: int = 1024
    patience: int = 5
    calm: int = 10
    again: int = 24
    digest: str = "07:00"
    zone: str = "UTC"


#: The largest number that each limit takes; the smallest is 1, of ``patience`` and ``calm`` 0.
MOST = {
    "late": 10_080, "share": 100, "number": 1_000_000, "room": 100_000_000, "patience": 1_440, "calm": 1_440,
    "again": 720,
}  # fmt: skip
LEAST = {name: 0 if name in ("patience", "calm") else 1 for name in MOST}


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


def seen(known: Alert | None, trouble: Trouble, now: datetime, limits: Limits) -> tuple[Alert, Tell | None]:
    """A trouble is there: what is known of it from now on, and what is to be told."""
    alert = replace(known, trouble=trouble, last=now) if known else Alert(trouble, now, now)
    if alert.told is None:
        patience = timedelta() if trouble.kind in AT_ONCE else timedelta(minutes=limits.patience)
        return alert, Tell.RAISED if now - alert.first >= patience else None
    return alert, Tell.STILL if now - alert.told >= timedelta(hours=limits.again) else None


def unseen(known: Alert, now: datetime, limits: Limits) -> tuple[Alert | None, Tell | None]:
    """A trouble is not there: None for what is known of it where it is over for good."""
    if known.told is None:
        return None, None
    if now - known.last < timedelta(minutes=limits.calm):
        return known, None
    return None, Tell.CLEARED
