"""What a deal says of its campaigns fits its field and names who earned most first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.deal_notes import deal_note


@pytest.mark.parametrize(
    ("earned", "most", "text"),
    [
        ([], 100, ""),
        ([("May", 500)], 100, "May"),
        ([("May", 100), ("June", 300)], 100, "June (75 %), May (25 %)"),
        ([("May", 300), ("June", 0)], 100, "May"),
        ([("May", 1), ("June", 1), ("July", 1)], 100, "May (34 %), June (33 %), July (33 %)"),
        ([("May", 1), ("June", 1), ("July", 1)], 24, "May (34 %) …"),
        ([("A very long name", 1)], 8, "A very…"),
        ([("Two\nlines", 1)], 100, "Two lines"),
        ([("May", -300), ("June", -100)], 100, "May (75 %), June (25 %)"),
        ([("May", 0), ("June", 0)], 100, ""),
    ],
)
def test_campaigns_are_named_with_their_share(earned: list[tuple[str, int]], most: int, text: str) -> None:
    assert deal_note(earned, most) == text


@given(st.lists(st.tuples(st.text(max_size=30), st.integers(0, 10**9)), max_size=8), st.integers(1, 120))
def test_a_note_always_fits(earned: list[tuple[str, int]], most: int) -> None:
    assert len(deal_note(earned, most)) <= most
