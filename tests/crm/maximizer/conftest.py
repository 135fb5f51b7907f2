from collections.abc import Iterator

import pytest

from listloop.crm.maximizer import MaximizerCrm
from listloop.sandbox.clock import Clock
from listloop.sandbox.maximizer.server import start
from listloop.sandbox.server import Running
from tests.crm.maximizer.hands import FIELDS, MaximizerHands, made


@pytest.fixture
def server() -> Iterator[Running]:
    with start(seed=1, clock=Clock(frozen=1_800_000_000)) as running:
        running.control("seed", {"fields": FIELDS})
        yield running


@pytest.fixture
def hands(server: Running) -> MaximizerHands:
    return MaximizerHands(server)


@pytest.fixture
def crm(server: Running) -> Iterator[MaximizerCrm]:
    """An Address Book that was set up."""
    side = made(server)
    side.set_up()
    yield side
    side.close()
