"""The parts of a campaign's report as tables: sums, comparison, time, links, domains, places, why people left."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from listloop.cli.console import out, people_word, table
from listloop.core.facts import differences, rate
from listloop.store.campaigns import CampaignRow
from listloop.store.comparison import Rates, rates
from listloop.store.report import Report


class Part(StrEnum):
    """What of a campaign can be looked at."""

    TIME = "time"
    LINKS = "links"
    DOMAINS = "domains"
    PLACES = "places"
    REASONS = "reasons"
    BEFORE = "before"


#: What the numbers of a report are called.
NUMBERS = {
    "sent": "mails sent",
    "opens": "opens",
    "openers": "people whose mail was opened",
    "own_opens": "opens by people",
    "own_openers": "people who opened",
    "clicks": "clicks",
    "clickers": "people who clicked",
    "hard": "bounced for good",
    "soft": "bounced for now",
    "unsubscribed": "opted out",
    "complained": "complained",
}


def print_sums(one: Report) -> None:
    """The numbers of a campaign, whether they are Mailchimp's, and how they compare."""
    row, sums = one.row, one.row.counted
    out.print(row.name, style="bold")
    out.print(f"Sent {row.sent_at:%Y-%m-%d %H:%M} UTC to {people_word(sums.sent)}." if row.sent_at else row.status)
    shown = table("#", "", "#")
    for number, what, whole in (
        (sums.sent, "sent", 0),
        (sums.delivered, "delivered", sums.sent),
        (sums.opened, "opened", sums.delivered),
        (sums.clickers, "clicked", sums.delivered),
        (sums.hard, "bounced for good", sums.sent),
        (sums.soft, "bounced for now", sums.sent),
        (sums.unsubscribed, "opted out", sums.delivered),
        (sums.complained, "complained", sums.delivered),
    ):
        shown.add_row(f"{number:,}", what, f"{100 * rate(number, whole):.1f} %" if whole else "")
    out.print(shown)
    out.print(agreement(row))
    found = one.compared
    if found.average:
        last = [(f"{found.last_year.name}, a year ago", rates(found.last_year.counted))] if found.last_year else []
        usual = [(f"usual (median of {len(found.before)} before)", found.usual)] if found.usual else []
        average = ("average of the audience", found.average)
        _print_rates([("this campaign", found.mine), average, *usual, *last])


def _print_rates(lines: Sequence[tuple[str, Rates]]) -> None:
    shown = table("compared", "#opened", "#clicked", "#left", "#bounced")
    for name, some in lines:
        shown.add_row(name, *(f"{100 * one:.1f} %" for one in (some.opened, some.clicked, some.left, some.bounced)))
    out.print(shown)


def print_part(one: Report, part: Part) -> None:
    """One part of a campaign."""
    if part is Part.BEFORE:
        _print_rates([(row.name, rates(row.counted)) for row in (one.row, *one.compared.before)])
        return
    head, rows = _table(one, part)
    if not rows:
        out.print("Nothing is known of that yet.")
        return
    shown = table(*head)
    for row in rows:
        shown.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row))
    out.print(shown)


def _table(one: Report, part: Part) -> tuple[tuple[str, ...], Sequence[tuple[str | int, ...]]]:
    if part is Part.TIME:
        hours = [(f"{hour.at:%Y-%m-%d %H:%M}", hour.opened, hour.clicked) for hour in one.hours]
        return ("from (UTC)", "#opened for the first time", "#clicked for the first time"), hours
    if part is Part.LINKS:
        return ("link", "#people", "#clicks"), [(link.url, link.people, link.clicks) for link in one.links]
    if part is Part.DOMAINS:
        head = ("domain", "#sent", "#bounced", "#opened", "#clicked", "#left")
        some = one.domains
        return head, [(at.name or "all others", at.sent, at.bounced, at.opened, at.clicked, at.left) for at in some]
    if part is Part.PLACES:
        return ("country", "region", "#opens"), [(at.country or "unknown", at.region, at.opens) for at in one.places]
    return ("why people left", "#people"), [(why or "no reason given", number) for why, number in one.reasons]


def agreement(row: CampaignRow) -> str:
    """The line that compares the sums over people with Mailchimp's report."""
    if row.sums is None:
        return "Mailchimp has no report of it yet."
    if row.unread:
        return f"Results of {people_word(row.unread)} are still to be read: “listloop results read”."
    found = differences(row.sums, row.counted)
    if found:
        parts = (f"{NUMBERS[one.name]} {one.report:,} there, {one.counted:,} here" for one in found)
        return f"Differs from Mailchimp's report: {'; '.join(parts)}."
    if row.counted.machine_openers:
        whole, machine = row.counted.openers, row.counted.machine_openers
        return (
            f"Agrees with Mailchimp's report: {whole:,} opened = {whole - machine:,} people "
            f"+ {machine:,} opened by a machine only."
        )
    return "Agrees with Mailchimp's report."
