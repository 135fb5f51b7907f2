"""Which campaigns won customers: sums, campaigns under each model, deals and their touches, and how credit is given."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import BaseModel, Field

from listloop.core.amounts import RATE
from listloop.core.attribution import Model, Rules, Unit, shares
from listloop.core.facts import Kind, in_utc
from listloop.store import credit, won_report, won_sums
from listloop.store.audit import note
from listloop.store.closings import Closing, closing_of, set_closing
from listloop.store.credit import DealLine, Won
from listloop.store.database import reading
from listloop.store.deals import State, dirty_count
from listloop.store.won_report import Foreign, Month, Pot
from listloop.store.won_sums import Span
from listloop.web.access import services_of
from listloop.web.api.access import GROUPS, READ, area, caller_of
from listloop.web.api.campaigns import found_campaign
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Cursor, Limit, Number, Page, number, page_of
from listloop.web.api.problems import missing

router = area("customers won")

Since = Annotated[
    datetime | None, Query(description="Only deals won at this moment or later; a day is its beginning in UTC.")
]
Until = Annotated[datetime | None, Query(description="Only deals won before this moment.")]


class WonShown(BaseModel):
    """What a campaign earned; amounts are whole cents of the shown currency."""

    campaign_id: int
    title: str
    sent_at: datetime | None
    deals: int
    cents: dict[Model, int]
    customers: dict[Model, float] = Field(description="New customers; campaigns share one as they share its deal.")
    cost: int | None = Field(description="Null: nobody has said what it cost.")


class Speed(BaseModel):
    """Deals that took so many days, and more than those before in the list."""

    days: int | None = Field(description="At most; null: longer.")
    deals: int


class WonReport(BaseModel):
    """What was won, and what of it campaigns earned."""

    currency: str
    won: list[Pot] = Field(description="Every deal that was won is in one of these.")
    without_rate: list[Foreign] = Field(description="In no sum: their currency has no rate.")
    campaigns: list[WonShown]
    months: list[Month]
    speeds: list[Speed] = Field(description="Deals by the time that passed since their first touch.")
    half_within: int | None = Field(description="Days within which half of the deals with a touch were won.")
    unreckoned: int = Field(description="Deals whose credit is still to be reckoned.")


class DealShown(BaseModel):
    """A deal that was won. ``cents`` is what the campaign earned of it where one is named, else what it is worth."""

    id: int
    title: str
    company: str
    person_id: int | None
    value: int = Field(description="Cents of its own currency.")
    currency: str
    won_at: datetime
    state: State
    customer: bool = Field(description="It made a new customer.")
    cents: int


class TouchShown(BaseModel):
    """What somebody did before a deal, and which share of it that gets under each model, 0 to 1."""

    campaign_id: int
    person_id: int
    kind: Kind
    at: datetime
    share: dict[Model, float]


class Earned(BaseModel):
    """What a campaign earned of a deal, in cents."""

    campaign_id: int
    title: str
    cents: dict[Model, int]


class DealTold(DealShown):
    """A deal with its touches, the oldest first, and what campaigns earned of it."""

    touches: list[TouchShown]
    earned: list[Earned]


class CreditRules(BaseModel):
    """How credit is given; what is left out has its usual value."""

    unit: Unit = Unit.PERSON
    sent: int = Field(0, ge=0, le=100)
    opened: int = Field(1, ge=0, le=100)
    clicked: int = Field(3, ge=0, le=100)
    window: int = Field(90, ge=1, le=730, description="Days before a deal that count.")
    half_life: int = Field(7, ge=1, le=365, description="Days after which a touch counts half.")
    ends: int = Field(40, ge=0, le=50, description="Percent for the first and for the last touch, each.")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    rates: dict[Annotated[str, Field(pattern="^[A-Z]{3}$")], Annotated[float, Field(ge=0.000001, le=10**6)]] = Field(
        default_factory=dict, max_length=200, description="What one unit of another currency is worth."
    )
    mail_price: int = Field(0, ge=0, le=10**9, description="Cents for 1,000 mails.")


class NewCost(BaseModel):
    """What a campaign cost beside its mails, in cents; null: nobody knows."""

    cents: int | None = Field(ge=0, le=10**12)


@router.get("/connections/{connection_id}/customers", dependencies=[READ])
def get_customers_won(request: Request, connection_id: Number, since: Since = None, until: Until = None) -> WonReport:
    """Get what was won, and what each campaign earned of it under each model."""
    known_connection(request, connection_id)
    span = Span(in_utc(since), in_utc(until))
    with reading(services_of(request).engine).begin() as db:
        sums = won_sums.won(db, connection_id, span)
        return WonReport(
            currency=closing_of(db, connection_id).rules.currency,
            won=[one for one in won_report.pots(sums).values() if one.number],
            without_rate=won_report.foreign(sums),
            campaigns=[_won(one) for one in credit.won_by_campaign(db, connection_id, span)],
            months=won_report.months(sums),
            speeds=[Speed(days=days or None, deals=number) for days, number in won_report.speeds(sums)],
            half_within=won_report.half_within(sums),
            unreckoned=dirty_count(db, connection_id),
        )


def _won(one: Won) -> WonShown:
    row = one.campaign
    return WonShown(
        campaign_id=row.id,
        title=row.name,
        sent_at=row.sent_at,
        deals=one.deals,
        cents=one.cents,
        customers=one.customers,
        cost=one.cost,
    )


@router.get("/connections/{connection_id}/deals", dependencies=[READ])
def get_deals(
    request: Request,
    connection_id: Number,
    since: Since = None,
    until: Until = None,
    state: State | None = None,
    campaign: Annotated[int, Query(ge=0, le=2**53 - 1, description="Of which this campaign earned.")] = 0,
    model: Model = Model.LINEAR,
    customers: Annotated[bool, Query(description="Only those that made a new customer.")] = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[DealShown]:
    """List the deals behind a number, the last won first."""
    known_connection(request, connection_id)
    done = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = credit.deals_won(
            db,
            connection_id,
            Span(in_utc(since), in_utc(until)),
            state=state,
            campaign=campaign,
            model=model,
            customers=customers,
            offset=done,
            limit=limit + 1,
        )
    return page_of([DealShown(**_deal(one)) for one in found], limit, str(done + limit))


def _deal(one: DealLine) -> dict[str, Any]:
    names = ("id", "title", "company", "person_id", "value", "currency", "state", "customer", "cents")
    return {"won_at": one.won, **{name: getattr(one, name) for name in names}}


@router.get("/deals/{deal_id}", dependencies=[READ])
def get_deal(request: Request, deal_id: Number) -> DealTold:
    """Get one deal with what happened before it, and what campaigns earned of it."""
    with reading(services_of(request).engine).begin() as db:
        line = credit.deal(db, deal_id)
        if line is None:
            raise missing("deal")
        rules = closing_of(db, line.connection_id).rules
        counted = credit.counted_touches(db, line, rules)
        earned = credit.earned_of(db, deal_id)
    weights = {model: shares(model, counted, line.won, rules) for model in Model}
    told = [
        TouchShown(
            campaign_id=one.campaign,
            person_id=one.person,
            kind=one.kind,
            at=one.at,
            share={model: weights[model][place] / sum(weights[model]) for model in Model},
        )
        for place, one in enumerate(counted)
    ]
    parts = [Earned(campaign_id=row.id, title=row.name, cents=cents) for row, cents in earned]
    return DealTold(**_deal(line), touches=told, earned=parts)


@router.get("/connections/{connection_id}/credit", dependencies=[READ])
def get_credit_rules(request: Request, connection_id: Number) -> CreditRules:
    """Get how credit is given."""
    known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        return _rules(closing_of(db, connection_id))


def _rules(known: Closing) -> CreditRules:
    names = ("unit", "sent", "opened", "clicked", "window", "half_life", "ends", "currency")
    rates = {name: rate / RATE for name, rate in known.rules.rates.items()}
    given: dict[str, Any] = {name: getattr(known.rules, name) for name in names}
    return CreditRules(**given, rates=rates, mail_price=known.mail_price)


@router.put("/connections/{connection_id}/credit", dependencies=[GROUPS])
def set_credit_rules(request: Request, connection_id: Number, wanted: CreditRules) -> CreditRules:
    """Change how credit is given; all deals are reckoned anew, within moments."""
    services, who = services_of(request), caller_of(request).who
    known_connection(request, connection_id)
    given = wanted.model_dump(exclude={"mail_price", "rates"})
    rates = {name: max(1, round(rate * RATE)) for name, rate in wanted.rates.items()}
    with services.engine.begin() as db:
        set_closing(db, connection_id, Rules(**given, rates=rates), wanted.mail_price)
        note(db, services.now(), who, "changed how campaigns earn credit", connection_id=connection_id)
    services.results_now(connection_id, who)
    return get_credit_rules(request, connection_id)


@router.put("/campaigns/{campaign_id}/cost", dependencies=[GROUPS])
def set_campaign_cost(request: Request, campaign_id: Number, wanted: NewCost) -> NewCost:
    """Say what a campaign cost beside its mails."""
    services, who = services_of(request), caller_of(request).who
    with services.engine.begin() as db:
        row = found_campaign(db, campaign_id)
        credit.set_cost(db, row.id, wanted.cents)
        note(db, services.now(), who, "entered what a campaign cost", connection_id=row.connection_id)
    return wanted
