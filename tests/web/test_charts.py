"""Charts: what is drawn is what was counted, in parts that begin and end where their people do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from listloop.store.report import Hour
from listloop.web.charts import parts

STEP = timedelta(hours=3)


def test_every_hour_is_in_the_part_that_holds_it_wherever_the_zone_is() -> None:
    """In a zone that is half an hour ahead, and before the first part."""
    start = datetime(2026, 5, 1, 9, 40, tzinfo=UTC)
    hours = [Hour(start.replace(minute=0) + timedelta(hours=number), 1, 0) for number in range(-1, 9)]
    shown = parts(hours, start, timedelta(hours=6), STEP, ZoneInfo("Asia/Kolkata"))
    assert [one.opened for one in shown] == [3, 3]
    for one in shown:
        assert one.opened == sum(one.at <= hour.at < one.until for hour in hours)


def test_parts_are_equally_long_where_clocks_change() -> None:
    """On the night of 25 October 2026 the clocks of Berlin go back."""
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    hours = [Hour(start + timedelta(hours=number), 1, 0) for number in range(9)]
    shown = parts(hours, start, timedelta(hours=9), STEP, ZoneInfo("Europe/Berlin"))
    assert [one.opened for one in shown] == [3, 3, 3]
    assert [one.at.hour for one in shown] == [0, 2, 5]
    assert all(one.until == two.at for one, two in pairwise(shown))
