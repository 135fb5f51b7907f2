import socket
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
