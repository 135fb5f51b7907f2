"""The Sage CRM stand-in: who may ask, where a request goes, and what every answer has in common."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, unquote

from listloop.sandbox.clock import Clock
from listloop.sandbox.sagecrm import feeds, legacy, soap, writes
from listloop.sandbox.sagecrm.ask import Ask, RefusedError
from listloop.sandbox.sagecrm.books import Books, User
from listloop.sandbox.sagecrm.controls import Controls
from listloop.sandbox.sagecrm.guesses import GUESSES
from listloop.sandbox.sagecrm.seeding import stock
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import BOM, Call, Json, Reply, Route, decoded, encoded

JSON = "application/json; charset=utf-8"
SDATA = "http://schemas.sage.com/sdata/2008/1"
LONGEST_QUERY = 2_048
"""Characters; IIS answers 404.15 beyond, by default."""

_REQUEST = re.compile(r"/sdata/(?P<install>\w+)j/(?P<contract>\w+)/-/+(?P<rest>.*)")
_RECORD = re.compile(r"(?P<name>[\w$]+)\((?P<key>.*)\)")
_EQUALS = re.compile(r"\s*\w+\s+eq\s+'?(?P<key>\d+)'?\s*", re.IGNORECASE)


class SageCrm(StandIn):
    """State in memory. ``install`` is the name of the installation in its address."""

    name = "sagecrm"
    prefix = "/"
    menu = ()
    state: Books

    def __init__(self, *, seed: int = 0, clock: Clock | None = None, install: str = "crm") -> None:
        self.install = install
        super().__init__(GUESSES, seed=seed, clock=clock)

    def fresh(self) -> Books:
        return stock(Books(self.install))

    def controls(self) -> Iterable[Route[ControlHandler]]:
        return Controls(self).routes()

    def problem(self, status: int) -> Reply:
        if status in {502, 503, 504}:
            page = _page(
                f"{status} - Web server received an invalid response while acting as a gateway or proxy server."
            )
            return Reply(status, page, {"Content-Type": "text/html"} | ({"Retry-After": "5"} if status == 503 else {}))
        return self._refused(RefusedError(status, "The request failed"))

    def answer(self, call: Call) -> Reply:
        self.state.requests += 1
        if self.switches["logon_page"]:
            return Reply(
                200, _page("Sage CRM - Please enter your user name and password"), {"Content-Type": "text/html"}
            )
        if call.path.lower().startswith(f"/{self.state.install}/eware.dll/webservices/"):
            return soap.answer(self, call)
        if len(call.query) > LONGEST_QUERY:
            return _iis(
                404, "404.15 - The request filtering module denies a request where the query string is too long."
            )
        found = _REQUEST.fullmatch(unquote(call.path))
        try:
            return self._asked(call, found)
        except RefusedError as refused:
            return self._refused(refused)

    def _asked(self, call: Call, found: re.Match[str] | None) -> Reply:
        contract = found["contract"].lower() if found and found["install"].lower() == self.state.install else ""
        if not found or contract not in {"sagecrm2", "sagecrm"}:
            raise RefusedError(404, "404 - File or directory not found.", html=True)
        ask = self._ask(call)
        if contract == "sagecrm":
            return legacy.answer(ask, call.method, found["rest"])
        return self._dispatch(ask, call, found["rest"])

    def _ask(self, call: Call) -> Ask:
        params = {name.lower(): value for name, value in parse_qsl(call.query, keep_blank_values=True)}
        user = self._user(call, params)
        return Ask(self.state, self.switches, self.clock.now(), user, params, call.base)

    def _user(self, call: Call, params: dict[str, str]) -> User:
        """Who asks. There is no challenge on a refusal: whoever waits for one never gets in."""
        session = self.state.sessions.get(params.get("sid", ""))
        if session:
            return self.state.users[session]
        given = call.headers.get("x-sage-authorization") or call.headers.get("authorization", "")
        scheme, _, secret = given.partition(" ")
        try:
            logon, _, password = base64.b64decode(secret, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            logon, password = "", ""
        user = self.state.users.get(logon.lower())
        if scheme.lower() != "basic" or user is None or user.password != password or not user.enabled or user.resource:
            raise RefusedError(401, "401 - Unauthorized: Access is denied due to invalid credentials.", html=True)
        return user

    def _dispatch(self, ask: Ask, call: Call, rest: str) -> Reply:
        if rest.startswith("$prototypes"):
            return self._json(feeds.prototypes(ask, rest.removeprefix("$prototypes").strip("/")))
        record = _RECORD.fullmatch(rest)
        name, key = (record["name"], _number(record["key"])) if record else (rest.strip("/"), "")
        if call.method == "GET":
            return self._json(feeds.one(ask, name, key) if record else feeds.feed(ask, name))
        if call.method == "POST" and not record:
            return self._json(writes.create(ask, name, _body(call)), 201)
        if call.method in {"PATCH", "PUT"} and record:
            if call.method == "PATCH" and self.switches["patch"] == "405":
                raise RefusedError(405, "405 - HTTP verb used to access this page is not allowed.", html=True)
            whole = call.method == "PUT" and self.switches["put"] == "whole"
            return self._json(writes.change(ask, name, key, _body(call), whole=whole))
        if call.method == "DELETE" and record:
            writes.delete(ask, name, key)
            return Reply(200)
        raise RefusedError(405, "405 - HTTP verb used to access this page is not allowed.", html=True)

    def _json(self, value: Json, status: int = 200) -> Reply:
        body = encoded(value)
        if self.switches["json"] == "BOM":
            body = BOM + body
        elif self.switches["json"] == "trailing comma":
            body = body[:-1] + b",}"
        return Reply(status, body, {"Content-Type": JSON})

    def _refused(self, refused: RefusedError) -> Reply:
        how = self.switches["error_body"]
        if refused.html or how == "html":
            return _iis(refused.status, refused.text)
        if how == "empty":
            return Reply(refused.status)
        if how == "xml":
            text = refused.text.replace("&", "&amp;").replace("<", "&lt;")
            told = f"<sdata:sdataCode>{refused.code}</sdata:sdataCode><sdata:message>{text}</sdata:message>"
            body = f'<sdata:diagnosis xmlns:sdata="{SDATA}">{told}</sdata:diagnosis>'
            return Reply(refused.status, body.encode(), {"Content-Type": "application/xml"})
        diagnosis = {"$severity": "Error", "$sdataCode": refused.code, "$message": refused.text}
        wrapped: Any = {"$diagnoses": [diagnosis]} if how == "diagnoses" else {"$diagnosis": diagnosis}
        return Reply(refused.status, json.dumps(wrapped).encode(), {"Content-Type": JSON})

    def record(self, act: Callable[[], Any]) -> Any:
        """What a user of the program does by hand. Raises ValueError in the words of the refusal."""
        try:
            return act()
        except RefusedError as refused:
            raise ValueError(refused.text) from None


def _number(selector: str) -> str:
    """The key in ``('43')``, ``(43)`` or ``(comp_companyid eq '43')``."""
    equals = _EQUALS.fullmatch(selector)
    return equals["key"] if equals else selector.strip().strip("'")


def _body(call: Call) -> dict[str, Any]:
    try:
        body = decoded(call.body)
    except ValueError as wrong:
        raise RefusedError(400, f"The body is not JSON: {wrong}") from None
    if not isinstance(body, dict):
        raise RefusedError(400, "The body must be an object")
    return body


def _iis(status: int, text: str) -> Reply:
    return Reply(status, _page(text), {"Content-Type": "text/html", "Server": "Microsoft-IIS/10.0"})


def _page(text: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h2>{text}</h2></body></html>".encode()
