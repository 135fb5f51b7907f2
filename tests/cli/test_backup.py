"""Backup and restore on the command line, and what happens to people afterwards."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.stage import Cli, opened_book


def test_a_restored_installation_converges_and_writes_nothing_before_a_yes(
    synced: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was edited after the backup is met anew: an old memory overwrites nobody."""
    assert synced("backup", "b.backup").code == 0
    synced.member("eve@evans.example", merge_fields={"CITY": "York"})
    assert synced("sync").code == 0
    synced.member("ann@archer.example", merge_fields={"CITY": "Leeds"})
    new = tmp_path / "new.sqlite"
    monkeypatch.setenv("LISTLOOP_DATABASE", str(new))
    said = synced("restore", "b.backup", "--json").json
    assert said["rows"]["local_people"] == 5
    assert not Path(f"{new}.key").exists()
    shutil.copy(f"{synced.database}.key", f"{new}.key")
    assert synced("sync").code == 3
    assert synced("sync", "--yes").code == 0
    again = synced("sync", "--json").json
    assert not any(again["counts"].get(f"{side}_done") for side in ("crm", "mailchimp"))
    for email, city in (("ann@archer.example", "Leeds"), ("eve@evans.example", "York")):
        assert synced.member(email)["merge_fields"]["CITY"] == city
        with opened_book(new) as book:
            assert [one.person.fields["city"] for one in book.people(email)] == [city]


def test_without_the_key_it_is_said_what_is_missing(
    synced: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced("backup", "b.backup")
    monkeypatch.setenv("LISTLOOP_DATABASE", str(tmp_path / "new.sqlite"))
    synced("restore", "b.backup")
    refused = synced("sync")
    assert (refused.code, "another key" in refused.err) == (1, True)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of their folder elsewhere")
def test_others_of_the_machine_can_not_read_people(
    synced: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced("backup", "b.backup")
    monkeypatch.setenv("LISTLOOP_DATABASE", str(tmp_path / "new.sqlite"))
    synced("restore", "b.backup")
    for path in (synced.database, tmp_path / "new.sqlite", tmp_path / "b.backup"):
        assert not path.exists() or path.stat().st_mode & 0o077 == 0, path
