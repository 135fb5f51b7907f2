from collections.abc import Iterator

import pytest
import stamina


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Retries happen at once, and as often as the client asks for."""
    with stamina.set_testing(True, attempts=100, cap=True):
        yield
