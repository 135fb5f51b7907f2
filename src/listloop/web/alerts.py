"""What the pages know of alerts: whom they reach, whether they arrive, and what is entered as limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from listloop.core.alerts import MOST, Limits
from listloop.core.errors import NeedsAttention
from listloop.store.alerts import checked


class Telling(Protocol):
    """Where alerts go."""

    def reaches(self) -> list[str]:
        """The addresses that get mails, and the host that gets posts; empty: nobody is told."""

    def digest(self) -> bool:
        """Is a digest mailed?"""

    def attempt(self) -> bool:
        """Send a message to everybody; False where it could not be sent."""


def read_limits(given: Mapping[str, str]) -> Limits:
    """The limits of a form. Raises NeedsAttention naming what can't be used."""
    numbers: dict[str, Any] = {}
    for name in MOST:
        text = given.get(name, "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) < 12):
            raise NeedsAttention(f"“{text[:20]}” is no whole number.", "Give one in figures.", code="alert-limit")
        numbers[name] = int(text)
    return checked(
        Limits(**numbers, digest=given.get("digest", "").strip(), zone=given.get("zone", "").strip() or "UTC")
    )
