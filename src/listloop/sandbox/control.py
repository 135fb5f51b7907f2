"""The surface that steers a stand-in, ``/_sandbox/...``: off the imitated paths, for this machine only."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from listloop.sandbox.clock import seconds_of
from listloop.sandbox.faults import Faults
from listloop.sandbox.page import CommonPages
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Reply, Route, Router, WrongMethodError, decoded, json_reply

LOOPBACK = {"127.0.0.1", "localhost", "::1", ""}


class Control:
    """Answers the control requests of one stand-in: the common ones here, its own from ``controls()``."""

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        common: list[Route[ControlHandler]] = [
            Route("POST", "/_sandbox/reset", json_handler(self._reset)),
            Route("GET", "/_sandbox/clock", json_handler(self._clock)),
            Route("POST", "/_sandbox/clock", json_handler(self._clock)),
            Route("GET", "/_sandbox/faults", json_handler(self._faults)),
            Route("POST", "/_sandbox/faults", json_handler(self._add_fault)),
            Route("DELETE", "/_sandbox/faults", json_handler(self._clear_faults)),
            Route("GET", "/_sandbox/journal", self._journal),
            Route("DELETE", "/_sandbox/journal", json_handler(self._clear_journal)),
            Route("GET", "/_sandbox/switches", json_handler(self._switches)),
            Route("POST", "/_sandbox/switches", json_handler(self._switches)),
            Route("GET", "/_sandbox/snapshot", self._snapshot),
            Route("POST", "/_sandbox/restore", self._restore),
            *CommonPages(standin).routes(),
        ]
        self.router = Router([*standin.controls(), *common])

    def answer(self, call: Call) -> Reply:
        if not _from_here(call):
            return json_reply({"error": "The control surface answers only to pages and programs on this machine."}, 403)
        try:
            route, args = self.router.find(call.method, call.path)
            return route.handler(call, args)
        except WrongMethodError as wrong:
            return json_reply({"error": f"This address takes {wrong.allow}."}, 405, {"Allow": wrong.allow})
        except KeyError as missing:
            return json_reply({"error": f"The body needs {missing.args[0]!r}."}, 400)
        except LookupError as missing:
            return json_reply({"error": f"There is nothing at {missing.args[0]}."}, 404)
        except (ValueError, TypeError) as wrong:
            return json_reply({"error": str(wrong)}, 400)

    def _reset(self, body: dict[str, Any]) -> object:
        """``{"seed": 7}``; without it the seed stays."""
        self.standin.reset(body.get("seed"))
        return {"seed": self.standin.seed}

    def _clock(self, body: dict[str, Any]) -> object:
        """``{"freeze": true or ISO, "offset": seconds, "step": seconds, "run": true}``: any of them, in this order."""
        clock = self.standin.clock
        if body.get("freeze"):
            clock.freeze(None if body["freeze"] is True else _moment(str(body["freeze"])))
        if "offset" in body:
            clock.ahead(int(body["offset"]))
        if "step" in body:
            clock.step(int(body["step"]))
        if body.get("run"):
            clock.run()
        return clock.state()

    def _faults(self, _: dict[str, Any]) -> object:
        return {"faults": self.standin.faults.rows()}

    def _add_fault(self, body: dict[str, Any]) -> object:
        """One rule, or ``{"faults": [rules]}``; the keys are those of `faults.Fault`."""
        rows = body.get("faults", [body])
        self.standin.faults.load(rows)
        return self._faults({})

    def _clear_faults(self, _: dict[str, Any]) -> object:
        self.standin.faults = Faults(self.standin.seed)
        return self._faults({})

    def _journal(self, call: Call, _: dict[str, str]) -> Reply:
        return json_reply(self.standin.journal.state(whole(call.params(), "last", 1000)))

    def _clear_journal(self, _: dict[str, Any]) -> object:
        self.standin.journal.clear()
        return self.standin.journal.state()

    def _switches(self, body: dict[str, Any]) -> object:
        """``{"name": value, ...}`` moves switches; all or none."""
        before = dict(self.standin.switches.values)
        try:
            for name, value in body.items():
                self.standin.switches.set(name, value)
        except ValueError:
            self.standin.switches.values = before
            raise
        return {"switches": self.standin.switches.rows()}

    def _snapshot(self, _: Call, __: dict[str, str]) -> Reply:
        return Reply(200, self.standin.snapshot(), {"Content-Type": "application/octet-stream"})

    def _restore(self, call: Call, _: dict[str, str]) -> Reply:
        self.standin.restore(call.body)
        return json_reply({"restored": len(call.body)})


def _moment(text: str) -> int:
    try:
        return seconds_of(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2026-03-01T12:00.") from None


def whole(params: dict[str, str], name: str, default: int) -> int:
    """A whole number, not negative, from a query or a form. Raises ValueError."""
    text = params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} is a whole number, not {text!r}.")
    return int(text)


def json_handler(act: Callable[[dict[str, Any]], object]) -> ControlHandler:
    def handler(call: Call, _: dict[str, str]) -> Reply:
        return json_reply(act(body_of(call)))

    return handler


def body_of(call: Call) -> dict[str, Any]:
    """The JSON object in a request, empty for no body. Raises ValueError for anything else."""
    if not call.body:
        return {}
    try:
        body = decoded(call.body)
    except ValueError as wrong:
        raise ValueError(f"The body is not JSON: {wrong}.") from None
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")  # noqa: TRY004 - the caller's fault, a 400
    return body


def _from_here(call: Call) -> bool:
    """No page of a foreign site may steer the sandbox, neither by a form nor by a host name that points here."""
    if urlsplit(call.base).hostname not in LOOPBACK:
        return False
    origin = call.headers.get("origin")
    return origin in {None, call.base} and call.headers.get("sec-fetch-site") in {None, "same-origin", "none"}
