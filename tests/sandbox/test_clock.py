import time

import pytest

from listloop.sandbox.clock import Clock, iso, seconds_of


def test_a_frozen_clock_stands_and_steps() -> None:
    clock = Clock(frozen=100)
    clock.step(5)
    assert clock.now() == 105
    clock.freeze(50)
    assert clock.now() == 50


def test_a_running_clock_goes_ahead_by_its_offset_and_goes_on_from_where_it_stood() -> None:
    clock = Clock(offset=3600)
    assert int(time.time()) <= clock.now() - 3600 <= time.time()
    clock.freeze(1000)
    clock.run()
    assert 1000 <= clock.now() < 1010
    clock.step(-500)
    assert clock.now() < 600


def test_times_are_written_in_utc_without_a_fraction_and_never_is_empty() -> None:
    assert (iso(1_800_000_000), iso(0)) == ("2027-01-15T08:00:00+00:00", "")


@pytest.mark.parametrize(
    "text",
    ["2027-01-15T08:00:00Z", "2027-01-15T08:00:00.500+00:00", "2027-01-15T09:00:00+01:00", "2027-01-15 08:00:00"],
)
def test_times_are_read_in_the_usual_forms(text: str) -> None:
    assert seconds_of(text) == 1_800_000_000


def test_what_is_no_time_is_refused() -> None:
    assert seconds_of("") == 0
    with pytest.raises(ValueError, match="soon"):
        seconds_of("soon")
