"""Killed between any two effects, a run that starts again ends where it would have ended, with nobody created twice."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from listloop.testing.memory import Crash, FaultyAudience, FaultyCrm
from listloop.testing.simulation.crashing import may_crash
from listloop.testing.simulation.history import Fault, Trouble
from listloop.testing.simulation.line import Schedule
from tests.sync.stage import Stage, make_stage


def make(stage: Stage) -> None:
    """One new in the CRM, one new in Mailchimp, one pair that meets, one without an address, two flagged No there."""
    stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, {"customers"}, takes_part=True)
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    stage.audience.sign_up("bob@x.example", {"CITY": "Graz"})
    stage.audience.sign_up("cem@x.example", {"FNAME": "Cem", "COMPANY": "Acme"})
    stage.crm.add("", {"Last": "Doe"}, takes_part=True)
    members = []
    for name in ("eve", "fay"):
        stage.crm.add(f"{name}@x.example", {"Last": "Low"}, takes_part=False)
        members.append(stage.audience.sign_up(f"{name}@x.example"))
    stage.audience.unsubscribe(members[-1].key)


def change(stage: Stage) -> None:
    """An edit on either side, a no on either side, an address change, a flag set to No."""
    make(stage)
    stage.crm.add("dao@x.example", {"Last": "Xu"}, takes_part=True)
    stage.settle()
    by_email = {one.email: one.key for one in stage.crm.records()}
    members = {one.email: one.key for one in stage.audience.records()}
    stage.crm.edit(by_email["ann@x.example"], {"First": "Ann"}, email="anna@x.example", labels=set())
    stage.audience.edit(members["ann@x.example"], {"CITY": "Kyiv"})
    stage.audience.unsubscribe(members["bob@x.example"])
    stage.crm.opt_out(by_email["cem@x.example"])
    stage.crm.flag(by_email["dao@x.example"], takes_part=False)


def ends(stage: Stage) -> list[Counter[str]]:
    """Both sides without keys and times, which depend on the order of creation."""
    found = []
    for side in (stage.crm, stage.audience):
        ids = {one.mailchimp_id for one in stage.crm.records()}
        states = side.state()
        shown = Counter(
            repr({**state, "mailchimp_id": None, "linked": key in ids or state["mailchimp_id"] != ""})
            for key, state in states.items()
        )
        found.append(shown)
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("begin", [make, change], ids=["first run", "later run"])
def test_killed_at_the_nth_effect_the_end_is_the_same(begin: Callable[[Stage], None], tmp_path: Path) -> None:
    """From the last effects before the first write on: a run that was killed earlier sent nothing."""
    wanted, before_writing = _story(begin, tmp_path, Fault(Trouble.CRASH, 1, "write"))
    for nth in range(before_writing - 5, 1000):
        found, effects = _story(begin, tmp_path, Fault(Trouble.CRASH, nth))
        assert found == wanted, f"killed at effect {nth}"
        if effects < nth:
            break
    assert nth > before_writing + 20


def _story(begin: Callable[[Stage], None], folder: Path, fault: Fault) -> tuple[list[Counter[str]], int]:
    """The end of the story, and how many effects took place until the fault struck, or until all was done."""
    stage = make_stage(folder, database="sqlite://")
    every = Fault(Trouble.CRASH, 10_000)
    try:
        begin(stage)
        schedule = Schedule()
        schedule.load([every, fault], [])
        stage.sync.crm = FaultyCrm(stage.crm, schedule)
        stage.sync.audience = FaultyAudience(stage.audience, schedule)
        try:
            may_crash(stage.engine, schedule)
            stage.run()
        except Crash:
            pass
        effects = schedule.chance[every]
        schedule.load([], [])
        stage.settle()
        return ends(stage), effects
    finally:
        stage.engine.dispose()
