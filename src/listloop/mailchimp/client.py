"""Calls to the Mailchimp Marketing API: one host, one key, few connections, retries where they are safe."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Self, TypeVar
from urllib.parse import urlencode

import httpx2
import msgspec
import stamina

from listloop.core.errors import NeedsAttention, TryLater
from listloop.mailchimp.decoding import decode
from listloop.mailchimp.errors import NEW_KEY, RETRY, Subject, refusal

T = TypeVar("T")
Param = str | int | bool | None

BUDGET = 8
"""Simultaneous calls of one account: Mailchimp allows 10 to all of a user's apps together (API reference, limits)."""

PAGE = 1000
"""Rows per page, the most that Mailchimp gives; without ``count`` it gives 10."""

ATTEMPTS = 6
"""How often a call is tried; the waits between grow to about a minute in all. Where a person waits, one is enough."""

READ_TIMEOUT = 130.0
"""Seconds, longer than the 120 after which Mailchimp itself gives up: a call that we leave goes on counting there."""

DEADLINE = 300.0
"""Seconds after which a call is not tried again."""

LONGEST_WAIT = 60.0
"""Seconds; asked by Retry-After for more, the job is put back instead of waiting here."""

NOT_SENT = frozenset({"unreachable", "throttled"})
"""Codes of ``TryLater`` after which it is certain that Mailchimp did nothing."""

_SAFE = frozenset({"GET", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(r"[0-9a-zA-Z]{8,64}-[0-9a-zA-Z-]{1,20}")
_BARE_KEY = re.compile(r"[0-9a-zA-Z._-]{8,200}")
_BUDGETS: dict[str, threading.BoundedSemaphore] = {}
_BUDGETS_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer below 400. ``date`` is the server's own time in ISO 8601 UTC, "" where it tells none."""

    status: int
    body: bytes
    date: str

    def read(self, kind: type[T]) -> T:
        """The body as that type. Raises ``TryLater`` (code ``no-answer``) for one that is cut short or no JSON."""
        try:
            return decode(self.body, kind)
        except msgspec.DecodeError as error:
            raise _garbled(str(error)) from None


class MailchimpClient:
    """Speaks to one account with one API key (or OAuth token).

    ``base_url`` is where the API lives up to and with ``/3.0``; without it, the datacenter at the end of the key
    says so. ``bearer`` sends the key as a token instead of by Basic authentication. ``budget`` is the number of
    simultaneous calls, shared by all clients of the same key in this process; ``permits``, entered for each call, takes
    its place where the account is shared with other processes. Close it, or use it as a context.

    Raises ``NeedsAttention`` (code ``key-malformed``) at once for what cannot be a key.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        *,
        bearer: bool = False,
        transport: httpx2.BaseTransport | None = None,
        budget: int = BUDGET,
        permits: AbstractContextManager[object] | None = None,
        attempts: int = ATTEMPTS,
    ) -> None:
        self.base_url = (base_url or base_url_of(api_key)).rstrip("/")
        check_key(api_key)
        self.attempts = attempts
        self.budget = budget
        self.last_date = ""
        """The server's own time as last told, ISO 8601 UTC."""
        self._permits = permits or _permits(f"{self.base_url} {api_key}", budget)
        self._http = httpx2.Client(
            auth=None if bearer else ("listloop", api_key),
            headers={"Authorization": f"Bearer {api_key}"} if bearer else None,
            timeout=httpx2.Timeout(READ_TIMEOUT, connect=10.0),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=budget),
            transport=transport,
        )

    def __repr__(self) -> str:
        return f"MailchimpClient({self.base_url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        params: Mapping[str, Param] | None = None,
        who: str = "",
        subject: Subject | None = None,
        repeatable: bool = False,
    ) -> Reply:
        """One call; ``path`` is relative to the base, ``params`` that are None are left out.

        Tried again after a 429, and after faults of the server or the network unless it is a POST that Mailchimp may
        have carried out; ``repeatable`` says that doing it twice does no harm. ``who`` names the person in an error,
        ``subject`` says what a 404 means (guessed from the path). Raises ``TryLater``, ``RecordRejected`` or
        ``NeedsAttention``.
        """
        content = None if body is None else _ENCODER.encode(body)
        query = {name: _text(value) for name, value in (params or {}).items() if value is not None}
        about = subject or _subject(path)
        return self._repeated(
            "PUT" if repeatable else method, lambda: self._once(method, path, content, query, who, about)
        )

    def get(self, path: str, kind: type[T], **params: Param) -> T:
        """The decoded answer to a GET; an answer that is cut short or no JSON is asked for again."""
        return self.dated(path, kind, **params)[0]

    def dated(self, path: str, kind: type[T], **params: Param) -> tuple[T, str]:
        """Like ``get``, with the server's own time beside it ("" where it tells none)."""
        query = {name: _text(value) for name, value in params.items() if value is not None}

        def call() -> tuple[T, str]:
            reply = self._once("GET", path, None, query, "", _subject(path))
            return reply.read(kind), reply.date

        return self._repeated("GET", call)

    def pages(self, path: str, key: str, kind: type[T], **params: Param) -> Iterator[T]:
        """All rows of a small collection (fields, segments, campaigns), page by page until ``total_items``."""
        offset = 0
        while True:
            answer = self.get(path, dict[str, msgspec.Raw], count=PAGE, offset=offset, **params)
            rows = _rows(answer.get(key), list[kind])  # type: ignore[valid-type]
            yield from rows
            offset += len(rows)
            if not rows or offset >= _rows(answer.get("total_items"), int):
                return

    def _repeated(self, method: str, call: Callable[[], T]) -> T:
        for attempt in stamina.retry_context(
            on=_repeats(method), attempts=self.attempts, timeout=DEADLINE, wait_initial=1.0, wait_max=60.0
        ):
            with attempt:
                return call()
        raise AssertionError("stamina ends by a return or an error")

    def _once(
        self, method: str, path: str, content: bytes | None, query: dict[str, str], who: str, subject: Subject
    ) -> Reply:
        # Put together here: httpx takes the address apart once more to add what is asked.
        url = f"{self.base_url}/{path.lstrip('/')}{'?' if query else ''}{urlencode(query)}"
        headers = {"Content-Type": "application/json"} if content is not None else {}
        with self._permits:  # kept until the server has answered, for that is how Mailchimp counts
            try:
                response = self._http.request(method, url, content=content, headers=headers)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
                raise _unreachable(self.base_url, error) from None
            except httpx2.HTTPError as error:
                raise _unanswered(error) from None
        if response.status_code >= 400:
            wait = _seconds(response.headers.get("Retry-After"))
            raise refusal(response.status_code, response.content, who=who, subject=subject, retry_after=wait)
        date = _iso(response.headers.get("Date"))
        self.last_date = max(date, self.last_date)
        return Reply(response.status_code, response.content, date)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def base_url_of(api_key: str) -> str:
    """Where the account of a key lives: the datacenter is what follows the last hyphen of the key."""
    datacenter = api_key.rpartition("-")[2]
    if not _KEY.fullmatch(api_key):
        raise _malformed()
    return f"https://{datacenter}.api.mailchimp.com/3.0"


def check_key(api_key: str) -> None:
    """Raises ``NeedsAttention`` for what can't be a key or token. The key itself never enters a message."""
    if not _BARE_KEY.fullmatch(api_key):
        raise _malformed()


def _malformed() -> NeedsAttention:
    return NeedsAttention(
        "This is not a Mailchimp API key: a key is a row of letters and digits that ends with a hyphen and the "
        "datacenter, such as -us6.",
        NEW_KEY,
        code="key-malformed",
    )


def _permits(account: str, budget: int) -> threading.BoundedSemaphore:
    name = hashlib.sha256(account.encode()).hexdigest()
    with _BUDGETS_LOCK:
        return _BUDGETS.setdefault(name, threading.BoundedSemaphore(budget))


def _repeats(method: str) -> Callable[[Exception], bool | float]:
    """Which errors of such a call are worth another try, and after how many seconds if Mailchimp said so."""

    def again(error: Exception) -> bool | float:
        if not isinstance(error, TryLater) or not (method in _SAFE or error.code in NOT_SENT):
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= LONGEST_WAIT else False

    return again


def _subject(path: str) -> Subject:
    if "/members/" in path:
        return Subject.MEMBER
    return Subject.AUDIENCE if path.lstrip("/").startswith("lists/") else Subject.ACCOUNT


def _text(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _rows(raw: msgspec.Raw | None, kind: type[T]) -> T:
    try:
        return decode(raw, kind) if raw is not None else kind()
    except msgspec.DecodeError as error:
        raise _garbled(str(error)) from None


def _garbled(reason: str) -> TryLater:
    return TryLater("Mailchimp's answer came cut short or garbled.", RETRY, code="no-answer", detail=reason)


def _unreachable(base_url: str, error: Exception) -> TryLater:
    host = httpx2.URL(base_url).host
    return TryLater(
        f"{host} could not be reached.",
        "Check its name, and that this machine may open connections to it.",
        code="unreachable",
        detail=f"{type(error).__name__}: {error}",
    )


def _unanswered(error: Exception) -> TryLater:
    return TryLater(
        "Mailchimp did not answer, or the connection broke.", RETRY, code="no-answer", detail=type(error).__name__
    )


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; its form as a date is not used by Mailchimp and reads as none."""
    return float(text) if text and text.isdigit() else None


def _iso(text: str | None) -> str:
    if not text:
        return ""
    try:
        return parsedate_to_datetime(text).astimezone(UTC).isoformat(timespec="seconds")
    except ValueError:
        return ""
