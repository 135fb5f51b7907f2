"""The management of webhooks: targets and subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listloop.sandbox.maximizer.problems import TokenFailure
from listloop.sandbox.maximizer.reading import get
from listloop.sandbox.maximizer.sessions import Sessions
from listloop.sandbox.wire import Call, Json, Reply, json_reply

if TYPE_CHECKING:
    from listloop.sandbox.maximizer.standin import Maximizer


def answer(standin: Maximizer, call: Call, body: Json) -> Reply:
    """``/webhooks/v1/targets`` and ``/webhooks/v1/subscriptions``."""
    try:
        Sessions(standin.state, standin.switches, standin.clock.now()).user(standin.token(call, body))
    except TokenFailure:
        return _problem(401, "Unauthorized")
    kind, _, key = call.path.removeprefix("/webhooks/v1/").strip("/").partition("/")
    kept = {"targets": standin.state.targets, "subscriptions": standin.state.subscriptions}.get(kind)
    if kept is None:
        return _problem(404, "Not Found")
    if call.method == "GET":
        items = [{"Id": one, **kept[one]} for one in kept if key in ("", one)]
        return json_reply({"Data": {"Item": items[0]} if key and items else {"Items": items}})
    target, _, act = key.partition("/")
    if call.method == "PATCH" and kind == "targets" and act in {"enable", "disable"} and target in kept:
        kept[target]["Disabled"] = act == "disable"
        return json_reply({"Data": {"Item": {"Id": target, **kept[target]}}})
    if call.method == "DELETE":
        return json_reply({}) if kept.pop(key, None) is not None else _problem(404, "Not Found")
    if kind == "subscriptions":
        if get(body, "Entity") == "AbEntry" and not standin.switches["entry_webhooks"]:
            return _problem(400, "AbEntry is not a supported entity")
        if get(body, "TargetId") not in standin.state.targets:
            return _problem(404, "There is no such target")
    wanted = tuple(get(body, name) for name in ("TargetId", "Entity", "Op", "Name"))
    if any(tuple(get(one, name) for name in ("TargetId", "Entity", "Op", "Name")) == wanted for one in kept.values()):
        return _problem(409, "There is one already")
    made = standin.state.token()[:32]
    kept[made] = body
    return json_reply({"Data": {"Item": {"Id": made, **body}}}, 201)


def _problem(status: int, title: str) -> Reply:
    return json_reply({"status": status, "title": title}, status, {"Content-Type": "application/problem+json"})
