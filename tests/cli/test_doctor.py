"""The doctor finds what is wrong, says the next step, and finds nothing where nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.store.database import open_database
from tests.cli.stage import Cli


def findings(cli: Cli, level: str) -> list[str]:
    return [f"{one['what']} → {one['fix']}" for one in cli("doctor", "--json").json if one["level"] == level]


def test_a_sound_installation_has_nothing_bad(synced: Cli) -> None:
    assert synced("doctor").code == 0
    assert findings(synced, "bad") == []
    assert any("whole" in one for one in findings(synced, "ok"))
    assert any("None is at work" in one for one in findings(synced, "look"))


def test_a_revoked_key_is_told_with_the_next_step(synced: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synced.mailchimp.standin, "key", "another")  # the stand-in's one key, as if ours were revoked
    said = synced("doctor")
    assert said.code == 1
    assert "Make a new API key" in said.out


def test_a_clock_that_is_off_is_told(synced: Cli) -> None:
    synced.mailchimp.control("clock", {"step": 3600})
    assert any("clock" in one for one in findings(synced, "bad"))
    synced.mailchimp.control("clock", {"real": True})


def test_a_key_file_that_others_can_read_or_that_is_another_is_told(synced: Cli) -> None:
    key = Path(f"{synced.database}.key")
    key.chmod(0o644)
    assert any("chmod 600" in one for one in findings(synced, "look"))
    key.write_text("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n")
    assert any("another key" in one for one in findings(synced, "bad"))


def test_a_paused_connection_and_a_dead_address_are_told(synced: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    synced("schedule", "pause")
    assert any("It is paused" in one for one in findings(synced, "bad"))
    monkeypatch.setenv("LISTLOOP_WEBHOOK_URL", "http://127.0.0.1:9")
    assert any("does not answer" in one for one in findings(synced, "look"))


def test_a_late_run_is_told(synced: Cli) -> None:
    engine = open_database(synced.database)
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE connections SET next_run = '2020-01-01 00:00:00.000000'")
    engine.dispose()
    assert any("late" in one for one in findings(synced, "bad"))
