"""A campaign as tables: the people behind a number as lines of a CSV file, everything as an Excel workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo

from sqlalchemy import Connection

from listloop.core.crowd import Did, Term
from listloop.core.facts import Sums
from listloop.files.workbook import Cell, Sheet, workbook
from listloop.store.campaigns import CampaignRow, mail_of
from listloop.store.comparison import compared, rates
from listloop.store.report import domains, hours, links, reasons
from listloop.store.results import Recipient, recipients
from listloop.web.campaign_words import NUMBERS
from listloop.web.files import as_row
from listloop.web.words import N_

Say = Callable[[str], str]
"""Translates a text of ours."""

SIZE = 1000

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

PEOPLE = (
    N_("Name"), N_("E-mail"), N_("Company"), N_("Opens"), N_("First open"), N_("Clicks"), N_("First click"),
    N_("Bounced"), N_("Left at"), N_("Why they left"), N_("Complained"), N_("Version"),
)  # fmt: skip

SHARES = {"opened": N_("Opened"), "clicked": N_("Clicked"), "left": N_("Left"), "bounced": N_("Bounced")}


def named(name: str) -> dict[str, str]:
    """The headers of a file with people's data: its name, and that nobody may keep it."""
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def csv_lines(db: Connection, term: Term, zone: tzinfo, say: Say) -> Iterator[str]:
    """The people behind a number, for a spreadsheet; the mark at the beginning tells Excel that it is UTF-8."""
    yield "\ufeff" + as_row([say(name) for name in PEOPLE])
    for cells in _people(db, term, zone):
        yield as_row([f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else str(one or "") for one in cells])


def as_workbook(db: Connection, row: CampaignRow, zone: tzinfo, say: Say) -> bytes:
    """Everything of a campaign as .xlsx: its numbers, what they compare with, its people, links, domains, places, why
    people left, and what came when.
    """
    seen = {N_("Opened for the first time"): "opened", N_("Clicked for the first time"): "clicked"}
    parts = {N_("Domain"): "name", N_("Sent"): "sent", N_("Bounced"): "bounced", N_("Opened"): "opened"}
    parts |= {N_("Clicked"): "clicked", N_("Left"): "left"}
    numbers = [say(N_("What")), say(N_("Counted")), say(N_("Mailchimp’s report"))]
    return workbook([
        Sheet(say(N_("Numbers")), numbers, _sums(row, say)),
        Sheet(say(N_("People")), [say(name) for name in PEOPLE], _people(db, Term(Did.SENT, row.id), zone)),
        _comparison(db, row, say),
        Sheet(
            say(N_("Links")),
            [say(N_("Link")), say(N_("People")), say(N_("Clicks"))],
            [(one.url, one.people, one.clicks) for one in links(db, row.id)],
        ),
        Sheet(
            say(N_("Domains")),
            [say(name) for name in parts],
            [tuple(getattr(one, name) for name in parts.values()) for one in domains(db, row.id)],
        ),
        Sheet(
            say(N_("Places")),
            [say(N_("Country")), say(N_("Region")), say(N_("Opens"))],
            [(one.country, one.region, one.opens) for one in mail_of(db, row.id).places],
        ),
        Sheet(say(N_("Why people left")), [say(N_("Reason")), say(N_("People"))], reasons(db, row.id)),
        Sheet(
            say(N_("Time")),
            [say(N_("From")), *(say(name) for name in seen)],
            [(one.at.astimezone(zone), one.opened, one.clicked) for one in hours(db, row.id)],
        ),
    ])  # fmt: skip


def _sums(row: CampaignRow, say: Say) -> list[tuple[Cell, ...]]:
    return [
        (say(title), getattr(row.counted, name) or 0, getattr(row.sums, name) if row.sums else None)
        for name, title in NUMBERS.items()
        if name in Sums.__dataclass_fields__
    ]


def _comparison(db: Connection, row: CampaignRow, say: Say) -> Sheet:
    """Shares in percent: of this campaign, of all others together, the median, and of the ones before it."""
    found = compared(db, row)
    lines = [(row.name, found.mine), (say(N_("Average")), found.average), (say(N_("Usual")), found.usual)]
    lines += [(one.name, rates(one.counted)) for one in found.before]
    if found.last_year and found.last_year not in found.before:
        lines.append((found.last_year.name, rates(found.last_year.counted)))
    shares = [(name, [round(100 * getattr(some, part), 2) for part in SHARES]) for name, some in lines if some]
    head = [say(N_("Campaign")), *(f"{say(title)}, %" for title in SHARES.values())]
    return Sheet(say(N_("Compared")), head, [(name, *numbers) for name, numbers in shares])


def _people(db: Connection, term: Term, zone: tzinfo) -> Iterator[list[Cell]]:
    after = 0
    while True:
        some = recipients(db, term, after=after, limit=SIZE)
        for one in some:
            yield _cells(one, zone)
        if len(some) < SIZE:
            return
        after = some[-1].id


def _cells(one: Recipient, zone: tzinfo) -> list[Cell]:
    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    return [
        *(one.name, one.address, one.company, one.own_opens, local(one.first_open)),
        *(one.clicks, local(one.first_click), one.bounce, local(one.left_at), one.left_why),
        *(local(one.complained_at), one.version),
    ]
