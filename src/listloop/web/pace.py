"""How long a run takes yet, told only as far as its own pace shows it."""

from __future__ import annotations

from datetime import datetime, timedelta

from listloop.store.runs import Progress

#: A pace is told after so long, and when so much was done: earlier it is a guess.
LEAST_TIME, LEAST_DONE = timedelta(seconds=5), 10

#: After so long without a word from the run, the page says so instead of a pace.
SILENT = timedelta(seconds=60)


def left(progress: Progress) -> timedelta | None:
    """The time until this stage is done at the pace so far; None where the number or the pace is not known."""
    if progress.of is None or progress.since is None or progress.at is None:
        return None
    took, done = progress.at - progress.since, progress.done - progress.began
    if took < LEAST_TIME or done < LEAST_DONE:
        return None
    return took / done * max(progress.of - progress.done, 0)


def minutes(span: timedelta) -> int:
    """Whole minutes, rounded up; 0 is less than one."""
    seconds = span.total_seconds()
    return 0 if seconds < 50 else -int(-seconds // 60)


def silent(progress: Progress, now: datetime) -> int:
    """For how many minutes nothing was heard of the run; 0 where that is short enough."""
    return 0 if progress.at is None or now - progress.at < SILENT else minutes(now - progress.at)
