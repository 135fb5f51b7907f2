"""The command as a whole: help, usage, exit codes, and what stands in the way of the database."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from listloop.cli import main as main_module
from tests.cli.stage import Cli


def name_of(path: str) -> str:
    return main_module.NAMES.get(path, path.partition(":")[2].replace("_", "-"))


def every_command() -> dict[str, str]:
    """Where each command is, with its sentence."""
    return {path: sentence for together in main_module.COMMANDS.values() for path, sentence in together.items()}


def test_the_list_of_commands_names_every_one(cli: Cli) -> None:
    said = cli()
    assert (said.code, said.err) == (0, "")
    for path, sentence in every_command().items():
        assert f"{name_of(path)} " in said.out
        assert sentence in said.out
    assert cli("--help").out == said.out


def test_each_command_tells_its_options(cli: Cli) -> None:
    for path in every_command():
        said = cli(name_of(path), "--help")
        assert (said.code, said.err) == (0, "")
        assert "Usage: listloop" in said.out


@pytest.mark.parametrize("words", [["nope"], ["sync", "--nope"], ["mapping", "set", "one"], ["people", "show"]])
def test_wrong_usage_ends_with_2_and_points_to_the_help(cli: Cli, words: list[str]) -> None:
    said = cli(*words)
    assert (said.code, said.out) == (2, "")
    assert "--help" in said.err


def test_a_hostile_name_is_shown_as_text_and_never_obeyed(cli: Cli) -> None:
    """Neither by the terminal (escape sequences, a turned reading direction) nor as markup of ours."""
    name = "[bold red]\x1b]0;owned\x07\x1b[31mEve[/] \x9b2J \u202eeve :boom:"
    assert cli.connect("--name", name, "--consent", "agreed").code == 0
    cli.member("eve@evans.example", merge_fields={"FNAME": name, "LNAME": "[/red]"})
    for words in (
        *(["status"], ["preview"], ["sync", "--yes"], ["people", "show", "eve@evans.example"]),
        *(["history", "eve@evans.example"], ["history"], ["mapping"], ["sync", "-c", name + "?"]),
    ):
        said = cli(*words)
        shown = said.out + said.err
        assert not [one for one in shown if one in "\x1b\x07\x9b\u202e"], words
    assert "[bold red]�]0;owned��[31mEve[/]" in cli("people", "show", "eve@evans.example").out
    assert ":boom:" in cli("status").out


@pytest.mark.parametrize(
    ("content", "problem", "fix"),
    [
        (b"<!doctype html>" * 500, "is damaged, or is not a database", "restore the newest backup"),
        (None, "was made by a newer Listloop", "Use the newer program again"),
    ],
)
def test_a_file_that_is_no_database_of_ours_is_left_as_it_is(
    cli: Cli, content: bytes | None, problem: str, fix: str
) -> None:
    if content is None:
        with closing(sqlite3.connect(cli.database)) as db:
            db.execute("UPDATE listloop_version SET version_num = '9999'")
            db.commit()
        content = cli.database.read_bytes()
    cli.database.write_bytes(content)
    said = cli("status")
    assert (said.code, said.out) == (1, "")
    assert problem in said.err
    assert fix in said.err
    assert cli.database.read_bytes() == content


def test_a_folder_that_is_missing_is_made_and_one_that_cant_be_is_named(cli: Cli, tmp_path: Path) -> None:
    assert cli("status", "--database", str(tmp_path / "new" / "folder" / "a.sqlite")).code == 0
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "a.sqlite", tmp_path / "file" / "folder" / "a.sqlite", tmp_path, Path("/proc/a")):
        said = cli("status", "--database", str(place))
        assert (said.code, said.out) == (1, ""), place
        assert "→ " in said.err, place


def test_a_setting_that_cant_be_used_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LISTLOOP_PORT", "many")
    said = cli("status")
    assert said.code == 1
    assert "port:" in said.err
    assert "docs/reference/settings.md" in said.err
    monkeypatch.delenv("LISTLOOP_PORT")
    (tmp_path / "listloop.toml").write_text("colour = 'red'\n")
    assert "colour" in cli("status").err
    (tmp_path / "listloop.toml").write_text("port = = 1\n")
    said = cli("status")
    assert said.code == 1
    assert "listloop.toml can't be read" in said.err


def test_another_kind_of_database_is_refused(cli: Cli) -> None:
    said = cli("status", "--database", "mysql://root:secret@there/x")
    assert said.code == 1
    assert "does not know the kind of database" in said.err
    assert "secret" not in said.err


def run(database: Path, words: list[str]) -> subprocess.Popen[bytes]:
    """The command as a process of its own."""
    environment = {**os.environ, "LISTLOOP_DATABASE": str(database)}
    command = [sys.executable, "-W", "error", "-m", "listloop.cli", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("words", [["preview", "--json"], ["mapping"]])
def test_a_reader_that_leaves_early_gets_no_traceback(connected: Cli, words: list[str]) -> None:
    with run(connected.database, words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
        process.wait()
    assert "Traceback" not in said
    assert "Exception" not in said
    assert "Error" not in said


def test_no_answer_is_mixed_with_what_is_logged(cli: Cli) -> None:
    """Each new try is told beside the answer, in words."""
    cli.connect()
    cli.mailchimp.control("faults", {"kind": "503", "times": 1})
    with run(cli.database, ["sync", "--json"]) as process:
        out, err = (text.decode() for text in process.communicate())
    assert process.returncode == 3
    assert out.startswith('{"run":1,')
    assert out.count("\n") == 1
    assert "Mailchimp has a fault on its side (HTTP 503). Trying again in" in err
