import pytest

from tests.sandbox.maximizer.book import Book


@pytest.fixture
def book() -> Book:
    return Book()
