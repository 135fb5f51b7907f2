"""What the suite asks to be done on a side by its users: the adapter's author writes these few hands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from listloop.core.people import Key, Value
from listloop.core.side import Deal


class Hands(Protocol):
    """Acts as a user of the side, apart from the adapter. What is returned beside keys is not looked at."""

    def add(self, email: str, values: Mapping[str, Value]) -> Key:
        """Make a record by hand, with every field that the side requires."""

    def edit(self, key: Key, values: Mapping[str, Value]) -> object:
        """Change fields by hand."""

    def delete(self, key: Key) -> object:
        """Delete for good; in an audience the address is forgotten then."""

    def wait(self, seconds: float) -> object:
        """Let the side's clock move on, at once: no test sleeps."""


class CrmHands(Hands, Protocol):
    """What a CRM's users do beside."""

    def add_address(self, key: Key, email: str) -> bool:
        """Give a person a further address; False where the CRM has only one."""

    def close_deal(self, deal: Deal) -> object:
        """Save a won opportunity of ``deal.people``; where the CRM gives its own key, the title is looked at."""


class AudienceHands(Hands, Protocol):
    """What the people of an audience, and its mail, do beside."""

    def unsubscribe(self, key: Key) -> object:
        """The person uses the unsubscribe link."""

    def clean(self, key: Key) -> object:
        """Mail to the person's address bounces for good."""
