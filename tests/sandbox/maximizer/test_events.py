"""What the Maximizer stand-in tells webhooks: behaviour 31."""

import json
from typing import Any

import pytest

from listloop.sandbox.maximizer.events import deliver
from tests.sandbox.maximizer.book import Book


class Ear:
    """An address that answers with these statuses, one after the other, and then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[Any] = []
        self.headers: dict[str, str] = {}

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        self.heard.append(json.loads(body))
        self.headers = headers
        return self.statuses.pop(0) if self.statuses else 200


@pytest.fixture
def subscribed(book: Book) -> Book:
    """Creations, changes and deletions of entries are told to one target."""
    target = {"Name": "ours", "Endpoint": {"Url": "https://x", "Headers": [{"Key": "X-Hook", "Value": "s"}]}}
    made = json.loads(book.post("/webhooks/v1/targets", target).body)["Data"]["Item"]["Id"]
    for op in ("Create", "Update", "Delete"):
        assert book.post("/webhooks/v1/subscriptions", {"Entity": "AbEntry", "Op": op, "TargetId": made}).status == 201
    return book


def test_31_an_event_has_its_envelope_and_a_change_only_what_changed(subscribed: Book) -> None:
    key, ear = subscribed.person("Ng", FirstName="Ada"), Ear()
    subscribed.update(key, FirstName="Eve")
    subscribed.delete(key)
    told = deliver(subscribed.standin.state, ear)
    assert told == {"arrived": 3, "dropped": 0, "tries": 3}
    made, changed, gone = ear.heard
    assert set(made) == {
        "id", "timestamp", "processedTimestamp", "workspaceid", "entity", "recipients", "options", "data",
    }  # fmt: skip
    assert [one["data"]["op"] for one in ear.heard] == ["create", "update", "delete"]
    assert made["data"]["original"] is None
    assert made["data"]["new"]["LastName"] == "Ng"
    assert changed["data"]["original"]["FirstName"] == "Ada"
    assert set(changed["data"]["new"]) == {"FirstName", "Key", "LastModifyDate"}
    assert (gone["data"]["new"], gone["data"]["original"]["FirstName"]) == (None, "Eve")
    assert ear.headers["X-Hook"] == "s", "a header is the only secret"


@pytest.mark.parametrize(("switch", "position", "at", "value"), [
    ("webhook_entity", "lower", "entity", "abentry"), ("webhook_entity", "as-is", "entity", "AbEntry"),
    ("webhook_version", "null", "version", None), ("webhook_version", "text", "version", "1"),
    ("webhook_version", "number", "version", 1),
])  # fmt: skip
def test_31_entity_and_version_vary(subscribed: Book, switch: str, position: str, at: str, value: object) -> None:
    subscribed.switch(**{switch: position})
    subscribed.person()
    ear = Ear()
    deliver(subscribed.standin.state, ear)
    assert (ear.heard[0] if at == "entity" else ear.heard[0]["data"])[at] == value


@pytest.mark.parametrize(("local", "hour"), [(True, "01"), (False, "08")])
def test_31_times_may_be_local_ones(subscribed: Book, local: bool, hour: str) -> None:
    subscribed.switch(webhook_local_times=local)
    subscribed.person()
    ear = Ear()
    deliver(subscribed.standin.state, ear)
    assert ear.heard[0]["data"]["new"]["LastModifyDate"] == f"2027-01-15T{hour}:00:00Z"


@pytest.mark.parametrize(("statuses", "told"), [
    ((500, 0), {"arrived": 1, "dropped": 0, "tries": 3}), ((204, 0, 500), {"arrived": 0, "dropped": 1, "tries": 3}),
])  # fmt: skip
def test_31_two_more_tries_and_then_it_is_lost(subscribed: Book, statuses: tuple[int, ...], told: object) -> None:
    subscribed.person()
    assert deliver(subscribed.standin.state, Ear(*statuses)) == told
    assert deliver(subscribed.standin.state, Ear())["arrived"] == 0


def test_31_events_may_come_twice_and_out_of_order(subscribed: Book) -> None:
    subscribed.person("A")
    subscribed.person("B")
    ear = Ear()
    deliver(subscribed.standin.state, ear, twice=True, backwards=True)
    assert [one["data"]["new"]["LastName"] for one in ear.heard] == ["B", "B", "A", "A"]


def test_31_a_disabled_target_hears_nothing(subscribed: Book) -> None:
    target = next(iter(subscribed.standin.state.targets))
    assert subscribed.post(f"/webhooks/v1/targets/{target}/disable", method="PATCH").status == 200
    subscribed.person()
    assert deliver(subscribed.standin.state, Ear()) == {"arrived": 0, "dropped": 1, "tries": 0}
    subscribed.post(f"/webhooks/v1/targets/{target}/enable", method="PATCH")
    subscribed.person()
    assert deliver(subscribed.standin.state, Ear())["arrived"] == 1


def test_31_the_control_surface_sends_them(subscribed: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    monkeypatch.setattr("listloop.sandbox.maximizer.controls.by_http", ear)
    subscribed.person()
    assert subscribed.do("webhooks", {}) == {"arrived": 1, "dropped": 0, "tries": 1}
    assert len(ear.heard) == 1
