"""What webhooks are told: queued with each write, sent when the control surface says so; two more tries, then lost."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from listloop.sandbox.maximizer.book import Account, Row
from listloop.sandbox.maximizer.reading import get
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.switches import Switches

Json = dict[str, Any]
Post = Callable[[str, dict[str, str], bytes], int]
"""Sends a body to an address with headers; the status of the answer, 0 for none in time."""

PATIENCE = 2.0
TRIES = 3
EARLY = 7 * 3_600
"""Seconds by which times in events are off: local time that ends in Z all the same (published samples)."""


def noted(shapes: Shapes, switches: Switches, op: str, row: Row, before: Json, now: int) -> None:
    """Queue an event for every subscription that wants it. ``before`` are the row's values before the write."""
    account = shapes.account
    for one in account.subscriptions.values():
        if str(get(one, "Entity")).lower() != row.thing.lower() or str(get(one, "Op")).lower() != op.lower():
            continue
        account.made += 1
        event: Json = {
            "id": f"event-{account.made}", "timestamp": _time(now), "processedTimestamp": _time(now),
            "workspaceid": account.workspace, "entity": _entity(switches, row.thing), "recipients": [],
            "options": None, "data": _data(shapes, switches, op, row, before),
        }  # fmt: skip
        account.events.append({"target": get(one, "TargetId"), "event": event})


def _data(shapes: Shapes, switches: Switches, op: str, row: Row, before: Json) -> Json:
    """A creation is told in full, a deletion as it was; a change as it was, and the changed properties alone."""
    key = {"Key": shapes.key(row.thing, row.ident)}
    at = row.changed - (EARLY if switches["webhook_local_times"] else 0)
    changed = {name: value for name, value in row.values.items() if before.get(name) != value}
    now = changed if op == "Update" else dict(row.values)
    version: Any = {"null": None, "text": "1", "number": 1}[str(switches["webhook_version"])]
    return {
        "op": op.lower(),
        "original": None if op == "Create" else _plain(before | key),
        "new": None if op == "Delete" else _plain(now | key) | {"LastModifyDate": _time(at)},
        "version": version,
    }


def _plain(values: Json) -> Json:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _entity(switches: Switches, thing: str) -> str:
    return thing.lower() if switches["webhook_entity"] == "lower" else thing


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def deliver(account: Account, post: Post, *, twice: bool = False, backwards: bool = False) -> Json:
    """Send all that is queued: how many arrived, how many were dropped, and how often was tried."""
    waiting, account.events = account.events, []
    told = {"arrived": 0, "dropped": 0, "tries": 0}
    for one in reversed(waiting) if backwards else waiting:
        for _ in range(2 if twice else 1):
            arrived, tries = _tried(account.targets.get(str(one["target"])), one["event"], post)
            told["tries"] += tries
            told["arrived" if arrived else "dropped"] += 1
    return told


def _tried(target: Json | None, event: Json, post: Post) -> tuple[bool, int]:
    if target is None or target.get("Disabled"):
        return False, 0
    headers = {"Content-Type": "application/json"}
    headers |= {str(get(one, "Key")): str(get(one, "Value")) for one in get(target, "Endpoint", "Headers") or ()}
    body = json.dumps(event).encode()
    for tries in range(1, TRIES + 1):
        if post(str(get(target, "Endpoint", "Url")), headers, body) == 200:
            return True, tries
    return False, TRIES


def by_http(url: str, headers: dict[str, str], body: bytes) -> int:
    """Over the wire; whoever has not answered in two seconds did not answer."""
    asked = urllib.request.Request(url, body, headers)  # noqa: S310 - the address that a test registered
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
