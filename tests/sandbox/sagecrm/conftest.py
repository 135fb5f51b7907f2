import pytest

from tests.sandbox.sagecrm import stage


@pytest.fixture
def sage() -> stage.Sage:
    return stage.sage()
