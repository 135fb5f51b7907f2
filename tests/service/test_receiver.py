"""Deliveries: stored and answered; replays, floods and forgeries do no harm."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.mailchimp.webhooks import signature
from listloop.sandbox.server import Running
from listloop.service.receiver import PAUSE, Receiver
from listloop.service.webhooks import tend
from listloop.store import inbox, schedule
from listloop.store.database import reading
from tests.service.conftest import wait_until
from tests.service.hookup import Hookup, hookup


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def hooked(tmp_path: Path, sandbox: Running) -> Iterator[Hookup]:
    with hookup(tmp_path, sandbox) as made:
        tend(made.listloop, made.row)
        yield made


def delivery(hooked: Hookup, email: str) -> bytes:
    fields = {"type": "profile", "fired_at": "2026-03-01 12:00:00", "data[list_id]": hooked.row.audience}
    return urlencode({**fields, "data[email]": email}).encode()


def token(hooked: Hookup) -> str:
    return str(hooked.hooks()[0].url.rpartition("/")[2])


def send(hooked: Hookup, body: bytes, *, secret: str = "", late: float = 0) -> int:
    signed = signature(secret or hooked.hooks()[0].secret, body, int(time.time() - late))
    return hooked.receiver.receive(token(hooked), body, signed)


def entries(hooked: Hookup) -> list[inbox.Entry]:
    with reading(hooked.listloop.engine).begin() as db:
        return inbox.take(db, hooked.row.id)


def test_replays_are_one_entry_and_a_flood_is_few_runs(hooked: Hookup) -> None:
    began = time.monotonic()
    for _ in range(200):
        assert send(hooked, delivery(hooked, "m1@m.example")) == 200
    wait_until(lambda: bool(hooked.jobs.put_in))
    (entry,) = entries(hooked)
    assert entry.address == "m1@m.example"
    asked = len(hooked.jobs.put_in)
    assert asked <= 2 + (time.monotonic() - began) / PAUSE


def test_a_delivery_survives_a_crash_right_after_its_answer(hooked: Hookup) -> None:
    """The receiver after it finds it, wishes for the run, and asks for it."""
    listloop = hooked.listloop
    died = Receiver(listloop.engine, listloop.secrets, hooked.jobs, listloop.now)  # never carries anything over
    body = delivery(hooked, "m1@m.example")
    signed = signature(hooked.hooks()[0].secret, body, int(time.time()))
    assert died.receive(token(hooked), body, signed) == 200
    assert entries(hooked) == []
    died.stop()
    after = Receiver(listloop.engine, listloop.secrets, hooked.jobs, listloop.now)
    after.start()
    wait_until(lambda: bool(hooked.jobs.put_in))
    after.stop()
    assert [one.address for one in entries(hooked)] == ["m1@m.example"]
    assert schedule.wanted(listloop.engine, listloop.now()) == [(hooked.row.id, "webhook")]


def test_an_answer_waits_for_nobody_who_writes(hooked: Hookup) -> None:
    """A run may hold the right to write for long; the delivery is in the inbox once it has let go of it."""
    with hooked.listloop.engine.begin() as db:
        db.exec_driver_sql("UPDATE connections SET wanted = wanted")
        assert send(hooked, delivery(hooked, "m1@m.example")) == 200
    wait_until(lambda: bool(entries(hooked)))


def test_deliveries_that_can_not_be_carried_over_yet_come_again(
    hooked: Hookup, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [OSError("no space left on device")]

    def put(*args: object, **values: object) -> None:
        if broken:
            raise broken.pop()
        kept(*args, **values)  # type: ignore[arg-type]

    kept = inbox.put
    monkeypatch.setattr(inbox, "put", put)
    assert send(hooked, delivery(hooked, "m1@m.example")) == 200
    wait_until(lambda: bool(entries(hooked)))
    assert not broken


def test_forgeries_are_refused_and_leave_nothing(hooked: Hookup) -> None:
    body = delivery(hooked, "m1@m.example")
    assert send(hooked, body, secret="f" * 64) == 403
    assert send(hooked, body, late=301) == 403
    assert hooked.receiver.receive(token(hooked), body, "") == 403
    assert hooked.receiver.receive("guessed", body, "") == 404
    assert send(hooked, b"type=profile&data[list_id]=another&data[email]=m1@m.example") == 400
    assert send(hooked, b"{}") == 400
    assert entries(hooked) == []


def test_one_without_a_signature_goes_by_its_secret_address_alone(tmp_path: Path, sandbox: Running) -> None:
    """Older webhooks are not signed (Mailchimp webhook guide, 2026)."""
    with hookup(tmp_path, sandbox) as hooked:
        sandbox.control("switches", {"webhooks_signed": False})
        tend(hooked.listloop, hooked.row)
        assert hooked.receiver.receive(token(hooked), delivery(hooked, "m1@m.example"), "") == 200


def test_after_the_grace_a_retired_address_is_gone(hooked: Hookup) -> None:
    old = token(hooked)
    tend(hooked.listloop, hooked.row, anew=True)
    assert hooked.receiver.knows(old)
    now = hooked.listloop.now
    later = type(hooked.receiver)(
        hooked.listloop.engine, hooked.listloop.secrets, hooked.jobs, lambda: now() + timedelta(hours=3)
    )
    assert not later.knows(old)
    assert later.knows(token(hooked))
