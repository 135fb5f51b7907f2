"""Several calls at once: all are made, so many at a time, and after an error nothing new is begun."""

import threading

import pytest

from listloop.mailchimp.pool import pooled


def test_every_item_is_called_once() -> None:
    assert sorted(pooled(lambda n: 2 * n, range(100), 8)) == [2 * n for n in range(100)]


def test_as_many_calls_run_at_once_as_there_are_workers() -> None:
    meeting = threading.Barrier(4, timeout=150)
    assert sorted(pooled(lambda n: n if meeting.wait() >= 0 else -1, range(4), 4)) == [0, 1, 2, 3]


def test_after_an_error_nothing_new_is_begun_and_what_is_done_is_given_before_it_is_raised() -> None:
    begun = []

    def call(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise ValueError("no")
        return number

    outcomes = pooled(call, range(100), 1)
    assert [next(outcomes) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="no"):
        next(outcomes)
    assert begun == [0, 1, 2, 3]


def test_one_item_needs_no_thread() -> None:
    assert list(pooled(lambda _: threading.current_thread(), [1], 8)) == [threading.main_thread()]
