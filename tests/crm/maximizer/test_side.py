"""The Maximizer adapter keeps every promise of a CRM, over HTTP with the stand-in."""

from __future__ import annotations

import pytest

from listloop.crm.maximizer import MaximizerCrm
from listloop.testing.side import CrmTests
from listloop.testing.side.steps import person
from tests.crm.maximizer.hands import MaximizerHands


class TestMaximizer(CrmTests):
    three_pages = 25

    @pytest.fixture
    def side(self, crm: MaximizerCrm) -> MaximizerCrm:
        return crm

    @pytest.fixture
    def hands(self, hands: MaximizerHands) -> MaximizerHands:
        return hands

    def test_resuming_repeats_little(self, side: MaximizerCrm, hands: MaximizerHands) -> None:  # type: ignore[override]
        """Going on from a page does not begin again with the first, where not all changed in one second.

        Maximizer's times have whole seconds, and a second is read whole.
        """
        for _ in range(self.three_pages):
            person(side)
            hands.wait(1)
        pages = list(side.changes(None))
        assert len(list(side.changes(pages[1].cursor))) < len(pages)
