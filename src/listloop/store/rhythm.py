"""When a connection runs: every so many minutes, every night at a time, or as a cron line says, in a time zone.

Cron and DST are the library's (cronsim, which follows Debian's cron): a time that the clocks skip in spring comes right
after the gap, and one that they show twice in autumn comes once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from listloop.core.errors import NeedsAttention

_INTERVAL = re.compile(r"(?:every\s+)?(\d{1,5})\s*(m|min|minutes?|h|hours?)?", re.IGNORECASE)
_NIGHTLY = re.compile(r"(?:nightly\s+|daily\s+)?([01]?\d|2[0-3]):([0-5]\d)", re.IGNORECASE)
_DAILY = re.compile(r"(\d+) (\d+) \* \* \*")

#: The longest interval: a week. Whoever wants less wants a cron line, or to be asked.
LONGEST = 7 * 24 * 60

#: What a schedule may be, for messages.
FORMS = "Say for example 15m, 4h, 02:30, off, or a cron line such as “*/15 8-18 * * 1-5”."


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every ``minutes``, or at the times of ``cron`` in ``zone`` where there is a cron line."""

    minutes: int = 60
    cron: str = ""
    zone: str = "UTC"

    def after(self, due: datetime, now: datetime) -> datetime:
        """The first time after now; intervals stay in step with ``due``, which spreads the load of many."""
        if self.cron:
            return next(CronSim(self.cron, now.astimezone(zone_named(self.zone)))).astimezone(UTC)
        interval = timedelta(minutes=max(1, self.minutes))
        return due + interval * max(1, ceil((now - due) / interval))

    @property
    def text(self) -> str:
        """As people write it and ``parse`` reads it, without the zone."""
        if self.cron:
            return self.nightly or self.cron
        return f"{self.minutes // 60}h" if self.minutes % 60 == 0 else f"{self.minutes}m"

    @property
    def nightly(self) -> str:
        """The time of day, such as 02:30, where it is once a day; else ""."""
        found = _DAILY.fullmatch(self.cron)
        return f"{int(found[2]):02}:{int(found[1]):02}" if found else ""

    def __str__(self) -> str:
        if self.nightly:
            return f"every day at {self.nightly} ({self.zone})"
        if self.cron:
            return f"at “{self.cron}” ({self.zone})"
        if self.minutes % 60 == 0:
            return "every hour" if self.minutes == 60 else f"every {self.minutes // 60} hours"
        return "every minute" if self.minutes == 1 else f"every {self.minutes} minutes"


def parse(text: str, zone: str = "UTC") -> Rhythm | None:
    """What a person wrote: “15m”, “4h” (a bare number is minutes), “02:30”, a cron line; None for “off”.

    Raises NeedsAttention for anything else.
    """
    said = " ".join(text.split())
    zone_named(zone)
    if said.lower() in ("off", "never", "0"):
        return None
    if found := _INTERVAL.fullmatch(said):
        minutes = int(found[1]) * (60 if (found[2] or "m").lower().startswith("h") else 1)
        if not 1 <= minutes <= LONGEST:
            raise _refused(f"“{text}” is no interval between a minute and a week.")
        return Rhythm(minutes, zone=zone)
    if found := _NIGHTLY.fullmatch(said):
        return Rhythm(cron=f"{int(found[2])} {int(found[1])} * * *", zone=zone)
    return Rhythm(cron=_checked(said), zone=zone)


def nightly(number: int, zone: str = "UTC") -> Rhythm:
    """A time between one and five at night; connections differ by their number, so that they do not come together."""
    return Rhythm(cron=f"{number * 7 % 60} {1 + number % 4} * * *", zone=zone)


def zone_named(zone: str) -> ZoneInfo:
    """The time zone of that name. Raises NeedsAttention for an unknown one."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise NeedsAttention(
            f"There is no time zone “{zone}”.", "Name one such as Europe/Berlin or America/New_York.", code="schedule"
        ) from None


def _checked(line: str) -> str:
    refused = _refused(f"“{line}” is no schedule.")
    if len(line.split()) != 5 or len(line) > 100:
        raise refused
    try:
        next(CronSim(line, datetime.now(UTC)))
    except (CronSimError, StopIteration):
        raise refused from None
    return line


def _refused(problem: str) -> NeedsAttention:
    return NeedsAttention(problem, FORMS, code="schedule")
