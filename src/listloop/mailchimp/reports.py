"""The sums of all reports of an audience, by one call for each 1,000, and what was mailed and where it was opened
(Mailchimp API reference, reports and campaigns/content).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import msgspec

from listloop.core.facts import Campaign, Mail, Opened, Sums
from listloop.mailchimp.client import MailchimpClient


class _Opens(msgspec.Struct, frozen=True):
    opens_total: int = 0
    unique_opens: int = 0
    proxy_excluded_opens: int | None = None
    proxy_excluded_unique_opens: int | None = None


class _Clicks(msgspec.Struct, frozen=True):
    clicks_total: int = 0
    unique_subscriber_clicks: int = 0


class _Bounces(msgspec.Struct, frozen=True):
    hard_bounces: int = 0
    soft_bounces: int = 0
    syntax_errors: int = 0


class _Report(msgspec.Struct):
    id: str
    list_id: str = ""
    type: str = "regular"
    campaign_title: str | None = ""
    subject_line: str | None = ""
    send_time: str | None = ""
    emails_sent: int = 0
    abuse_reports: int = 0
    unsubscribed: int = 0
    bounces: _Bounces = _Bounces()
    opens: _Opens = _Opens()
    clicks: _Clicks = _Clicks()


@dataclass(frozen=True, slots=True)
class Report:
    """A report as the list of them shows it."""

    title: str
    subject: str
    kind: str
    sent: str
    sums: Sums


def sums_by_report(client: MailchimpClient, list_id: str) -> dict[str, Report]:
    """The audience's reports by the key of the campaign."""
    return {
        one.id: Report(
            one.campaign_title or one.subject_line or "",
            one.subject_line or "",
            one.type,
            one.send_time or "",
            _sums(one),
        )
        for one in client.pages("reports", "reports", _Report, fields=_FIELDS)
        if one.list_id == list_id
    }


class _Content(msgspec.Struct):
    html: str | None = ""
    plain_text: str | None = ""


class _Place(msgspec.Struct):
    country_code: str | None = ""
    region_name: str | None = ""
    opens: int = 0


def mail_of(client: MailchimpClient, campaign: Campaign) -> Mail:
    """The mail of a campaign, and where it was opened; two calls."""
    content = client.get(f"campaigns/{campaign.key}/content", _Content, fields="html,plain_text")
    fields = "locations.country_code,locations.region_name,locations.opens,total_items"
    places = client.pages(f"reports/{campaign.key}/locations", "locations", _Place, fields=fields)
    opened = tuple(Opened(one.country_code or "", one.region_name or "", one.opens) for one in places)
    return Mail(content.html or escape(content.plain_text or ""), opened)


def _sums(one: _Report) -> Sums:
    return Sums(
        sent=one.emails_sent,
        opens=one.opens.opens_total,
        openers=one.opens.unique_opens,
        own_opens=one.opens.proxy_excluded_opens,
        own_openers=one.opens.proxy_excluded_unique_opens,
        clicks=one.clicks.clicks_total,
        clickers=one.clicks.unique_subscriber_clicks,
        hard=one.bounces.hard_bounces + one.bounces.syntax_errors,
        soft=one.bounces.soft_bounces,
        unsubscribed=one.unsubscribed,
        complained=one.abuse_reports,
    )


_FIELDS = (
    ",".join(
        f"reports.{name}"
        for name in (
            *("id", "list_id", "type", "campaign_title", "subject_line", "send_time", "emails_sent"),
            *("abuse_reports", "unsubscribed", "bounces", "opens", "clicks"),
        )
    )
    + ",total_items"
)
