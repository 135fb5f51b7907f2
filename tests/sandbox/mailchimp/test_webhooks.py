"""Webhooks end to end: a receiver on a free port sees what Mailchimp would send."""

import hashlib
import hmac
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.sandbox.api import NOW, Api

ANN = "ann@acme.example"
ALL: dict[str, Any] = {
    "events": dict.fromkeys(("subscribe", "unsubscribe", "profile", "cleaned", "upemail"), True),
    "sources": {"user": True, "admin": True, "api": True},
}


class Receiver:
    """Answers with ``status`` and keeps what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.came: queue.Queue[tuple[str, dict[str, str], bytes]] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.came.put((self.command, dict(self.headers.items()), body))
                self.send_response(receiver.status)
                self.end_headers()

            do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def next(self) -> dict[str, str]:
        """The next event that was sent here."""
        method, self.headers, self.body = self.came.get(timeout=150)
        assert method == "POST"
        return {key: values[0] for key, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def subscribe(api: Api, receiver: Receiver, **more: Any) -> Any:
    made = api.ok("POST", "webhooks", {"url": receiver.url, **ALL, **more})
    method, headers, _ = receiver.came.get(timeout=150)
    assert (method, headers["User-Agent"]) == ("GET", "MailChimp.com WebHook Validator")
    return made


def test_an_event_is_form_encoded_and_signed(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    member = api.ok("POST", "members", {"email_address": ANN, "status": "subscribed", "merge_fields": {"FNAME": "Ann"}})
    event = receiver.next()
    assert event["type"] == "subscribe"
    assert event["fired_at"] == "2027-01-15 08:00:00"
    assert (event["data[id]"], event["data[web_id]"]) == (member["unique_email_id"], str(member["web_id"]))
    assert (event["data[list_id]"], event["data[email]"]) == (api.list_id, ANN)
    assert (event["data[merges][EMAIL]"], event["data[merges][FNAME]"]) == (ANN, "Ann")
    headers = {name.lower(): value for name, value in receiver.headers.items()}
    assert headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    digest = hmac.new(made["signing_secret"].encode(), f"{NOW}.".encode() + receiver.body, hashlib.sha256).hexdigest()
    assert headers["x-mailchimp-signature"] == f"t={NOW},v1={digest}"


def test_the_secret_is_told_once(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    assert "signing_secret" not in api.get(f"webhooks/{made['id']}")


def test_acts_fire_the_events_of_the_reference(api: Api, receiver: Receiver) -> None:
    api.seed({"email_address": ANN}, {"email_address": "bob@acme.example"}, {"email_address": "cy@acme.example"})
    subscribe(api, receiver)
    api.ok("PATCH", f"members/{ANN}", {"email_address": "anna@acme.example"})
    event = receiver.next()
    assert (event["type"], event["data[old_email]"], event["data[new_email]"]) == ("upemail", ANN, "anna@acme.example")
    assert receiver.next()["type"] == "profile"
    api.act("unsubscribe", "anna@acme.example", campaign_id="c1")
    event = receiver.next()
    assert (event["type"], event["data[action]"], event["data[reason]"], event["data[campaign_id]"]) == (
        "unsubscribe", "unsub", "manual", "c1",
    )  # fmt: skip
    api.act("complain", "bob@acme.example")
    assert receiver.next()["data[reason]"] == "abuse"
    api.act("hard-bounce", "cy@acme.example")
    event = receiver.next()
    assert (event["type"], event["data[reason]"], "data[id]" in event) == ("cleaned", "hard", False)


def test_sources_are_filtered_and_what_changes_nothing_is_silent(api: Api, receiver: Receiver) -> None:
    api.seed({"email_address": ANN, "merge_fields": {"FNAME": "Ann"}})
    subscribe(api, receiver, sources={"user": True, "admin": False, "api": False})
    api.ok("PATCH", f"members/{ANN}", {"merge_fields": {"FNAME": "By the API"}})
    api.act("admin-edit", ANN, merge_fields={"FNAME": "By the marketer"})
    api.act("edit-profile", ANN, merge_fields={"FNAME": "By the marketer"})
    api.ok("POST", f"members/{ANN}/tags", {"tags": [{"name": "t", "status": "active"}]})
    api.act("edit-profile", ANN, merge_fields={"FNAME": "By herself"})
    assert receiver.next()["data[merges][FNAME]"] == "By herself"
    assert receiver.came.empty()


def test_pending_is_silent_until_the_person_confirms(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver, sources={"user": True, "admin": True, "api": True})
    api.ok("POST", "members", {"email_address": ANN, "status": "pending"})
    api.act("confirm", ANN)
    assert receiver.next()["type"] == "subscribe"


def test_a_failed_delivery_comes_again_by_the_clock_with_the_same_body(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    receiver.status = 500
    api.seed({"email_address": ANN})
    api.ok("PATCH", f"members/{ANN}", {"vip": True})
    first = receiver.next()
    receiver.status = 200
    _until(lambda: api.standin.state.outbox[0].tries == 1)
    api.step(5)
    assert receiver.next() == first
    _until(lambda: not api.standin.state.outbox)


def test_410_disables_the_webhook_at_once(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    receiver.status = 410
    api.seed({"email_address": ANN})
    api.ok("PATCH", f"members/{ANN}", {"vip": True})
    receiver.next()
    _until(lambda: not api.standin.state.outbox)
    api.ok("PATCH", f"members/{ANN}", {"vip": False})
    assert not api.standin.state.outbox
    receiver.status = 200
    api.ok("PATCH", f"webhooks/{made['id']}", {"events": {"profile": True}})
    api.ok("PATCH", f"members/{ANN}", {"vip": True})
    assert receiver.next()["type"] == "profile"


def test_an_address_that_does_not_answer_200_is_refused(api: Api, receiver: Receiver) -> None:
    receiver.status = 403
    reply = api.call("POST", "webhooks", {"url": receiver.url})
    assert reply.json()["errors"][0]["message"].endswith("HTTP Code: 403")
    assert api.refused("POST", "webhooks", {"url": "file:///etc/passwd"})[0] == 400


def test_one_address_once_per_audience(api: Api, receiver: Receiver) -> None:
    subscribe(api, receiver)
    reply = api.call("POST", "webhooks", {"url": receiver.url + "?again"})
    assert reply.json()["errors"][0]["message"] == "Sorry, you can't set up multiple WebHooks for one URL"


def test_webhooks_are_listed_changed_and_dropped(api: Api, receiver: Receiver) -> None:
    made = subscribe(api, receiver)
    changed = api.ok("PATCH", f"webhooks/{made['id']}", {"events": {"profile": False}})
    assert (changed["events"]["profile"], changed["events"]["subscribe"]) == (False, True)
    assert api.get("webhooks")["total_items"] == 1
    api.ok("DELETE", f"webhooks/{made['id']}")
    assert api.get("webhooks")["webhooks"] == []


def _until(done: Any) -> None:
    """Waits for the sandbox's own ticking, a few hundredths of a second; fails after minutes."""
    waiting = threading.Event()
    for _ in range(15_000):
        if done():
            return
        waiting.wait(0.01)
    raise AssertionError("it never happened")
