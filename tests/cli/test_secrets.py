"""A password is in no message, no log, no export, no backup and no table; a new key takes the old one's place."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from listloop.settings import Settings
from listloop.wiring import open_listloop
from tests.cli.stage import KEY, Cli

COMMANDS = (
    ("status",), ("status", "--json"), ("preview",), ("sync",), ("doctor",), ("webhooks",), ("webhooks", "check"),
    ("schedule", "--json"), ("mapping",), ("history",), ("backup", "b.backup"), ("prune", "--json"),
    ("export", "--folder", "out"),
)  # fmt: skip


def test_the_api_key_is_nowhere(synced: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced.mailchimp.control("switches", {"validate_webhooks": False})
    monkeypatch.setenv("LISTLOOP_WEBHOOK_URL", "http://127.0.0.1:9")
    for words in COMMANDS:
        said = synced(*words)
        assert KEY not in said.out + said.err, words
    monkeypatch.setattr(synced.mailchimp.standin, "key", "another")  # the stand-in's one key, as if ours were revoked
    said = synced("sync")
    assert KEY not in said.out + said.err
    secrets = [KEY, *(one.strip() for one in Path(f"{synced.database}.key").read_text().splitlines())]
    looked = 0
    for file in tmp_path.rglob("*"):
        if file.is_file() and not file.name.endswith(".key"):
            content = file.read_bytes()
            content += gzip.decompress(content) if file.name == "b.backup" else b""
            assert not any(secret.encode() in content for secret in secrets), file
            looked += 1
    assert looked >= 4


def test_nothing_shows_it_in_its_repr(synced: Cli) -> None:
    listloop = open_listloop(Settings(database=str(synced.database)))
    (row,) = listloop.connections()
    with listloop.sync(row.id) as sync:
        shown = f"{listloop!r} {row!r} {sync!r} {sync.audience!r} {sync.crm!r} {listloop.secrets!r} {vars(sync.crm)!r}"
    listloop.close()
    key = Path(f"{synced.database}.key").read_text().strip()
    assert KEY not in shown
    assert key not in shown


def test_after_a_rotation_the_old_key_opens_nothing_and_a_running_process_goes_on(synced: Cli) -> None:
    running = open_listloop(Settings(database=str(synced.database)))
    file = Path(f"{synced.database}.key")
    old = file.read_text().strip()
    assert "new key" in synced("rotate-key").out
    assert running.secrets.get("connection/1/mailchimp-key") == KEY
    running.close()
    new, kept = file.read_text().split()
    assert kept == old
    file.write_text(old + "\n")
    assert "another key" in synced("sync").err
    file.write_text(new + "\n")
    assert synced("sync").code == 0
