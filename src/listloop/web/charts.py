"""Charts as the lines and points of an SVG, drawn by the server: no script is needed to see them, or to print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from listloop.store.report import Hour

WIDTH, HEIGHT = 1000, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 26


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the time from ``at`` on, before ``until``, and how many opened and clicked in it for the first time."""

    at: datetime
    until: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Two lines over time. ``opened`` and ``clicked`` are points, ``area`` is what lies below the first line;
    ``rows`` are the heights of the grid with their numbers, ``marks`` the places on the time axis with their moments.
    """

    opened: tuple[tuple[float, float], ...]
    clicked: tuple[tuple[float, float], ...]
    rows: tuple[tuple[float, int], ...]
    marks: tuple[tuple[float, datetime], ...]

    @property
    def opened_line(self) -> str:
        """As the points of a polyline."""
        return _line(self.opened)

    @property
    def clicked_line(self) -> str:
        """As the points of a polyline."""
        return _line(self.clicked)

    @property
    def area(self) -> str:
        """As the points of a polygon."""
        base = HEIGHT - BOTTOM
        return f"{self.opened[0][0]},{base} {_line(self.opened)} {self.opened[-1][0]},{base}" if self.opened else ""


def parts(hours: Sequence[Hour], start: datetime, span: timedelta, step: timedelta, zone: tzinfo) -> list[Part]:
    """Equal parts of the time from ``start`` on; what came later is not in them.

    They begin with an hour of UTC, as what they add up does, wherever the zone is ahead by half an hour; and are
    equally long, also where its clocks change.
    """
    count = int(span / step)
    first = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    opened, clicked = [0] * count, [0] * count
    for one in hours:
        place = (one.at - first) // step
        if 0 <= place < count:
            opened[place] += one.opened
            clicked[place] += one.clicked
    ends = [(first + number * step).astimezone(zone) for number in range(count + 1)]
    return [Part(ends[number], ends[number + 1], opened[number], clicked[number]) for number in range(count)]


def chart(shown: Sequence[Part], marks: int = 8) -> Chart:
    """The chart of these parts."""
    top = _round_up(max((max(one.opened, one.clicked) for one in shown), default=0))
    room = WIDTH - LEFT - RIGHT
    depth = HEIGHT - TOP - BOTTOM

    def x(place: int) -> float:
        return round(LEFT + room * place / max(len(shown) - 1, 1), 1)

    def y(value: int) -> float:
        return round(TOP + depth * (1 - value / top), 1)

    every = max(1, -(-len(shown) // marks))
    return Chart(
        opened=tuple((x(place), y(one.opened)) for place, one in enumerate(shown)),
        clicked=tuple((x(place), y(one.clicked)) for place, one in enumerate(shown)),
        rows=tuple((y(top * part // 4), top * part // 4) for part in range(5)),
        marks=tuple((x(place), shown[place].at) for place in range(0, len(shown), every)),
    )


def spark(values: Sequence[int], width: int = 96, height: int = 24) -> str:
    """A small line as the points of a polyline; "" for nothing to draw."""
    if not values:
        return ""
    top, room = max(values), width - 2
    step = room / max(len(values) - 1, 1)
    return _line(
        [(round(1 + n * step, 1), round(2 + (height - 4) * (1 - one / top), 1)) for n, one in enumerate(values)]
    )


def halfway(hours: Sequence[Hour]) -> timedelta | None:
    """How long after the first response half of all who opened had done so."""
    whole, so_far = sum(one.opened for one in hours), 0
    for one in hours:
        so_far += one.opened
        if whole and so_far * 2 >= whole:
            return one.at + timedelta(hours=1) - hours[0].at
    return None


def _round_up(value: int) -> int:
    """The next number that four equal steps lead to without fractions."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if 4 * step * factor >= value:
                return 4 * step * factor
        step *= 10


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
