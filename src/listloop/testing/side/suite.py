"""The promises of both ends, put together."""

from __future__ import annotations

import pytest

from listloop.core.side import Side
from listloop.testing.side.finding import Finding
from listloop.testing.side.hands import Hands
from listloop.testing.side.reading import Reading
from listloop.testing.side.refusing import Refusing
from listloop.testing.side.setup import Setup
from listloop.testing.side.values import Values
from listloop.testing.side.writing import Writing


class SideTests(Setup, Reading, Finding, Writing, Refusing, Values):
    """Subclass it, and give two fixtures. No test knows the side's name; it asks ``side.can``.

    ``side`` is new and empty for each test, with at least two optional text fields and, where it can labels, two
    labels. ``Reading`` tells what ``three_pages`` and ``overlaps`` are; small pages make the first small, too.
    """

    @pytest.fixture
    def side(self) -> Side:
        """The side under test."""
        raise NotImplementedError("Give a fixture named `side` that returns a new, empty side.")

    @pytest.fixture
    def hands(self, side: Side) -> Hands:
        """Somebody who uses that side."""
        raise NotImplementedError("Give a fixture named `hands` that acts as a user of the side.")
