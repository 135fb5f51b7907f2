"""Who was touched by a write of the same run is decided once more, and not put off where the same comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.sync.run import approve, run_once
from tests.sync.stage import RULES, make_stage, writes


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_the_first_run_flags_everybody_who_shares_an_address_with_somebody_it_made(tmp_path: Path, chunk: int) -> None:
    """Promise 2: the run after it writes nothing."""
    stage = make_stage(tmp_path, replace(RULES, duplicate_flag_no=True))
    stage.sync.chunk = chunk
    shared = []
    for number in range(4):
        stage.crm.add(f"desk{number}@x.example", {"Last": f"First{number}"}, takes_part=True)
        shared.append(stage.crm.add(f"desk{number}@x.example", {"Last": f"Second{number}"}, takes_part=True))
    stage.audience.add("desk3@x.example", {"LNAME": "First3"}, consent=Consent.SUBSCRIBED)
    stage.run()
    assert [stage.crm.record(one).takes_part for one in shared] == [False] * 4
    assert len(stage.audience.records()) == 4
    assert writes(stage.run()) == 0
    stage.engine.dispose()


def test_who_let_go_of_the_address_since_the_plan_is_not_flagged(tmp_path: Path) -> None:
    """What is decided otherwise by now is left to the next plan."""
    stage = make_stage(tmp_path, replace(RULES, duplicate_flag_no=True))
    stage.crm.add("desk@x.example", {"Last": "First"}, takes_part=True)
    second = stage.crm.add("desk@x.example", {"Last": "Second"}, takes_part=True)
    waiting = run_once(stage.sync, "first")
    stage.clock.move(3_600)
    stage.crm.change_address(second, "own@x.example")
    approve(stage.sync, waiting.id, "test")
    assert stage.crm.record(second).takes_part is True
    stage.settle()
    assert sorted(one.email for one in stage.audience.records()) == ["desk@x.example", "own@x.example"]
    stage.engine.dispose()
