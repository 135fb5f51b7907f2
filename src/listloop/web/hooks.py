"""Where Mailchimp's webhooks arrive: a path with a secret end, no user, no form, and no word more than a status."""

from __future__ import annotations

from time import perf_counter

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from listloop.mailchimp.webhooks import SIGNATURE
from listloop.web.access import MACHINE, services_of
from listloop.web.metrics import DELIVERY
from listloop.web.rates import UNKNOWN_HOOK, address_of, rates_of

router = APIRouter()

PATH = "/hooks/mailchimp/{token}"

#: Bytes of a delivery; the longest that Mailchimp sends have a few thousand.
LARGEST = 256 * 1024


@router.get(PATH, dependencies=[MACHINE])
def verify(request: Request, token: str) -> Response:
    """Mailchimp looks whether the address works, before it makes a webhook."""
    receive = services_of(request).webhooks
    return Response(status_code=200 if receive is not None and receive.knows(token) else 404)


@router.post(PATH, dependencies=[MACHINE])
async def deliver(request: Request, token: str) -> Response:
    """One delivery; the answer tells how long it took here (Server-Timing, W3C), in milliseconds."""
    begun = perf_counter()
    receive = services_of(request).webhooks
    if receive is None:
        return Response(status_code=404)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            return Response(status_code=413)
    signature = request.headers.get(SIGNATURE, "")
    status = await run_in_threadpool(receive.receive, token, bytes(body), signature)
    if status in (403, 404):  # of what Mailchimp sends itself nothing is ever too much
        wait = rates_of(request).wait(UNKNOWN_HOOK, "hook", address_of(request))
        if wait:
            return Response(status_code=429, headers={"Retry-After": str(wait)})
    took = perf_counter() - begun
    DELIVERY.observe(took)
    return Response(status_code=status, headers={"Server-Timing": f"app;dur={1000 * took:.1f}"})
