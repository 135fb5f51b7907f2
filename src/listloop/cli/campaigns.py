"""``listloop campaigns`` and ``listloop results``: what was sent, and what came of it, person by person."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, err, out, people_word, print_json, progress_bar, table
from listloop.cli.options import Database, Json, Named, opened, people_named
from listloop.core.crowd import Did, Term
from listloop.core.errors import NeedsAttention
from listloop.core.facts import Kind, differences, rate
from listloop.store.audit import note
from listloop.store.campaigns import CampaignRow, find_campaign, list_campaigns
from listloop.store.database import reading
from listloop.store.results import followed, recipients, totals
from listloop.store.telling import Telling, set_telling, telling_of, told_count
from listloop.sync.facts import Imported
from listloop.wiring import Listloop

results = App(
    name="results", help="Show what came of a campaign, or of all for one person.", result_action="return_value"
)

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


def campaigns(
    search: Annotated[str, Parameter(help="Only with this in the title or the subject.")] = "",
    *,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many at most.")] = 20,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """List the audience's campaigns, newest first, with what came of them as far as it was read."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            found = list_campaigns(db, row.id, words=search, limit=limit)
    if json:
        print_json([entry(one) for one in found])
        return OK
    if not found:
        out.print("No campaign is known here.\n→ Read them with “listloop results read”.")
        return OK
    shown = table("#", "campaign", "sent (UTC)", "#sent", "#opened", "#clicked", "#bounced", "#opted out", "")
    for one in found:
        sums = one.counted
        shown.add_row(
            str(one.id),
            one.name,
            f"{one.sent_at:%Y-%m-%d %H:%M}" if one.sent_at else one.status,
            *(f"{number:,}" for number in (sums.sent, sums.opened, sums.clickers, sums.bounced)),
            f"{sums.left:,}",
            state(one),
        )
    out.print(shown)
    return OK


def state(row: CampaignRow) -> str:
    """What is to be known beside the numbers."""
    if row.gone:
        return "deleted in Mailchimp"
    return f"{row.unread:,} still to be read" if row.unread else ""


def entry(row: CampaignRow) -> dict[str, Any]:
    """A campaign for scripts."""
    return {
        "campaign": row.id,
        "key": row.key,
        "title": row.title,
        "subject": row.subject,
        "kind": row.kind,
        "status": row.status,
        "sent_at": row.sent_at,
        "counted": asdict(row.counted),
        "report": asdict(row.sums) if row.sums else None,
        "unread": row.unread,
        "read_at": row.read_at,
        "gone": row.gone,
    }


def named(listloop: Listloop, connection_id: int, campaign: str) -> CampaignRow:
    """The campaign of that number, key or title; the newest of several. Raises NeedsAttention."""
    with reading(listloop.engine).begin() as db:
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
    campaign: Annotated[str, Parameter(help="Its number or its title.")],
    *,
    who: Annotated[Did | None, Parameter(help="List the people behind a number.")] = None,
    link: Annotated[str, Parameter(help="Of those who clicked: this link.")] = "",
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many people at most.")] = 100,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show what came of a campaign, compared with Mailchimp's report, and the people behind every number."""
    with opened(database) as listloop:
        row = named(listloop, listloop.connection(connection).id, campaign)
        if who is None and not link:
            return _numbers(row, json=json)
        with reading(listloop.engine).begin() as db:
            found = recipients(db, Term(who or Did.CLICKED, row.id, link), limit=limit)
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


def _numbers(row: CampaignRow, *, json: bool) -> int:
    if json:
        print_json(entry(row))
        return OK
    sums = row.counted
    out.print(row.name, style="bold")
    out.print(f"Sent {row.sent_at:%Y-%m-%d %H:%M} UTC to {people_word(sums.sent)}." if row.sent_at else row.status)
    shown = table("#", "", "#")
    delivered, opened_by = sums.delivered, sums.opened
    for number, what, whole in (
        (sums.sent, "sent", 0),
        (delivered, "delivered", sums.sent),
        (opened_by, "opened", delivered),
        (sums.clickers, "clicked", delivered),
        (sums.hard, "bounced for good", sums.sent),
        (sums.soft, "bounced for now", sums.sent),
        (sums.unsubscribed, "opted out", delivered),
        (sums.complained, "complained", delivered),
    ):
        shown.add_row(f"{number:,}", what, f"{100 * rate(number, whole):.1f} %" if whole else "")
    out.print(shown)
    out.print(agreement(row))
    return OK


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


@results.command
def read(
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Read what came of the audience's campaigns since the last time; interrupted, it goes on where it was."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        done: list[Imported] = []
        with progress_bar() as progress:
            while not done or done[-1].more:
                done.append(listloop.import_facts(row.id, progress))
    pages, news = sum(one.pages for one in done), sum(one.events for one in done)
    whole = sum(one.campaigns for one in done)
    if json:
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
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show what one person was sent, opened and clicked, newest first."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        found = people_named(listloop, row.id, email)
        with reading(listloop.engine).begin() as db:
            sums = totals(db, found[0])
            lines = followed(db, found[0], limit=limit)
    if json:
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
        datetime | None, Parameter(help="Only of campaigns sent from this day on; without it, from now on.")
    ] = None,
    nothing: Annotated[bool, Parameter(negative=(), help="Tell the CRM nothing from now on.")] = False,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Say what of the results goes into the CRM as a communication of each recipient; without words, show it."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        if kinds or nothing:
            day = since.replace(tzinfo=since.tzinfo or UTC) if since else listloop.now()
            with listloop.engine.begin() as db:
                set_telling(db, row.id, Telling(frozenset(map(Kind, kinds)), day))
                said = ", ".join(kinds) or "nothing"
                note(db, listloop.now(), getpass.getuser(), f"told the CRM of results: {said}", connection_id=row.id)
        with reading(listloop.engine).begin() as db:
            setting, (written, refused) = telling_of(db, row.id), told_count(db, row.id)
    names = [kind.value for kind in Kind if kind in setting.kinds]
    if json:
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
