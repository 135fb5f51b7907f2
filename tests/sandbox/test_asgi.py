"""Faults, the limit of simultaneous requests and the journal, as a client meets them."""

import contextlib
import socket
from typing import Any

import httpx2
import pytest

from tests.sandbox.api import Api

ANN = {"email_address": "ann@acme.example", "status": "subscribed"}


def fault(api: Api, kind: str, **more: Any) -> None:
    api.server.control("faults", {"kind": kind, **more})


@pytest.mark.parametrize("kind", ["429", "500", "502", "503", "504"])
def test_an_injected_status_has_the_services_own_body_and_does_nothing(api: Api, kind: str) -> None:
    fault(api, kind)
    reply = api.call("POST", "members", ANN)
    assert (reply.status_code, reply.json()["status"]) == (int(kind), int(kind))
    assert api.get("members")["total_items"] == 0


def test_with_commit_the_work_is_done_before_the_failure(api: Api) -> None:
    fault(api, "500", commit=True)
    assert api.call("POST", "members", ANN).status_code == 500
    assert api.get("members")["total_items"] == 1


@pytest.mark.parametrize(("kind", "status"), [("403", 403), ("html", 502)])
def test_an_edge_server_answers_in_html(api: Api, kind: str, status: int) -> None:
    fault(api, kind)
    reply = api.call("GET", "members")
    assert (reply.status_code, reply.headers["content-type"], reply.text[:6]) == (status, "text/html", "<html>")


@pytest.mark.parametrize("commit", [False, True])
def test_a_connection_is_cut_before_or_after_the_work(api: Api, commit: bool) -> None:
    fault(api, "cut", commit=commit)
    with pytest.raises(httpx2.RemoteProtocolError):
        api.call("POST", "members", ANN)
    assert api.get("members")["total_items"] == int(commit)


@pytest.mark.parametrize("commit", [False, True])
def test_no_answer_comes_in_time_before_or_after_the_work(api: Api, commit: bool) -> None:
    fault(api, "timeout", commit=commit, ms=60_000)
    with (
        httpx2.Client(base_url=api.server.url, auth=api.client.auth, timeout=0.2) as hasty,
        pytest.raises(httpx2.ReadTimeout),
    ):
        hasty.post(f"/3.0/lists/{api.list_id}/members", json=ANN)
    while not any(one.fault for one in api.standin.journal.entries):  # it may not have been looked at yet
        api.get("")
    assert api.get("members")["total_items"] == int(commit)


def test_a_body_stops_half_way(api: Api) -> None:
    fault(api, "truncated")
    with pytest.raises(httpx2.RemoteProtocolError):
        api.call("GET", "members")
    fault(api, "malformed")
    reply = api.call("GET", "members")
    with pytest.raises(ValueError, match=r"\w"):
        reply.json()


def test_a_short_page_loses_its_second_half_silently(api: Api) -> None:
    api.seed(*({"email_address": f"p{n}@x.example"} for n in range(6)))
    fault(api, "short-page")
    page = api.get("members")
    assert (len(page["members"]), page["total_items"]) == (3, 6)


def test_ten_requests_at_once_are_served_and_the_eleventh_is_not(api: Api) -> None:
    fault(api, "timeout", times=10)
    host, port = api.server.url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as open_requests:
        for _ in range(10):
            one = open_requests.enter_context(socket.create_connection((host, int(port))))
            one.sendall(b"GET /3.0/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_for_open(api, 10)
        refused = api.call("GET", "/ping")
        assert refused.status_code == 429
        assert refused.json()["detail"] == "You have exceeded the limit of 10 simultaneous connections."
    wait_for_open(api, 0)
    assert api.call("GET", "/ping").status_code == 200
    journal = api.server.control("journal")
    assert (journal["highest"], journal["by_status"]) == (11, {"0": 10, "429": 1, "200": 1})


def wait_for_open(api: Api, number: int) -> None:
    for _ in range(2000):
        if api.server.control("journal?last=0")["open"] == number:
            return
    raise AssertionError(f"never were {number} requests open")


def test_the_journal_has_each_request_in_order_and_no_credentials(api: Api) -> None:
    api.server.control("journal", method="DELETE")
    fault(api, "500", path="*/members")
    api.call("POST", "members", ANN)
    api.get("members", count=5)
    journal = api.server.control("journal")
    assert [(one["method"], one["status"], one["fault"]) for one in journal["entries"]] == [
        ("POST", 500, "500"),
        ("GET", 200, ""),
    ]
    assert journal["entries"][0]["body"] == '{"email_address":"ann@acme.example","status":"subscribed"}'
    assert journal["entries"][1]["query"] == "count=5"
    assert (journal["total"], journal["by_method"], journal["by_status"]) == (
        2,
        {"POST": 1, "GET": 1},
        {"500": 1, "200": 1},
    )
    assert "Basic" not in str(journal)
    assert len(api.server.control("journal?last=1")["entries"]) == 1
