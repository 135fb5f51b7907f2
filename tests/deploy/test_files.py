"""The files in deploy/ are what they say: systemd takes the unit, and the processes of the compose file work."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from listloop.testing.crash.rig import answers
from tests.docs.pages import ROOT

DEPLOY = ROOT / "deploy"
SECRET = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def commands() -> dict[str, list[str]]:
    """The commands of the compose file, by service."""
    text = (DEPLOY / "compose.yaml").read_text()
    found = re.findall(r"^  ([\w-]+):\n    <<: \*listloop\n    command: \[(.+)\]$", text, re.MULTILINE)
    return {name: command.split(", ") for name, command in found}


def test_the_unit_passes_systemds_own_check(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("not run, for want of systemd-analyze: apt-get install systemd")
    unit = (DEPLOY / "listloop.service").read_text()
    unit = re.sub(r"ExecStart=\S+", f'ExecStart="{sys.executable}"', unit)  # the program has to be there
    (tmp_path / "listloop.service").write_text(unit)
    done = subprocess.run(
        [analyze, "verify", "--man=no", tmp_path / "listloop.service"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, [line for line in done.stderr.splitlines() if "listloop.service" in line]) == (0, [])


def test_a_stop_of_systemd_and_of_the_container_waits_long_enough() -> None:
    """``serve`` promises half a minute: 5 s for requests, 20 s for runs, 5 s of grace."""
    assert "TimeoutStopSec=45" in (DEPLOY / "listloop.service").read_text()
    assert "stop_grace_period: 45s" in (DEPLOY / "compose.yaml").read_text()


@pytest.mark.postgres
@pytest.mark.slow
def test_the_processes_of_the_compose_file_start_work_and_stop(postgresql_url: str, tmp_path: Path) -> None:
    """The pages and two workers on one PostgreSQL database, with the settings that the file gives them."""
    assert {name: command[1] for name, command in commands().items()} == {
        "web": "serve",
        "worker-1": "worker",
        "worker-2": "worker",
    }
    given = re.findall(r"^    (LISTLOOP_\w+): ", (DEPLOY / "compose.yaml").read_text(), re.MULTILINE)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    database = postgresql_url.replace("+psycopg", "")
    values = {"LISTLOOP_DATABASE": database, "LISTLOOP_KEY": SECRET, "LISTLOOP_PORT": str(port)}
    values |= {name: "http://127.0.0.1:9" for name in given if name.endswith("_URL")}
    assert set(given) <= set(values)
    running = [start(command[1:], values, tmp_path / name) for name, command in commands().items()]
    try:
        wait_until(lambda: at_work(database) == 3 and answers(f"http://127.0.0.1:{port}"))
        assert "Listloop is at" in (tmp_path / "web").read_text()
    finally:
        for process in running:
            process.terminate()
        codes = [process.wait(150) for process in running]
    assert codes == [0, 0, 0]
    wait_until(lambda: at_work(database) == 0)  # the server notices a moment later
    assert all("Traceback" not in (tmp_path / name).read_text() for name in commands())


def start(words: list[str], values: dict[str, str], said: Path) -> subprocess.Popen[Any]:
    with said.open("w") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "listloop.cli", *words], env={**os.environ, **values}, stdout=out, stderr=out
        )


def at_work(database: str) -> int:
    here = "application_name = 'listloop worker' AND datname = current_database()"
    query = f"SELECT count(*) FROM pg_stat_activity WHERE {here}"
    with psycopg.connect(database) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def wait_until(condition: Any) -> None:
    until = time.monotonic() + 250
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.2)
