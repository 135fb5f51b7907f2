"""However many processes and threads call one account, no more calls are open at once than its budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from listloop.mailchimp.budget import BELIEVED, RENEW, SharedPermits
from listloop.store.allotments import Share, settle
from listloop.store.database import open_database
from listloop.store.migrations import migrate


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(tmp_path / "listloop.sqlite")
    migrate(made)
    yield made
    made.dispose()


@dataclass
class Calls:
    """Counts how many are open at once; the first ones stay until so many are."""

    together: int = 1
    now: int = 0
    most: int = 0
    done: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.many = threading.Event()

    def one(self, permits: SharedPermits) -> None:
        with permits:
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
                if self.now >= self.together:
                    self.many.set()
            self.many.wait(150)
            time.sleep(0.002)
            with self.lock:
                self.now -= 1
                self.done += 1


def process(engine: Engine, owner: str) -> SharedPermits:
    def ask(wants: int, holds: int) -> Share:
        return settle(engine, "a", owner, wants=wants, holds=holds, budget=8)

    return SharedPermits(ask, 8)


def test_three_processes_share_eight_and_each_gets_its_work_done(engine: Engine) -> None:
    calls = Calls(together=4)
    shared = [process(engine, name) for name in ("one", "two", "three")]
    with ThreadPoolExecutor(36) as pool:
        for permits in shared * 200:
            pool.submit(calls.one, permits)
    for permits in shared:
        permits.close()
    assert calls.done == 600
    assert 4 <= calls.most <= 8


def test_a_thousand_calls_are_a_few_settlings(engine: Engine) -> None:
    asked = 0

    def ask(wants: int, holds: int) -> Share:
        nonlocal asked
        asked += 1
        return settle(engine, "a", "one", wants=wants, holds=holds, budget=8)

    permits, began = SharedPermits(ask, 8), time.monotonic()
    calls = Calls()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(1000):
            pool.submit(calls.one, permits)
    permits.close()
    assert calls.done == 1000
    assert asked < 30 + (time.monotonic() - began) / RENEW


def test_closing_gives_everything_back_at_once(engine: Engine) -> None:
    first, second = process(engine, "one"), process(engine, "two")
    calls = Calls()
    calls.one(first)
    first.close()
    assert settle(engine, "a", "two", wants=8, holds=0, budget=8).granted == 8
    second.close()


def test_while_the_database_is_away_calls_wait_and_then_go_on() -> None:
    answers = iter([OSError("away"), OSError("away"), None])

    def ask(wants: int, holds: int) -> Share:
        error = next(answers, None)
        if error is not None:
            raise error
        return Share(wants, 8)

    permits = SharedPermits(ask, 8)
    calls = Calls()
    thread = threading.Thread(target=partial(calls.one, permits))
    thread.start()
    thread.join(150)
    permits.close()
    assert calls.done == 1


def test_an_answer_that_took_long_is_believed_from_when_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others count from then, too: a process that stood still meanwhile may have lost its share, and asks again."""
    clock, asked = [0.0], []
    monkeypatch.setattr("listloop.mailchimp.budget.monotonic", lambda: clock[0])

    def ask(wants: int, holds: int) -> Share:
        asked.append((wants, holds))
        if len(asked) == 1:
            clock[0] += BELIEVED
        return Share(wants, 8)

    permits = SharedPermits(ask, 8)
    Calls().one(permits)
    permits.close()
    assert asked[:2] == [(1, 0), (1, 1)]
