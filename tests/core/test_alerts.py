"""A trouble is told once it lasts, once a day while it does, and once when it is over; never when it flickers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from listloop.core.alerts import AT_ONCE, TITLES, Alert, Kind, Limits, Tell, Trouble, seen, unseen
from listloop.core.frozen import replace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOOK = timedelta(seconds=30)
LIMITS = Limits()
PATIENCE, CALM = timedelta(minutes=LIMITS.patience), timedelta(minutes=LIMITS.calm)
AGAIN = timedelta(hours=LIMITS.again)
LATE = Trouble("late/1", Kind.LATE, "Shop", "It was due at 11:00.", "Look at the log.")


def play(there: list[bool], trouble: Trouble = LATE) -> list[tuple[int, Tell]]:
    """Look so often; at which look what was told."""
    known: Alert | None = None
    told = []
    for look, now_there in enumerate(there):
        now = NOON + look * LOOK
        tell: Tell | None = None
        if now_there:
            known, tell = seen(known, trouble, now, LIMITS)
        elif known is not None:
            known, tell = unseen(known, now, LIMITS)
        if tell:
            told.append((look, tell))
            known = known and replace(known, told=now)
    return told


def test_what_passes_soon_is_not_told() -> None:
    assert play([True] * (PATIENCE // LOOK) + [False] * 100) == []


def test_what_lasts_is_told_once_and_once_when_it_is_over() -> None:
    there = 100
    patience, calm = PATIENCE // LOOK, CALM // LOOK
    assert play([True] * there + [False] * 100) == [(patience, Tell.RAISED), (there - 1 + calm, Tell.CLEARED)]


def test_what_waits_for_a_person_is_told_at_once() -> None:
    for kind in AT_ONCE:
        assert play([True], replace(LATE, kind=kind)) == [(0, Tell.RAISED)]


def test_what_comes_and_goes_is_one_trouble() -> None:
    assert [tell for _, tell in play([True] * 20 + [False, True] * 100)] == [Tell.RAISED]


def test_what_lasts_for_days_is_told_once_a_day() -> None:
    days = play([True] * int(3.5 * AGAIN / LOOK))
    assert [tell for _, tell in days] == [Tell.RAISED, Tell.STILL, Tell.STILL, Tell.STILL]


@given(st.lists(st.booleans(), max_size=200))
def test_nothing_is_over_that_was_not_told(there: list[bool]) -> None:
    told = [tell for _, tell in play(there)]
    assert all(a != b for a, b in pairwise(told))
    assert told[:1] in ([], [Tell.RAISED])


def test_every_kind_has_a_title() -> None:
    assert set(TITLES) == set(Kind)
