"""What came of campaigns, as the pages and lists show it: one person's campaigns, and the people behind a number."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, literal, or_, select

from listloop.core.crowd import OTHERS, Chosen, Did, Term
from listloop.core.facts import Kind, detail
from listloop.core.people import SideName, address_key
from listloop.store.campaigns import CampaignRow, by_ids
from listloop.store.domains import DOMAIN, biggest
from listloop.store.installation import UtcTime
from listloop.store.tables import events, people, records, responses

ERASED = "erased:"


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient of a campaign and what came of it. ``person`` is the row of the population, None for nobody there."""

    id: int
    campaign_id: int
    who: str
    person: int | None
    name: str
    company: str
    opens: int
    own_opens: int
    first_open: datetime | None
    last_open: datetime | None
    clicks: int
    first_click: datetime | None
    bounce: str
    bounced_at: datetime | None
    left_at: datetime | None
    left_why: str
    complained_at: datetime | None
    version: str

    @property
    def address(self) -> str:
        """The address of the mail, "" of somebody who was forgotten."""
        return "" if self.who.startswith((ERASED, "#")) else self.who


@dataclass(frozen=True, slots=True)
class Visit:
    """A click: when, and on which link."""

    at: datetime
    link: str


@dataclass(frozen=True, slots=True)
class Followed:
    """A campaign that a person got, and what came of it."""

    campaign: CampaignRow
    response: Recipient
    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """One person's campaigns in numbers."""

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    bounced: int = 0
    left: int = 0


_MEMBER = and_(
    records.c.connection_id == responses.c.connection_id,
    records.c.side == SideName.MAILCHIMP,
    records.c.key == responses.c.member,
)
_PERSON = responses.outerjoin(records, _MEMBER).outerjoin(people, people.c.mailchimp_record == records.c.id)
_COLUMNS = (
    responses.c.id,
    responses.c.campaign_id,
    responses.c.who,
    people.c.id.label("person"),
    func.coalesce(people.c.name, ""),
    func.coalesce(people.c.company, ""),
    responses.c.opens,
    responses.c.own_opens,
    responses.c.first_open,
    responses.c.last_open,
    responses.c.clicks,
    responses.c.first_click,
    responses.c.bounce,
    responses.c.bounced_at,
    responses.c.left_at,
    responses.c.left_why,
    responses.c.complained_at,
    responses.c.version,
)


def did(term: Term) -> ColumnElement[bool]:
    """The condition on ``responses`` that a term sets."""
    delivered = responses.c.bounce == ""
    meant: dict[Did, ColumnElement[bool]] = {
        Did.SENT: responses.c.id > 0,
        Did.DELIVERED: delivered,
        Did.OPENED: responses.c.own_opens > 0,
        Did.MACHINE: and_(responses.c.opens > 0, responses.c.own_opens == 0),
        Did.CLICKED: responses.c.clicks > 0,
        Did.NOT_OPENED: and_(delivered, responses.c.opens == 0),
        Did.NOT_CLICKED: and_(delivered, responses.c.clicks == 0),
        Did.OPENED_NOT_CLICKED: and_(responses.c.own_opens > 0, responses.c.clicks == 0),
        Did.BOUNCED: responses.c.bounce != "",
        Did.HARD: responses.c.bounce == "hard",
        Did.SOFT: responses.c.bounce == "soft",
        Did.UNSUBSCRIBED: and_(responses.c.left_at.is_not(None), responses.c.complained_at.is_(None)),
        Did.COMPLAINED: responses.c.complained_at.is_not(None),
        Did.LEFT: or_(responses.c.left_at.is_not(None), responses.c.complained_at.is_not(None)),
    }
    wanted = and_(responses.c.campaign_id == term.campaign, meant[term.did])
    return and_(wanted, *_narrowed(term))


#: When somebody did what is done at a moment, for the first time.
MOMENTS: dict[Did, ColumnElement[datetime]] = {
    Did.OPENED: responses.c.first_open,
    Did.OPENED_NOT_CLICKED: responses.c.first_open,
    Did.CLICKED: responses.c.first_click,
    Did.BOUNCED: responses.c.bounced_at,
    Did.HARD: responses.c.bounced_at,
    Did.SOFT: responses.c.bounced_at,
    Did.UNSUBSCRIBED: responses.c.left_at,
    Did.COMPLAINED: responses.c.complained_at,
    Did.LEFT: func.coalesce(responses.c.left_at, responses.c.complained_at, type_=UtcTime),
}


def _narrowed(term: Term) -> Iterator[ColumnElement[bool]]:
    if term.domain == OTHERS:
        yield DOMAIN.not_in(biggest(term.campaign).scalar_subquery())
    elif term.domain:
        yield literal(term.domain) == DOMAIN
    if term.link:
        clicked = (events.c.response_id == responses.c.id) & (events.c.kind == Kind.CLICKED)
        yield exists().where(clicked, events.c.detail == detail(term.link))
    if term.why is not None:
        yield responses.c.left_why == detail(term.why)
    if term.since:
        yield MOMENTS[term.did] >= term.since
    if term.until:
        yield MOMENTS[term.did] < term.until


def responded(query: Select[Any], term: Term) -> Select[Any]:
    """A query of people narrowed to those who did this; beginning with the campaign's recipients, not with everyone."""
    found = responses.join(records, _MEMBER).join(people, people.c.mailchimp_record == records.c.id)
    return query.select_from(found).where(did(term))


def recipients(db: Connection, term: Term, *, after: int = 0, limit: int = 50) -> list[Recipient]:
    """Those whom a number counts, page by page; ``after`` is the id of the last one shown."""
    query = select(*_COLUMNS).select_from(_PERSON).where(did(term), responses.c.id > after)
    return [_recipient(row) for row in db.execute(query.order_by(responses.c.id).limit(limit))]


def _recipient(row: Any) -> Recipient:
    return Recipient(*row)


def count_recipients(db: Connection, term: Term) -> int:
    """How many there are."""
    return int(db.scalar(select(func.count()).select_from(responses).where(did(term))) or 0)


def count_each(db: Connection, campaign: int, which: Sequence[Did]) -> dict[Did, int]:
    """How many recipients did each of these, in one look at all."""
    counts = (func.count().filter(did(Term(one, campaign))) for one in which)
    row = db.execute(select(*counts).select_from(responses).where(responses.c.campaign_id == campaign)).one()
    return dict(zip(which, map(int, row), strict=True))


def identities(chosen: Chosen) -> Select[Any]:
    """The members behind a choice, each once: by key, and who is no member (any more) by address."""
    lines: list[Select[Any]] = []
    for line in chosen.any_of:
        term, *rest = [select(_IDENTITY).where(did(one)) for one in line]
        found: Any = term if not rest else select(term.intersect(*rest).subquery().c.identity)
        lines.append(found)
    whole: Any = lines[0].union(*lines[1:]) if len(lines) > 1 else lines[0].distinct()
    return select(whole.subquery().c.identity)


_IDENTITY = func.coalesce(responses.c.member, responses.c.who).label("identity")


def count_chosen(db: Connection, chosen: Chosen) -> int:
    """How many people a choice means."""
    return int(db.scalar(select(func.count()).select_from(identities(chosen).subquery())) or 0)


def _mine(db: Connection, person_id: int) -> ColumnElement[bool] | None:
    """The responses of a person: by the member's key, or by the addresses of who has no member."""
    person = db.execute(select(people).where(people.c.id == person_id)).first()
    if person is None:
        return None
    keys = select(records.c.key).where(records.c.id == person.mailchimp_record)
    here = responses.c.connection_id == person.connection_id
    if person.mailchimp_record is not None:
        return and_(here, responses.c.member == keys.scalar_subquery())
    return and_(here, responses.c.member.is_(None), responses.c.who == (address_key(person.email) or "-"))


def followed(db: Connection, person_id: int, *, limit: int = 10, offset: int = 0) -> tuple[Followed, ...]:
    """The campaigns that a person got, newest first, with what came of each."""
    mine = _mine(db, person_id)
    if mine is None:
        return ()
    rows = [_recipient(row) for row in db.execute(select(*_COLUMNS).select_from(_PERSON).where(mine))]
    known = by_ids(db, {one.campaign_id for one in rows})
    rows.sort(key=lambda one: (_when(known[one.campaign_id]), one.id), reverse=True)
    some = rows[offset : offset + limit]
    visits = visits_of(db, [one.id for one in some])
    return tuple(Followed(known[one.campaign_id], one, tuple(visits.get(one.id, ()))) for one in some)


def _when(row: CampaignRow) -> float:
    return row.sent_at.timestamp() if row.sent_at else 0.0


def visits_of(db: Connection, ids: Collection[int]) -> dict[int, list[Visit]]:
    """The clicks of these responses, oldest first."""
    query = select(events.c.response_id, events.c.at, events.c.detail).where(
        events.c.response_id.in_(list(ids)), events.c.kind == Kind.CLICKED
    )
    found: dict[int, list[Visit]] = {}
    for row in db.execute(query.order_by(events.c.at, events.c.id)):
        found.setdefault(row.response_id, []).append(Visit(row.at, row.detail))
    return found


def totals(db: Connection, person_id: int) -> Totals:
    """One person's campaigns in numbers."""
    mine = _mine(db, person_id)
    if mine is None:
        return Totals()
    parts = (
        responses.c.own_opens > 0,
        responses.c.clicks > 0,
        responses.c.bounce != "",
        or_(responses.c.left_at.is_not(None), responses.c.complained_at.is_not(None)),
    )
    counts = (func.count().filter(part) for part in parts)
    row = db.execute(select(func.count(), *counts).select_from(responses).where(mine)).one()
    return Totals(*(int(one) for one in row))


def people_named_here(db: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names of these people, or their addresses."""
    found = db.execute(select(people.c.id, people.c.name, people.c.email).where(people.c.id.in_(list(ids))))
    return {row.id: row.name or row.email for row in found}
