"""Killed at any instant of the first run and started again, Listloop ends where an uncrashed run ends."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from listloop.testing.crash.rig import PATIENCE, End, Start, end, furnish, kill, sandbox_process, sync

PEOPLE, SEED = 80, 11

#: Which request of the first run is its last: some that write, one that reads. The same seed kills at the same ones.
WRITES = sorted(random.Random(SEED).sample(range(2, 45), 3))
KILLS = [(True, number) for number in WRITES] + [(False, 3)]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with sandbox_process() as sandbox:
        yield furnish(sandbox, tmp_path_factory.mktemp("start") / "start.sqlite", PEOPLE, SEED)


@pytest.fixture(scope="module")
def uncrashed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> End:
    """Where it ends when nothing happens."""
    database = start.again(tmp_path_factory.mktemp("uncrashed"))
    with sync(database) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    reached = end(database)
    assert reached.writes_of_one_more_run == 0
    assert reached.standings["failed"] == 0
    assert max(reached.members.values()) == 1
    return reached


@pytest.mark.parametrize(("writing", "number"), KILLS)
def test_killed_when_a_request_arrives(
    start: Start, uncrashed: End, tmp_path: Path, writing: bool, number: int
) -> None:
    """From this one on none is carried out, so that it has not ended before it is killed."""
    database, method = start.again(tmp_path), "[!G]*" if writing else "GET"
    start.sandbox.control("faults", {"kind": "slow", "ms": 0, "method": method, "times": number - 1})
    start.sandbox.control("faults", {"kind": "timeout", "method": method, "times": 0})
    with sync(database) as process:
        await_fault(start)
        kill(process)
    start.sandbox.control("faults", method="DELETE")
    goes_on(database, uncrashed)


@pytest.mark.parametrize("done", [True, False], ids=["and was carried out", "and was not"])
@pytest.mark.parametrize("method", ["POST", "PATCH"], ids=["bulk creation", "single edit"])
def test_killed_while_an_answer_is_awaited(
    start: Start, uncrashed: End, tmp_path: Path, done: bool, method: str
) -> None:
    """The request that was sent last was carried out or not; Listloop can't know, and must look."""
    database = start.again(tmp_path)
    start.sandbox.control("faults", {"kind": "timeout", "method": method, "commit": done})
    with sync(database) as process:
        await_fault(start)
        kill(process)
    goes_on(database, uncrashed)


def goes_on(database: Path, uncrashed: End) -> None:
    with sync(database) as process:
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    reached = end(database)
    assert reached.members == uncrashed.members
    assert reached.people == uncrashed.people
    assert reached.pairs == uncrashed.pairs
    assert reached == uncrashed


def await_fault(start: Start) -> None:
    until = time.monotonic() + PATIENCE
    while not any(one["fault"] == "timeout" for one in start.sandbox.control("journal")["entries"]):
        assert time.monotonic() < until, "the request never came"
