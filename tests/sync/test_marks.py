"""A second Listloop on the same audience is found by the mark of the first, and refused unless it is meant."""

from pathlib import Path

import pytest

from listloop.core.errors import NeedsAttention
from listloop.sync.marks import leave_mark
from listloop.sync.run import run_once
from tests.sync.stage import Stage, make_stage


@pytest.fixture
def second(stage: Stage, tmp_path: Path) -> Stage:
    """Another installation with a CRM of its own, on the audience that the first one keeps in step."""
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    (tmp_path / "second").mkdir()
    other = make_stage(tmp_path / "second")
    other.audience = other.sync.audience = stage.audience
    other.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    return other


def test_a_second_listloop_is_refused_and_writes_nothing(second: Stage) -> None:
    with pytest.raises(NeedsAttention, match="Another Listloop keeps the audience"):
        run_once(second.sync, "schedule")
    assert [one.email for one in second.audience.records()] == ["ann@x.example"]
    assert len(second.crm.records()) == 1
    second.engine.dispose()


def test_one_that_is_meant_goes_on_and_so_does_the_first(stage: Stage, second: Stage) -> None:
    leave_mark(second.sync)
    second.settle()
    assert {one.email for one in second.audience.records()} == {"ann@x.example", "bob@x.example"}
    assert stage.run().state == "done"
    second.engine.dispose()


def test_a_preview_leaves_no_mark_and_runs_leave_one(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    run_once(stage.sync, "first")
    assert list(stage.audience.marks()) == []
    for _ in range(3):
        stage.run()
    assert len(stage.audience.marks()) == 1
