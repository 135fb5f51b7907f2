"""Choosing people for something that is done to many: who they are, and what it would change, before it is done."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from listloop.core.plan import Rule
from listloop.store.search import Question, by_pieces, narrowed
from listloop.store.tables import people

#: The rules by which somebody is left out because of the flag alone.
UNFLAGGED = (Rule.FLAG_NO, Rule.FLAG_BLANK)


@dataclass(frozen=True, slots=True)
class Tally:
    """Whom a choice is about: ``people`` in all, ``in_crm`` of them with a record that has a flag, and ``flagged`` of
    those by their flag. Whoever is left out for another reason counts as flagged.
    """

    connection_id: int
    people: int
    in_crm: int
    flagged: int


def tally(database: Connection, question: Question, ids: Collection[int] = ()) -> tuple[Tally, ...]:
    """The people in question, or these of them, by connection."""
    crm = case((people.c.crm_record.is_not(None), 1), else_=0)
    flagged = case((and_(people.c.crm_record.is_not(None), people.c.rule.not_in(UNFLAGGED)), 1), else_=0)
    wanted = [] if question.connection_id is None else [people.c.connection_id == question.connection_id]
    query = (
        select(people.c.connection_id, func.count(), func.sum(crm), func.sum(flagged))
        .where(*wanted, *_these(database, question, ids))
        .group_by(people.c.connection_id)
        .order_by(people.c.connection_id)
    )
    return tuple(Tally(*row) for row in database.execute(query))


def chosen(
    database: Connection, connection_id: int, question: Question, ids: Collection[int], after: int, limit: int
) -> list[int]:
    """The next of the people in question, or of these of them, by id; none: that was all."""
    query = select(people.c.id).where(people.c.connection_id == connection_id, people.c.id > after)
    query = query.where(*_these(database, question, ids))
    return list(database.scalars(query.order_by(people.c.id).limit(limit)))


def _these(database: Connection, question: Question, ids: Collection[int]) -> list[ColumnElement[bool]]:
    found = [people.c.counted, *narrowed(database, question), *by_pieces(database, question)]
    if ids:
        found.append(people.c.id.in_(sorted(ids)))
    return found
