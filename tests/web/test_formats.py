"""Numbers, shares, moments and bars say exactly what is so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.web.formats import GAP, LONG, bar, initials, moment, number, said, share, short, until
from listloop.web.texts import language

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)
EN, DE = language("en"), language("de")
BERLIN = timezone(timedelta(hours=1), "CET")


def test_numbers_have_their_thousands_apart() -> None:
    assert [number(n, EN) for n in (0, 999, 1000, 54_559)] == ["0", "999", "1,000", "54,559"]
    assert number(54_559, DE) == "54.559"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "0 %"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 3, "33.3 %"),
        (1, 10**6, "0.1 %"),
        (10**6 - 1, 10**6, "99.9 %"),
    ],
)
def test_a_share_is_nothing_or_everything_only_when_it_is(part: int, whole: int, text: str) -> None:
    assert share(part, whole, EN) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 19, 0, 5, tzinfo=UTC), "today 01:05"),
        (datetime(2026, 11, 18, 23, 5, tzinfo=UTC), "today 00:05"),
        (datetime(2026, 11, 18, 22, 5, tzinfo=UTC), "yesterday 23:05"),
        (datetime(2026, 11, 20, 13, 5, tzinfo=UTC), "tomorrow 14:05"),
        (datetime(2026, 2, 3, 13, 5, tzinfo=UTC), "3 Feb 2026, 14:05"),
    ],
)
def test_a_moment_is_told_in_the_readers_zone(at: datetime, text: str) -> None:
    assert moment(at, NOW, BERLIN, EN) == text


def test_what_is_planned_names_the_zone_and_what_is_due_is_now() -> None:
    assert until(NOW + timedelta(hours=1), NOW, BERLIN, EN) == "today 15:05 (CET)"
    assert until(NOW, NOW, BERLIN, EN) == "now"
    assert until(NOW, NOW, BERLIN, DE) == "jetzt"


def test_german_writes_shares_and_moments_as_germans_do() -> None:
    assert share(1, 3, DE) == "33,3 %"
    assert moment(datetime(2026, 3, 3, 13, 5, tzinfo=UTC), NOW, BERLIN, DE) == "03.03.2026, 14:05"
    assert moment(NOW, NOW, BERLIN, DE) == "heute 14:05"


def test_a_sides_own_time_is_shown_as_it_is_when_nobody_can_read_it() -> None:
    assert said("2026-11-19T13:05:00Z", NOW, BERLIN, EN) == "today 14:05"
    assert [said(text, NOW, BERLIN, EN) for text in ("", "soon", "2026-11-19T13:05:00")] == [
        "",
        "soon",
        "2026-11-19T13:05:00",
    ]


def test_a_very_long_value_is_folded_and_nothing_of_it_lost() -> None:
    assert short("x" * LONG) == ("x" * LONG, "")
    assert "".join(short("ab" * 5000)) == "ab" * 5000


def test_initials_are_those_of_the_first_and_the_last_name() -> None:
    assert [initials(name) for name in ("Marta Lindqvist", "Ann B. Cee", "Otto", "")] == ["ML", "AC", "O", ""]


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_a_bar_is_filled_exactly_and_every_part_of_it_can_be_seen(people: list[int]) -> None:
    drawn = bar((f"part{i}", n) for i, n in enumerate(people))
    assert [name for name, _, _ in drawn] == [f"part{i}" for i, n in enumerate(people) if n]
    widths = [float(width.rstrip("%")) for _, _, width in drawn]
    assert all(width >= 0.4 for width in widths)
    if drawn:
        assert sum(widths) + GAP * (len(drawn) - 1) == pytest.approx(100, abs=0.1)
        assert float(drawn[-1][1].rstrip("%")) + widths[-1] == pytest.approx(100, abs=0.1)
