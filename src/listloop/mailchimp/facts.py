"""Campaigns and what came of them: sent, opened, clicked, bounced, unsubscribed, complained."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from listloop.core.side import Campaign, Cursor, Event
from listloop.mailchimp.client import MailchimpClient


def campaigns_of(client: MailchimpClient, list_id: str) -> Iterator[Campaign]:
    raise NotImplementedError


def events_of(
    client: MailchimpClient, list_id: str, since: Cursor | None
) -> Iterator[tuple[tuple[Event, ...], Cursor]]:
    raise NotImplementedError
