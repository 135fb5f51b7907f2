"""One campaign in numbers: over time, by link, by domain and by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, func, select

from listloop.core.crowd import Did
from listloop.core.facts import Kind, Opened
from listloop.store.bulk import upsert
from listloop.store.campaigns import CampaignRow, mail_of
from listloop.store.codec import decode, encode
from listloop.store.comparison import Comparison, compared
from listloop.store.domains import BIGGEST_FIRST, DOMAIN, DOMAINS
from listloop.store.results import count_each
from listloop.store.tables import campaign_parts, campaigns, events, responses


@dataclass(frozen=True, slots=True)
class Hour:
    """People who opened, and who clicked, for the first time in the hour that begins then."""

    at: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the mail: how many people clicked it, and how often."""

    url: str
    people: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Domain:
    """A mail domain; "" is all others together."""

    name: str
    sent: int
    bounced: int
    opened: int
    clicked: int
    left: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What is counted from a campaign's people; ``did`` is how many did each thing that they are asked for by."""

    hours: list[Hour]
    links: list[Link]
    domains: list[Domain]
    reasons: list[tuple[str, int]]
    did: dict[Did, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that came of a campaign, but for its people. ``places`` and the sums of ``row`` are Mailchimp's."""

    row: CampaignRow
    compared: Comparison
    hours: list[Hour]
    links: list[Link]
    domains: list[Domain]
    places: tuple[Opened, ...]
    reasons: list[tuple[str, int]]


def report(db: Connection, row: CampaignRow) -> Report:
    """Everything that came of a campaign, but for its people."""
    mail, found = mail_of(db, row.id), parts_of(db, row)
    return Report(row, compared(db, row), found.hours, found.links, found.domains, mail.places, found.reasons)


def parts_of(db: Connection, row: CampaignRow) -> Parts:
    """As counted when the last reading ended; counted now while one is under way, or where people went since."""
    kept = (
        None if row.reading else db.scalar(select(campaign_parts.c.parts).where(campaign_parts.c.campaign_id == row.id))
    )
    found = decode(Parts, kept) if kept else None
    # What an earlier version kept tells less.
    return found if found and found.did.keys() == set(Did) else _counted_parts(db, row.id)


def save_parts(db: Connection, campaign_id: int) -> None:
    """Count them anew, at the end of a reading."""
    row = {"campaign_id": campaign_id, "parts": encode(_counted_parts(db, campaign_id))}
    upsert(db, campaign_parts, [row], ("campaign_id",))


def _counted_parts(db: Connection, campaign_id: int) -> Parts:
    return Parts(
        hours(db, campaign_id),
        links(db, campaign_id),
        domains(db, campaign_id),
        reasons(db, campaign_id),
        count_each(db, campaign_id, list(Did)),
    )


def hours(db: Connection, campaign_id: int) -> list[Hour]:
    """Hour by hour from the first response on to the last, hours without any left out."""
    opened, clicked = (_by_hour(db, campaign_id, one) for one in (responses.c.first_open, responses.c.first_click))
    return [Hour(at, opened[at], clicked[at]) for at in sorted(opened.keys() | clicked.keys())]


def _by_hour(db: Connection, campaign_id: int, column: Column[Any]) -> Counter[datetime]:
    hour: ColumnElement[Any]
    if db.dialect.name == "postgresql":
        hour = func.to_char(column, "YYYY-MM-DD HH24")
    else:
        hour = func.strftime("%Y-%m-%d %H", column)
    query = select(hour, func.count()).where(responses.c.campaign_id == campaign_id, column.is_not(None))
    return Counter(
        {
            datetime.strptime(text, "%Y-%m-%d %H").replace(tzinfo=UTC): count
            for text, count in db.execute(query.group_by(hour))
        }
    )


def sparkline(db: Connection, row: CampaignRow, days: int = 1, parts: int = 24) -> list[int]:
    """Opens of the first days in so many equal parts; none where it was not sent or nobody opened."""
    if row.sent_at is None:
        return []
    found, span = [0] * parts, timedelta(days=days)
    for one in parts_of(db, row).hours:
        place = int((one.at - row.sent_at + timedelta(hours=1)) / span * parts)
        if 0 <= place < parts:
            found[place] += one.opened
    return found if any(found) else []


def links(db: Connection, campaign_id: int) -> list[Link]:
    """The links that were clicked, by people."""
    people = func.count(events.c.response_id.distinct())
    query = select(events.c.detail, people, func.count()).where(
        events.c.campaign_id == campaign_id, events.c.kind == Kind.CLICKED
    )
    rows = db.execute(query.group_by(events.c.detail).order_by(people.desc(), events.c.detail))
    return [Link(*row) for row in rows]


def domains(db: Connection, campaign_id: int) -> list[Domain]:
    """What came of it by the domain of the address, the biggest first; the others and who was erased are the last."""
    parts = (
        responses.c.bounce != "",
        responses.c.own_opens > 0,
        responses.c.clicks > 0,
        responses.c.left_at.is_not(None) | responses.c.complained_at.is_not(None),
    )
    query = select(DOMAIN, func.count(), *(func.count().filter(part) for part in parts))
    here = query.where(responses.c.campaign_id == campaign_id)
    found = [Domain(row[0], *map(int, row[1:])) for row in db.execute(here.group_by(DOMAIN).order_by(*BIGGEST_FIRST))]
    named = [one for one in found if one.name][:DOMAINS]
    rest = [one for one in found if one not in named]
    if rest:
        sums = (sum(getattr(one, part) for one in rest) for part in ("sent", "bounced", "opened", "clicked", "left"))
        named.append(Domain("", *sums))
    return named


def reasons(db: Connection, campaign_id: int) -> list[tuple[str, int]]:
    """What people said when they opted out, the most frequent first."""
    query = select(responses.c.left_why, func.count()).where(
        responses.c.campaign_id == campaign_id, responses.c.left_at.is_not(None), responses.c.complained_at.is_(None)
    )
    rows = db.execute(query.group_by(responses.c.left_why).order_by(func.count().desc(), responses.c.left_why))
    return [(row[0], row[1]) for row in rows]


def kinds(db: Connection) -> list[str]:
    """The kinds of campaigns that there are."""
    return list(db.scalars(select(campaigns.c.kind).distinct().order_by(campaigns.c.kind)))
