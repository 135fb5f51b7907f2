"""What campaigns won, as pages and lists show it: sums, campaigns, months, the deals behind a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from listloop.core.attribution import CUSTOMER, Model, Rules, Touch, touches
from listloop.core.people import SideName
from listloop.store.bulk import upsert
from listloop.store.campaigns import CampaignRow, by_ids
from listloop.store.deals import Closing, State, closing_of, looked_at, touches_of
from listloop.store.tables import campaigns, costs, deal_people, deals, earned, people, records


@dataclass(frozen=True, slots=True)
class Span:
    """Deals won in this time, ``until`` not included; None: without end."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pot:
    """Deals of one state: how many, what they are worth (cents), and how many made a customer."""

    state: State
    number: int
    cents: int
    customers: int


@dataclass(frozen=True, slots=True)
class Foreign:
    """Deals won whose currency has no rate: how many, and what they are worth in cents of it."""

    currency: str
    number: int
    cents: int


@dataclass(frozen=True, slots=True)
class Won:
    """What a campaign earned. ``cents`` and ``customers`` (new ones, in parts) are by model, ``cost`` in cents.

    ``cost`` is None where nobody has said what the campaign, or a mail, cost.
    """

    campaign: CampaignRow
    deals: int
    cents: dict[Model, int]
    customers: dict[Model, float]
    cost: int | None

    def gain(self, model: Model) -> float | None:
        """What came back for each unit of cost beyond that unit: 1.5 is 150 %; None without a cost."""
        return (self.cents[model] - self.cost) / self.cost if self.cost else None

    def price(self, model: Model) -> int | None:
        """Cents of cost for a new customer; None without a cost, or without a customer."""
        return round(self.cost / self.customers[model]) if self.cost and self.customers[model] else None


@dataclass(frozen=True, slots=True)
class Month:
    """Deals won in a month, and what of them campaigns earned, in cents; ``customers`` are the new ones."""

    begin: datetime
    deals: int
    cents: int
    credited: int
    customers: int
    credited_customers: int


@dataclass(frozen=True, slots=True)
class DealLine:
    """A deal that was won. ``cents`` is what the campaign that was asked for earned of it, else what it is worth."""

    id: int
    connection_id: int
    title: str
    company: str
    person_id: int | None
    person: str
    value: int
    currency: str
    won: datetime
    state: State
    customer: bool
    cents: int
    first: datetime | None
    last: datetime | None


def _within(span: Span) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [deals.c.won_at.is_not(None)]
    found += [deals.c.won_at >= span.since] if span.since else []
    return found + ([deals.c.won_at < span.until] if span.until else [])


def pots(db: Connection, connection_id: int, span: Span) -> dict[State, Pot]:
    """All deals that were won, each in one pot."""
    query = (
        select(
            deals.c.state,
            func.count(),
            func.coalesce(func.sum(deals.c.shown), 0),
            func.sum(case((deals.c.customer, 1), else_=0)),
        )
        .where(deals.c.connection_id == connection_id, *_within(span))
        .group_by(deals.c.state)
    )
    found = {State(row[0]): Pot(State(row[0]), int(row[1]), int(row[2]), int(row[3])) for row in db.execute(query)}
    return {state: found.get(state, Pot(state, 0, 0, 0)) for state in State}


def foreign(db: Connection, connection_id: int, span: Span) -> list[Foreign]:
    """Deals that no sum has, since their currency has no rate."""
    query = (
        select(deals.c.currency, func.count(), func.sum(deals.c.value))
        .where(deals.c.connection_id == connection_id, deals.c.state == State.NO_RATE, *_within(span))
        .group_by(deals.c.currency)
        .order_by(deals.c.currency)
    )
    return [Foreign(row[0], int(row[1]), int(row[2])) for row in db.execute(query)]


def won_by_campaign(db: Connection, connection_id: int, span: Span, only: int = 0) -> list[Won]:
    """What each campaign earned of deals won in this time, the newest campaign first; ``only`` one of them."""
    known = closing_of(db, connection_id)
    mine = [deals.c.connection_id == connection_id, *_within(span), *([earned.c.campaign_id == only] if only else [])]
    sums = [func.sum(earned.c[f"{what}_{model}"]) for what in ("cents", "customer") for model in Model]
    query = select(earned.c.campaign_id, func.count(), *sums).join(deals, deals.c.id == earned.c.deal_id)
    rows = {row[0]: row for row in db.execute(query.where(*mine).group_by(earned.c.campaign_id))}
    paid = dict(_costs(db, connection_id))
    wanted = set(rows) | ({only} if only else set(paid))
    return sorted(
        (_won(row, rows.get(row.id), paid.get(row.id), known) for row in by_ids(db, wanted).values()),
        key=lambda one: (one.campaign.sent_at or datetime.min.replace(tzinfo=UTC), one.campaign.id),
        reverse=True,
    )


def _costs(db: Connection, connection_id: int) -> Iterator[tuple[int, int]]:
    query = select(costs.c.campaign_id, costs.c.cents).join(campaigns, campaigns.c.id == costs.c.campaign_id)
    for row in db.execute(query.where(campaigns.c.connection_id == connection_id)):
        yield row.campaign_id, row.cents


def _won(campaign: CampaignRow, row: Any, entered: int | None, known: Closing) -> Won:
    models = len(Model)
    cents = row[2 : 2 + models] if row else [0] * models
    parts = row[2 + models : 2 + 2 * models] if row else [0] * models
    mails = round(campaign.counted.sent * known.mail_price / 1000)
    return Won(
        campaign,
        int(row[1]) if row else 0,
        {model: int(number) for model, number in zip(Model, cents, strict=True)},
        {model: int(number) / CUSTOMER for model, number in zip(Model, parts, strict=True)},
        None if entered is None and not known.mail_price else (entered or 0) + mails,
    )


def set_cost(db: Connection, campaign_id: int, cents: int | None) -> None:
    """Say what a campaign cost beside its mails; None: nobody knows."""
    if cents is None:
        db.execute(costs.delete().where(costs.c.campaign_id == campaign_id))
    else:
        upsert(db, costs, [{"campaign_id": campaign_id, "cents": cents}], ("campaign_id",))


def cost_of(db: Connection, campaign_id: int) -> int | None:
    """What was entered for a campaign, in cents."""
    found: int | None = db.scalar(select(costs.c.cents).where(costs.c.campaign_id == campaign_id))
    return found


def months(db: Connection, connection_id: int, span: Span) -> list[Month]:
    """Deals by the month in which they were won (UTC), the oldest first; months without any are left out."""
    sqlite = db.dialect.name == "sqlite"
    month = func.strftime("%Y-%m", deals.c.won_at) if sqlite else func.to_char(deals.c.won_at, "YYYY-MM")
    credited = deals.c.state == State.CREDITED
    query = (
        select(
            month,
            func.count(),
            func.coalesce(func.sum(deals.c.shown), 0),
            func.coalesce(func.sum(case((credited, deals.c.shown), else_=0)), 0),
            func.sum(case((deals.c.customer, 1), else_=0)),
            func.sum(case((deals.c.customer & credited, 1), else_=0)),
        )
        .where(deals.c.connection_id == connection_id, *_within(span))
        .group_by(month)
        .order_by(month)
    )
    return [
        Month(datetime.strptime(row[0], "%Y-%m").replace(tzinfo=UTC), *(int(one) for one in row[1:]))
        for row in db.execute(query)
    ]


SPEEDS = (1, 7, 14, 30, 60, 90, 180)
"""Days from the first touch to the deal at which the bars of the chart end; the last one takes what is later."""


def speeds(db: Connection, connection_id: int, span: Span) -> list[tuple[int, int]]:
    """How many days passed from the first touch that counts until the deal was won: (days at most, deals); 0: more."""
    first = select(earned.c.deal_id, func.min(earned.c.first_at).label("at")).group_by(earned.c.deal_id).subquery()
    query = select(deals.c.won_at, first.c.at).join(first, first.c.deal_id == deals.c.id)
    found = dict.fromkeys((*SPEEDS, 0), 0)
    for row in db.execute(query.where(deals.c.connection_id == connection_id, *_within(span))):
        days = (row.won_at - row.at).total_seconds() / 86_400
        found[next((one for one in SPEEDS if days <= one), 0)] += 1
    return list(found.items())


_LINE = (
    deals.c.id,
    deals.c.connection_id,
    deals.c.title,
    deals.c.company,
    deals.c.person_id,
    func.coalesce(people.c.name, ""),
    deals.c.value,
    deals.c.currency,
    deals.c.won_at,
    deals.c.state,
    deals.c.customer,
)


def deals_won(
    db: Connection,
    connection_id: int,
    span: Span,
    *,
    state: State | None = None,
    campaign: int = 0,
    model: Model = Model.LINEAR,
    customers: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> list[DealLine]:
    """The deals behind a number, the last won first: of a state, of a campaign that earned, of new customers only."""
    cents = earned.c[f"cents_{model}"] if campaign else func.coalesce(deals.c.shown, 0)
    times = (earned.c.first_at, earned.c.last_at) if campaign else (deals.c.won_at, deals.c.won_at)
    query = select(*_LINE, cents, *times).outerjoin_from(deals, people, people.c.id == deals.c.person_id)
    if campaign:
        query = query.join(earned, (earned.c.deal_id == deals.c.id) & (earned.c.campaign_id == campaign))
    query = query.where(deals.c.connection_id == connection_id, *_within(span))
    if state is not None:
        query = query.where(deals.c.state == state)
    if customers:
        query = query.where(deals.c.customer)
    rows = db.execute(query.order_by(deals.c.won_at.desc(), deals.c.id.desc()).offset(offset).limit(limit))
    return [_line(row) for row in rows]


_WHOLE = select(*_LINE, func.coalesce(deals.c.shown, 0), deals.c.won_at, deals.c.won_at).outerjoin_from(
    deals, people, people.c.id == deals.c.person_id
)


def deal(db: Connection, deal_id: int) -> DealLine | None:
    """One deal that was won."""
    row = db.execute(_WHOLE.where(deals.c.id == deal_id, deals.c.won_at.is_not(None))).first()
    return _line(row) if row else None


def counted_touches(db: Connection, line: DealLine, rules: Rules) -> list[Touch]:
    """The touches that count for a deal, as when its credit is reckoned."""
    (one,) = looked_at(db, line.connection_id, rules.unit, line.id)
    happened = touches_of(db, one.people)
    return touches((touch for person in one.people for touch in happened.get(person, ())), line.won, rules)


def _line(row: Any) -> DealLine:
    values = list(row)
    values[9] = State(values[9])
    return DealLine(*values)


def earned_of(db: Connection, deal_id: int) -> list[tuple[CampaignRow, dict[Model, int]]]:
    """What campaigns earned of a deal, in cents by model; who came first comes first."""
    rows = db.execute(select(earned).where(earned.c.deal_id == deal_id).order_by(earned.c.first_at)).all()
    known = by_ids(db, {row.campaign_id for row in rows})
    return [
        (known[row.campaign_id], {model: getattr(row, f"cents_{model}") for model in Model})
        for row in rows
        if row.campaign_id in known
    ]


@dataclass(frozen=True, slots=True)
class Brought:
    """A deal that names a person and was won, with what campaigns earned of it in the linear model, most first."""

    deal: DealLine
    by: tuple[tuple[CampaignRow, int], ...]


def deals_of_person(db: Connection, person_id: int, limit: int = 20) -> list[Brought]:
    """The deals that name a person and were won, the last first."""
    named = (
        select(deal_people.c.deal_id)
        .join(records, (records.c.side == SideName.CRM) & (records.c.key == deal_people.c.key))
        .join(people, people.c.crm_record == records.c.id)
        .where(people.c.id == person_id, records.c.connection_id == deals.c.connection_id)
        .correlate(deals)
    )
    query = _WHOLE.where(deals.c.id.in_(named), deals.c.won_at.is_not(None))
    found = [_line(row) for row in db.execute(query.order_by(deals.c.won_at.desc()).limit(limit))]
    return [Brought(one, _by(db, one.id)) for one in found]


def _by(db: Connection, deal_id: int) -> tuple[tuple[CampaignRow, int], ...]:
    shares = [(row, cents[Model.LINEAR]) for row, cents in earned_of(db, deal_id)]
    return tuple(sorted(shares, key=lambda one: -one[1]))
