"""What campaigns won, as pages and lists show it: campaigns with what they earned, the deals behind a number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select

from listloop.core.attribution import CUSTOMER, Model, Rules, Touch, touches
from listloop.core.people import SideName
from listloop.store.bulk import upsert
from listloop.store.campaigns import CampaignRow, by_ids
from listloop.store.closings import Closing, closing_of
from listloop.store.deals import State, looked_at, touches_of
from listloop.store.tables import campaigns, costs, deal_people, deals, earned, people, records
from listloop.store.won_sums import SHARES, Span, earned_by_campaign, within


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


def won_by_campaign(db: Connection, connection_id: int, span: Span, only: int = 0) -> list[Won]:
    """What each campaign earned of deals won in this time, the newest campaign first; ``only`` one of them."""
    known = closing_of(db, connection_id)
    rows = earned_by_campaign(db, connection_id, span, only)
    paid = dict(_costs(db, connection_id))
    wanted = set(rows) | ({only} if only else set(paid))
    return sorted(
        (_won(row, rows.get(row.id, _NOTHING), paid.get(row.id), known) for row in by_ids(db, wanted).values()),
        key=lambda one: (one.campaign.sent_at or datetime.min.replace(tzinfo=UTC), one.campaign.id),
        reverse=True,
    )


_NOTHING = (0,) * (1 + len(SHARES))


def _costs(db: Connection, connection_id: int) -> Iterator[tuple[int, int]]:
    query = select(costs.c.campaign_id, costs.c.cents).join(campaigns, campaigns.c.id == costs.c.campaign_id)
    for row in db.execute(query.where(campaigns.c.connection_id == connection_id)):
        yield row.campaign_id, row.cents


def _won(campaign: CampaignRow, row: tuple[int, ...], entered: int | None, known: Closing) -> Won:
    number, *shares = row
    mails = round(campaign.counted.sent * known.mail_price / 1000)
    return Won(
        campaign,
        number,
        dict(zip(Model, shares[: len(Model)], strict=True)),
        {model: parts / CUSTOMER for model, parts in zip(Model, shares[len(Model) :], strict=True)},
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
    query = query.where(deals.c.connection_id == connection_id, within(span))
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


def deal_called(db: Connection, connection_id: int, name: str) -> DealLine | None:
    """The deal with this title, the last won of several, or with this number."""
    mine = deals.c.connection_id == connection_id, deals.c.won_at.is_not(None)
    known = [deals.c.title == name, *([deals.c.id == int(name)] if name.isdecimal() and len(name) < 16 else [])]
    row = db.execute(_WHOLE.where(*mine, or_(*known)).order_by(deals.c.won_at.desc(), deals.c.id.desc())).first()
    return _line(row) if row else None


def counted_touches(db: Connection, line: DealLine, rules: Rules) -> list[Touch]:
    """The touches that count for a deal, as when its credit is reckoned."""
    (one,) = looked_at(db, line.connection_id, rules.unit, line.id)
    happened = touches_of(db, one.people, line.won - timedelta(days=rules.window), line.won)
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
