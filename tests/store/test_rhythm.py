"""Schedules as people write them, and the times that they mean, also where clocks are changed."""

from datetime import UTC, datetime, timedelta

import pytest

from listloop.core.errors import NeedsAttention
from listloop.store.rhythm import Rhythm, nightly, parse

BERLIN = "Europe/Berlin"


def times(rhythm: Rhythm, start: datetime, count: int) -> list[str]:
    found, now = [], start
    for _ in range(count):
        now = rhythm.after(now, now)
        found.append(f"{now:%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("15", "every 15 minutes"),
        ("1 minute", "every minute"),
        ("every 2 hours", "every 2 hours"),
        ("24h", "every 24 hours"),
        ("60m", "every hour"),
        ("02:30", "every day at 02:30 (Europe/Berlin)"),
        ("nightly 2:05", "every day at 02:05 (Europe/Berlin)"),
        ("*/15  8-18 * * 1-5", "at “*/15 8-18 * * 1-5” (Europe/Berlin)"),
    ],
)
def test_what_people_write_is_understood_and_told_back(text: str, words: str) -> None:
    assert str(parse(text, BERLIN)) == words


@pytest.mark.parametrize("text", ["15m", "90m", "4h", "168h", "02:30", "*/15 8-18 * * 1-5"])
def test_the_short_text_of_a_schedule_is_what_people_write(text: str) -> None:
    rhythm = parse(text, BERLIN)
    assert rhythm is not None
    assert rhythm.text == text


@pytest.mark.parametrize("text", ["off", "never", "0", " OFF "])
def test_off_is_no_schedule(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "25:00", "02:60", "99999h", "* * * *", "61 * * * *", "0 0 31 2 *", "@daily"]
)
def test_what_is_no_schedule_is_refused_with_examples(text: str) -> None:
    with pytest.raises(NeedsAttention, match="Say for example"):
        parse(text)


def test_an_unknown_time_zone_is_refused() -> None:
    for zone in ("Europe/Atlantis", "", "../etc/passwd"):
        with pytest.raises(NeedsAttention, match="no time zone"):
            parse("4h", zone)


def test_a_night_without_that_time_runs_right_after_the_gap() -> None:
    """In Berlin 29 March 2026 has no 02:30; the clocks go from 02:00 to 03:00, which is 01:00 UTC."""
    night = parse("02:30", BERLIN)
    assert night is not None
    assert times(night, datetime(2026, 3, 27, 12, tzinfo=UTC), 3) == ["28 01:30", "29 01:00", "30 00:30"]


def test_a_night_that_has_that_time_twice_runs_once() -> None:
    """In Berlin 25 October 2026 has 02:30 twice, at 00:30 and 01:30 UTC."""
    night = parse("02:30", BERLIN)
    assert night is not None
    assert times(night, datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == ["25 00:30", "26 01:30"]


def test_intervals_keep_their_distance_over_a_change_of_clocks() -> None:
    hour = Rhythm(60, zone=BERLIN)
    assert times(hour, datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 4) == [
        "25 00:30",
        "25 01:30",
        "25 02:30",
        "25 03:30",
    ]


def test_after_a_downtime_an_interval_comes_once_and_in_step() -> None:
    due = datetime(2026, 3, 1, 12, 7, tzinfo=UTC)
    assert Rhythm(60).after(due, due + timedelta(days=9, minutes=1)) == due + timedelta(days=9, hours=1)


def test_the_nights_of_many_connections_are_spread() -> None:
    starts = {nightly(number).cron for number in range(200)}
    assert len(starts) > 50
    assert all(1 <= int(cron.split()[1]) <= 4 for cron in starts)
