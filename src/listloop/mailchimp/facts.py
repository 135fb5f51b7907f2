"""Campaigns and what came of them: sent, opened, clicked, bounced, unsubscribed, complained.

Two calls list all campaigns and all reports with their sums; a campaign whose sums moved is read, page by page: its
activity, which lists every recipient, and where the sums say that there are any, its opt-outs, its complaints, and
which opens a mail program made by itself (Mailchimp API reference, reports).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from listloop.core.facts import Campaign, Event, Kind
from listloop.core.side import Cursor
from listloop.mailchimp.client import PAGE, MailchimpClient, Param
from listloop.mailchimp.decoding import decode
from listloop.mailchimp.reports import sums_by_report
from listloop.mailchimp.walk import earlier

OVERLAP = 3600
"""Seconds of activity that are read again: it shows up late."""

FIRST_ARE_MACHINES = True
"""Where a report counts machine opens but does not say which they are, they are taken for the earliest: mail programs
fetch a mail when it arrives. Not documented by Mailchimp."""

Page = tuple[tuple[Event, ...], Cursor]


class _Settings(msgspec.Struct, frozen=True):
    title: str | None = ""
    subject_line: str | None = ""


class _Recipients(msgspec.Struct, frozen=True):
    list_id: str | None = ""
    recipient_count: int | None = 0
    segment_text: str | None = ""


class _Campaign(msgspec.Struct):
    id: str
    web_id: int = 0
    type: str = "regular"
    parent_campaign_id: str | None = ""
    status: str = ""
    send_time: str | None = ""
    emails_sent: int | None = 0
    long_archive_url: str | None = ""
    settings: _Settings = _Settings()
    recipients: _Recipients = _Recipients()


class _Activity(msgspec.Struct):
    action: str
    timestamp: str = ""
    type: str | None = ""
    url: str | None = ""


class _Open(msgspec.Struct):
    timestamp: str = ""
    is_proxy_open: bool | None = None


class _Row(msgspec.Struct):
    """A row of any part of a report."""

    email_address: str = ""
    email_id: str = ""
    timestamp: str = ""
    date: str = ""
    reason: str | None = ""
    absplit_group: str | None = ""
    activity: list[_Activity] | None = None
    opens: list[_Open] | None = None
    opens_count: int = 0
    proxy_excluded_opens_count: int | None = None


def campaigns_of(client: MailchimpClient, list_id: str) -> Iterator[Campaign]:
    """The campaigns of an audience, newest first, with the sums of their reports; tests are in neither list."""
    query: dict[str, Param] = {"list_id": list_id, "sort_field": "create_time", "sort_dir": "DESC"}
    listed = list(client.pages("campaigns", "campaigns", _Campaign, fields=_CAMPAIGN, **query))
    reports = sums_by_report(client, list_id)
    for one in listed:
        report = reports.pop(one.id, None)
        yield Campaign(
            one.id,
            one.settings.title or one.settings.subject_line or "",
            one.settings.subject_line or "",
            one.status,
            one.send_time or "",
            one.emails_sent or one.recipients.recipient_count or 0,
            one.type,
            one.parent_campaign_id or "",
            one.recipients.segment_text or "",
            one.long_archive_url or "",
            str(one.web_id or ""),
            report.sums if report else None,
        )
    for key, left in reports.items():  # mails of an automation have reports, and are in no list of campaigns
        yield Campaign(key, left.title, left.subject, "sent", left.sent, left.sums.sent, left.kind, sums=left.sums)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a report that holds events: its path, the name of its rows, their fields, what a row tells."""

    path: str
    rows: str
    fields: tuple[str, ...]
    events: Callable[[str, _Row], Iterator[Event]]
    paged: bool = True
    since: bool = False


def events_of(client: MailchimpClient, campaign: Campaign, since: str, cursor: Cursor) -> Iterator[Page]:
    """What came of a campaign from a place on, all or since a moment; the cursor of the last page is "".

    A first reading costs a page for each 1,000 recipients. A campaign that tries several mails costs as many again, to
    learn who got which, and one in which machines opened a page for each 1,000 people whose mail was opened.
    """
    path, _, offset = cursor.partition(":")
    names = _parts_of(campaign, whole=not since)
    at = names.index(path) if path in names else 0
    start = int(offset or 0) if path in names else 0
    bound = earlier(since, seconds=OVERLAP) if since else ""
    while at < len(names):
        following = names[at + 1] if at + 1 < len(names) else ""
        for events, listed, place in _part(client, campaign.key, PARTS[names[at]], start, bound):
            if not place and names[at] == ACTIVITY and not since and _leaves_out(campaign, listed):
                names.insert(at + 1, SENT_TO) if SENT_TO not in names else None
                following = names[at + 1]
            after = f"{names[at]}:{place}" if place else f"{following}:0" if following else ""
            yield events, after
        at, start = at + 1, 0


def _parts_of(campaign: Campaign, *, whole: bool) -> list[str]:
    sums = campaign.sums
    wanted = {
        ACTIVITY: True,
        SENT_TO: whole and campaign.kind == "variate",
        "unsubscribed": sums is None or sums.unsubscribed > 0,
        "abuse-reports": sums is None or sums.complained > 0,
        "open-details": sums is not None and sums.told_apart,
    }
    return [name for name, needed in wanted.items() if needed]


def _leaves_out(campaign: Campaign, listed: int) -> bool:
    """Does the activity list only those who did something? It lists everybody, by what is known of it."""
    return campaign.sums is not None and listed < campaign.sums.sent


def _part(
    client: MailchimpClient, campaign: str, part: Part, offset: int, since: str
) -> Iterator[tuple[tuple[Event, ...], int, int]]:
    """Pages of events, with how many rows there are in all and from which one to go on; 0 after the last."""
    while True:
        query: dict[str, Param] = {"fields": ",".join(f"{part.rows}.{name}" for name in part.fields) + ",total_items"}
        if part.paged:
            query |= {"count": PAGE, "offset": offset}
        if part.since and since:
            query["since"] = since
        answer = client.get(f"reports/{campaign}/{part.path}", dict[str, msgspec.Raw], **query)
        rows = decode(answer.get(part.rows, b"[]"), list[_Row])
        total = decode(answer.get("total_items", b"0"), int)
        offset += len(rows)
        more = part.paged and bool(rows) and offset < total
        yield tuple(event for row in rows for event in part.events(campaign, row)), total, offset if more else 0
        if not more:
            return


def _sent(campaign: str, row: _Row) -> Iterator[Event]:
    yield Event(campaign, row.email_address, Kind.SENT, "", row.absplit_group or "", row.email_id)


def _acted(campaign: str, row: _Row) -> Iterator[Event]:
    yield Event(campaign, row.email_address, Kind.SENT, "", "", row.email_id)
    alike: Counter[tuple[str, str, str]] = Counter()
    for one in row.activity or ():
        kind, detail = KINDS.get(one.action), one.url or one.type or ""
        if kind:
            place = alike[kind, one.timestamp, detail]
            alike[kind, one.timestamp, detail] += 1
            yield Event(campaign, row.email_address, kind, one.timestamp, detail, row.email_id, place)


def _left(campaign: str, row: _Row) -> Iterator[Event]:
    yield Event(campaign, row.email_address, Kind.UNSUBSCRIBED, row.timestamp, row.reason or "", row.email_id)


def _complained(campaign: str, row: _Row) -> Iterator[Event]:
    yield Event(campaign, row.email_address, Kind.COMPLAINED, row.date, "", row.email_id)


def _machines(campaign: str, row: _Row) -> Iterator[Event]:
    """The opens that the mail program made by itself."""
    opens = row.opens or []
    told = any(one.is_proxy_open is not None for one in opens)
    machines = row.opens_count - (row.opens_count if row.proxy_excluded_opens_count is None else _own(row))
    by_time = sorted(opens, key=lambda one: one.timestamp)
    guessed = {id(one) for one in by_time[:machines]} if not told and FIRST_ARE_MACHINES else set()
    alike: Counter[str] = Counter()
    for one in opens:
        place = alike[one.timestamp]
        alike[one.timestamp] += 1
        if one.is_proxy_open or id(one) in guessed:
            yield Event(campaign, row.email_address, Kind.OPENED, one.timestamp, "", row.email_id, place, machine=True)


def _own(row: _Row) -> int:
    return row.proxy_excluded_opens_count or 0


KINDS: Mapping[str, Kind] = {"open": Kind.OPENED, "click": Kind.CLICKED, "bounce": Kind.BOUNCED}
"""The actions of a report's activity, and the kinds of our events."""

ACTIVITY, SENT_TO = "email-activity", "sent-to"

_PERSON = ("email_address", "email_id")

PARTS: Mapping[str, Part] = {
    one.path: one
    for one in (
        Part(ACTIVITY, "emails", (*_PERSON, "activity"), _acted, since=True),
        Part(SENT_TO, "sent_to", (*_PERSON, "absplit_group"), _sent),
        Part("unsubscribed", "unsubscribes", (*_PERSON, "timestamp", "reason"), _left),
        Part("abuse-reports", "abuse_reports", (*_PERSON, "date"), _complained, paged=False),
        Part(
            "open-details",
            "members",
            (*_PERSON, "opens", "opens_count", "proxy_excluded_opens_count"),
            _machines,
            since=True,
        ),
    )
}
"""The parts of a report that hold events, in the order in which they are read."""

_CAMPAIGN = (
    ",".join(
        f"campaigns.{name}"
        for name in (
            *("id", "web_id", "type", "parent_campaign_id", "status", "send_time", "emails_sent", "long_archive_url"),
            *("settings.title", "settings.subject_line", "recipients.recipient_count", "recipients.segment_text"),
        )
    )
    + ",total_items"
)
