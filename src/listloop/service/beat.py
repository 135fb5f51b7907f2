"""One thread that calls a few functions again and again: the tick and the service's own housekeeping.

One thread however many connections there are. A call that fails is logged and comes again at its next time: a
database that is away for a while must not end the schedule.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

import structlog

_log = structlog.get_logger("listloop.jobs")


class Beat:
    """Calls each duty at once and then every so many seconds, one after the other."""

    def __init__(self, duties: dict[Callable[[], None], float]) -> None:
        self._duties = duties
        self._stop = threading.Event()
        self._last = monotonic()
        self._thread = threading.Thread(target=self._run, name="listloop-beat", daemon=True)

    def silent(self) -> float:
        """Seconds since a duty last ended, for better or worse: long, where one hangs or the thread is gone."""
        return monotonic() - self._last

    def start(self) -> None:
        """Begin."""
        self._last = monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Wait for the call under way, and call nothing more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        due = dict.fromkeys(self._duties, monotonic())
        while not self._stop.wait(max(0.0, min(due.values()) - monotonic())):
            duty = min(due, key=due.__getitem__)
            due[duty] = monotonic() + self._duties[duty]
            try:
                duty()
            except Exception as error:  # noqa: BLE001 - see above; a bug here must not stop the schedule for good
                _log.warning("duty failed", duty=duty.__name__, error=repr(error))
            self._last = monotonic()
