"""The Maximizer stand-in: addresses, sign-in, and the envelope that all methods share."""

import re
from collections.abc import Iterable

from listloop.sandbox.clock import Clock
from listloop.sandbox.maximizer.book import Account, User
from listloop.sandbox.maximizer.controls import Controls
from listloop.sandbox.maximizer.definitions import Definitions
from listloop.sandbox.maximizer.guesses import GUESSES
from listloop.sandbox.maximizer.hooks import answer as webhooks
from listloop.sandbox.maximizer.problems import Failure, TokenFailure, shown
from listloop.sandbox.maximizer.reading import Reader, get
from listloop.sandbox.maximizer.sessions import Sessions
from listloop.sandbox.maximizer.shapes import Shapes
from listloop.sandbox.maximizer.things import ABSENT, THINGS
from listloop.sandbox.maximizer.writing import Writer
from listloop.sandbox.standin import ControlHandler, StandIn
from listloop.sandbox.wire import Call, Json, Reply, Route, decoded, json_reply

BASES = ("/octopus/", "/MaximizerWebData/Data.svc/json/")
OAUTH = re.compile(r"/(?:MaximizerWebAuthentication/OAuth2|oauth2/\w+)/(authorize|token)", re.IGNORECASE)
"""On-premise, and in the cloud with the account's alias."""
READS = frozenset({"read", "getsessioninfo", "getsysteminfo", "getversioninfo", "configurationread", "tokenvalid"})
BESIDE = frozenset({"compatibility", "configuration", "globalization", "token"})
PAGE_404 = b"<html><head><title>404 - File or directory not found.</title></head><body><h2>404</h2></body></html>"


class TooLongError(Exception):
    """A question that the server does not answer in its time."""


class Maximizer(StandIn):
    """One Address Book. ``SYNC`` with the password ``sync`` and ``MASTER`` with ``control`` may sign in."""

    name = "maximizer"
    prefix = "/"
    state: Account

    def __init__(self, *, seed: int = 0, clock: Clock | None = None, strict: bool = False) -> None:
        super().__init__(GUESSES, seed=seed, clock=clock, strict=strict)

    def fresh(self) -> Account:
        return Account(self.seed)

    def problem(self, status: int) -> Reply:
        return json_reply({"Code": -1, "Msg": [f"HTTP {status}"]}, status)

    def controls(self) -> Iterable[Route[ControlHandler]]:
        return Controls(self).routes()

    def kept(self, call: Call) -> Call | None:
        method = self._method(call.path)
        return call if method in {"create", "update", "delete"} else None

    def redo(self, call: Call) -> None:
        self._answer(self._method(call.path), decoded(call.body), self.state.users["MASTER"])

    @property
    def salt(self) -> str:
        """What is in the keys of this session."""
        return str(self.state.session) if self.switches["keys_change"] else ""

    def answer(self, call: Call) -> Reply:
        now = self.clock.now()
        sessions = Sessions(self.state, self.switches, now)
        if found := OAUTH.fullmatch(call.path):
            return sessions.authorize(call) if found[1].lower() == "authorize" else sessions.exchange(call)
        method = self._method(call.path)
        webhook = call.path.startswith("/webhooks/v1/")
        if not (method or webhook) or not self.switches["web_data"]:
            return Reply(404, PAGE_404, {"Content-Type": "text/html"})
        if method and call.method != "POST" and method != "verifytoken":
            return json_reply({"Code": -1, "Msg": ["Method not allowed"]}, 405)
        limited = self._limited(now)
        if limited is not None:
            return limited
        try:
            body = decoded(call.body) if call.body else {}
        except ValueError:
            return json_reply({"Code": -1, "Msg": ["The request is not valid JSON"]}, 400)
        return webhooks(self, call, body) if webhook else self._open(method, call, body, sessions)

    def _method(self, path: str) -> str:
        base = next((one for one in BASES if path.lower().startswith(one.lower())), "")
        return path[len(base) :].lower() if base else ""

    def _limited(self, now: int) -> Reply | None:
        most = int(self.switches["rate_limit"])
        if not most:
            return None
        self.state.called = [one for one in self.state.called if one > now - 10]
        if len(self.state.called) < most:
            self.state.called.append(now)
            return None
        match self.switches["rate_reply"]:
            case "msg":
                return json_reply({"Code": -1, "Msg": ["Too Many Requests"]})
            case "html":
                return Reply(
                    429, b"<html><body><h1>Too Many Requests</h1></body></html>", {"Content-Type": "text/html"}
                )
            case "bare":
                return Reply(429, b"")
        wait = str(self.state.called[0] + 10 - now)
        return json_reply({"Code": -1, "Msg": ["Too Many Requests"]}, 429, {"Retry-After": wait})

    def token(self, call: Call, body: Json) -> str:
        """From the header, or from the body as older clients send it."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        bearer = token if scheme.lower() == "bearer" and self.switches["bearer_header"] else ""
        return bearer or str(get(body, "Token") or "")

    def _open(self, method: str, call: Call, body: Json, sessions: Sessions) -> Reply:
        try:
            if method == "authenticate":
                return json_reply(sessions.sign_in(body))
            if method in {"getsysteminfo", "getversioninfo"}:
                return json_reply(self._info(method))
            if method == "tokenvalid":
                return self._valid(call, body, sessions)
            try:
                user = sessions.user(self.token(call, body))
            except TokenFailure:
                return Reply(401) if method == "verifytoken" else self._expired()
            if method == "verifytoken":
                return Reply(200)
            return json_reply(self._answer(method, body, user))
        except TooLongError:
            return Reply(408)
        except Failure as problem:
            return json_reply(shown(problem, str(self.switches["error_shape"])))

    def _expired(self) -> Reply:
        match self.switches["expired_token"]:
            case "401":
                return Reply(401)
            case "-2":
                return json_reply({"Code": -2, "Msg": ["Authentication failed"]})
        return json_reply({"Code": -1, "Msg": ["Token is invalid"]})

    def _valid(self, call: Call, body: Json, sessions: Sessions) -> Reply:
        try:
            sessions.user(self.token(call, body))
        except TokenFailure:
            return json_reply({"Code": -1, "Msg": ["Token is invalid"]})
        return json_reply({"Code": 0})

    def _info(self, method: str) -> Json:
        version = str(self.switches["version"])
        year = {"2015 R2": 15, "2016": 16, "2017 R2": 17, "2024": 24}.get(version, 25)
        if method == "getversioninfo":
            return {"Code": 0, "Data": {"Current": {"Major": 2, "Minor": 68}, "Supported": [{"Major": 2, "Minor": 7}]}}
        region = self.switches["region"] if version == "cloud" else ""
        return {
            "Code": 0,
            "Data": {"Product": "Maximizer", "Version": f"{year}.0", "Release": version, "Region": region},
        }

    def _answer(self, method: str, body: Json, user: User) -> Json:
        """One call of a user who is let in. Raises Failure."""
        if method == "getsessioninfo":
            return {"Code": 0, "Data": self._session(body, user)}
        if method == "configurationread":
            return {"Code": 0, "Data": {"Configuration": {"AuditLog": {"AbEntry": bool(self.switches["audit_log"])}}}}
        method, single = self._older(method)
        if method not in {"read", "create", "update", "delete"}:
            raise Failure(-1, f"There is no method '{method}'")
        blocks = {name: block for name, block in body.items() if name.lower() not in BESIDE}
        if single:
            blocks = {name: block for name, block in blocks.items() if name.split(".")[0].lower() == single}
        answer: Json = {"Code": 0}
        for name, block in blocks.items():
            answer[name] = self._block(method, name, block, body, user, answer)
        return answer

    def _in_time(self, block: Json) -> None:
        most, asked = int(self.switches["rows_in_time"]), get(block, "OrderBy", "PageSize") or 0
        if most and asked > most:
            raise TooLongError

    def _older(self, method: str) -> tuple[str, str]:
        """``AbEntryRead`` and its like, one method for each object."""
        for thing in (*THINGS, "schema"):
            if method.startswith(thing) and method[len(thing) :] in {"read", "create", "update", "delete"}:
                return method[len(thing) :], thing
        return method, ""

    def _session(self, body: Json, user: User) -> Json:
        book = {"udbid": "1", "database": self.state.database, "displayvalue": self.state.title,
                "workspaceid": self.state.workspace}  # fmt: skip
        asked = get(body, "AddressBook") or {}
        return {
            "AddressBook": {name: book.get(name.lower()) for name in asked},
            "User": {"Key": {"Uid": user.uid}, "DisplayName": user.name},
        }

    def _block(self, method: str, name: str, block: Json, body: Json, user: User, answer: Json) -> Json:
        thing = name.split(".", maxsplit=1)[0].lower()
        found = Definitions(self.state, self.switches, user, self.salt)
        if thing == "schema":
            if method == "read":
                return found.schema(block)
            return found.make_udf(block) if method == "create" else found.change_udf(block, delete=method == "delete")
        if thing == "folder":
            return found.make_folder(block) if method == "create" else found.folders()
        if thing == "user":
            return found.users(block)
        known = THINGS.get(thing)
        if known is None or (thing in ABSENT and not self.switches[ABSENT[thing]]):
            raise Failure(-1, f"The object '{name}' is not supported")
        shapes = Shapes(self.state, self.salt)
        if method == "read":
            self._in_time(block)
            sql = bool(get(body, "Configuration", "Drivers"))
            return Reader(shapes, self.switches, self.clock.now(), sees_all=user.administrator, sql=sql).read(
                known, block, answer
            )
        written = Writer(shapes, self.switches, user, self.clock.now()).write(method.capitalize(), known, block)
        if thing == "campaignsubscriber":
            answer["Msg"] = ["This entity is in beta, and not for production"]
        return written
