"""The one part that speaks to the outside: validates webhook addresses, carries deliveries, in threads of its own."""

import asyncio
import json
import re
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


class Postman:
    """Carries what is due: one delivery at a time per webhook, webhooks side by side."""

    def __init__(self) -> None:
        self.busy: dict[str, asyncio.Task[None]] = {}

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
