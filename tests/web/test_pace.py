"""What is told about the time that is left is what the run's own pace shows, and nothing where it shows nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listloop.store.runs import Progress
from listloop.web.pace import left, minutes, silent
from tests.web.world import NOW


def after(seconds: float, done: int, of: int | None, began: int = 0) -> Progress:
    return Progress("read", done, of, "", began, NOW, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("progress", "seconds"),
    [
        (after(10, 100, 400), 30),
        (after(10, 300, 400, began=200), 10),
        (after(10, 400, 400), 0),
        (after(10, 500, 400), 0),
        (after(4, 100, 400), None),
        (after(100, 9, 400), None),
        (after(10, 100, None), None),
        (Progress("read", 100, 400), None),
    ],
)
def test_the_time_left_is_told_once_the_pace_is_known(progress: Progress, seconds: float | None) -> None:
    assert left(progress) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "told"), [(0, 0), (49, 0), (50, 1), (60, 1), (61, 2), (3600, 60)])
def test_minutes_are_rounded_up(seconds: float, told: int) -> None:
    assert minutes(timedelta(seconds=seconds)) == told


def test_a_run_that_says_nothing_any_more_is_told_so() -> None:
    assert silent(after(0, 1, 2), NOW + timedelta(seconds=59)) == 0
    assert silent(after(0, 1, 2), NOW + timedelta(minutes=7)) == 7
    assert silent(Progress(), NOW) == 0
