"""Mailchimp's webhooks of an audience: the resource, what a delivery says, and whether it is Mailchimp's.

Sources: Mailchimp API reference, lists/webhooks; webhook guide (fields, retries for 75 minutes, 410 switches a webhook
off); signatures, 2026: ``X-Mailchimp-Signature: t=<seconds>,v1=<HMAC-SHA256 of "<t>." and the raw body>``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.mailchimp.client import MailchimpClient, Reply
from listloop.mailchimp.errors import Subject

EVENTS = {"subscribe": True, "unsubscribe": True, "profile": True, "cleaned": True, "upemail": True, "campaign": False}
"""What we want to be told of. Nothing exists for tags; campaigns are read by the schedule."""

SOURCES = {"user": True, "admin": True, "api": False}
"""Whose acts we want to be told of. With ``api`` our own writes would come back; the poll sees other programs'."""

SIGNATURE = "X-Mailchimp-Signature"

SKEW = 300
"""Seconds by which a signature's time may differ from ours (signature guide)."""

_SIGNED = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")
_LONGEST = 400
"""Characters of an address that we would store."""


class Webhook(msgspec.Struct, frozen=True):
    """A webhook as Mailchimp shows it. ``signing_secret`` is told once, in the answer that creates it."""

    id: str = ""
    url: str = ""
    events: dict[str, bool] = {}
    sources: dict[str, bool] = {}
    signing_secret: str | None = ""

    @property
    def as_wanted(self) -> bool:
        """Does it tell what we want to be told?"""
        events = all(self.events.get(name, False) is on for name, on in EVENTS.items() if on)
        return events and all(self.sources.get(name, False) is on for name, on in SOURCES.items())


@dataclass(frozen=True, slots=True)
class Notice:
    """What a delivery says: about which audience, and whom to look at. Nothing else of it is believed or kept."""

    audience: str
    addresses: tuple[str, ...]


class Webhooks:
    """The webhooks of one audience."""

    def __init__(self, client: MailchimpClient, list_id: str) -> None:
        self._client = client
        self._path = f"lists/{list_id}/webhooks"

    def there(self) -> list[Webhook]:
        """All of them, other programs' included."""
        return list(self._client.pages(self._path, "webhooks", Webhook))

    def create(self, url: str) -> Webhook:
        """Make one; Mailchimp calls the address at once. Raises NeedsAttention where it gets no answer there."""
        try:
            return self._send("POST", self._path, {"url": url, "events": EVENTS, "sources": SOURCES}).read(Webhook)
        except (RecordRejected, NeedsAttention) as error:
            raise _unverified(url, error) from None

    def mend(self, webhook_id: str) -> None:
        """Let it tell what we want again; one that was switched off works again."""
        self._send("PATCH", f"{self._path}/{webhook_id}", {"events": EVENTS, "sources": SOURCES})

    def delete(self, webhook_id: str) -> None:
        """Remove one; no error where it is gone already."""
        try:
            self._send("DELETE", f"{self._path}/{webhook_id}", None)
        except (RecordRejected, NeedsAttention) as error:
            if error.code not in ("not-found", "audience-missing"):
                raise

    def _send(self, method: str, path: str, body: object) -> Reply:
        return self._client.send(method, path, body, subject=Subject.AUDIENCE)


def notice(body: bytes) -> Notice | None:
    """What a delivery says; None for what is none. Form-encoded, with keys such as ``data[email]``."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=500, errors="strict")
    except ValueError:
        return None
    if not fields.get("type") or not fields.get("data[list_id]"):
        return None
    named = [fields.get(f"data[{name}]", [""])[0] for name in ("email", "old_email", "new_email")]
    return Notice(fields["data[list_id]"][0], tuple(dict.fromkeys(one for one in named if _is_address(one))))


def is_signed(secret: str, body: bytes, header: str, now: float) -> bool:
    """Is the signature right, and not older or newer than five minutes? ``now`` in seconds since 1970."""
    found = _SIGNED.fullmatch(header.strip())
    if found is None or abs(now - int(found[1])) > SKEW:
        return False
    right = hmac.new(secret.encode(), found[1].encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(right, found[2])


def _is_address(text: str) -> bool:
    return "@" in text and len(text) <= _LONGEST and text.isprintable()


def _unverified(url: str, error: RecordRejected | NeedsAttention) -> NeedsAttention:
    if "verify" not in f"{error.problem} {error.detail}":
        return NeedsAttention(error.problem, error.fix, code=error.code, detail=error.detail)
    host = "/".join(url.split("/")[:3])
    return NeedsAttention(
        f"Mailchimp could not reach Listloop at {host}: it calls a webhook's address when it is made.",
        "Check that LISTLOOP_WEBHOOK_URL is right and leads to this service from outside, and that the service runs. "
        "Until then changes come by the schedule.",
        code="webhook-unreachable",
    )


def ours(there: Sequence[Webhook], prefix: str) -> list[tuple[Webhook, str]]:
    """Those whose address begins with ``prefix``, with the rest of it."""
    return [(one, one.url.removeprefix(prefix)) for one in there if one.url.startswith(prefix)]
