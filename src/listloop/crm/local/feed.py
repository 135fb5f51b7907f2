"""The numbers of a book: each write takes the next ones, and they are committed in their order.

The book's row is the lock: who has it is the only writer until the transaction ends. So no number becomes visible
after a higher one, and reading on from a number misses nothing, on PostgreSQL as on SQLite.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from listloop.crm.local.tables import books, people


def last(connection: Connection, book: int) -> int:
    """The last number given out."""
    number: int = connection.execute(select(books.c.change).where(books.c.id == book)).scalar_one()
    return number


def lock(connection: Connection, book: int) -> None:
    """Be the book's only writer from here on; what is read after this holds until the commit."""
    connection.execute(select(books.c.change).where(books.c.id == book).with_for_update())


def take(connection: Connection, book: int, count: int = 1) -> int:
    """The first of ``count`` new numbers in a row; locks the book as well."""
    statement = update(books).where(books.c.id == book).values(change=books.c.change + count)
    number: int = connection.execute(statement.returning(books.c.change)).scalar_one()
    return number - count + 1


def rewrite(connection: Connection, book: int, whom: ColumnElement[bool], now: datetime, **values: Any) -> int:
    """Set the same columns of everybody in ``whom``, each with a number of its own; how many.

    Without ``values`` it shows people as changed who changed by something outside their own row. One statement,
    however many people.
    """
    lock(connection, book)
    mine = people.c.book_id == book
    count = connection.execute(select(func.count()).select_from(people).where(mine, whom)).scalar_one()
    if count:
        first = take(connection, book, count)
        order = func.row_number().over(order_by=people.c.id).label("place")
        picked = select(people.c.id, order).where(mine, whom).subquery()
        statement = update(people).where(people.c.id == picked.c.id)
        connection.execute(statement.values(change=first - 1 + picked.c.place, changed_at=now, **values))
    return int(count)
