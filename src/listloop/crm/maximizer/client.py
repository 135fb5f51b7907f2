"""Calls to one Address Book: sign-in, pace, retries, and errors in whatever shape they come."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import httpx2
import msgspec

from listloop.core.errors import NeedsAttention, TryLater
from listloop.crm.maximizer.answers import Json, Refused, Why, must_be_good, pick
from listloop.crm.maximizer.oauth import Grant, ended

T = TypeVar("T")

SQL = ("AbEntry", "Address", "Note", "Opportunity", "FavoriteList")
"""Objects whose reading names the SQL driver: without it some have no Parent, no order, or no rows at all."""

TIMEOUT = 120.0
LONGEST_WAIT = 60.0
"""Seconds; whoever is asked to wait longer puts the job back."""

CLOUD_GAP = 0.4
"""Seconds between two calls to the cloud: some 2.5 a second, where 3 are allowed to all programs together (Octopus API,
rate limits, 30 calls in 10 seconds). On-premise there is no limit."""

CLOUD = "https://api.maximizer.com/octopus"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A personal access token; or a user of an Address Book (the cloud wants a vendor's ID and key beside); or what
    somebody granted by signing in on Maximizer's page.
    """

    token: str = ""
    book: str = ""
    user: str = ""
    password: str = ""
    vendor: str = ""
    app_key: str = ""
    grant: Grant | None = None


class Octopus:
    """Speaks to one Address Book. Close it at the end.

    ``gap`` seconds lie between two calls; ``wait`` is how waiting is done. ``in_body`` sends the token as servers from
    before the header want it. One call at a time.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials,
        *,
        transport: httpx2.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
        in_body: bool = False,
    ) -> None:
        self.address = address.rstrip("/")
        self.credentials = credentials
        self.gap = CLOUD_GAP if self.address.startswith("https://") and "maximizer" in _host(self.address) else 0.0
        self.in_body = in_body
        self.last_date = ""
        """The server's own time as last told, ISO 8601 UTC."""
        self.calls = 0
        self.session = 0
        """Counts sign-ins: the texts of keys are good for one session."""
        self._wait = wait
        self._token = ""
        self._last = 0.0
        self._lock = threading.RLock()
        self._transport = transport
        self._http = httpx2.Client(timeout=httpx2.Timeout(TIMEOUT, connect=10.0), transport=transport)

    def __repr__(self) -> str:
        return f"Octopus({self.address!r})"

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def call(self, method: str, body: Json, *, repeatable: bool = True) -> Json:
        """One call and its good answer.

        A busy server is asked again; so is one that did not answer, where repeating does no harm. Raises ``TryLater``,
        ``Refused`` (an error of Maximizer's own) or ``NeedsAttention``.
        """
        with self._lock:
            return self._tried(lambda: self._signed(method, body), repeatable)

    def read(self, thing: str, block: Json) -> Json:
        """One object block of a Read: the whole answer."""
        return self.call("Read", {thing: block, **READING})

    def raw(self, method: str, body: Json) -> Json:
        """One call and its answer as it came, an error too; for looking at how errors are told."""
        with self._lock:
            return self._post(method, body, self._token or self._sign_in())

    def in_one_session(self, act: Callable[[], T]) -> T:
        """Do it; once more where the session ended meanwhile, and with it what keys were known by."""
        before = self.session
        try:
            return act()
        except Refused:
            if self.session == before:
                raise
            return act()

    def public(self, method: str) -> Json:
        """One call that needs no token."""
        with self._lock:
            return self._tried(lambda: must_be_good(self._post(method, {}, "")), True)

    def _tried(self, ask: Callable[[], Json], repeatable: bool) -> Json:
        for pause in _pauses():
            try:
                return ask()
            except TryLater as error:
                wait = pause if error.retry_after is None else error.retry_after
                again = (repeatable and error.code != "too-large") or error.code in {"unreachable", "throttled"}
                if pause < 0 or not again or wait > LONGEST_WAIT:
                    raise
                self._wait(wait)
            except Refused as error:
                if error.why is not Why.BUSY:
                    raise
                if pause < 0:
                    raise _busy(None) from None
                self._wait(10.0)
        raise AssertionError("the last pause raises")

    def _signed(self, method: str, body: Json) -> Json:
        """With a token that works: where it has ended, one is got anew, once."""
        for last in (False, True):
            try:
                return must_be_good(self._post(method, body, self._token or self._sign_in()))
            except Refused as error:
                if error.why is not Why.TOKEN:
                    raise
                self._token = ""
                if last or self.credentials.token:
                    raise self._not_let_in(error.text) from None
        raise AssertionError("the second try returns or raises")

    def _sign_in(self) -> str:
        known = self.credentials
        if known.token:
            self._token = known.token
            return self._token
        if known.grant:
            self._token = known.grant.access(self._wait, self._transport)
            self.session += 1
            return self._token
        body: Json = {"Database": known.book, "UID": known.user, "Password": known.password}
        if known.vendor:
            body |= {"VendorId": known.vendor, "AppKey": known.app_key}
        try:
            answer = must_be_good(self._post("Authenticate", body, ""))
        except Refused as error:
            if error.why is Why.BUSY:
                raise
            raise self._not_let_in(error.text) from None
        self._token = str(pick(answer, "Data", "Token") or "")
        self.session += 1
        if not self._token:
            raise self._not_let_in("The answer has no token.")
        return self._token

    def _not_let_in(self, text: str) -> NeedsAttention:
        if self.credentials.token:
            return NeedsAttention(
                "Maximizer does not accept the personal access token: it has ended, was revoked, or is of another "
                "Address Book.",
                "Make a new one in Maximizer under your profile, Personal Access Tokens, and enter it here.",
                code="crm-sign-in",
                detail=text,
            )
        if self.credentials.grant:
            return ended("Maximizer does not accept what Listloop got by signing in on its page.", text)
        return NeedsAttention(
            f"Maximizer does not let the user {self.credentials.user} into the Address Book “{self.credentials.book}”.",
            "Check the user ID, the password and the Address Book's name, and that in Administrator this user is "
            "enabled for Web Access; the cloud also wants the vendor ID and the app key.",
            code="crm-sign-in",
            detail=text,
        )

    def _post(self, method: str, body: Json, token: str) -> Json:
        self._pace()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if token and self.in_body:
            body = {**body, "Token": token}
        elif token:
            headers["Authorization"] = f"Bearer {token}"
        self.calls += 1
        try:
            reply = self._http.post(f"{self.address}/{method}", content=_ENCODER.encode(body), headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
            raise TryLater(
                f"{_host(self.address)} could not be reached.",
                "Check its name, and that this machine may open connections to it.",
                code="unreachable",
                detail=f"{type(error).__name__}: {error}",
            ) from None
        except httpx2.HTTPError as error:
            raise _unanswered(type(error).__name__) from None
        self.last_date = max(_iso(reply.headers.get("Date")), self.last_date)
        return _opened(reply, self.address)

    def _pace(self) -> None:
        if self.gap:
            left = self._last + self.gap - time.monotonic()
            if left > 0:
                self._wait(left)
            self._last = time.monotonic()


READING: Json = {
    "Compatibility": {"AbEntryKey": "2.0"},
    "Configuration": {"Drivers": {f"I{one}Searcher": f"Maximizer.Model.Access.Sql.{one}Searcher" for one in SQL}},
}
"""What stands beside every Read."""

WRITING: Json = {"Compatibility": {"AbEntryKey": "2.0"}}
"""What stands beside every write."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _pauses() -> Iterator[float]:
    """Seconds to wait after each try; negative after the last."""
    yield from (1.0, 2.0, 4.0, 8.0, 16.0)
    yield -1.0


def _host(address: str) -> str:
    return httpx2.URL(address).host


def _opened(reply: httpx2.Response, address: str) -> Json:
    status = reply.status_code
    if status in {401, 403}:
        raise Refused(Why.TOKEN, f"HTTP {status}")
    if status in {404, 405}:
        raise NeedsAttention(
            f"There is no Maximizer API at {address}.",
            "On-premise, install the component Maximizer.Web.Data, and enter its address, such as "
            "https://server/MaximizerWebData/Data.svc/json.",
            code="crm-address",
            detail=f"HTTP {status}",
        )
    if status == 429:
        wait = reply.headers.get("Retry-After", "")
        raise _busy(float(wait) if wait.isdigit() else 10.0)
    if status == 408:
        raise TryLater("The question was too large for Maximizer.", "It is asked in smaller parts.", code="too-large")
    if status >= 500:
        raise _unanswered(f"HTTP {status}")
    if status >= 400:
        raise Refused(Why.OTHER, f"HTTP {status}: {reply.text[:200]}")
    try:
        answer: Any = msgspec.json.decode(reply.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _unanswered("The answer is no JSON, or only half of it.") from None
    if not isinstance(answer, dict):
        raise Refused(Why.OTHER, f"The answer is no object: {reply.text[:200]}")
    return answer


def _busy(wait: float | None) -> TryLater:
    return TryLater(
        "Maximizer has had too many calls in the last seconds.", "It goes on by itself.", code="throttled",
        retry_after=wait,
    )  # fmt: skip


def _unanswered(detail: str) -> TryLater:
    return TryLater(
        "Maximizer did not answer, or the connection broke.", "It is tried again.", code="no-answer", detail=detail
    )


def _iso(text: str | None) -> str:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).isoformat(timespec="seconds") if text else ""
    except ValueError:
        return ""


def seconds(text: str) -> int:
    """A time of Maximizer's as seconds; 0 for none. Without a zone it is UTC (Octopus API, date and time)."""
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def instant(at: int) -> str:
    """Seconds as a criterion takes them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
