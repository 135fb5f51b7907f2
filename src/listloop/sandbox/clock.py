"""The time a stand-in lives in: whole seconds, real or frozen, and able to run ahead or behind."""

import time
from datetime import UTC, datetime
from functools import lru_cache

LATEST = 253_370_764_800
"""The year 9999 is left for what lies ahead: a retry, the end of a wait."""


class Clock:
    """Seconds since 1970. Runs with the real time plus an offset, until it is frozen.

    ``held``: a second that the clock waits at while what is due then is still being done. Else somebody could read
    a time, and later be shown changes from before it.
    """

    __slots__ = ("frozen", "held", "offset")

    def __init__(self, *, frozen: int | None = None, offset: int = 0) -> None:
        self.frozen = frozen
        self.offset = offset
        self.held: int | None = None

    def now(self) -> int:
        return self.due() if self.held is None else min(self.held, self.due())

    def due(self) -> int:
        """The time that it is, or will be once it is held no longer."""
        return int(time.time()) + self.offset if self.frozen is None else self.frozen

    def freeze(self, at: int | None = None) -> None:
        """Raises ValueError, as the others do, for a time that it cannot show; it stays where it was then."""
        self.frozen = self.now() if at is None else _shown(at)

    def ahead(self, seconds: int) -> None:
        """How far it is before the real time, whenever it runs."""
        _shown(int(time.time()) + seconds)
        self.offset = seconds

    def step(self, seconds: int) -> None:
        _shown(self.due() + seconds)
        if self.frozen is None:
            self.offset += seconds
        else:
            self.frozen += seconds

    def run(self) -> None:
        """Goes on from where the clock stands; the distance to the real time stays as an offset."""
        if self.frozen is not None:
            self.offset = self.frozen - int(time.time())
            self.frozen = None

    def state(self) -> dict[str, int | bool | str]:
        now = self.now()
        return {"now": iso(now), "seconds": now, "frozen": self.frozen is not None, "offset": self.offset}


def _shown(at: int) -> int:
    if not 0 < at < LATEST:
        raise ValueError("The clock goes from 1970 to the end of 9998.")
    return at


@lru_cache(maxsize=65536)
def iso(seconds: int) -> str:
    """``2026-03-01T12:00:00+00:00``; the empty string for 0, which stands for "never"."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else ""


@lru_cache(maxsize=65536)
def seconds_of(text: str) -> int:
    """Seconds of an ISO 8601 text (``Z``, fractions and date only are fine; no zone means UTC), 0 for an empty one.

    Raises ValueError for anything else.
    """
    if not text:
        return 0
    moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
