"""What Sage CRM's refusals mean: which of the three reactions, and what a person reads about it.

The bodies of real errors are not documented. JSON with ``$diagnoses`` or ``$diagnosis`` (SData 2.0), XML, a page of
IIS or Tomcat in HTML, and no body at all are understood; a body is never read in place of the status.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from listloop.core.errors import ListloopError, NeedsAttention, RecordRejected, TryLater

RETRY = "Nothing to do: Listloop tries again by itself."
KEPT = 500
"""Characters of a reply that are kept beside an error."""

_TAG = re.compile(rb"<[^>]*>")
_SPACE = re.compile(r"\s+")


def refusal(status: int, body: bytes, *, what: str, record: bool, wait: float | None = None) -> ListloopError:
    """The error for a status of 400 and above. ``what`` is the resource; ``record``: one record was asked for."""
    said = reason(body)
    raw = f"HTTP {status}: {said}"[:KEPT]
    if status == 401:
        return NeedsAttention(
            "Sage CRM does not let the user in: the name or the password is wrong, or the user is disabled.",
            "Check user and password under Administration → Users in Sage CRM, then enter them again.",
            code="crm-sign-in",
            detail=raw,
        )
    if status == 403:
        return NeedsAttention(
            f"The Sage CRM user may not do this with {what}.",
            f"Give the user's profile rights on {what} (Administration → Users → Security).",
            code="crm-rights",
            detail=raw,
        )
    if status == 404:
        return _missing(what, said, raw, record=record)
    if status in {405, 501}:
        return NeedsAttention(
            f"Sage CRM's web server does not let {what} be written this way.",
            "Allow PATCH or PUT for /sdata in IIS (Request Filtering, WebDAV).",
            code="crm-verb",
            detail=raw,
        )
    if status in {408, 429, 502, 503, 504}:
        problem = "Sage CRM is not ready: its web server gets no answer."
        return TryLater(problem, RETRY, code="crm-busy", retry_after=wait, detail=raw)
    return RecordRejected(
        f"Sage CRM refuses what was asked of {what}: {said or f'it gives no reason (HTTP {status})'}.",
        "Correct it in Sage CRM; the next run tries again.",
        code="crm-refused",
        detail=raw,
    )


def _missing(what: str, said: str, raw: str, *, record: bool) -> ListloopError:
    if "404.15" in said or "404.14" in said:
        return NeedsAttention(
            "A question to Sage CRM is longer than its web server allows.",
            "Please report it with the details below.",
            code="crm-too-long",
            detail=raw,
        )
    if record:
        return RecordRejected(
            f"This record of {what} is no longer in Sage CRM, or is hidden from the user.",
            "Listloop looks for it in the next run.",
            code="gone",
            detail=raw,
        )
    return NeedsAttention(
        f"There is no {what} at this address of Sage CRM.",
        "Check the address and the name of the installation; see that the REST API answers there.",
        code="crm-address",
        detail=raw,
    )


def reason(body: bytes) -> str:
    """Why, in the server's words: from JSON, XML or HTML; "" where it doesn't say."""
    try:
        found = _diagnosis(msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf")))
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = ""
    if not found:
        found = _TAG.sub(b" ", body[:4_000]).decode("utf-8", "replace") if body.lstrip()[:1] == b"<" else ""
    return _SPACE.sub(" ", found).strip().rstrip(".")[:KEPT]


def _diagnosis(value: Any) -> str:
    """The message in a diagnosis, wherever and however it is spelled."""
    if isinstance(value, list):
        return "; ".join(filter(None, map(_diagnosis, value)))
    if not isinstance(value, dict):
        return ""
    named = {str(name).lower().lstrip("$"): one for name, one in value.items()}
    if isinstance(named.get("message"), str):
        return str(named["message"])
    return _diagnosis(named.get("diagnoses") or named.get("diagnosis"))


def not_json(body: bytes, what: str) -> ListloopError:
    """The error for a success that is no JSON: a sign-in page of a proxy, or an answer cut short."""
    if body.lstrip()[:1] == b"<":
        return NeedsAttention(
            "Another page comes in place of Sage CRM's answer: a proxy or a single sign-on stands before it.",
            "Let /sdata pass without a sign-in page (IIS: Anonymous Authentication on, Windows Authentication off).",
            code="crm-other-page",
            detail=reason(body),
        )
    return TryLater(f"Sage CRM's answer about {what} came cut short or garbled.", RETRY, code="crm-garbled")
