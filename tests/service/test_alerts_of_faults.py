"""Real faults, one of each kind: the alert is raised when it lasts, and cleared when it is mended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import stamina
from sqlalchemy import text

from listloop.core.alerts import Kind, Limits
from listloop.core.errors import TryLater
from listloop.crm.local.book import Book
from listloop.crm.local.opening import open_book
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from listloop.service.alerts import watch
from listloop.service.messages import Messenger
from listloop.store import schedule
from listloop.store.alerts import known_alerts, past_alerts, set_limits
from listloop.store.database import reading
from listloop.store.people import retry_failed
from listloop.store.plans import run_lines
from listloop.store.rhythm import parse
from listloop.sync.run import approve
from tests.service.hookup import Hookup, hookup
from tests.service.postbox import Moments, looks

#: Nobody is told; what is wrong stands on the page all the same.
NOBODY = Messenger()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def hooked(tmp_path: Path, sandbox: Running) -> Iterator[Hookup]:
    with hookup(tmp_path, sandbox) as made:
        made.listloop.now = Moments(made.listloop.now())
        schedule.set_rhythm(made.listloop.engine, made.row.id, None, made.listloop.now())
        yield made


def told(hooked: Hookup) -> list[tuple[Kind, bool]]:
    """What the history says, the newest first: the kind, and is it over?"""
    with reading(hooked.listloop.engine).begin() as db:
        return [(one.kind, one.over is not None) for one in past_alerts(db)]


def limit(hooked: Hookup, limits: Limits) -> None:
    with hooked.listloop.engine.begin() as db:
        set_limits(db, limits)


def in_step(hooked: Hookup) -> None:
    """The first plan gets its yes and is written."""
    listloop, row = hooked.listloop, hooked.row
    listloop.run(row.id, "button")
    with reading(listloop.engine).begin() as db:
        (plan,) = [one for one in run_lines(db, connection_id=row.id) if one.waits]
    with listloop.sync(row.id) as sync:
        approve(sync, plan.id, "test")


def test_a_run_that_fails_as_mailchimp_does_not_answer(hooked: Hookup) -> None:
    in_step(hooked)
    hooked.sandbox.control("faults", {"kind": "503", "times": 0})
    with stamina.set_testing(True, attempts=1), pytest.raises(TryLater):
        hooked.listloop.run(hooked.row.id, "button")
    looks(hooked.listloop, NOBODY, 4)
    assert told(hooked) == []
    looks(hooked.listloop, NOBODY, 3)
    assert told(hooked) == [(Kind.FAILED_RUN, False)]
    hooked.sandbox.standin.faults.rules.clear()
    hooked.listloop.run(hooked.row.id, "button")
    looks(hooked.listloop, NOBODY, 12)
    assert told(hooked) == [(Kind.FAILED_RUN, True)]


def test_what_comes_and_goes_is_one_trouble(hooked: Hookup) -> None:
    in_step(hooked)
    for _ in range(3):
        hooked.sandbox.control("faults", {"kind": "503", "times": 0})
        with stamina.set_testing(True, attempts=1), pytest.raises(TryLater):
            hooked.listloop.run(hooked.row.id, "button")
        looks(hooked.listloop, NOBODY, 6)
        hooked.sandbox.standin.faults.rules.clear()
        hooked.listloop.run(hooked.row.id, "button")
        looks(hooked.listloop, NOBODY, 6)
    assert told(hooked) == [(Kind.FAILED_RUN, False)]


def test_drift_that_a_full_comparison_finds(hooked: Hookup) -> None:
    listloop, row = hooked.listloop, hooked.row
    in_step(hooked)
    listloop.run(row.id, "button")
    with listloop.engine.begin() as db:  # somebody changes the CRM's own table, past its stream of changes
        db.execute(text("UPDATE local_people SET first_name = 'Anna' WHERE first_name = 'Ann'"))
    compare(hooked)
    watch(listloop, NOBODY)
    assert told(hooked) == [(Kind.DRIFT, False)]
    compare(hooked)
    looks(listloop, NOBODY, 12)
    assert told(hooked) == [(Kind.DRIFT, True)]


def compare(hooked: Hookup) -> None:
    """Both sides are compared in full, a day later."""
    listloop, row, clock = hooked.listloop, hooked.row, hooked.listloop.now
    assert isinstance(clock, Moments)
    schedule.set_audit(listloop.engine, row.id, parse("02:30"), clock())
    clock.go(timedelta(hours=25))
    listloop.run(row.id, "schedule")


def test_many_people_whom_mailchimp_refuses(hooked: Hookup) -> None:
    listloop, row = hooked.listloop, hooked.row
    book = Book(open_book(listloop.engine), "test")
    refused = [book.add_person({"last_name": f"Refused {n}"}, f"r{n}@fake.example", takes_part=True) for n in range(3)]
    hooked.sandbox.control("switches", {"fake_domains": "fake.example"})
    limit(hooked, Limits(number=3))
    in_step(hooked)
    looks(listloop, NOBODY, 6)
    assert told(hooked) == [(Kind.FAILURES, False)]
    with reading(listloop.engine).begin() as db:
        assert [one.trouble.text for one in known_alerts(db).values()] == ["3 of 6 people could not be written."]
    for number, key in enumerate(refused):
        book.edit_person(key, {}, f"r{number}@good.example")
    with listloop.engine.begin() as db:
        retry_failed(db, row.id)
    listloop.run(row.id, "button")
    looks(listloop, NOBODY, 12)
    assert told(hooked) == [(Kind.FAILURES, True)]


def test_a_disk_that_has_less_room_than_it_should(hooked: Hookup) -> None:
    limit(hooked, Limits(room=100_000_000))  # 95 TiB: more than this machine has
    looks(hooked.listloop, NOBODY, 6)
    assert told(hooked) == [(Kind.DISK, False)]
    limit(hooked, Limits(room=1))
    looks(hooked.listloop, NOBODY, 12)
    assert told(hooked) == [(Kind.DISK, True)]
