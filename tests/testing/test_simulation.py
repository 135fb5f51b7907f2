"""Random histories break no promise, and their machinery finds what is broken."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from listloop.store.connections import ConnectionRow, connection
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


def test_a_slice_of_random_histories_breaks_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--histories", "8", "--seed", "100"]) == 0
    assert "8 histories, 0 broken promises" in capsys.readouterr().out


@pytest.mark.slow
def test_a_larger_slice_breaks_no_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--histories", "60", "--seed", "7000"]) == 0


@pytest.mark.parametrize(("name", "seed"), [("crm-no-stays", "9"), ("mailchimp-no-stays", "10")])
def test_a_rule_that_is_broken_on_purpose_is_found(name: str, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", name, "--histories", "40", "--seed", seed]) == 0
    assert f"{name}: found by seed" in capsys.readouterr().out


def test_a_sabotage_that_is_not_found_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", "guard-asleep", "--histories", "1", "--seed", "0"]) == 1
    assert "NOT found in 1 histories" in capsys.readouterr().out


def test_a_broken_promise_is_shortened_and_written_to_a_file_that_breaks_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("listloop.sync.run.connection", _already_approved)
    arguments = ["--histories", "1", "--seed", "1", "--into", str(tmp_path)]
    assert main(arguments) == 1
    (path,) = tmp_path.glob("broken-1.json")
    assert f"./run simulate --replay {path}" in capsys.readouterr().out
    assert len(load(path).moves) < len(draw(1).moves)
    assert main(["--replay", str(path)]) == 1
    monkeypatch.undo()
    assert main(["--replay", str(path)]) == 0


def _already_approved(db: Connection, connection_id: int) -> ConnectionRow:
    """The first plan is written without a yes."""
    found = connection(db, connection_id)
    return replace(found, approved_rules=found.digest)
