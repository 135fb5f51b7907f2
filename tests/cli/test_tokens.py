"""Tokens on the command line: made and shown once, listed without themselves, revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from listloop.cli.main import app
from listloop.core.errors import NeedsAttention
from listloop.settings import Settings
from listloop.store.tokens import PREFIX, caller_with
from listloop.wiring import open_listloop


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    path = str(tmp_path / "listloop.sqlite")
    monkeypatch.setenv("LISTLOOP_DATABASE", path)
    return path


def say(*words: str) -> object:
    return app(list(words), exit_on_error=False, print_error=False)


def test_a_token_is_made_listed_and_revoked(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert say("token") == 0
    assert "There is no token" in capsys.readouterr().out
    assert say("token", "make", "report", "--scope", "read", "--scope", "sync", "--days", "30", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert made["scopes"] == ["read", "sync"]
    text = made["token"]
    listloop = open_listloop(Settings(database=database))
    try:
        assert caller_with(listloop.engine, text, listloop.now()) is not None
        assert say("token") == 0
        shown = capsys.readouterr().out
        assert "report" in shown
        assert PREFIX not in shown
        assert say("token", "revoke", str(made["id"])) == 0
        assert caller_with(listloop.engine, text, listloop.now()) is None
    finally:
        listloop.close()
    with pytest.raises(NeedsAttention, match="revoked already"):
        say("token", "revoke", str(made["id"]))


def test_a_token_for_nobody_is_not_made() -> None:
    with pytest.raises(NeedsAttention, match=r"no user kim@x\.example"):
        say("token", "make", "report", "--user", "kim@x.example")
