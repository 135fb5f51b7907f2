"""The client obeys Mailchimp's limits, repeats only what is safe, and never shows its key."""

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from listloop.core.errors import NeedsAttention, RecordRejected, TryLater
from listloop.mailchimp.client import MailchimpClient, base_url_of

KEY = "0123456789abcdef0123456789abcdef-us6"
BASE = "http://127.0.0.1:1/3.0"
Handler = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture(autouse=True)
def own_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has an account of its own."""
    monkeypatch.setattr("listloop.mailchimp.client._BUDGETS", {})


def client(handler: Handler, **options: Any) -> MailchimpClient:
    return MailchimpClient(KEY, BASE, transport=httpx2.MockTransport(handler), **options)


def answers(*given: httpx2.Response | Exception) -> tuple[Handler, list[httpx2.Request]]:
    """A server that gives these answers in turn, and what it was asked."""
    left, asked = list(given), list[httpx2.Request]()

    def handle(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, asked


def ok(**body: Any) -> httpx2.Response:
    return httpx2.Response(200, json=body)


def status(code: int, **headers: str) -> httpx2.Response:
    return httpx2.Response(code, json={"title": "x", "detail": "x"}, headers=headers)


def test_the_datacenter_is_read_from_the_end_of_the_key() -> None:
    assert base_url_of("0123456789abcdef-us6") == "https://us6.api.mailchimp.com/3.0"
    assert MailchimpClient(KEY).base_url == "https://us6.api.mailchimp.com/3.0"


@pytest.mark.parametrize("key", ["", "no key", "0123456789abcdef", "short-us6", "0123456789abcdef-us6/evil.test"])
def test_a_malformed_key_needs_attention_before_any_request(key: str) -> None:
    with pytest.raises(NeedsAttention) as caught:
        MailchimpClient(key)
    assert caught.value.code == "key-malformed"
    assert not key or key not in str(caught.value)


def test_a_key_without_a_datacenter_works_with_a_base_address() -> None:
    handler, asked = answers(ok())
    with MailchimpClient("0123456789abcdef", BASE, transport=httpx2.MockTransport(handler)) as one:
        one.send("GET", "ping")
    assert str(asked[0].url) == f"{BASE}/ping"


def test_the_key_goes_by_basic_authentication_or_as_a_bearer_token() -> None:
    handler, asked = answers(ok(), ok())
    with client(handler) as basic, client(handler, bearer=True) as bearer:
        basic.send("GET", "ping")
        bearer.send("GET", "ping")
    assert asked[0].headers["Authorization"].startswith("Basic ")
    assert asked[1].headers["Authorization"] == f"Bearer {KEY}"


def test_neither_the_client_nor_an_error_shows_the_key() -> None:
    handler, _ = answers(httpx2.ConnectError(f"no route with {KEY[:0]}"), status(401))
    with client(handler, attempts=1) as one:
        shown = [repr(one), str(one), repr(vars(one))]
        for _ in range(2):
            with pytest.raises((TryLater, NeedsAttention)) as caught:
                one.send("GET", "ping")
            shown += [str(caught.value), repr(caught.value), caught.value.detail]
    assert not any(KEY in text for text in shown)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("fault", [status(500), status(502), status(504), status(429), httpx2.ReadTimeout("late")])
def test_what_may_be_repeated_is_repeated_after_a_fault(method: str, fault: httpx2.Response | Exception) -> None:
    handler, asked = answers(fault, fault, ok())
    with client(handler) as one:
        assert one.send(method, "lists").status == 200
    assert len(asked) == 3


@pytest.mark.parametrize("fault", [status(500), status(502), httpx2.ReadTimeout("late"), httpx2.ReadError("cut")])
def test_a_post_that_may_have_been_carried_out_is_not_repeated(fault: httpx2.Response | Exception) -> None:
    handler, asked = answers(fault, ok())
    with client(handler) as one, pytest.raises(TryLater):
        one.send("POST", "lists")
    assert len(asked) == 1


@pytest.mark.parametrize("fault", [status(429), httpx2.Response(403, text="<html>"), httpx2.ConnectError("refused")])
def test_a_post_that_was_certainly_not_carried_out_is_repeated(fault: httpx2.Response | Exception) -> None:
    handler, asked = answers(fault, ok())
    with client(handler) as one:
        one.send("POST", "lists")
    assert len(asked) == 2


def test_after_the_last_try_the_job_is_told_to_try_later() -> None:
    handler, asked = answers(*[status(429, **{"Retry-After": "3"})] * 4)
    with client(handler, attempts=4) as one, pytest.raises(TryLater) as caught:
        one.send("GET", "lists")
    assert (len(asked), caught.value.retry_after, caught.value.code) == (4, 3.0, "throttled")


def test_a_longer_retry_after_than_a_minute_puts_the_job_back_at_once() -> None:
    handler, asked = answers(status(503, **{"Retry-After": "600"}), ok())
    with client(handler) as one, pytest.raises(TryLater) as caught:
        one.send("GET", "lists")
    assert (len(asked), caught.value.retry_after) == (1, 600.0)


def test_a_refusal_is_not_repeated() -> None:
    handler, asked = answers(httpx2.Response(404, json={"title": "Resource Not Found"}))
    with client(handler) as one, pytest.raises(RecordRejected):
        one.send("GET", "lists/a/members/b")
    assert len(asked) == 1


def test_an_unreachable_host_is_named() -> None:
    handler, _ = answers(httpx2.ConnectError("no such name"))
    with client(handler, attempts=1) as one, pytest.raises(TryLater) as caught:
        one.send("GET", "ping")
    assert caught.value.code == "unreachable"
    assert "127.0.0.1" in caught.value.problem


def test_an_answer_that_is_cut_short_is_asked_for_again() -> None:
    handler, asked = answers(httpx2.Response(200, content=b'{"lists": [{"id"'), ok(id="a"))
    with client(handler) as one:
        assert one.get("lists", dict[str, str]) == {"id": "a"}
    assert len(asked) == 2


def test_a_reply_tells_the_servers_own_time() -> None:
    handler, _ = answers(httpx2.Response(200, json={}, headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"}), ok())
    with client(handler) as one:
        assert one.send("GET", "ping").date == "2026-03-01T12:00:00+00:00"
        assert not one.send("GET", "ping").date


def test_paging_always_asks_for_full_pages_and_goes_on_until_the_total() -> None:
    rows = [{"tag": f"F{number}"} for number in range(2500)]

    def handle(request: httpx2.Request) -> httpx2.Response:
        offset, count = (int(request.url.params[name]) for name in ("offset", "count"))
        return ok(merge_fields=rows[offset : offset + min(count, 700)], total_items=len(rows))  # a page may be short

    with client(handle) as one:
        got = list(one.pages("lists/a/merge-fields", "merge_fields", dict[str, str], fields="merge_fields.tag"))
    assert got == rows


def test_never_more_calls_at_once_than_the_budget_over_all_clients_of_a_key() -> None:
    """Sixteen threads on two clients; each call stays until as many as may be are inside."""
    inside, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def handle(request: httpx2.Request) -> httpx2.Response:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == 3:
                full.set()
        full.wait(150)
        with lock:
            inside -= 1
        return ok()

    with client(handle, budget=3) as one, client(handle, budget=3) as two:
        threads = [threading.Thread(target=side.send, args=("GET", "ping")) for side in (one, two) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 3


def test_bodies_carry_decimals_as_exact_numbers() -> None:
    from decimal import Decimal

    handler, asked = answers(ok())
    with client(handler) as one:
        one.send("POST", "lists", {"AGE": Decimal("0.1")})
    assert json.loads(asked[0].content) == {"AGE": 0.1}
    assert asked[0].headers["Content-Type"] == "application/json"
