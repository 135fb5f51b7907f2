"""Campaign results come in the connection's one job: after its people, in slices, and their trouble stays their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from listloop.core.errors import NeedsAttention, TryLater
from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from listloop.service.work import perform
from listloop.store import schedule
from listloop.store.tables import campaigns, runs
from listloop.sync.facts import Imported
from listloop.wiring import Listloop
from tests.service.hookup import Hookup, hookup


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with start() as running:
        yield running


@pytest.fixture
def hooked(tmp_path: Path, sandbox: Running) -> Iterator[Hookup]:
    with hookup(tmp_path, sandbox) as made:
        schedule.set_rhythm(made.listloop.engine, made.row.id, None, made.listloop.now())
        yield made


def work(hooked: Hookup) -> None:
    """What a worker does with the job, for whoever asked."""
    listloop = hooked.listloop
    perform(
        listloop.engine, listloop.run, hooked.row.id, "job", resumed=False, now=listloop.now, stopping=lambda: False
    )


def ran(hooked: Hookup) -> list[str]:
    with hooked.listloop.engine.connect() as db:
        return list(db.execute(select(runs.c.trigger).order_by(runs.c.id)).scalars())


class Slices:
    """Stands in for the import: as many slices as there are steps, each of which does something first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
        self.steps = list(steps)
        monkeypatch.setattr(Listloop, "import_facts", lambda *_arguments, **_options: self.read())

    def read(self) -> Imported:
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            step()
        return Imported(left=len(self.steps))


def test_results_that_were_asked_for_are_read_without_a_run_of_people(hooked: Hookup) -> None:
    listloop, row = hooked.listloop, hooked.row
    schedule.ask_facts(listloop.engine, row.id, listloop.now())
    work(hooked)
    assert ran(hooked) == []
    assert not schedule.are_facts_asked(listloop.engine, row.id)
    with listloop.engine.connect() as db:
        assert db.execute(select(campaigns.c.id)).all() == []  # the audience has none yet


def test_who_waits_for_a_run_comes_between_two_slices(hooked: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    listloop, row = hooked.listloop, hooked.row
    seen: list[list[str]] = []
    slices = Slices(
        monkeypatch,
        lambda: schedule.ask(listloop.engine, row.id, "button", listloop.now()),
        lambda: seen.append(ran(hooked)),
        lambda: None,
    )
    schedule.ask_facts(listloop.engine, row.id, listloop.now())
    work(hooked)
    assert seen == [["button"]]
    assert slices.steps == []
    assert not schedule.are_facts_asked(listloop.engine, row.id)


def test_a_problem_with_results_pauses_nobody(hooked: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    Slices(monkeypatch, NeedsAttention("The key may not read reports.", "Give it the right."))
    listloop, row = hooked.listloop, hooked.row
    schedule.ask_facts(listloop.engine, row.id, listloop.now())
    work(hooked)
    (line,) = listloop.connections()
    assert (line.paused, line.facts_problem) == ("", "The key may not read reports. Give it the right.")
    assert not schedule.are_facts_asked(listloop.engine, row.id)


def test_a_busy_mailchimp_puts_them_off(hooked: Hookup, monkeypatch: pytest.MonkeyPatch) -> None:
    Slices(monkeypatch, TryLater("Mailchimp is busy.", retry_after=30))
    listloop, row = hooked.listloop, hooked.row
    schedule.ask_facts(listloop.engine, row.id, listloop.now())
    work(hooked)
    assert schedule.state(listloop.engine, row.id, listloop.now()) == "delayed"
    assert schedule.are_facts_asked(listloop.engine, row.id)
