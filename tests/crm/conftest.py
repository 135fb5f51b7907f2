"""A book of the built-in CRM on an empty database, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.crm.local.opening import open_book
from listloop.store.database import open_database


class Clock:
    """A time that moves one second with every look at it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(database_url: str, clock: Clock) -> Iterator[LocalCrm]:
    side = LocalCrm(open_book(open_database(database_url)), clock)
    yield side
    side.close()


@pytest.fixture
def book(crm: LocalCrm, clock: Clock) -> Book:
    return Book(crm.place, "Anna", clock)
