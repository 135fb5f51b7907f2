"""``demo --once`` tells the truth: its two last lines, and an exit code that fails when the loop did not close."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from listloop.cli import demo as module
from listloop.crm.local import LocalCrm
from listloop.crm.local.book import Book
from listloop.testing.crash.rig import COMMAND
from listloop.testing.world import world

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

LINE = re.compile(r"in sync (\d+), waiting (\d+), excluded (\d+), failed (\d+), sum (\d+)")


def test_it_ends_with_a_run_that_writes_nothing_and_standings_that_add_up() -> None:
    done = subprocess.run(
        [*COMMAND, "demo", "--once", "--people", "200"], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    *_, writes, standings = done.stdout.strip().splitlines()
    assert writes == "second run: 0 writes"
    found = LINE.fullmatch(standings)
    assert found
    in_sync, waiting, excluded, failed, total = map(int, found.groups())
    assert in_sync + waiting + excluded + failed == total
    assert total >= 200
    assert (waiting, failed) == (_archived_before(200), 0)
    assert "With --once, the demo now says it for you." in done.stdout


def _archived_before(people: int) -> int:
    """Whom the CRM wants in, while somebody archived the member before Listloop came: they wait for a yes."""
    made = world(people)
    wanted = {one.number for one in made.people if one.takes_part}
    return sum(1 for one in made.members if one.archived and one.person in wanted)


def test_it_fails_when_the_second_run_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody edits a person between the two runs."""

    def edited(sync: Any, trigger: str, *arguments: Any, **options: Any) -> Any:
        if trigger == "command":
            assert isinstance(sync.crm, LocalCrm)
            book = Book(sync.crm.place, "test")
            person = next(one for one in book.people() if one.mailchimp_id)
            book.edit_person(person.key, {"city": "Elsewhere"})
        return run_once(sync, trigger, *arguments, **options)

    run_once = module.run_once  # type: ignore[attr-defined]  # it is the name that the demo calls
    monkeypatch.setattr(module, "run_once", edited)
    assert module.demo(people=20, once=True) == 1
    assert "second run: 1 writes" in capsys.readouterr().out


def test_it_fails_when_the_standings_are_not_the_population(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "expected_population", lambda *_: 1)
    assert module.demo(people=20, once=True) == 1
    assert "The population is 1, but the standings add up to" in capsys.readouterr().err
