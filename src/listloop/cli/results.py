"""``listloop results``: what came of a campaign, from its numbers to its people; of one person; and into the CRM."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number
from sqlalchemy import Connection

from listloop.cli.campaigns import entry
from listloop.cli.console import OK, err, me, out, people_word, print_json, progress_bar, table
from listloop.cli.options import COMMON, Common, people_named
from listloop.cli.parts import Part, print_part, print_sums
from listloop.cli.turn import at_work
from listloop.core.crowd import OTHERS, Did, Term, asked
from listloop.core.errors import NeedsAttention
from listloop.core.facts import Kind, in_utc
from listloop.store.campaigns import CampaignRow, find_campaign
from listloop.store.comparison import rates
from listloop.store.database import reading
from listloop.store.report import Report, report
from listloop.store.results import Recipient, followed, recipients, totals
from listloop.store.telling import change_telling, telling_of, told_count
from listloop.sync.facts import Imported, import_facts

results = App(
    name="results", help="Show what came of a campaign, or of all for one person.", result_action="return_value"
)

Which = Annotated[str, Parameter(help="Its number or its title.")]
Whom = Annotated[Did | None, Parameter(help="The people behind this number.")]
Link = Annotated[str, Parameter(help="Of those who clicked: this link.")]
Domain = Annotated[
    str, Parameter(help=f"Only those with an address of this domain; “{OTHERS}” is all but the biggest ones.")
]
Why = Annotated[str | None, Parameter(help="Of those who opted out: for this reason; “” for none.")]
Since = Annotated[datetime | None, Parameter(help="Who did it for the first time at this moment (UTC) or later.")]
Until = Annotated[datetime | None, Parameter(help="Who did it for the first time before this moment (UTC).")]


def named(db: Connection, connection_id: int, campaign: str) -> CampaignRow:
    """The campaign of that number, key or title; the newest of several. Raises NeedsAttention."""
    found = find_campaign(db, connection_id, campaign)
    if not found:
        raise NeedsAttention(
            f"No campaign “{campaign}” is known here.",
            "“listloop campaigns” lists them; “listloop results read” reads what is new.",
            code="campaign-unknown",
        )
    return found[0]


@results.default
def show(
    campaign: Which,
    *,
    by: Annotated[Part | None, Parameter(help="Look at one part of it instead of the sums.")] = None,
    who: Whom = None,
    link: Link = "",
    domain: Domain = "",
    why: Why = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many people at most.")] = 100,
    common: Common = COMMON,
) -> int:
    """Show what came of a campaign, compared with Mailchimp's report and other campaigns, down to its people."""
    with common.row() as (listloop, row), reading(listloop.engine).begin() as db:
        known = named(db, row.id, campaign)
        wanted = _asked(known, who, link, domain, why, since, until)
        if wanted is not None:
            return _people(recipients(db, wanted, limit=limit), json=common.json)
        whole = report(db, known)
    if common.json:
        print_json(_whole(whole))
    elif by is None:
        print_sums(whole)
    else:
        print_part(whole, by)
    return OK


def _asked(
    row: CampaignRow,
    who: Did | None,
    link: str,
    domain: str,
    why: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Term | None:
    """Whom the options mean; None: they name nobody. What needs no saying is left to be understood."""
    if who is None and not (link or domain or since or until or why is not None):
        return None
    meant = Did.CLICKED if link else Did.SENT if why is None else Did.UNSUBSCRIBED
    return asked(who or meant, row.id, link, domain, why, in_utc(since), in_utc(until))


def _whole(one: Report) -> dict[str, Any]:
    found = one.compared
    before = [{"campaign": row.id, "title": row.name, **asdict(rates(row.counted))} for row in found.before]
    last = found.last_year
    return {
        **entry(one.row),
        "compared": {
            "this": found.mine,
            "average": found.average,
            "usual": found.usual,
            "before": before,
            "last_year": {"campaign": last.id, "title": last.name, **asdict(rates(last.counted))} if last else None,
        },
        "over_time": one.hours,
        "links": one.links,
        "domains": one.domains,
        "places": one.places,
        "reasons": [{"reason": why, "people": number} for why, number in one.reasons],
    }


def _people(found: list[Recipient], *, json: bool) -> int:
    if json:
        print_json([asdict(one) for one in found])
        return OK
    shown = table("person", "e-mail", "company", "#opens", "#clicks", "bounced", "left (UTC)")
    for one in found:
        left = one.complained_at or one.left_at
        numbers = [str(one.own_opens), str(one.clicks), one.bounce, f"{left:%Y-%m-%d %H:%M}" if left else ""]
        shown.add_row(one.name or "–", one.address or "(erased)", one.company, *numbers)
    out.print(shown)
    return OK


@results.command
def export(
    campaign: Which,
    file: Annotated[Path, Parameter(help="Where to; .csv has the people, .xlsx everything.")],
    *,
    who: Whom = None,
    link: Link = "",
    domain: Domain = "",
    why: Why = None,
    since: Since = None,
    until: Until = None,
    force: Annotated[bool, Parameter(negative=(), help="Write over a file that is there.")] = False,
    common: Common = COMMON,
) -> int:
    """Write a campaign's people as CSV, or everything of it as an Excel workbook, as the pages do. Times are UTC."""
    from listloop.web.campaign_sheets import as_workbook, csv_lines  # noqa: PLC0415 - no other command needs it

    ending = file.suffix.lower()
    narrowed = any((who, link, domain, since, until)) or why is not None
    if ending not in (".csv", ".xlsx") or (ending == ".xlsx" and narrowed):
        raise NeedsAttention(
            f"“{file}” tells no kind of file for this.",
            "Name a file that ends in .csv for people, or in .xlsx for everything of the campaign.",
            code="file-unwritable",
        )
    with common.row() as (listloop, row), reading(listloop.engine).begin() as db:
        known = named(db, row.id, campaign)
        zone = listloop.now().tzinfo or UTC
        term = _asked(known, who, link, domain, why, since, until) or Term(Did.SENT, known.id)
        try:
            with file.open("wb" if force else "xb") as made:
                if ending == ".xlsx":
                    made.write(as_workbook(db, known, zone, str))
                else:
                    made.writelines(line.encode() for line in csv_lines(db, term, zone, str))
        except OSError as error:
            raise NeedsAttention(
                f"“{file}” can't be written: {error.strerror}.",
                "Name another file, or write over the one that is there with --force.",
                code="file-unwritable",
            ) from None
    if common.json:
        print_json({"file": str(file), "bytes": file.stat().st_size})
        return OK
    err.print(f"“{known.name}” is in {file}.")
    return OK


@results.command
def read(
    *,
    common: Common = COMMON,
) -> int:
    """Read what came of the audience's campaigns since the last time; interrupted, it goes on where it was."""
    with common.row() as (listloop, row):
        done: list[Imported] = []
        with progress_bar() as progress:
            while not done or done[-1].more:
                with at_work(listloop, row.id) as sync:
                    sync.progress = progress
                    done.append(import_facts(sync))
    pages, news = sum(one.pages for one in done), sum(one.events for one in done)
    whole = sum(one.campaigns for one in done)
    if common.json:
        print_json({"pages": pages, "campaigns": whole, "news": news})
        return OK
    if not pages:
        err.print("Nothing has moved since the last time.")
        return OK
    out.print(f"Read {pages:,} pages of {whole:,} campaigns: something new of {people_word(news)}.")
    return OK


@results.command
def person(
    email: Annotated[str, Parameter(help="Whose.")],
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many campaigns at most.")] = 20,
    common: Common = COMMON,
) -> int:
    """Show what one person was sent, opened and clicked, newest first."""
    with common.row() as (listloop, row):
        found = people_named(listloop, row.id, email)
        with reading(listloop.engine).begin() as db:
            sums = totals(db, found[0])
            lines = followed(db, found[0], limit=limit)
    if common.json:
        print_json({"totals": asdict(sums), "campaigns": [_line(one.campaign, one.response) for one in lines]})
        return OK
    out.print(
        f"Sent {sums.sent:,}, opened {sums.opened:,}, clicked {sums.clicked:,}, bounced {sums.bounced:,}, "
        f"left {sums.left:,}."
    )
    shown = table("campaign", "sent (UTC)", "opened", "clicked", "")
    for one in lines:
        got = one.response
        sent = f"{one.campaign.sent_at:%Y-%m-%d %H:%M}" if one.campaign.sent_at else ""
        left = "complained" if got.complained_at else "opted out" if got.left_at else ""
        bounced = {"hard": "bounced for good", "soft": "bounced for now"}.get(got.bounce, "")
        times = [_times(got.first_open, got.own_opens), _times(got.first_click, got.clicks)]
        shown.add_row(one.campaign.name, sent, *times, bounced or left)
    out.print(shown)
    return OK


@results.command
def tell(
    *kinds: Annotated[Literal["sent", "opened", "clicked", "bounced", "unsubscribed"], Parameter(help="What is told.")],
    since: Annotated[
        datetime | None, Parameter(help="Only of campaigns sent from this day on; at first, from now on.")
    ] = None,
    nothing: Annotated[bool, Parameter(negative=(), help="Tell the CRM nothing from now on.")] = False,
    common: Common = COMMON,
) -> int:
    """Say what of the results goes into the CRM as a communication of each recipient; without words, show it."""
    with common.row() as (listloop, row):
        if kinds or nothing:
            with listloop.engine.begin() as db:
                change_telling(db, row.id, [Kind(one) for one in kinds], in_utc(since), me(), listloop.now())
        with reading(listloop.engine).begin() as db:
            setting, (written, refused) = telling_of(db, row.id), told_count(db, row.id)
    names = [kind.value for kind in Kind if kind in setting.kinds]
    if common.json:
        print_json({"kinds": names, "since": setting.since, "written": written, "refused": refused})
        return OK
    if not names:
        out.print("Nothing of the results goes into the CRM.")
    else:
        out.print(
            f"Goes into the CRM: {', '.join(names)}, of campaigns sent from {setting.since:%Y-%m-%d %H:%M} UTC on."
        )
    out.print(f"{written:,} communications were written, {refused:,} refused by the CRM.")
    return OK


def _times(first: Any, number: int) -> str:
    more = f" and {number - 1:,} more" if number > 1 else ""
    return f"{first:%Y-%m-%d %H:%M}{more}" if first else ""


def _line(row: CampaignRow, got: Any) -> dict[str, Any]:
    return {"campaign": row.id, "title": row.name, "sent_at": row.sent_at, **asdict(got)}
