"""``listloop customers rules`` and ``cost``: how campaigns earn credit, and what they cost."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, me, out, print_json
from listloop.cli.options import Database, Json, Named, opened
from listloop.cli.results import named
from listloop.core.amounts import amount, cents_of, currency_of, plain_rate, rate_of
from listloop.core.attribution import Rules, Unit
from listloop.core.errors import NeedsAttention
from listloop.store import credit
from listloop.store.audit import note
from listloop.store.closings import closing_of, set_closing


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
    given = dict(map(_rate, rate or ()))
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            known = closing_of(db, row.id)
            wanted = replace(known.rules, **named_here, rates=known.rules.rates | given)
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
        out.print(f"1 {name} = {plain_rate(rate)} {wanted.currency}")


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


def _code(text: str) -> str:
    code = currency_of(text)
    if code is None:
        raise NeedsAttention(f"“{text}” is no currency.", "Name three letters, such as EUR.", code="credit-rules")
    return code


def _rate(text: str) -> tuple[str, int]:
    rate = rate_of(text)
    if rate is None:
        raise NeedsAttention(f"“{text}” is no rate.", "Write it as USD=0.92.", code="credit-rules")
    return rate


def _cents(text: str) -> int:
    cents = cents_of(text)
    if cents is None or cents < 0:
        raise NeedsAttention(f"“{text}” is no amount.", "Write it as 12.50.", code="credit-rules")
    return cents
