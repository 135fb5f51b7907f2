"""Calls to Sage CRM's REST API: one installation, one user, at most two requests at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import httpx2
import msgspec
import stamina

from listloop.core.errors import NeedsAttention, RecordRejected, TryLater
from listloop.crm.sagecrm.errors import RETRY, not_json, refusal
from listloop.crm.sagecrm.rows import Row, lowered, whole

T = TypeVar("T")

AT_ONCE = 2
"""Requests at once: one Tomcat serves the API and the people who work in Sage CRM."""

COUNT = 200
"""Rows that are asked for in a page; commercial connectors ask for 200, scripts have been seen to ask for 1,000."""

LONGEST = 1_600
"""Characters of a question: IIS refuses query strings of more than 2,048 (404.15)."""

ATTEMPTS, DEADLINE = 5, 180.0
"""How often a reading is tried, and the seconds after which it is not tried again."""

TIMEOUT = 120.0
"""Seconds."""

_STAMPS = ("_createdby", "_createddate", "_updatedby", "_updateddate", "_timestamp", "_deleted", "_secterr")

_TRAILING = re.compile(rb",(\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one answer. ``total`` is what the server says there are in all."""

    rows: list[Row]
    total: int


class SageClient:
    """Speaks to one installation. ``address`` is its web server, ``install`` the name in its addresses.

    Addresses in answers are never followed: Sage gives them with http and with a host of its own.
    Close it at the end. Raises ``NeedsAttention`` (code ``crm-address``) for what is no address.
    """

    def __init__(
        self,
        address: str,
        user: str,
        password: str,
        *,
        install: str = "crm",
        zone: timezone = UTC,
        count: int = COUNT,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.root = root_of(address)
        self.install = install.strip().strip("/") or "crm"
        self.base = f"{self.root}/sdata/{self.install}j/sagecrm2/-/"
        self.user = user
        self.zone = zone
        self.count = count
        self.last_date = ""
        self._put = False
        self._permits = threading.BoundedSemaphore(AT_ONCE)
        # Basic at once: the server sends no challenge, so that whoever waits for one never gets in.
        self.http = httpx2.Client(
            auth=httpx2.BasicAuth(user.encode(), password.encode()),
            timeout=httpx2.Timeout(TIMEOUT, connect=10.0),
            transport=transport,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"SageClient({self.base!r})"

    def close(self) -> None:
        """Ends all connections."""
        self.http.close()

    def feed(
        self, resource: str, where: str = "", select: str = "", start: int = 1, count: int = 0, order: str = ""
    ) -> Page:
        """One page of a resource. Raises as ``call``."""
        asked = {"select": select, "where": where, "orderBy": order, "startIndex": str(start)}
        asked["count"] = str(count or self.count)
        answer = self.call("GET", resource, asked)
        rows = answer.get("$resources")
        found = [lowered(one) for one in rows] if isinstance(rows, list) else []
        return Page(found, whole(lowered(answer), "$totalresults") or len(found))

    def pages(self, resource: str, where: str = "", select: str = "") -> Iterator[Row]:
        """All rows of a small feed, page by page; of a large one no order is promised, so that rows may be missed.

        Raises ``TryLater`` for a server that gives the same page again.
        """
        start, first = 1, None
        while True:
            page = self.feed(resource, where, select, start)
            yield from page.rows
            start += len(page.rows)
            if not page.rows or start > page.total:
                return
            if page.rows[0].get("$key") is not None and page.rows[0].get("$key") == first:
                raise TryLater(f"Sage CRM gives the same page of {resource} again.", RETRY, code="crm-garbled")
            first = page.rows[0].get("$key")

    def one(self, resource: str, key: int) -> Row | None:
        """A record by its number, None where it is gone or hidden."""
        try:
            return lowered(self.call("GET", f"{resource}('{key}')"))
        except RecordRejected as error:
            if error.code == "gone":
                return None
            raise

    def create(self, resource: str, columns: Mapping[str, object]) -> int:
        """A new record; its number. Raises ``RecordRejected`` where an answer names none."""
        answer = lowered(self.call("POST", resource, body=columns))
        number = whole(answer, "$key")
        if not number:
            raise RecordRejected(
                f"Sage CRM says that it made a record of {resource}, and does not say which.",
                "Look in Sage CRM whether it is there; the next run finds it.",
                code="crm-lying",
            )
        return number

    def change(self, resource: str, key: int, columns: Mapping[str, object]) -> None:
        """Change columns of a record: by PATCH, or by PUT where the server takes no PATCH."""
        body = {"$key": key, **columns}
        if not self._put:
            try:
                self.call("PATCH", f"{resource}('{key}')", body=body)
            except NeedsAttention as error:
                if error.code != "crm-verb":
                    raise
                self._put = True
            else:
                return
        self.call("PUT", f"{resource}('{key}')", body=self._merged(resource, key) | body)

    def _merged(self, resource: str, key: int) -> dict[str, object]:
        """The columns of a record as it is now: a PUT may empty those that it does not name."""
        row = lowered(self.call("GET", f"{resource}('{key}')"))
        return {name: value for name, value in row.items() if name[0] != "$" and not name.endswith(_STAMPS)}

    @property
    def verb(self) -> str:
        """How records are changed, as far as it was seen."""
        return "PUT" if self._put else "PATCH"

    def delete(self, resource: str, key: int) -> None:
        """Delete a record, softly, as Sage CRM does; one that is gone already is no error."""
        try:
            self.call("DELETE", f"{resource}('{key}')")
        except RecordRejected as error:
            if error.code != "gone":
                raise

    def call(
        self, method: str, path: str, asked: Mapping[str, str] | None = None, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        """One call below the base; the answer as it came, {} for an empty one.

        Readings are tried again where that helps. Raises ``TryLater``, ``NeedsAttention`` or ``RecordRejected``.
        """
        query = "&".join(f"{name}={_quoted(value)}" for name, value in (asked or {}).items() if value)
        url = f"{self.base}{_quoted(path, safe='()$/')}{'?' if query else ''}{query}"
        content = None if body is None else _encoded(body)
        if method == "POST":
            return self._once(method, url, path, content)
        return self._repeated(lambda: self._once(method, url, path, content))

    def _repeated(self, call: Callable[[], T]) -> T:
        for attempt in stamina.retry_context(
            on=TryLater, attempts=ATTEMPTS, timeout=DEADLINE, wait_initial=0.5, wait_max=20.0
        ):
            with attempt:
                return call()
        raise AssertionError("stamina ends by a return or an error")

    def _once(self, method: str, url: str, path: str, content: bytes | None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        resource = path.partition("(")[0]
        with self._permits:
            try:
                response = self.http.request(method, url, content=content, headers=headers)
            except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol) as error:
                raise _unreachable(self.root, error) from None
            except httpx2.HTTPError as error:
                raise TryLater(
                    "Sage CRM did not answer, or the connection broke.", RETRY, code="crm-no-answer",
                    detail=type(error).__name__,
                ) from None  # fmt: skip
        if 300 <= response.status_code < 400:
            raise not_json(b"<redirect>", resource)
        if response.status_code >= 400:
            wait = response.headers.get("Retry-After", "")
            raise refusal(
                response.status_code, response.content, what=resource, record="(" in path,
                wait=float(wait) if wait.isdigit() else None,
            )  # fmt: skip
        self.last_date = _iso(response.headers.get("Date")) or self.last_date
        return _decoded(response.content, resource)


def root_of(address: str) -> str:
    """The scheme and host of what people paste: a bare host, or an address of a page of theirs."""
    given = address.strip()
    parts = urlsplit(given if "://" in given else f"https://{given}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in given:
        raise NeedsAttention(
            f"“{address}” is no address of a Sage CRM server.",
            "Give it as https://crm.example.com, as in the browser.",
            code="crm-address",
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def literal(text: str) -> str:
    """A text for a question: its quotes doubled."""
    return "'" + text.replace("'", "''") + "'"


def _quoted(text: str, safe: str = "(),'@") -> str:
    return quote(text, safe=safe)


def _encoded(body: Mapping[str, object]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        raise RecordRejected(
            "A value holds a character that can't be stored.", "Type it again.", code="invalid-value"
        ) from None


def _decoded(raw: bytes, what: str) -> dict[str, Any]:
    """Lenient as Sage's own client: a byte order mark and commas too many are overlooked."""
    plain = raw.removeprefix(b"\xef\xbb\xbf")
    if not plain.strip():
        return {}
    try:
        value = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError):
        try:
            value = msgspec.json.decode(_TRAILING.sub(rb"\1", plain))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise not_json(plain, what) from None
    return value if isinstance(value, dict) else {}


def _unreachable(root: str, error: Exception) -> TryLater:
    return TryLater(
        f"{root} could not be reached.",
        "Check its name, and that this machine may open connections to it.",
        code="crm-unreachable",
        detail=f"{type(error).__name__}: {error}",
    )


def _iso(text: str | None) -> str:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if text else ""
    except ValueError:
        return ""
