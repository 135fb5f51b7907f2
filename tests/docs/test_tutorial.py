"""The tutorial's commands do what it says, in its order."""

import shlex
from pathlib import Path

import pytest

from listloop.cli.main import app
from listloop.sandbox.mailchimp.server import start
from listloop.testing.world import world
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "tutorial" / "first-sync.md"

#: Those that stay until Ctrl-C have journeys of their own.
STAY = ({"demo"}, {"sandbox", "mailchimp"}, {"serve"})


def test_each_command_of_the_tutorial_succeeds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LISTLOOP_DATABASE", str(tmp_path / "tutorial.sqlite"))
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    with start() as sandbox:
        sandbox.control("seed", world(133, 0).seed_sandbox())
        for line in "".join(blocks(PAGE.read_text(), "sh")).splitlines():
            words = [word.replace("http://127.0.0.1:8300", sandbox.url) for word in shlex.split(line)]
            if words[0] == "./run" and not any(stays <= set(words) for stays in STAY):
                assert app(words[2:], exit_on_error=False, print_error=False) == 0, line
                said[" ".join(words[2:5])] = capsys.readouterr().out
    assert "waiting 0," in said["status"]
    assert "Zimmer & Sons" in said["people show zoe@zimmer.example"]
    assert said["people flag yes"].startswith("Sync with Mailchimp set to Yes for 1 person")
    assert "takes part" in said["history zoe@zimmer.example"]
