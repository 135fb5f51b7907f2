"""``listloop customers``: which campaigns won deals and new customers, under five models side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, out, print_json, table
from listloop.cli.credit_rules import cost, rules
from listloop.cli.deal_notes import note
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.results import named
from listloop.core.amounts import amount
from listloop.core.attribution import Model, Rules, shares
from listloop.core.errors import NeedsAttention
from listloop.store import credit, won_report
from listloop.store.campaigns import by_ids
from listloop.store.closings import closing_of
from listloop.store.credit import DealLine, Won
from listloop.store.database import reading
from listloop.store.deals import State, dirty_count, reckon_anew
from listloop.store.results import people_named_here
from listloop.store.won_sums import Span, Sum, won

customers = App(
    name="customers",
    help="Show which campaigns won deals and new customers, and say how credit is given.",
    result_action="return_value",
)

Since = Annotated[date | None, Parameter(help="Only deals won on this day or later.")]
Until = Annotated[date | None, Parameter(help="Only deals won before this day.")]

#: What the pots are called.
POTS = {
    State.OPEN: "still to be reckoned",
    State.CREDITED: "with campaigns",
    State.UNTOUCHED: "without a campaign",
    State.NOBODY: "without a person known here",
    State.NO_RATE: "in a currency without a rate",
}


def span(since: date | None, until: date | None) -> Span:
    """The days as moments in UTC."""
    begin, end = (datetime(one.year, one.month, one.day, tzinfo=UTC) if one else None for one in (since, until))
    return Span(begin, end)


customers.command(rules)
customers.command(cost)
customers.command(note)


@customers.default
def show(
    *,
    model: Annotated[Model, Parameter(help="By which model returns and customers are shown.")] = Model.LINEAR,
    since: Since = None,
    until: Until = None,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show what was won, and what each campaign earned of it under each model."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            how = closing_of(db, row.id).rules
            sums = won(db, row.id, span(since, until))
            found = credit.won_by_campaign(db, row.id, span(since, until))
            left = dirty_count(db, row.id)
    if json:
        _print_json(how, sums, found, left)
        return OK
    if not sums:
        out.print("No deal was won.\n→ “listloop results read” reads deals of the CRM along with campaign results.")
        return OK
    _pots(sums, how.currency)
    _side_by_side(found, model)
    _months(sums, how.currency)
    half = won_report.half_within(sums)
    if half is not None:
        out.print(f"Half of the deals with campaigns were won within {half} days of the first touch.")
    out.print(f"Amounts in {how.currency}; customers and returns by the model “{model}”, touches of {how.window} days.")
    if left:
        out.print(f"{left:,} deals are still to be reckoned: “listloop results read”.")
    return OK


def _print_json(how: Rules, sums: Sequence[Sum], found: Sequence[Won], left: int) -> None:
    pots = won_report.pots(sums).values()
    print_json(
        {
            "currency": how.currency,
            "won": [{"state": one.state, "deals": one.number, "cents": one.cents} for one in pots if one.number],
            "foreign": won_report.foreign(sums),
            "campaigns": [_entry(one) for one in found],
            "months": won_report.months(sums),
            "speeds": [{"days": days or None, "deals": number} for days, number in won_report.speeds(sums)],
            "half_within": won_report.half_within(sums),
            "unreckoned": left,
        }
    )


def _pots(sums: Sequence[Sum], currency: str) -> None:
    shown = table("won", "#deals", "#worth", "#new customers")
    pots = won_report.pots(sums)
    for state, title in POTS.items():
        one = pots[state]
        if state is not State.NO_RATE and (one.number or state is not State.OPEN):
            shown.add_row(title, f"{one.number:,}", amount(one.cents, currency), f"{one.customers:,}")
    for other in won_report.foreign(sums):
        title = f"{POTS[State.NO_RATE]}: {other.currency}"
        shown.add_row(title, f"{other.number:,}", amount(other.cents, other.currency), "")
    out.print(shown)


def _side_by_side(found: Sequence[Won], model: Model) -> None:
    models = (f"#{one.value}" for one in Model)
    shown = table("campaign", "#deals", *models, "#new customers", "#cost", "#return", "#per new customer")
    for one in found:
        gain, price = one.gain(model), one.price(model)
        shown.add_row(
            one.campaign.name,
            f"{one.deals:,}",
            *(_plain(one.cents[each]) for each in Model),
            f"{one.customers[model]:.1f}",
            _plain(one.cost),
            "" if gain is None else f"{100 * gain:+,.0f} %",
            _plain(price),
        )
    out.print(shown)


def _months(sums: Sequence[Sum], currency: str) -> None:
    shown = table("won in", "#deals", "#worth", "#with campaigns", "#new customers")
    for one in won_report.months(sums)[-24:]:
        worth, part = amount(one.cents, currency), amount(one.credited, currency)
        shown.add_row(f"{one.begin:%Y-%m}", f"{one.deals:,}", worth, part, f"{one.customers:,}")
    out.print(shown)


def _plain(cents: int | None) -> str:
    return "" if cents is None else f"{Decimal(cents) / 100:,.2f}"


def _entry(one: Won) -> dict[str, Any]:
    return {
        "campaign": one.campaign.id,
        "title": one.campaign.name,
        "sent_at": one.campaign.sent_at,
        "deals": one.deals,
        "cents": one.cents,
        "customers": one.customers,
        "cost": one.cost,
    }


@customers.command
def deals(
    campaign: Annotated[str, Parameter(help="Only those of which this campaign earned: its number or title.")] = "",
    *,
    state: Annotated[State | None, Parameter(help="Only those that ended so.")] = None,
    new: Annotated[bool, Parameter(help="Only those that made a new customer.", negative="")] = False,
    model: Annotated[Model, Parameter(help="By which model a campaign's part is shown.")] = Model.LINEAR,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many at most.")] = 100,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """List the deals behind a number, the last won first."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            only = named(db, row.id, campaign).id if campaign else 0
            currency = closing_of(db, row.id).rules.currency
            found = credit.deals_won(
                db,
                row.id,
                span(since, until),
                state=state,
                campaign=only,
                model=model,
                customers=new,
                limit=limit,
            )
    if json:
        print_json([asdict(one) for one in found])
        return OK
    shown = table("deal", "company", "person", "won (UTC)", "#earned" if only else "#worth", "")
    for one in found:
        said = "new customer" if one.customer else ""
        shown.add_row(one.title, one.company, one.person, f"{one.won:%Y-%m-%d}", _worth(one, currency), said)
    out.print(shown)
    return OK


def _worth(one: DealLine, currency: str) -> str:
    return amount(one.value, one.currency) if one.state is State.NO_RATE else amount(one.cents, currency)


@customers.command
def deal(
    title: Annotated[str, Parameter(help="Its title in the CRM, or its number here.")],
    *,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show what happened before one deal was won, and which share of it every touch gets under each model."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with reading(listloop.engine).begin() as db:
            line = credit.deal_called(db, row.id, title)
            if line is None:
                raise NeedsAttention(
                    f"No deal “{title}” was won.", "“listloop customers deals” lists those that were.", code="no-deal"
                )
            how = closing_of(db, row.id).rules
            counted = credit.counted_touches(db, line, how)
            names = people_named_here(db, {one.person for one in counted})
            campaigns = by_ids(db, {one.campaign for one in counted})
            earned = credit.earned_of(db, line.id)
    if json:
        parts = [{"campaign": one.id, "title": one.name, "cents": cents} for one, cents in earned]
        print_json({**asdict(line), "touches": [asdict(one) for one in counted], "earned": parts})
        return OK
    out.print(
        f"“{line.title}”, {amount(line.value, line.currency)}, won {line.won:%Y-%m-%d %H:%M} UTC: {POTS[line.state]}."
    )
    weights = {model: shares(model, counted, line.won, how) for model in Model}
    told = table("when (UTC)", "who", "did", "campaign", *(f"#{one.value}" for one in Model))
    for place, one in enumerate(counted):
        percents = (f"{100 * weights[model][place] / sum(weights[model]):.1f} %" for model in Model)
        who, what = names.get(one.person, ""), campaigns[one.campaign].name
        told.add_row(f"{one.at:%Y-%m-%d %H:%M}", who, one.kind.value, what, *percents)
    for each, cents in earned:
        told.add_row("", "", "earned", each.name, *(_plain(cents[model]) for model in Model))
    if counted:
        out.print(told)
    return OK


@customers.command
def recompute(*, connection: Named = None, database: Database = None) -> int:
    """Reckon the credit of all deals anew, from what is known here."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            reckon_anew(db, row.id)
        done = listloop.reckon(row.id)
    out.print(f"Reckoned {done:,} deals.")
    return OK
