"""Close the loop: read the CRM's deals, and reckon which campaigns won them; only what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import Connection

from listloop.core.abilities import NotesDeals
from listloop.core.attribution import Touch, credits_of, in_currency, touches
from listloop.store.closings import Closing, closing_of, note_read, save_deal_fields
from listloop.store.database import reading
from listloop.store.deals import Reckoned, State, Waiting, linked, save_credits, save_deals, touches_of, waiting
from listloop.store.won_sums import keep, moved_months
from listloop.sync.context import Sync
from listloop.sync.noting import note_deals

CHUNK = 200
"""Deals that are reckoned in one transaction."""


@dataclass(frozen=True, slots=True)
class Closed:
    """How many deals the CRM told, how many were reckoned, and on how many the CRM was told who won them."""

    told: int = 0
    reckoned: int = 0
    noted: int = 0


def close_loop(sync: Sync) -> Closed:
    """Read the deals that are new or changed, reckon whatever moved, and tell the CRM where a setting asks.

    Raises what the CRM raises.
    """
    told = _read(sync) if sync.crm.can.deals else 0
    done = reckon(sync)
    return Closed(told, done, note_deals(sync))


def _read(sync: Sync) -> int:
    with reading(sync.engine).begin() as db:
        known = closing_of(db, sync.connection_id)
    if known.read_at is not None:
        with sync.engine.begin() as db:
            sync.fence(db)
            linked(db, sync.connection_id, known.read_at)
    if isinstance(sync.crm, NotesDeals):
        fields = sync.crm.deal_fields()
        if tuple(fields) != known.deal_fields:
            with sync.engine.begin() as db:
                sync.fence(db)
                save_deal_fields(db, sync.connection_id, fields)
    told = 0
    for page, cursor in sync.crm.deals(known.cursor or None):
        with sync.engine.begin() as db:
            sync.fence(db)
            save_deals(db, sync.connection_id, page)
            note_read(db, sync.connection_id, cursor, sync.now())
        told += len(page)
        if page:
            sync.progress("deals", told, None, "")
    return told


def reckon(sync: Sync) -> int:
    """Reckon the credit of all deals of which something moved; how many."""
    done = 0
    while True:
        with sync.engine.begin() as db:
            sync.fence(db)
            known = closing_of(db, sync.connection_id)
            some = waiting(db, sync.connection_id, known.rules.unit, CHUNK)
            happened = _happened(db, some, known)
            save_credits(db, sync.connection_id, [_reckoned(one, happened, known) for one in some])
        done += len(some)
        if some:
            sync.progress("credit", done, None, "")
        if len(some) < CHUNK:
            _keep_sums(sync)
            return done


def _happened(db: Connection, some: Sequence[Waiting], known: Closing) -> Mapping[int, Sequence[Touch]]:
    """What may count for these deals."""
    won = [one.won for one in some if one.won is not None]
    if not won:
        return {}
    since = min(won) - timedelta(days=known.rules.window)
    return touches_of(db, {person for one in some for person in one.people}, since, max(won))


def _keep_sums(sync: Sync) -> None:
    with reading(sync.engine).begin() as db:
        months = moved_months(db, sync.connection_id)
    for month in months:
        with sync.engine.begin() as db:
            sync.fence(db)
            keep(db, sync.connection_id, month)


def _reckoned(deal: Waiting, happened: Mapping[int, Sequence[Touch]], known: Closing) -> Reckoned:
    rules = known.rules
    person = deal.people[0] if deal.people else None
    shown = in_currency(deal.value, deal.currency, rules)
    customer = deal.won is not None and deal.first_of_customer
    if deal.won is None:
        return Reckoned(deal.id, State.OPEN, shown, customer=False, person_id=person)
    if shown is None:
        return Reckoned(deal.id, State.NO_RATE, None, customer, person)
    if not deal.people:
        return Reckoned(deal.id, State.NOBODY, shown, customer, None)
    counted = touches((one for person in deal.people for one in happened.get(person, ())), deal.won, rules)
    earned = tuple(credits_of(shown, counted, deal.won, rules, customer=customer))
    if not earned:
        return Reckoned(deal.id, State.UNTOUCHED, shown, customer, person)
    days = max(1, ceil((deal.won - counted[0].at) / timedelta(days=1)))
    return Reckoned(deal.id, State.CREDITED, shown, customer, person, earned, days)
