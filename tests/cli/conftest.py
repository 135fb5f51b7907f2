"""A Mailchimp sandbox over real HTTP, a small CRM, and the commands on both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import Running
from tests.cli.stage import AUDIENCE, KEY, Cli, fill


@pytest.fixture(autouse=True)
def _one_try() -> Iterator[None]:
    """Nothing is tried twice: a server that is not there would be asked for half a minute."""
    stamina.set_testing(True, attempts=1)
    yield
    stamina.set_testing(False)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tests' CRM in it, to copy."""
    database = tmp_path_factory.mktemp("filled") / "listloop.sqlite"
    fill(database)
    return database


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """The sandbox of this session."""
    with start() as running:
        yield running


@pytest.fixture
def mailchimp(server: Running) -> Running:
    """The sandbox with the tests' audience, as new."""
    server.control("faults", method="DELETE")
    server.control("reset", {"seed": 1})
    server.control("seed", {"lists": [AUDIENCE]})
    server.control("journal", method="DELETE")
    return server


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    filled: Path,
    mailchimp: Running,
) -> Cli:
    """Commands on a CRM with people in it, and no connection yet."""
    database = tmp_path / "listloop.sqlite"
    for ending in ("", ".key"):
        shutil.copy(f"{filled}{ending}", f"{database}{ending}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LISTLOOP_DATABASE", str(database))
    monkeypatch.setenv("MAILCHIMP_API_KEY", KEY)
    return Cli(monkeypatch, capsys, database, mailchimp)


@pytest.fixture
def connected(cli: Cli) -> Cli:
    """The same, connected; nothing was written yet."""
    assert cli.connect("--consent", "agreed").code == 0
    return cli


@pytest.fixture
def synced(connected: Cli) -> Cli:
    """The same after the first run."""
    assert connected("sync", "--yes").code == 0
    return connected
