"""A stand-in as a server of its own: another process, so that the demo goes over real HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from listloop.core.errors import NeedsAttention

#: Seconds to wait for a stand-in to answer.
PATIENCE = 150.0


@contextmanager
def running_sandbox(seed: int) -> Iterator[str]:
    """The Mailchimp sandbox on a free port of this machine; its address without a path. Stopped at the end."""
    with sandbox_process(seed) as (address, _):
        yield address


@contextmanager
def sandbox_process(
    seed: int, *words: str, kind: str = "mailchimp", patience: float = PATIENCE
) -> Iterator[tuple[str, int]]:
    """The same for any ``kind`` of stand-in and with more options; its address, and the number of its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "listloop.cli", "sandbox", kind, "--port", str(port)]
    command += ["--seed", str(seed), *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:  # noqa: S603 - our own
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, kind, patience)
            yield address, process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(address: str, process: subprocess.Popen[bytes], kind: str, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx2.get(f"{address}/_sandbox/clock", timeout=2)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise NeedsAttention(
        "A sandbox of the demo did not start.", f"Run it alone to see why: “listloop sandbox {kind}”.", code="sandbox"
    )
