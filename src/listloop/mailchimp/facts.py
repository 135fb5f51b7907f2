"""Campaigns and what came of them: sent, opened, clicked, bounced, unsubscribed, complained.

Reports know no common cursor. One call lists all reports with their sums; only campaigns whose sums moved are read, and
of those the activity since the last reading (Mailchimp API reference, reports). An event has no ID at Mailchimp: it is
known by campaign, address, kind, time and detail, and may come again.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from listloop.core.side import Campaign, Cursor, Event
from listloop.mailchimp.client import PAGE, MailchimpClient, Param
from listloop.mailchimp.cursors import read_back, written
from listloop.mailchimp.decoding import decode
from listloop.mailchimp.walk import earlier

WATCHED = 60
"""Campaigns, newest first, that are looked at again after the first reading; responses to older ones are rare."""

OVERLAP = 3600
"""Seconds of activity that are read again: it shows up late."""

Facts = Iterator[tuple[tuple[Event, ...], Cursor]]


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cursor, written as JSON: when the last reading began, and a check sum of each watched campaign's sums.

    While a reading is under way, ``start`` is when it began, ``campaign`` the one it is at (by time of sending and id),
    ``part`` which of ``PARTS``, and ``offset`` from which row on.
    """

    at: str = ""
    known: dict[str, int] = {}
    start: str = ""
    campaign: tuple[str, str] = ("", "")
    part: int = 0
    offset: int = 0


class _Settings(msgspec.Struct, frozen=True):
    title: str | None = ""
    subject_line: str | None = ""


class _Recipients(msgspec.Struct, frozen=True):
    recipient_count: int | None = 0


class _Campaign(msgspec.Struct):
    id: str
    status: str = ""
    send_time: str | None = ""
    emails_sent: int | None = 0
    settings: _Settings = _Settings()
    recipients: _Recipients = _Recipients()


class _Report(msgspec.Struct):
    id: str
    list_id: str = ""
    send_time: str | None = ""
    emails_sent: int = 0
    abuse_reports: int = 0
    unsubscribed: int = 0
    bounces: dict[str, int] = {}
    opens: dict[str, Any] = {}
    clicks: dict[str, Any] = {}

    @property
    def place(self) -> tuple[str, str]:
        """Where it stands in the order in which reports are read."""
        return self.send_time or "", self.id

    @property
    def sums(self) -> int:
        """A check sum of what moves when something happens."""
        moving = (self.opens.get("opens_total"), self.clicks.get("clicks_total"), *sorted(self.bounces.items()))
        return zlib.crc32(repr((self.emails_sent, self.abuse_reports, self.unsubscribed, *moving)).encode())


class _Activity(msgspec.Struct):
    action: str
    timestamp: str = ""
    type: str | None = ""
    url: str | None = ""


class _Row(msgspec.Struct):
    """A row of any part of a report."""

    email_address: str = ""
    timestamp: str = ""
    date: str = ""
    reason: str | None = ""
    activity: list[_Activity] | None = None


def campaigns_of(client: MailchimpClient, list_id: str) -> Iterator[Campaign]:
    """The campaigns of an audience, newest first."""
    query: dict[str, Param] = {"list_id": list_id, "sort_field": "create_time", "sort_dir": "DESC"}
    for one in client.pages("campaigns", "campaigns", _Campaign, fields=_CAMPAIGN, **query):
        yield Campaign(
            one.id,
            one.settings.title or one.settings.subject_line or "",
            one.settings.subject_line or "",
            one.status,
            one.send_time or "",
            one.emails_sent or one.recipients.recipient_count or 0,
        )


def events_of(client: MailchimpClient, list_id: str, since: Cursor | None) -> Facts:
    """All events (None), or those since a cursor, with the cursor to go on from; the last page may be empty."""
    progress = _progress(since) if since is not None else Progress()
    reports, date = _reports(client, list_id)
    if not progress.start:
        progress = msgspec.structs.replace(progress, start=date)
    first = not progress.at
    for report in reports if first else reports[-WATCHED:]:
        known = progress.known.get(report.id)
        if report.place < progress.campaign or known == report.sums:
            continue
        if report.place > progress.campaign:
            progress = msgspec.structs.replace(progress, campaign=report.place, part=0, offset=0)
        bound = earlier(progress.at, seconds=OVERLAP) if progress.at and known is not None else None
        for events, after in _campaign_events(client, report, progress, bound):
            progress = after
            yield events, written(progress)
        watched = {**progress.known, report.id: report.sums}
        newest = {one.id for one in reports[-WATCHED:]} | {report.id}
        progress = msgspec.structs.replace(progress, known={key: watched[key] for key in watched if key in newest})
    yield (), written(Progress(progress.start, progress.known))


def _campaign_events(
    client: MailchimpClient, report: _Report, progress: Progress, since: str | None
) -> Iterator[tuple[tuple[Event, ...], Progress]]:
    """What came of one campaign from a place on: who was sent it once, then activity, opt-outs and complaints."""
    for number, (path, key, fields, events_in) in enumerate(PARTS):
        if number < progress.part or (number == 0 and since):
            continue
        offset = progress.offset if number == progress.part else 0
        while True:
            query: dict[str, Param] = {"fields": ",".join(f"{key}.{name}" for name in fields) + ",total_items"}
            if path != "abuse-reports":
                query |= {"count": PAGE, "offset": offset}
            if path == "email-activity":
                query["since"] = since
            answer = client.get(f"reports/{report.id}/{path}", dict[str, msgspec.Raw], **query)
            rows = decode(answer.get(key, b"[]"), list[_Row])
            total = decode(answer.get("total_items", b"0"), int)
            offset += len(rows)
            found = tuple(event for row in rows for event in events_in(report, row) if not since or event.at >= since)
            yield found, msgspec.structs.replace(progress, part=number, offset=offset)
            if not rows or offset >= total or path == "abuse-reports":
                break


def _sent(report: _Report, row: _Row) -> Iterator[Event]:
    yield Event(report.id, row.email_address, "sent", report.send_time or "")


def _acted(report: _Report, row: _Row) -> Iterator[Event]:
    for one in row.activity or ():
        if kind := KINDS.get(one.action):
            yield Event(report.id, row.email_address, kind, one.timestamp, one.url or one.type or "")


def _left(report: _Report, row: _Row) -> Iterator[Event]:
    yield Event(report.id, row.email_address, "unsubscribed", row.timestamp, row.reason or "")


def _complained(report: _Report, row: _Row) -> Iterator[Event]:
    yield Event(report.id, row.email_address, "complained", row.date)


KINDS = {"open": "opened", "click": "clicked", "bounce": "bounced"}
"""The actions of a report's activity, and the kinds of our events."""

PARTS: Sequence[tuple[str, str, tuple[str, ...], Callable[[_Report, _Row], Iterator[Event]]]] = (
    ("sent-to", "sent_to", ("email_address",), _sent),
    ("email-activity", "emails", ("email_address", "activity"), _acted),
    ("unsubscribed", "unsubscribes", ("email_address", "timestamp", "reason"), _left),
    ("abuse-reports", "abuse_reports", ("email_address", "date"), _complained),
)
"""The parts of a report that hold events: path, name of the rows, their fields, and what a row tells."""

_CAMPAIGN = (
    ",".join(
        f"campaigns.{name}"
        for name in (
            *("id", "status", "send_time", "emails_sent"),
            *("settings.title", "settings.subject_line", "recipients.recipient_count"),
        )
    )
    + ",total_items"
)
_REPORT = (
    ",".join(
        f"reports.{name}"
        for name in (
            *("id", "list_id", "send_time", "emails_sent", "abuse_reports", "unsubscribed", "bounces"),
            *("opens.opens_total", "clicks.clicks_total"),
        )
    )
    + ",total_items"
)


def _reports(client: MailchimpClient, list_id: str) -> tuple[list[_Report], str]:
    """The audience's reports, oldest first, and the server's time."""
    found = [one for one in client.pages("reports", "reports", _Report, fields=_REPORT) if one.list_id == list_id]
    return sorted(found, key=lambda one: one.place), client.last_date


def _progress(since: Cursor) -> Progress:
    return read_back(since, Progress, where="Mailchimp's reports", fix="Read the campaigns in full once.")
