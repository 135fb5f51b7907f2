"""The adapter for Sage CRM keeps every promise of a CRM."""

from collections.abc import Iterator

import pytest

from listloop.crm.sagecrm import SageCrm
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from listloop.testing.side import CrmTests
from tests.crm.sagecrm.wire import COLUMNS, Hands, made


class TestSageCrm(CrmTests):
    three_pages = 25
    overlaps = False  # its cursors remember whom they showed within the overlap

    @pytest.fixture
    def side(self, standin: StandIn, hands: Hands) -> Iterator[SageCrm]:
        hands.do("seed", {"columns": COLUMNS})
        crm = made(standin)
        yield crm
        crm.close()

    @pytest.fixture
    def hands(self, hands: Hands) -> Hands:
        return hands
