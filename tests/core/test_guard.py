"""More of one destructive kind within 24 hours than usual waits for a yes; the rest goes on."""

from dataclasses import replace

import pytest

from listloop.core.guard import LADDER, Hold, guard, limit, next_try
from listloop.core.plan import Kind
from listloop.core.rules import Rules

RULES = Rules()


@pytest.mark.parametrize(
    ("links", "most"),
    [
        pytest.param(0, 50, id="a small connection may always change fifty"),
        pytest.param(249, 50, id="fifty are more than a fifth of 249"),
        pytest.param(250, 50, id="a fifth of 250 is fifty"),
        pytest.param(255, 51, id="then the fifth counts"),
        pytest.param(5_000, 1_000, id="a fifth of 5,000 is a thousand"),
        pytest.param(1_000_000, 1_000, id="never more than a thousand, however large"),
    ],
)
def test_a_fifth_passes_but_at_least_50_and_at_most_1000(links: int, most: int) -> None:
    assert limit(links, RULES) == most


def test_the_share_and_both_bounds_are_the_connections_own() -> None:
    rules = replace(RULES, guard_share=0.5, guard_least=1, guard_most=10)
    assert [limit(links, rules) for links in (0, 4, 1000)] == [1, 2, 10]


@pytest.mark.parametrize(
    ("planned", "written", "held"),
    [
        pytest.param(50, 0, False, id="the limit itself passes"),
        pytest.param(51, 0, True, id="one more waits"),
        pytest.param(1, 50, True, id="what was written in the last 24 hours counts"),
        pytest.param(25, 25, False, id="both together up to the limit pass"),
        pytest.param(0, 90, False, id="nothing planned is nothing to hold"),
    ],
)
def test_a_kind_waits_when_plan_and_last_24_hours_exceed_the_limit(planned: int, written: int, held: bool) -> None:
    holds = guard({Kind.ARCHIVE: planned}, {Kind.ARCHIVE: written}, 100, RULES)
    assert [(one.kind, one.planned, one.written, one.limit) for one in holds] == (
        [(Kind.ARCHIVE, planned, written, 50)] if held else []
    )


def test_each_kind_is_counted_by_itself() -> None:
    planned = {Kind.ARCHIVE: 60, Kind.CLEAR: 50, Kind.LABEL: 51}
    assert {one.kind for one in guard(planned, {Kind.CLEAR: 0, Kind.LOST: 99}, 0, RULES)} == {Kind.ARCHIVE, Kind.LABEL}


def test_a_night_of_small_runs_does_not_drain_a_connection() -> None:
    """49 archives a run are few each; the second run of the same day waits."""
    written = 0
    for _ in range(21):
        if not guard({Kind.ARCHIVE: 49}, {Kind.ARCHIVE: written}, 0, RULES):
            written += 49
    assert written == 49


def test_the_reason_tells_how_many_of_what_and_how_many_pass() -> None:
    assert Hold(Kind.ARCHIVE, 1200, 30, 1000).reason == (
        "1,200 × archive (30 more in the last 24 hours): more than the 1,000 that pass without a yes"
    )
    assert "24 hours" not in Hold(Kind.CLEAR, 51, 0, 50).reason


def test_a_refused_record_is_tried_again_ever_later_and_given_up_after_a_week() -> None:
    waits = [next_try(tries) for tries in range(1, len(LADDER) + 2)]
    assert waits[:5] == [60, 300, 1800, 7200, 43200]
    assert waits[5:-1] == [86400] * 7
    assert waits[-1] is None


def test_what_was_not_written_before_counts_for_nothing() -> None:
    assert guard({Kind.ARCHIVE: 50}, {}, 0, RULES) == ()
    assert guard({Kind.ARCHIVE: 51}, {}, 0, RULES) == (Hold(Kind.ARCHIVE, 51, 0, 50),)
