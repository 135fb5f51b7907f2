"""A real ``listloop sandbox mailchimp --data``, killed with -9 while clients write to it."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from listloop.testing.crash.rig import answers
from tests.sandbox.api import KEY

ENOUGH = 60  # acknowledged writes before the kill
WRITERS = 3
FRAME = 24 + 4096  # bytes of a frame of SQLite's write-ahead log


@contextmanager
def sandbox(data: Path) -> Iterator[tuple[httpx2.Client, subprocess.Popen[bytes]]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "listloop.cli", "sandbox", "mailchimp", "--port", str(port), "--data", str(data)]
    address = f"http://127.0.0.1:{port}"
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as process,
        httpx2.Client(base_url=f"{address}/3.0", auth=("any", KEY), timeout=60) as client,
    ):
        try:
            while not answers(address):
                assert process.poll() is None
                time.sleep(0.05)
            yield client, process
        finally:
            process.kill()


def write(client: httpx2.Client, root: str, name: str, until: int) -> list[str]:
    """Addresses whose creation was acknowledged, until the server is gone."""
    done: list[str] = []
    for number in range(until):
        email = f"{name}{number}@acme.example"
        try:
            reply = client.post(f"/lists/{root}/members", json={"email_address": email, "status": "subscribed"})
        except httpx2.TransportError:
            break
        if reply.status_code == 200:
            done.append(email)
    return done


def addresses(client: httpx2.Client, root: str) -> set[str]:
    page = client.get(f"/lists/{root}/members", params={"count": 1000}).raise_for_status().json()
    return {one["email_address"] for one in page["members"]}


def killed_amid_writes(data: Path) -> tuple[str, list[str]]:
    """The audience, and all that was acknowledged."""
    with sandbox(data) as (client, process), ThreadPoolExecutor(WRITERS) as threads:
        body = {"lists": [{"name": "News", "members": [{"email": "first@acme.example"}]}]}
        address = str(client.base_url).removesuffix("/3.0/")
        root: str = httpx2.post(f"{address}/_sandbox/seed", json=body).raise_for_status().json()["lists"][0]["id"]
        writing = [threads.submit(write, client, root, f"w{number}", 10_000) for number in range(WRITERS)]
        while len(addresses(client, root)) < ENOUGH:
            pass
        os.kill(process.pid, signal.SIGKILL)
        acknowledged = [email for one in writing for email in one.result()]
        assert process.wait(150) == -signal.SIGKILL
    return root, acknowledged


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[str]]:
    data = tmp_path_factory.mktemp("killed") / "state"
    return (data, *killed_amid_writes(data))


def copy(data: Path, folder: Path) -> Path:
    for file in data.parent.iterdir():
        shutil.copy(file, folder / file.name)
    return folder / data.name


def test_no_acknowledged_write_is_lost(killed: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    data, root, acknowledged = killed
    assert len(acknowledged) >= ENOUGH - WRITERS - 1
    with sandbox(copy(data, tmp_path)) as (client, _):
        assert {*acknowledged, "first@acme.example"} <= addresses(client, root)


def test_a_half_written_last_entry_costs_itself_alone(killed: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    """As when the power fails in the middle of a write: everything before it is there."""
    data, root, acknowledged = killed
    state = copy(data, tmp_path)
    log = state.with_name(state.name + "-wal")
    with log.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.truncate(size - FRAME // 2)
    with sandbox(state) as (client, _):
        assert len(set(acknowledged) - addresses(client, root)) <= 1
    with sqlite3.connect(state) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
