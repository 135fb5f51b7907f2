"""Real runs are killed, and what came of it is told apart from what comes of a run that nobody killed."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from listloop.testing.crash.__main__ import main
from listloop.testing.crash.rig import End, Sandbox, Start
from listloop.testing.crash.trial import Went, differences

END = End(Counter({"ann": 1, "bob": 1}), Counter({"ann": 1}), Counter({"ann = ann": 1}), {"in_sync": 2}, 0)
CALM = Went(END, 1.0, Counter({"POST /lists/1": 1, "PATCH /lists/1/members/2": 1}))


def test_a_killed_run_that_ends_alike_differs_in_nothing() -> None:
    assert list(differences(CALM, replace(CALM, seconds=3.0, kills=1), unit=2)) == []


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (replace(END, people=Counter({"ann": 1, "bob": 1})), "people: missing {}, too much {'bob': 1}"),
        (replace(END, pairs=Counter()), "pairs: missing {'ann = ann': 1}, too much {}"),
        (replace(END, standings={"in_sync": 1}), "standings: {'in_sync': 1} instead of {'in_sync': 2}"),
        (replace(END, writes_of_one_more_run=1), "writes_of_one_more_run: 1 instead of 0"),
    ],
)
def test_another_end_is_told(end: End, said: str) -> None:
    assert said in list(differences(CALM, replace(CALM, end=end), unit=2))


def test_somebody_who_was_made_twice_is_told() -> None:
    twice = replace(CALM, end=replace(END, members=Counter({"ann": 2, "bob": 1})))
    assert "2 members are alike: ann" in list(differences(CALM, twice, unit=2))


def test_more_than_one_unit_of_work_repeated_for_each_kill_is_told() -> None:
    more = Counter({"PATCH /lists/1/members/2": 4})
    assert list(differences(CALM, replace(CALM, writes=CALM.writes + more, kills=2), unit=2)) == []
    (why,) = differences(CALM, replace(CALM, writes=CALM.writes + more, kills=1), unit=2)
    assert why == "4 writes more than without a kill, but one unit of work has 2"


class Nowhere(Sandbox):
    """One that is put back without anything to put."""

    def restore(self, saved: bytes) -> None:
        assert saved == b"all"


@pytest.mark.parametrize("key", [None, "key"], ids=["in the environment", "in a file"])
def test_a_journey_begins_with_the_key_wherever_it_is(key: str | None, tmp_path: Path) -> None:
    start = Start(Nowhere("http://sandbox.example"), tmp_path / "start.sqlite", b"all")
    start.database.write_text("database")
    if key:
        Path(f"{start.database}.key").write_text(key)
    (tmp_path / "own").mkdir()
    database = start.again(tmp_path / "own")
    assert {one.name: one.read_text() for one in database.parent.iterdir()} == {
        "own.sqlite": "database",
        **({"own.sqlite.key": key} if key else {}),
    }


#: More of them in a continuous build, which has the time.
TIMES = "20" if os.environ.get("CI") else "3"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_runs_that_are_killed_at_random_moments_end_as_if_nothing_had_happened(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--times", TIMES, "--people", "20", "--seed", "5"]) == 0
    assert f"{TIMES} trials" in capsys.readouterr().out
