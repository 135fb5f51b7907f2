"""Random histories break no promise, and their machinery finds what is broken."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from listloop.core import decide
from listloop.core.consent import CELLS, No, Remembered
from listloop.core.people import Consent, Origin, SideName
from listloop.core.side import Act
from listloop.store.connections import ConnectionRow, connection
from listloop.store.people import PersonRow
from listloop.sync.context import Sync
from listloop.sync.knowledge import Knowledge, as_pair
from listloop.testing.builders import AUDIENCE_SCHEMA, CRM_SCHEMA, record
from listloop.testing.memory import MemoryAudience, MemoryCrm
from listloop.testing.simulation import __main__ as simulation
from listloop.testing.simulation.__main__ import main
from listloop.testing.simulation.crashing import database
from listloop.testing.simulation.crew import find
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import Do, History, Move, load, save
from listloop.testing.simulation.met import impossible
from listloop.testing.simulation.sabotage import CELL_SABOTAGES, NAMES, sabotage


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


#: All of them in a continuous build, which has the time.
SOUGHT = [*NAMES, *CELL_SABOTAGES] if os.environ.get("CI") else ["crm-no-stays", "labels-of-one-side", "stale-is-fresh"]


@pytest.mark.parametrize("name", SOUGHT)
def test_a_rule_that_is_broken_on_purpose_is_found(name: str) -> None:
    found = find(name, range(1, 1_001))
    assert found.promise, f"not found in {found.played} histories"


def test_a_search_tells_the_seed_for_each_sabotage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", "labels-never-removed", "--histories", "40"]) == 0
    said = capsys.readouterr().out
    assert "labels-never-removed: found by seed" in said
    assert "1 sabotages, 0 not found" in said


def test_a_sabotage_that_is_not_found_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--sabotage", "guard-asleep", "--histories", "1", "--seed", "0"]) == 1
    assert "NOT found in 1 histories" in capsys.readouterr().out


def test_a_broken_promise_is_shortened_and_written_to_a_file_that_breaks_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("listloop.sync.run.connection", _already_approved)
    arguments = ["--histories", "1", "--seed", "28", "--into", str(tmp_path)]
    assert main(arguments) == 1
    (path,) = tmp_path.glob("broken-28.json")
    assert f"./run simulate --replay {path}" in capsys.readouterr().out
    assert len(load(path).moves) < len(draw(28).moves)
    assert main(["--replay", str(path)]) == 1
    monkeypatch.undo()
    assert main(["--replay", str(path)]) == 0


@pytest.mark.parametrize("name", [*NAMES, *CELL_SABOTAGES])
def test_every_sabotage_breaks_a_rule_that_there_is_and_mends_it_again(name: str) -> None:
    assert sabotage(name, lambda: "played") == "played"
    assert vars(decide)["CELLS"] is CELLS


def test_at_least_25_rules_are_broken_beside_each_cell_that_can_be_used() -> None:
    assert len(NAMES) >= 25
    assert len(CELL_SABOTAGES) == sum(not impossible(*key) for key in CELLS)


@pytest.mark.parametrize("crm", Consent)
@pytest.mark.parametrize("there", [Consent.UNKNOWN, Consent.UNSUBSCRIBED, Consent.CLEANED])
def test_the_cells_left_out_are_never_used_whatever_the_person_did(crm: Consent, there: Consent) -> None:
    """Whoever is not mailed now has not come back: the acts are then not even asked for."""
    engine = database()
    audience = MemoryAudience(AUDIENCE_SCHEMA)
    came_back = Act("2026-02-01T00:00:00+00:00", Consent.SUBSCRIBED, Origin.PERSON)
    audience.acts = lambda _key: (came_back,)  # type: ignore[method-assign, assignment]
    sync = Sync(engine, 1, MemoryCrm(CRM_SCHEMA), audience)
    here = record("p1", "ann@x.example", consent=crm)
    member = record("m1", "ann@x.example", consent=there)
    row = PersonRow(1, here, member, False, False, None, "", "", None, True, "waiting", "", "", 0)
    no = No(
        "ann@x.example", SideName.MAILCHIMP, Origin.PERSON, "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
    )
    pair = as_pair(sync, row, Knowledge({no.address: [no]}), "")
    assert pair.remembered is Remembered.NO
    engine.dispose()


def test_what_was_never_met_fails_a_large_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(simulation, "ENOUGH", 1)
    assert main(["--histories", "1", "--seed", "3"]) == 1
    said = capsys.readouterr().out
    assert "were never met in 1 histories" in said
    assert "1 histories, 0 broken promises" in said


@pytest.mark.slow
def test_several_processes_say_the_same_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--histories", "6", "--seed", "40", "--jobs", "2"]) == 0
    several = capsys.readouterr().out
    assert main(["--histories", "6", "--seed", "40"]) == 0
    assert capsys.readouterr().out == several


def _already_approved(db: Connection, connection_id: int) -> ConnectionRow:
    """The first plan is written without a yes."""
    found = connection(db, connection_id)
    return replace(found, approved_rules=found.digest)
