"""The big proofs: real processes, minutes instead of seconds. `./run endure` runs them, `./run test` does not."""

from collections.abc import Iterator

import pytest

from listloop.testing.crash.rig import Sandbox, sandbox_process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/endure" in item.nodeid:
            item.add_marker(pytest.mark.endure)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with sandbox_process() as running:
        yield running
