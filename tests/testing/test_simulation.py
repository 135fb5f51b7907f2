"""Random histories break no promise, and their machinery finds what is broken."""

from pathlib import Path

import pytest

from listloop.testing.simulation.__main__ import main
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import Do, History, Move, load, save


def test_a_seed_always_draws_the_same_history() -> None:
    assert draw(5) == draw(5) != draw(6)


def test_a_history_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    history = draw(11)
    save(history, tmp_path / "history.json")
    assert load(tmp_path / "history.json") == history


def test_a_history_in_a_file_is_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moves = (Move(Do.ADD_CRM, text="ann@sim.example", field="Ann"), Move(Do.RUN), Move(Do.APPROVE))
    save(History(0, moves=moves), tmp_path / "history.json")
    assert main(["--replay", str(tmp_path / "history.json")]) == 0
    assert "1 histories, 0 broken promises" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["crm-no-stays", "memory-at-reading"])
def test_a_rule_that_is_broken_on_purpose_is_found(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", name, "--histories", "400"]) == 0
    assert f"{name}: found by seed" in capsys.readouterr().out
