"""The cost of a run, counted: statements follow the chunks, never the people in them, and nobody is loaded twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from listloop.core.people import Consent
from listloop.store.codec import decode_record
from listloop.sync.run import approve, run_once
from tests.sync.stage import Stage, make_stage

_LIST = re.compile(r"\(\?(, \?)*\)")  # of values: how many they are is no other statement


def furnish(stage: Stage, times: int) -> None:
    """Pairs, people new on both sides, differences, opt-outs on either side and shared addresses, so many of each."""
    for n in range(times):
        stage.crm.add(f"same{n}@x.example", {"First": "Ann", "Last": "Lee"}, takes_part=True)
        stage.audience.add(f"same{n}@x.example", {"FNAME": "Ann", "LNAME": "Lee"})
        stage.crm.add(f"other{n}@x.example", {"First": "Bob", "Last": "Ray"}, takes_part=True)
        stage.audience.add(f"other{n}@x.example", {"FNAME": "Rob"}, {"customer"})
        stage.crm.add(f"crm{n}@x.example", {"Last": "Lund"}, takes_part=True)
        stage.audience.add(f"member{n}@x.example", {"FNAME": "Cy"})
        stage.crm.add(f"no{n}@x.example", {"Last": "No"}, consent=Consent.UNSUBSCRIBED, takes_part=True)
        stage.audience.add(f"no{n}@x.example", {})
        stage.crm.add(f"out{n}@x.example", {"Last": "Out"}, takes_part=True)
        stage.audience.add(f"out{n}@x.example", {}, consent=Consent.UNSUBSCRIBED)
        stage.crm.add(f"alone{n}@x.example", {"Last": "Al"}, consent=Consent.UNSUBSCRIBED, takes_part=True)
        for name in ("Dee", "Dan"):
            stage.crm.add(f"shared{n}@x.example", {"Last": name}, takes_part=True)


@contextmanager
def counted(stage: Stage) -> Iterator[Counter[str]]:
    """How often each statement is sent, however many rows go with it."""
    sent: Counter[str] = Counter()

    def note(*told: object) -> None:
        sent[_LIST.sub("(…)", str(told[2]))] += 1

    event.listen(stage.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(stage.engine, "before_cursor_execute", note)


def first_run(folder: Path, times: int) -> tuple[Counter[str], Counter[str]]:
    """The statements of a first plan, and of its writing after the yes."""
    folder.mkdir()
    stage = make_stage(folder)
    furnish(stage, times)
    try:
        with counted(stage) as planning:
            plan = run_once(stage.sync, "first")
        with counted(stage) as writing:
            approve(stage.sync, plan.id, "test")
    finally:
        stage.engine.dispose()
    return planning, writing


def test_a_plan_sends_as_many_statements_for_many_people_as_for_few(tmp_path: Path) -> None:
    few, many = first_run(tmp_path / "few", 2)[0], first_run(tmp_path / "many", 20)[0]
    assert many - few == Counter()


def test_writing_sends_as_many_statements_for_many_people_as_for_few(tmp_path: Path) -> None:
    few, many = first_run(tmp_path / "few", 2)[1], first_run(tmp_path / "many", 20)[1]
    assert many - few == Counter()


def test_a_plan_looks_at_each_record_once_and_at_rivals_for_an_address_once_more(stage: Stage) -> None:
    furnish(stage, 10)
    decode_record.cache_clear()
    run_once(stage.sync, "first")
    looked = decode_record.cache_info().hits + decode_record.cache_info().misses
    rivals = 2 * 10
    assert looked == len(stage.crm.records()) + len(stage.audience.records()) + rivals
