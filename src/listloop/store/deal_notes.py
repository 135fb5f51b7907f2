"""What a field of the CRM's deals is to say of the campaigns that won them, and what it says as far as we wrote it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, true, update

from listloop.core.attribution import Model
from listloop.core.deal_notes import deal_note
from listloop.store.audit import note
from listloop.store.bulk import among, update_many, upsert
from listloop.store.campaigns import by_ids
from listloop.store.closings import closing_of
from listloop.store.tables import closing, deals, earned


@dataclass(frozen=True, slots=True)
class Noted:
    """A deal, what its field is to say, and what we wrote there last; ``problem``: why it was not written."""

    id: int
    key: str
    title: str
    won: datetime | None
    text: str
    noted: str
    problem: str = ""


def set_note_field(db: Connection, connection_id: int, field: str, model: Model, who: str, now: datetime) -> None:
    """Choose the field of the CRM's deals, "" for none, and the model; noted in the audit log.

    What stands in a field that was chosen before stays there, and is nobody's concern any more.
    """
    known = closing_of(db, connection_id)
    if (field, model) == (known.note_field, known.note_model):
        return
    row = {"connection_id": connection_id, "note_field": field, "note_model": model.value}
    upsert(db, closing, [row], ("connection_id",))
    anew: dict[str, object] = {"noting": True, "note_problem": ""}
    if field != known.note_field:
        anew["noted"] = ""
    db.execute(update(deals).where(deals.c.connection_id == connection_id).values(anew))
    if field:
        note(db, now, who, f"let the CRM's deals name campaigns in the field {field}", connection_id=connection_id)
    else:
        note(db, now, who, "let the CRM's deals name no campaigns", connection_id=connection_id)


def to_note(db: Connection, connection_id: int, model: Model, most: int, after: int, limit: int) -> list[Noted]:
    """Deals after this one whose field may have to be written, in order; ``most`` characters fit."""
    mine = deals.c.connection_id == connection_id, deals.c.noting == true(), deals.c.dirty != true(), deals.c.id > after
    return _noted(db, mine, model, most, limit, deals.c.id.asc())


def preview(db: Connection, connection_id: int, model: Model, most: int, limit: int) -> list[Noted]:
    """What the field of each deal that was won is to say, the last won first."""
    mine = deals.c.connection_id == connection_id, deals.c.won_at.is_not(None), deals.c.state == "credited"
    return _noted(db, mine, model, most, limit, deals.c.won_at.desc())


def noted_of(db: Connection, deal_id: int, model: Model, most: int) -> Noted | None:
    """One deal with what its field says."""
    return next(iter(_noted(db, (deals.c.id == deal_id,), model, most, 1, deals.c.id.asc())), None)


def _noted(
    db: Connection,
    mine: Sequence[ColumnElement[bool]],
    model: Model,
    most: int,
    limit: int,
    order: ColumnElement[object],
) -> list[Noted]:
    rows = db.execute(select(deals).where(*mine).order_by(order).limit(limit)).all()
    cents, parts = earned.c[f"cents_{model}"], earned.c[f"customer_{model}"]
    shares = select(earned.c.deal_id, earned.c.campaign_id, cents, parts).where(among(earned.c.deal_id, "ids"))
    found: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
    ordered = shares.order_by(earned.c.deal_id, earned.c.first_at, earned.c.campaign_id)
    for deal, campaign, amount, part in db.execute(ordered, {"ids": [row.id for row in rows]}):
        found[deal].append((campaign, amount, part))
    names = by_ids(db, {campaign for some in found.values() for campaign, _, _ in some})
    return [
        Noted(
            row.id,
            row.key,
            row.title,
            row.won_at,
            deal_note([(names[one].name, amount or part) for one, amount, part in found.get(row.id, ())], most),
            row.noted,
            row.note_problem,
        )
        for row in rows
    ]


def save_noted(db: Connection, looked: Sequence[Noted], problems: dict[str, str]) -> None:
    """These were looked at; ``problems`` say by key why the CRM did not take a text, all others say theirs now."""
    rows = [
        {
            "id": one.id,
            "noting": False,
            "noted": one.noted if one.key in problems else one.text,
            "note_problem": problems.get(one.key, ""),
        }
        for one in looked
    ]
    update_many(db, deals, rows)


def noted_count(db: Connection, connection_id: int) -> tuple[int, int]:
    """Deals in the CRM that name campaigns, and deals whose field was not written."""
    mine = deals.c.connection_id == connection_id
    written = db.scalar(select(func.count()).select_from(deals).where(mine, deals.c.noted != ""))
    refused = db.scalar(select(func.count()).select_from(deals).where(mine, deals.c.note_problem != ""))
    return written or 0, refused or 0
