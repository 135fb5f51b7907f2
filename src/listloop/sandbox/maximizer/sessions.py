"""Who asks: sign-in by password, personal access tokens, OAuth, and how long each is good."""

import base64
import json
from typing import Any
from urllib.parse import urlencode

from listloop.sandbox.maximizer.book import Account, Pass, Session, User
from listloop.sandbox.maximizer.problems import Failure, TokenFailure
from listloop.sandbox.maximizer.reading import get
from listloop.sandbox.switches import Switches
from listloop.sandbox.wire import Call, Reply, json_reply

SLIDING, LONGEST = 600, 86_400
"""Seconds since the last use, and since the sign-in, that a session's token is good for."""


class Sessions:
    """Answers for one state."""

    def __init__(self, account: Account, switches: Switches, now: int) -> None:
        self.account = account
        self.switches = switches
        self.now = now

    def sign_in(self, body: dict[str, Any]) -> dict[str, Any]:
        """``Authenticate``. Raises Failure."""
        cloud = self.switches["version"] == "cloud"
        if cloud and not (get(body, "VendorId") and get(body, "AppKey")):
            raise Failure(-1, "VendorId and AppKey are required")
        if str(get(body, "Database") or "").casefold() != self.account.database.casefold():
            raise Failure(-1, "The Address Book was not found")
        user = self.account.users.get(str(get(body, "UID") or "").upper())
        if user is None or get(body, "Password") != user.password:
            raise Failure(-1, "The user ID or password is not valid")
        if not user.web_access:
            raise Failure(-1, "The user is not enabled for Web Access")
        return {"Code": 0, "Data": {"Token": self.open(user.uid)}}

    def open(self, uid: str) -> str:
        """A new session's token."""
        token = self.account.token()
        self.account.session += 1
        self.account.sessions[token] = Session(uid, self.now, self.now)
        return token

    def user(self, token: str) -> User:
        """Whose token it is; its use slides its end. Raises TokenFailure."""
        known = self.account.passes.get(token)
        if known is not None:
            ended = known.revoked or (known.until and self.now >= known.until)
            if ended or self.switches["version"] in {"2015 R2", "2016", "2017 R2"}:
                raise TokenFailure
            return self.account.users[known.uid]
        session = self.account.sessions.get(token)
        if session is None or self.now - session.used >= SLIDING or self.now - session.issued >= LONGEST:
            raise TokenFailure
        session.used = self.now
        return self.account.users[session.uid]

    def pass_for(self, uid: str, until: int = 0) -> str:
        """A personal access token: a JWT whose end can be read."""
        claims = {
            "sub": uid,
            "exp": until,
            "mx-db": self.account.database,
            "mx-uid": uid,
            "n": self.account.token()[:8],
        }
        parts = ({"alg": "HS256", "typ": "JWT"}, claims)
        text = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
        made = f"{text}.{self.account.token()[:43]}"
        self.account.passes[made] = Pass(uid, until)
        return made

    # --- OAuth ---------------------------------------------------------------------------------------------------

    def authorize(self, call: Call) -> Reply:
        """The user said yes: back to the application with a code."""
        asked = call.params()
        code = self.account.token()[:24]
        self.account.codes[code] = "SYNC"
        back = f"{asked.get('redirect_uri', '')}?{urlencode({'code': code, 'state': asked.get('state', '')})}"
        return Reply(302, b"", {"Location": back})

    def exchange(self, call: Call) -> Reply:
        """A code or a refresh token for a pair of tokens."""
        form = call.form()
        if form.get("grant_type") == "refresh_token":
            uid = self.account.refreshing.get(form.get("refresh_token", ""))
            if uid and self.switches["refresh_rotates"]:
                del self.account.refreshing[form["refresh_token"]]
        else:
            uid = self.account.codes.pop(form.get("code", ""), None)
        if uid is None or not form.get("client_id"):
            return json_reply({"error": "invalid_grant"}, 400)
        refresh = form.get("refresh_token", "")
        if not refresh or self.switches["refresh_rotates"]:
            refresh = self.account.token()
            self.account.refreshing[refresh] = uid
        answer = {
            "access_token": self.open(uid),
            "refresh_token": refresh,
            "token_type": "bearer",
            "expires_in": SLIDING,
        }
        return json_reply(answer)
