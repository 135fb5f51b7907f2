from collections.abc import Iterator

import pytest

from listloop.crm.sagecrm import SageCrm
from listloop.sandbox.clock import Clock
from listloop.sandbox.sagecrm.standin import SageCrm as StandIn
from tests.crm.sagecrm.wire import Hands, made


@pytest.fixture
def standin() -> StandIn:
    return StandIn(seed=1, clock=Clock(frozen=1_800_000_000))


@pytest.fixture
def hands(standin: StandIn) -> Hands:
    return Hands(standin)


@pytest.fixture
def side(standin: StandIn) -> Iterator[SageCrm]:
    crm = made(standin)
    yield crm
    crm.close()
