"""``listloop customers``: which campaigns won deals and new customers, under five models side by side."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.results import named
from listloop.core.attribution import Model, Rules, Unit
from listloop.core.errors import NeedsAttention
from listloop.store import credit
from listloop.store.audit import note
from listloop.store.credit import DealLine, Span, Won
from listloop.store.database import reading
from listloop.store.deals import State, closing_of, dirty_count, reckon_anew, set_closing

customers = App(
    name="customers",
    help="Show which campaigns won deals and new customers, and say how credit is given.",
    result_action="return_value",
)

Since = Annotated[date | None, Parameter(help="Only deals won on this day or later.")]
Until = Annotated[date | None, Parameter(help="Only deals won before this day.")]

#: What the pots are called.
POTS = {
    State.CREDITED: "with campaigns",
    State.UNTOUCHED: "without a campaign",
    State.NOBODY: "without a person known here",
    State.NO_RATE: "in a currency without a rate",
}


def span(since: date | None, until: date | None) -> Span:
    """The days as moments in UTC."""
    begin, end = (datetime(one.year, one.month, one.day, tzinfo=UTC) if one else None for one in (since, until))
    return Span(begin, end)


def amount(cents: int, currency: str) -> str:
    """Whole cents as people read them."""
    return f"{Decimal(cents) / 100:,.2f} {currency}"


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
            known = closing_of(db, row.id)
            pots = credit.pots(db, row.id, span(since, until))
            found = credit.won_by_campaign(db, row.id, span(since, until))
            left = dirty_count(db, row.id)
            foreign = credit.foreign(db, row.id, span(since, until))
    currency = known.rules.currency
    if json:
        won = [{"state": one.state, "deals": one.number, "cents": one.cents} for one in pots.values() if one.number]
        campaigns = [_entry(one) for one in found]
        print_json({"currency": currency, "won": won, "foreign": foreign, "campaigns": campaigns, "unreckoned": left})
        return OK
    if not any(one.number for one in pots.values()):
        out.print("No deal was won.\n→ “listloop results read” reads deals of the CRM along with campaign results.")
        return OK
    shown = table("won", "#deals", "#worth", "#new customers")
    for state, title in POTS.items():
        if state is not State.NO_RATE:
            one = pots[state]
            shown.add_row(title, f"{one.number:,}", amount(one.cents, currency), f"{one.customers:,}")
    for other in foreign:
        shown.add_row(
            f"{POTS[State.NO_RATE]}: {other.currency}", f"{other.number:,}", amount(other.cents, other.currency), ""
        )
    out.print(shown)
    side_by_side = table(
        "campaign", "#deals", *(f"#{one.value}" for one in Model), "#new customers", "#cost", "#return"
    )
    for won_by in found:
        gain = won_by.gain(model)
        side_by_side.add_row(
            won_by.campaign.name,
            f"{won_by.deals:,}",
            *(f"{Decimal(won_by.cents[one]) / 100:,.2f}" for one in Model),
            f"{won_by.customers[model]:.1f}",
            "" if won_by.cost is None else f"{Decimal(won_by.cost) / 100:,.2f}",
            "" if gain is None else f"{100 * gain:+,.0f} %",
        )
    out.print(side_by_side)
    out.print(
        f"Amounts in {currency}; customers and returns by the model “{model}”, touches of {known.rules.window} days."
    )
    if left:
        out.print(f"{left:,} deals are still to be reckoned: “listloop results read”.")
    return OK


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
def rules(
    *,
    unit: Annotated[Unit | None, Parameter(help="Whose touches count.")] = None,
    opened_weight: Annotated[
        int | None, Parameter(name="--opened", validator=Number(gte=0, lte=100), help="Weight of an open.")
    ] = None,
    clicked: Annotated[int | None, Parameter(validator=Number(gte=0, lte=100), help="Weight of a click.")] = None,
    sent: Annotated[
        int | None, Parameter(validator=Number(gte=0, lte=100), help="Weight of having got a mail.")
    ] = None,
    window: Annotated[
        int | None, Parameter(validator=Number(gte=1, lte=730), help="Days before a deal that count.")
    ] = None,
    half_life: Annotated[
        int | None, Parameter(validator=Number(gte=1, lte=365), help="Days after which a touch counts half.")
    ] = None,
    ends: Annotated[
        int | None, Parameter(validator=Number(gte=0, lte=50), help="Percent for the first and the last touch.")
    ] = None,
    currency: Annotated[str | None, Parameter(help="What is shown, such as EUR.")] = None,
    rate: Annotated[list[str] | None, Parameter(help="What one unit of a currency is worth, such as USD=0.92.")] = None,
    mail_price: Annotated[str | None, Parameter(help="Price of 1,000 mails.")] = None,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show how credit is given, or change what is named; all deals are then reckoned anew with the next reading."""
    numbers = {"opened": opened_weight, "clicked": clicked, "sent": sent, "window": window}
    numbers |= {"half_life": half_life, "ends": ends}
    named_here: dict[str, Any] = {name: one for name, one in numbers.items() if one is not None}
    named_here |= {"unit": unit} if unit else {}
    named_here |= {"currency": _code(currency)} if currency else {}
    named_here |= {"rates": dict(map(_rate, rate))} if rate else {}
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            known = closing_of(db, row.id)
            wanted = replace(known.rules, **named_here)
            price = known.mail_price if mail_price is None else _cents(mail_price)
            if not (wanted.sent or wanted.opened or wanted.clicked):
                raise NeedsAttention(
                    "Nothing would count any more.",
                    "Let --opened, --clicked or --sent be more than 0.",
                    code="credit-rules",
                )
            if (wanted, price) != (known.rules, known.mail_price):
                set_closing(db, row.id, wanted, price)
                said = "changed how campaigns earn credit"
                note(db, listloop.now(), me(), said, connection_id=row.id)
    if json:
        print_json({**asdict(wanted), "mail_price": price})
        return OK
    _tell(wanted, price)
    return OK


def _tell(wanted: Rules, price: int) -> None:
    whose = {Unit.PERSON: "of the people whom the deal names", Unit.COMPANY: "of everybody in their company"}
    out.print(
        f"Touches {whose[wanted.unit]} within {wanted.window} days before the deal: an open counts {wanted.opened}, "
        f"a click {wanted.clicked}, having got it {wanted.sent}.\nTime decay: half after {wanted.half_life} days. By "
        f"position: {wanted.ends} % for the first and for the last.\nShown in {wanted.currency}; 1,000 mails cost "
        f"{amount(price, wanted.currency)}."
    )
    for name, rate in sorted(wanted.rates.items()):
        out.print(f"1 {name} = {Decimal(rate) / 1_000_000} {wanted.currency}")


@customers.command
def cost(
    campaign: Annotated[str, Parameter(help="Its number or its title.")],
    spent: Annotated[str, Parameter(help="What it cost beside its mails, such as 250.00; “none” takes it away.")],
    *,
    connection: Named = None,
    database: Database = None,
) -> int:
    """Enter what a campaign cost."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            found = named(db, row.id, campaign)
            credit.set_cost(db, found.id, None if spent == "none" else _cents(spent))
            note(db, listloop.now(), me(), "entered what a campaign cost", connection_id=row.id)
    out.print(f"Kept for “{found.name}”.")
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


def _code(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise NeedsAttention(f"“{text}” is no currency.", "Name three letters, such as EUR.", code="credit-rules")
    return code


def _rate(text: str) -> tuple[str, int]:
    code, _, worth = text.partition("=")
    try:
        value = Decimal(worth)
    except ArithmeticError:
        value = Decimal(0)
    if not (value.is_finite() and 0 < value < 10**9):
        raise NeedsAttention(f"“{text}” is no rate.", "Write it as USD=0.92.", code="credit-rules")
    return _code(code), int(value * 1_000_000)


def _cents(text: str) -> int:
    try:
        value = Decimal(text.replace(",", "."))
    except ArithmeticError:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value <= 10**9):
        raise NeedsAttention(f"“{text}” is no amount.", "Write it as 12.50.", code="credit-rules")
    return int((value * 100).to_integral_value())
