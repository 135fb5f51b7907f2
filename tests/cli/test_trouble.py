"""A damaged file and a full disk stop a command in plain words, and lose nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from listloop.store import database
from tests.cli.stage import Cli


def test_a_damaged_file_is_told_and_left_alone(synced: Cli) -> None:
    for ending in ("-wal", "-shm"):
        Path(f"{synced.database}{ending}").unlink(missing_ok=True)
    content = bytearray(synced.database.read_bytes())
    content[100:] = b"\xff" * (len(content) - 100)
    synced.database.write_bytes(content)
    said = synced("sync")
    assert said.code == 1
    assert "damaged" in said.err
    assert "restore the newest backup" in said.err
    assert "Traceback" not in said.err


def test_a_full_disk_is_told_and_the_next_run_goes_on(synced: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = database._prepare_sqlite

    def full(connection: object, entry: object) -> None:
        prepare(connection, entry)  # type: ignore[arg-type]  # passed through as is
        connection.execute("PRAGMA max_page_count=1")  # type: ignore[attr-defined]  # it cannot go below what there is

    seed = [{"email_address": f"new{n}@m.example", "status": "subscribed"} for n in range(400)]
    with synced.api() as api:
        (audience,) = api.get("/lists").json()["lists"]
        api.post(f"/lists/{audience['id']}", json={"members": seed}).raise_for_status()
    monkeypatch.setattr(database, "_prepare_sqlite", full)
    said = synced("preview")
    assert said.code == 1
    assert "cannot be used: database or disk is full" in said.err
    assert "Traceback" not in said.err
    monkeypatch.setattr(database, "_prepare_sqlite", prepare)
    assert synced("sync").code == 0
