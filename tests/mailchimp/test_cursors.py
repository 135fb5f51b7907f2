"""A remembered place comes back as it was, and nonsense is refused with what to do."""

from __future__ import annotations

import msgspec
import pytest

from listloop.core.errors import NeedsAttention
from listloop.mailchimp.cursors import read_back, written


class Page(msgspec.Struct, frozen=True):
    number: int = 0


def test_a_place_comes_back_as_it_was_written() -> None:
    assert read_back(written(Page(7)), Page, where="the book", fix="Start again.") == Page(7)


def test_a_text_that_is_no_place_is_refused_with_what_to_do() -> None:
    with pytest.raises(NeedsAttention, match="remembered place in the book") as raised:
        read_back("not ours", Page, where="the book", fix="Start again.")
    assert raised.value.fix == "Start again."
    assert raised.value.code == "cursor-unreadable"
