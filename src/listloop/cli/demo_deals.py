"""The demo's deals: what invented people bought from an invented company in the last three weeks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from listloop.cli.console import out, table
from listloop.core.attribution import Model
from listloop.core.side import Deal
from listloop.crm.local.book import Book
from listloop.crm.local.opening import Place
from listloop.store import credit
from listloop.store.connections import ConnectionRow
from listloop.store.database import reading
from listloop.store.deals import State
from listloop.store.won_report import pots
from listloop.store.won_sums import Span, won
from listloop.testing.world import World
from listloop.wiring import Listloop

#: One deal for so many people.
EVERY = 25

GOODS = ("Bearings", "Gear unit", "Maintenance contract", "Spare parts", "Training")


def deals_of(made: World, seed: int, now: datetime) -> Iterator[Deal]:
    """Opportunities of these people, named by their place from 1: most are won, some in dollars, some still open."""
    chance = random.Random(seed)  # noqa: S311 - invented people
    count = max(5, len(made.people) // EVERY)
    for number in chance.sample(range(1, len(made.people) + 1), min(count, len(made.people))):
        won = now - timedelta(days=chance.uniform(0.1, 18)) if chance.random() < 0.85 else None
        yield Deal(
            "",
            f"{chance.choice(GOODS)} {number}",
            "won" if won else "offer made",
            chance.randrange(400, 60_000) * 100,
            "USD" if chance.random() < 0.05 else "EUR",
            won.isoformat(timespec="seconds") if won else "",
            (str(number),),
        )


def win_deals(place: Place, made: World, seed: int, now: datetime) -> None:
    """Put opportunities into the built-in CRM, whose people are numbered by their places."""
    book = Book(place, "demo")
    for one in deals_of(made, seed, now):
        book.save_deal(one)


def won_by_campaigns(listloop: Listloop, row: ConnectionRow) -> None:
    """Show what each campaign earned; nothing where no deal was won with one."""
    with reading(listloop.engine).begin() as db:
        pot = pots(won(db, row.id, Span()))[State.CREDITED]
        found = credit.won_by_campaign(db, row.id, Span())
    if not pot.number:
        return
    shown = table("campaign", "#deals", "#first touch", "#linear", "#last touch", title="\nWhich campaigns won")
    for one in found:
        parts = (f"{one.cents[model] / 100:,.2f}" for model in (Model.FIRST, Model.LINEAR, Model.LAST))
        shown.add_row(one.campaign.name, f"{one.deals:,}", *parts)
    out.print(shown)
    worth = f"{pot.cents / 100:,.2f} EUR"
    out.print(f"Deals won with campaigns: {pot.number:,}, worth {worth}; new customers: {pot.customers:,}.")
