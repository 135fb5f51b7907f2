"""The Maximizer adapter keeps every promise of a CRM, over HTTP with the stand-in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from listloop.crm.maximizer import MaximizerCrm
from listloop.sandbox.maximizer.guesses import GUESSES
from listloop.sandbox.server import Running
from listloop.testing.side import CrmTests
from listloop.testing.side.steps import person
from tests.crm.maximizer.hands import MaximizerHands, made


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


OTHERWISE = {
    one.name: one.choices[1]
    for one in GUESSES
    if one.name not in {"web_data", "rate_limit", "rate_reply", "members_replace", "region"}
}
"""Every guess in its other position, but for those in which there is nothing to talk to or the clock is moved."""

MANY = {name: None for name in dir(CrmTests) if name.endswith(("takes_any_number", "any_number_is_written"))}
"""Promises about a thousand people, which the first positions have shown."""


class TestOtherwise(TestMaximizer):
    """The same with all guesses the other way round at once."""

    @pytest.fixture
    def side(self, server: Running, hands: MaximizerHands) -> Iterator[MaximizerCrm]:
        hands.do("switches", OTHERWISE)
        crm = made(server, in_body=True)
        crm.set_up()
        yield crm
        crm.close()


for _name, _nothing in MANY.items():
    setattr(TestOtherwise, _name, _nothing)
