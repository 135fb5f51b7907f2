"""Deals of the CRM, the touches before them, and what campaigns earned of each: reckoned anew where something moved.

Nothing here decides: ``core/attribution`` does. A deal is ``dirty`` when it changed, or another deal of
the same customer, what its people did, or the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased

from listloop.core.attribution import Credit, Model, Touch, Unit
from listloop.core.facts import Kind
from listloop.core.people import Key, SideName
from listloop.core.side import Deal
from listloop.store.bulk import among, insert_many, update_many, upsert
from listloop.store.campaigns import moment
from listloop.store.tables import (
    campaigns,
    deal_people,
    deals,
    earned,
    events,
    people,
    records,
    responses,
)
from listloop.store.won_sums import moved


class State(StrEnum):
    """What came of a deal's credit; every deal has exactly one."""

    OPEN = "open"  # not won, or lost again
    CREDITED = "credited"
    UNTOUCHED = "untouched"  # its people got nothing that counts before it was won
    NOBODY = "nobody"  # it names nobody who is known here
    NO_RATE = "no-rate"  # its currency has no rate


@dataclass(frozen=True, slots=True)
class Waiting:
    """A deal whose credit is to be reckoned; ``people`` are those known here whose touches count, the first first."""

    id: int
    won: datetime | None
    value: int
    currency: str
    people: tuple[int, ...]
    first_of_customer: bool


def reckon_anew(db: Connection, connection_id: int) -> None:
    """Mark every deal as to be reckoned."""
    db.execute(update(deals).where(deals.c.connection_id == connection_id).values(dirty=True))


def save_deals(db: Connection, connection_id: int, page: Sequence[Deal]) -> None:
    """Store deals as the CRM shows them; theirs and those of the same customers are reckoned anew."""
    if not page:
        return
    rows = [
        {
            "connection_id": connection_id,
            "key": one.key,
            "title": one.title[:400],
            "stage": one.stage[:100],
            "value": one.value,
            "currency": one.currency.upper()[:3],
            "won_at": moment(one.won) if one.won else None,
            "company": one.company[:400],
            "dirty": True,
        }
        for one in {one.key: one for one in page}.values()
    ]
    keys = [row["key"] for row in rows]
    mine = deals.c.connection_id == bindparam("of"), among(deals.c.key, "keys")
    of = {"of": connection_id, "keys": keys}
    same_customers(db, select(deals.c.id).where(*mine), of)  # as they were
    moved(db, connection_id, db.scalars(select(deals.c.won_at).where(*mine), of))
    moved(db, connection_id, (moment(one.won) if one.won else None for one in page))
    upsert(db, deals, rows, ("connection_id", "key"))
    ids = {row.key: row.id for row in db.execute(select(deals.c.key, deals.c.id).where(*mine), of)}
    db.execute(delete(deal_people).where(among(deal_people.c.deal_id, "ids")), {"ids": list(ids.values())})
    insert_many(
        db,
        deal_people,
        [
            {"deal_id": ids[one.key], "key": key, "place": place}
            for one in page
            for place, key in enumerate(dict.fromkeys(one.people))
        ],
    )
    same_customers(db, select(deals.c.id).where(*mine), of)  # as they are


def same_customers(db: Connection, which: Select[Any], of: dict[str, object]) -> None:
    """Mark the deals of the same people and companies: which deal made a customer may have changed."""
    ids = list(db.scalars(which, of))
    if not ids:
        return
    other, theirs = aliased(deals), aliased(deal_people)
    company = select(other.c.company).where(among(other.c.id, "ids"), other.c.company != "")
    named = select(theirs.c.key).where(among(theirs.c.deal_id, "ids"))
    connection = of["of"]
    by_person = select(deal_people.c.deal_id).where(deal_people.c.key.in_(named))
    touched = or_(deals.c.company.in_(company), deals.c.id.in_(by_person))
    db.execute(update(deals).where(deals.c.connection_id == connection, touched).values(dirty=True), {"ids": ids})


def responded(db: Connection, ids: Collection[int]) -> None:
    """Mark the deals of those who did something new; ``ids`` are of responses."""
    if not ids:
        return
    found = select(records.c.connection_id, people.c.crm_record, people.c.company)
    found = found.select_from(responses).join(records, _MEMBER).join(people, people.c.mailchimp_record == records.c.id)
    rows = db.execute(found.where(among(responses.c.id, "ids")), {"ids": list(ids)}).all()
    if not rows or not db.scalar(select(deals.c.id).where(deals.c.connection_id == rows[0].connection_id).limit(1)):
        return
    named = select(deal_people.c.deal_id).join(records, records.c.key == deal_people.c.key)
    named = named.where(
        records.c.side == SideName.CRM, records.c.connection_id == bindparam("of"), among(records.c.id, "crm")
    )
    mine = deals.c.connection_id == bindparam("of"), deals.c.won_at.is_not(None)
    touched = or_(deals.c.id.in_(named), and_(deals.c.company != "", among(deals.c.company, "companies")))
    asked = {
        "of": rows[0].connection_id,
        "crm": [row.crm_record for row in rows if row.crm_record is not None],
        "companies": sorted({row.company for row in rows} - {""}),
    }
    db.execute(update(deals).where(*mine, touched).values(dirty=True), asked)


def linked(db: Connection, connection_id: int, since: datetime) -> None:
    """Mark the deals without credit of which somebody was linked since then: their touches are known only now."""
    named = (
        select(deal_people.c.deal_id)
        .join(records, (records.c.side == SideName.CRM) & (records.c.key == deal_people.c.key))
        .join(people, people.c.crm_record == records.c.id)
        .where(deal_people.c.deal_id == deals.c.id, records.c.connection_id == connection_id)
        .where(people.c.linked_at >= since)
    )
    alone = deals.c.connection_id == connection_id, deals.c.state.in_((State.NOBODY, State.UNTOUCHED))
    db.execute(update(deals).where(*alone, named.exists()).values(dirty=True))


_MEMBER = and_(
    records.c.connection_id == responses.c.connection_id,
    records.c.side == SideName.MAILCHIMP,
    records.c.key == responses.c.member,
)


def waiting(db: Connection, connection_id: int, unit: Unit, limit: int) -> list[Waiting]:
    """Deals whose credit is to be reckoned, with the people whose touches count.

    Those won at about the same time come together: they ask for what people did in much the same days.
    """
    chosen = select(deals).where(deals.c.connection_id == connection_id, deals.c.dirty == true())
    rows = db.execute(chosen.order_by(deals.c.won_at).limit(limit)).all()
    return _with_people(db, connection_id, unit, rows)


def looked_at(db: Connection, connection_id: int, unit: Unit, deal_id: int) -> list[Waiting]:
    """One deal with the people whose touches count, whether it is to be reckoned or not."""
    return _with_people(db, connection_id, unit, db.execute(select(deals).where(deals.c.id == deal_id)).all())


def _with_people(db: Connection, connection_id: int, unit: Unit, rows: Sequence[Any]) -> list[Waiting]:
    ids = [row.id for row in rows if row.won_at is not None]
    found: defaultdict[int, dict[int, None]] = defaultdict(dict)
    for deal, person in db.execute(_NAMED, {"of": connection_id, "ids": ids}):
        found[deal][person] = None
    if unit is Unit.COMPANY:
        for deal, person in db.execute(_COLLEAGUES, {"of": connection_id, "ids": ids}):
            found[deal][person] = None
    later = set(db.scalars(_NOT_FIRST, {"of": connection_id, "ids": ids}))
    return [
        Waiting(row.id, row.won_at, row.value, row.currency, tuple(found.get(row.id, ())), row.id not in later)
        for row in rows
    ]


_NAMED = (
    select(deal_people.c.deal_id, people.c.id)
    .join(
        records,
        (records.c.connection_id == bindparam("of"))
        & (records.c.side == SideName.CRM)
        & (records.c.key == deal_people.c.key),
    )
    .join(people, people.c.crm_record == records.c.id)
    .where(among(deal_people.c.deal_id, "ids"))
    .order_by(deal_people.c.deal_id, deal_people.c.place)
)
_COLLEAGUES = (
    select(deals.c.id, people.c.id)
    .join(people, (people.c.connection_id == deals.c.connection_id) & (people.c.company == deals.c.company))
    .where(deals.c.connection_id == bindparam("of"), among(deals.c.id, "ids"), people.c.company != "")
    .order_by(deals.c.id, people.c.id)
)


def _not_first() -> Select[Any]:
    """Deals before which another one of the same company, or of one of the same people, was won."""
    this, other = deals, aliased(deals)
    mine, theirs = aliased(deal_people), aliased(deal_people)
    before = or_(other.c.won_at < this.c.won_at, and_(other.c.won_at == this.c.won_at, other.c.id < this.c.id))
    both = select(mine.c.key).join(theirs, theirs.c.key == mine.c.key)
    shared = both.where(mine.c.deal_id == this.c.id, theirs.c.deal_id == other.c.id).correlate(this, other).exists()
    same: ColumnElement[bool] = or_(and_(this.c.company != "", other.c.company == this.c.company), shared)
    return select(this.c.id).where(
        this.c.connection_id == bindparam("of"),
        among(this.c.id, "ids"),
        exists().where(other.c.connection_id == this.c.connection_id, before, same),
    )


_NOT_FIRST = _not_first()

_DONE = (
    select(
        people.c.id.label("person"),
        responses.c.campaign_id,
        campaigns.c.sent_at,
        events.c.kind,
        events.c.at,
    )
    .select_from(people)
    .join(records, records.c.id == people.c.mailchimp_record)
    .join(responses, and_(responses.c.connection_id == people.c.connection_id, responses.c.member == records.c.key))
    .join(campaigns, campaigns.c.id == responses.c.campaign_id)
    .outerjoin(
        events,
        and_(
            events.c.response_id == responses.c.id,
            events.c.kind.in_((Kind.OPENED, Kind.CLICKED)),
            events.c.machine.is_(False),
            events.c.at.between(bindparam("since"), bindparam("until")),
        ),
    )
    .where(among(people.c.id, "people"), or_(campaigns.c.sent_at.is_(None), campaigns.c.sent_at <= bindparam("until")))
)


def touches_of(db: Connection, who: Collection[int], since: datetime, until: datetime) -> dict[int, list[Touch]]:
    """All that these people did with campaigns in that time, by person: got, opened themselves, clicked."""
    found: defaultdict[int, list[Touch]] = defaultdict(list)
    sent: set[tuple[int, int]] = set()
    for row in db.execute(_DONE, {"people": list(who), "since": since, "until": until}):
        fits = row.sent_at is not None and since <= row.sent_at <= until
        if fits and (row.person, row.campaign_id) not in sent:
            sent.add((row.person, row.campaign_id))
            found[row.person].append(Touch(row.campaign_id, row.person, Kind.SENT, row.sent_at))
        if row.kind is not None:
            found[row.person].append(Touch(row.campaign_id, row.person, Kind(row.kind), row.at))
    return found


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What came of a deal: its value in the shown currency, its state and what campaigns earned of it.

    ``days`` passed from its first touch until it was won, rounded up and at least 1; 0 where it has no touch.
    """

    id: int
    state: State
    shown: int | None
    customer: bool
    person_id: int | None
    credits: tuple[Credit, ...] = ()
    days: int = 0


def save_credits(db: Connection, connection_id: int, reckoned: Sequence[Reckoned]) -> None:
    """Put these results in place of what was reckoned before."""
    ids = [one.id for one in reckoned]
    moved(db, connection_id, db.scalars(select(deals.c.won_at).where(among(deals.c.id, "ids")), {"ids": ids}))
    db.execute(delete(earned).where(among(earned.c.deal_id, "ids")), {"ids": ids})
    update_many(
        db,
        deals,
        [
            {
                "id": one.id,
                "state": one.state.value,
                "shown": one.shown,
                "customer": one.customer,
                "person_id": one.person_id,
                "days": one.days,
                "dirty": False,
                "noting": True,
            }
            for one in reckoned
        ],
    )
    insert_many(db, earned, [_row(deal.id, one) for deal in reckoned for one in deal.credits])


def _row(deal_id: int, one: Credit) -> dict[str, object]:
    row: dict[str, object] = {
        "deal_id": deal_id,
        "campaign_id": one.campaign,
        "first_at": one.first,
        "last_at": one.last,
    }
    for model in Model:
        row |= {f"cents_{model}": one.cents[model], f"customer_{model}": one.customer[model]}
    return row


def dirty_count(db: Connection, connection_id: int) -> int:
    """Deals whose credit is still to be reckoned."""
    mine = deals.c.connection_id == connection_id, deals.c.dirty == true()
    return int(db.scalar(select(func.count()).select_from(deals).where(*mine)) or 0)


def without_person(db: Connection, connection_id: int, keys: Collection[Key]) -> None:
    """Let no deal tell who these CRM records were; what was earned stays, as a number."""
    mine = select(deals.c.id).where(deals.c.connection_id == connection_id)
    named = deal_people.c.key.in_(list(keys)) & deal_people.c.deal_id.in_(mine)
    ids = list(db.scalars(select(deal_people.c.deal_id).where(named)))
    db.execute(update(deals).where(among(deals.c.id, "ids")).values(title="", person_id=None), {"ids": ids})
    db.execute(delete(deal_people).where(named))
