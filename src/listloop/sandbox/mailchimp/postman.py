"""The one part that speaks to the outside, in threads of its own: it validates webhook addresses, carries deliveries,
and fetches the pages and feeds that campaigns name.
"""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from listloop.sandbox.mailchimp import webhooks
from listloop.sandbox.mailchimp.account import Account
from listloop.sandbox.mailchimp.webhooks import Delivery
from listloop.sandbox.wire import Call

TIMEOUT = 10
AGENT = "MailChimp.com"
_CREATES = re.compile(r"/3\.0/(lists/[^/]+/webhooks|batch-webhooks)(/[^/]+)?/?")


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = build_opener(ProxyHandler({}), _NoRedirect)
_FOLLOWING = build_opener(ProxyHandler({}))
PAGE = 2 * 1024 * 1024  # bytes
_CONTENT = re.compile(r"/3\.0/campaigns/[^/]+/content/?")


def send(request: Request) -> int:
    """The HTTP status of the answer, 0 when there was none."""
    try:
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return int(answer.status)
    except HTTPError as refused:
        with refused:
            return refused.code
    except (OSError, ValueError, HTTPException):
        return 0


async def validate(call: Call) -> Call:
    """Asks the address of a new or changed webhook, as Mailchimp does, and notes what it answered."""
    if call.method not in {"POST", "PATCH"} or not _CREATES.fullmatch(call.path):
        return call
    try:
        url = json.loads(call.body)["url"]
        request = Request(url, headers={"User-Agent": f"{AGENT} WebHook Validator"})  # noqa: S310 - checked on the next line
    except (ValueError, KeyError, TypeError):
        return call
    if request.type not in {"http", "https"}:
        return call
    return replace(call, facts={"webhook_status": str(await asyncio.to_thread(send, request))})


def fetch(url: str) -> str:
    """The text at an address, at most `PAGE` bytes of it; empty when there is none."""
    try:
        request = Request(url, headers={"User-Agent": AGENT})  # noqa: S310 - checked on the next line
        if request.type not in {"http", "https"}:
            return ""
        with _FOLLOWING.open(request, timeout=TIMEOUT) as answer:
            charset = answer.headers.get_content_charset() or "utf-8"
            return str(answer.read(PAGE).decode(charset, "replace"))
    except (OSError, ValueError, HTTPException, LookupError):
        return ""


async def fetched(call: Call) -> Call:
    """Gets the pages that the content of a campaign shall be, and notes what they hold."""
    if call.method != "PUT" or not _CONTENT.fullmatch(call.path):
        return call
    try:
        body = json.loads(call.body)
        parts = [body, *(body.get("variate_contents") or [])]
        urls = {part["url"] for part in parts if isinstance(part.get("url"), str)}
    except (ValueError, AttributeError, TypeError):
        return call
    pages = {f"page {url}": await asyncio.to_thread(fetch, url) for url in sorted(urls)}
    return replace(call, facts={**call.facts, **pages}) if pages else call


class Postman:
    """Carries what is due: one delivery at a time per webhook, webhooks side by side; and fetches feeds."""

    def __init__(self) -> None:
        self.busy: dict[str, asyncio.Task[None]] = {}

    def look(self, campaign_id: str, url: str, told: Callable[[str], None]) -> None:
        """Fetches a feed for a campaign."""
        if campaign_id not in self.busy:
            self.busy[campaign_id] = asyncio.create_task(self._look(campaign_id, url, told))

    async def _look(self, campaign_id: str, url: str, told: Callable[[str], None]) -> None:
        try:
            told(await asyncio.to_thread(fetch, url))
        finally:
            del self.busy[campaign_id]

    def start(self, account: Account, now: int, settle: webhooks.Settle) -> None:
        waiting: dict[str, list[Delivery]] = {}
        for delivery in webhooks.due(account, now):
            waiting.setdefault(delivery.webhook_id, []).append(delivery)
        for webhook_id, deliveries in waiting.items():
            if webhook_id not in self.busy:
                self.busy[webhook_id] = asyncio.create_task(self._carry(webhook_id, deliveries, now, settle))

    async def _carry(self, webhook_id: str, deliveries: list[Delivery], now: int, settle: webhooks.Settle) -> None:
        try:
            for delivery in deliveries:
                settle(delivery, await asyncio.to_thread(send, _letter(delivery, now)))
        finally:
            del self.busy[webhook_id]


def _letter(delivery: Delivery, now: int) -> Request:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": AGENT}
    if delivery.secret:
        headers["X-Mailchimp-Signature"] = webhooks.signature(delivery.secret, delivery.body, now)
    return Request(delivery.url, delivery.body, headers)  # noqa: S310 - only http and https get into a webhook
