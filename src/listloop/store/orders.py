"""Orders: what a person wants done that is no ordinary run (take something back, put a value back, forget somebody)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from listloop.store.codec import decode, encode
from listloop.store.search import Question
from listloop.store.tables import orders


class What(StrEnum):
    """The kinds of orders."""

    UNDO = "undo"
    RESTORE = "restore"
    FORGET = "forget"
    AUDIT = "audit"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Wish:
    """Of what and whom: a run, a person, a field as people call it, a line of the history, an address.

    To flag people: everybody in question, or only those of ``people``; ``takes_part`` is the flag that they get.
    """

    run_id: int = 0
    person_id: int = 0
    field: str = ""
    history_id: int = 0
    address: str = ""
    question: Question = Question()  # noqa: RUF009 - frozen, so one for all is the same as one for each
    people: tuple[int, ...] = ()
    takes_part: bool = True


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as stored; ``run_id`` is the plan that it became."""

    id: int
    connection_id: int
    what: What
    wish: Wish
    who: str
    at: datetime
    run_id: int | None
    done_at: datetime | None


def add_order(db: Connection, connection_id: int, what: What, wish: Wish, who: str, now: datetime) -> int:
    """Note an order, which is carried out before the next run; returns its id."""
    values = {"connection_id": connection_id, "what": what, "body": encode(wish), "who": who[:400], "at": now}
    return int(db.execute(insert(orders).values(values).returning(orders.c.id)).scalar_one())


def open_orders(db: Connection, connection_id: int) -> list[OrderRow]:
    """Orders that are still to be carried out, oldest first."""
    query = select(orders).where(orders.c.connection_id == connection_id, orders.c.done_at.is_(None))
    return [_order(row) for row in db.execute(query.order_by(orders.c.id))]


def order_of(db: Connection, run_id: int) -> OrderRow | None:
    """The order that became this plan."""
    row = db.execute(select(orders).where(orders.c.run_id == run_id).order_by(orders.c.id.desc())).first()
    return _order(row) if row else None


def forgotten_since(db: Connection, connection_id: int, since: datetime) -> int:
    """How many erasures were carried out since; of whom, nothing is left to tell."""
    mine = orders.c.connection_id == connection_id, orders.c.what == What.FORGET, orders.c.done_at >= since
    return db.scalar(select(func.count()).select_from(orders).where(*mine, orders.c.problem == "")) or 0


def change_order(db: Connection, order_id: int, **values: Any) -> None:
    """Change columns of an order."""
    db.execute(update(orders).where(orders.c.id == order_id).values(**values))


def _order(row: Row[Any]) -> OrderRow:
    wish = decode(Wish, row.body)
    return OrderRow(row.id, row.connection_id, What(row.what), wish, row.who, row.at, row.run_id, row.done_at)
