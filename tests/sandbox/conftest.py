from collections.abc import Iterator

import httpx2
import pytest

from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from tests.sandbox.api import KEY, Api


@pytest.fixture(scope="session")
def running_mailchimp() -> Iterator[Running]:
    with start() as server:
        yield server


@pytest.fixture(scope="session")
def client(running_mailchimp: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=running_mailchimp.url, auth=("any", KEY)) as client:
        yield client


@pytest.fixture
def api(running_mailchimp: Running, client: httpx2.Client) -> Api:
    """Empty again for each test, at 2027-01-15T08:00:00, with one audience."""
    running_mailchimp.control("reset", {"seed": 1})
    running_mailchimp.control("clock", {"freeze": "2027-01-15T08:00:00Z"})
    running_mailchimp.control("faults", method="DELETE")
    made = Api(running_mailchimp, client)
    made.seed()
    return made
