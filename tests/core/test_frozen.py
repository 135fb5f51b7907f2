"""Plain values: equal by content, copied with changes, as Python's own frozen dataclasses are."""

from __future__ import annotations

import dataclasses

import pytest

from listloop.core.frozen import frozen, replace


@frozen
class Point:
    """A value."""

    x: int
    y: int = 0


@frozen
class Only:
    """A value with one field."""

    x: int


def test_values_are_equal_and_hash_by_their_content() -> None:
    assert Point(1) == Point(1, 0) != Point(1, 2)
    assert len({Point(1), Point(1, 0), Point(1, 2)}) == 2


def test_a_copy_with_changes_is_what_the_standard_library_makes() -> None:
    assert replace(Point(1, 2), y=3) == dataclasses.replace(Point(1, 2), y=3) == Point(1, 3)
    assert replace(Only(1), x=2) == Only(2)


def test_what_is_no_field_can_neither_be_given_nor_set() -> None:
    with pytest.raises(KeyError):
        replace(Point(1), z=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Point(1).z = 1  # type: ignore[attr-defined]
