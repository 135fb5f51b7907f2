"""``listloop sandbox mailchimp``: a Mailchimp of one's own, with people in it where that is asked for."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from listloop.cli.sandbox import started_with
from tests.cli.stage import KEY, Cli


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def running(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The sandbox as a process; its address."""
    port = free_port()
    command = [sys.executable, "-m", "listloop.cli", "sandbox", "mailchimp", "--port", str(port), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_sandbox/clock")
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()


def wait_for(address: str, patience: float = 150.0) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            httpx2.get(address)
        except httpx2.TransportError:
            assert time.monotonic() < until, f"{address} does not answer"
            time.sleep(0.05)
        else:
            return


def test_it_can_begin_with_an_audience_and_a_connection_to_it_works(cli: Cli) -> None:
    with running("--people", "30", "--strict", "--key", KEY) as (address, process):
        assert cli("connect", "--base-url", f"{address}/3.0").code == 0
        population = cli("preview", "--json").json["population"]
        assert 30 <= population - 4 <= 33
        process.terminate()
        out, err = process.communicate()
    assert err == ""
    assert f"{address}/3.0" in out
    assert f"--key {KEY}" in out


def test_a_port_that_is_taken_is_named(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = cli("sandbox", "mailchimp", "--port", str(taken.getsockname()[1]))
    assert said.code == 1
    assert "can't be had" in said.err
    assert "--port" in said.err


def test_a_large_audience_tells_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("listloop.testing.world.PART", 10)
    monkeypatch.setattr("listloop.cli.sandbox.PART", 10)
    parts = list(started_with(25, seed=1))
    assert len(parts) == 3
    said = capsys.readouterr()
    assert said.err.splitlines() == [f"{done} of 25 people are in" for done in (10, 20, 25)]
    assert said.out == ""
