"""The audit log keeps who did what, newest first, and forgets what was rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from listloop.store.audit import asked_from, entries, note
from listloop.store.database import create_all, open_database

NOW = datetime(2026, 11, 19, 13, 5, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


def test_lines_come_newest_first_page_by_page(engine: Engine) -> None:
    with engine.begin() as db:
        for number in range(5):
            with asked_from("10.0.0.7"):
                note(db, NOW, "marta@halden.example", f"did {number}", connection_id=3)
    with engine.begin() as db:
        first = entries(db, limit=3)
        rest = entries(db, before=first[-1].id, limit=3)
    assert [one.what for one in first + rest] == ["did 4", "did 3", "did 2", "did 1", "did 0"]
    assert (first[0].at, first[0].who, first[0].connection_id, first[0].address) == (
        NOW,
        "marta@halden.example",
        3,
        "10.0.0.7",
    )


def test_what_was_rolled_back_was_not_done(engine: Engine) -> None:
    with engine.connect() as db:
        note(db, NOW, "marta@halden.example", "approved the plan")
        assert len(entries(db)) == 1
        db.rollback()
        assert entries(db) == ()


def test_an_overlong_name_does_not_lose_the_line(engine: Engine) -> None:
    with engine.begin() as db, asked_from("y" * 1000):
        note(db, NOW, "x" * 1000, "signed in")
    with engine.begin() as db:
        assert entries(db)[0].what == "signed in"


def test_what_nobody_asked_for_came_from_nowhere(engine: Engine) -> None:
    with engine.begin() as db:
        with asked_from("10.0.0.7"):
            note(db, NOW, "marta@halden.example", "paused the connection")
        note(db, NOW, "Listloop", "made a webhook at Mailchimp")
        assert [one.address for one in entries(db)] == ["", "10.0.0.7"]
