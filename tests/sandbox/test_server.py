import signal
import socket
import subprocess
import sys
import warnings

import httpx2
import pytest

from listloop.sandbox.mailchimp.server import start
from listloop.sandbox.server import listen


def test_a_server_listens_on_the_loopback_address_only_and_stops_without_a_trace() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with start() as server:
            assert server.url.startswith("http://127.0.0.1:")
            port = int(server.url.rpartition(":")[2])
            assert httpx2.get(f"{server.url}/3.0/ping").status_code == 401
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_server_stops_while_a_request_hangs() -> None:
    with httpx2.Client(timeout=0.1) as client, start() as server:
        server.control("faults", {"kind": "timeout"})
        with pytest.raises(httpx2.ReadTimeout):
            client.get(f"{server.url}/3.0/ping")


def test_a_taken_port_is_an_error_at_once() -> None:
    with listen(0) as sock:
        sock.listen()
        with pytest.raises(OSError, match="in use"):
            listen(sock.getsockname()[1])


def test_a_blocking_server_tells_its_address_and_ends_in_silence_on_ctrl_c() -> None:
    code = (
        "from listloop.sandbox.mailchimp.server import serve; serve(port=0, ready=lambda url: print(url, flush=True))"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout
        assert served.stderr
        url = served.stdout.readline().strip()
        assert httpx2.get(f"{url}/_sandbox/").status_code == 200
        served.send_signal(signal.SIGINT)
        assert served.wait(150) == 0
        assert served.stderr.read() == ""
