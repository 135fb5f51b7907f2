"""Finding people: by part of a name, address or company, by standing and rule; and one person in full.

Substring search uses an index of three-letter pieces that the database itself keeps up to date: FTS5 (``trigram``) on
SQLite, ``pg_trgm`` on PostgreSQL, made by ``prepare_search``. Without it the same questions are answered by a scan.
Measured at 1,000,000 people on SQLite 3.40, two busy cores: a page of a search 1-11 ms (without the index 2,800 ms), a
page of the list 1-3 ms, the counts 100 ms; the index adds 55 MB to 640 MB and 5-10 s to a first fill. A search
of one or two letters has no index: 5 ms where such people are many, up to 700 ms where they are few.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    column,
    func,
    inspect,
    select,
    table,
    text,
    tuple_,
)
from sqlalchemy.exc import DBAPIError

from listloop.core.crowd import Term
from listloop.store.codec import decode
from listloop.store.results import responded
from listloop.store.tables import connections, people, responses

#: Below so many people of one standing, reading them all beats the search index, which knows no standing.
FEW = 20_000

Place = tuple[str, int] | None
"""Where a page begins: after this rule or name, and id."""

_SQLITE = (
    """CREATE VIRTUAL TABLE people_search USING fts5(
        search, content='people', content_rowid='id', tokenize='trigram', detail='none', columnsize=0)""",
    "INSERT INTO people_search(people_search) VALUES ('rebuild')",
    """CREATE TRIGGER people_search_insert AFTER INSERT ON people BEGIN
        INSERT INTO people_search(rowid, search) VALUES (new.id, new.search); END""",
    """CREATE TRIGGER people_search_delete AFTER DELETE ON people BEGIN
        INSERT INTO people_search(people_search, rowid, search) VALUES ('delete', old.id, old.search); END""",
    """CREATE TRIGGER people_search_update AFTER UPDATE OF search ON people WHEN old.search <> new.search BEGIN
        INSERT INTO people_search(people_search, rowid, search) VALUES ('delete', old.id, old.search);
        INSERT INTO people_search(rowid, search) VALUES (new.id, new.search); END""",
)


def prepare_search(engine: Engine) -> bool:
    """Make the search index, once, after the tables. False where the database can't have one; searching still works.

    PostgreSQL needs the extension pg_trgm, which a server may not have or not allow.
    """
    if engine.dialect.name == "sqlite":
        if not inspect(engine).has_table("people_search"):
            with engine.begin() as connection:  # looked again inside: another process may have been faster
                for statement in () if inspect(connection).has_table("people_search") else _SQLITE:
                    connection.exec_driver_sql(statement)
        return True
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.exec_driver_sql(
                "CREATE INDEX IF NOT EXISTS ix_people_search ON people USING gin (search gin_trgm_ops)"
            )
    except DBAPIError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Count:
    """How many people of a connection have this standing by this rule."""

    connection_id: int
    standing: str
    rule: str
    people: int


@dataclass(frozen=True, slots=True)
class Question:
    """Which people are looked for. ``words`` is part of a name, address or company; empty and None: any.

    ``company`` is the whole name of a company, ``label`` the name of a label of either side, ``response`` what they
    did with a campaign.
    """

    words: str = ""
    standing: str = ""
    rule: str = ""
    connection_id: int | None = None
    company: str = ""
    label: str = ""
    response: Term | None = None

    @property
    def pieces(self) -> tuple[str, ...]:
        """The parts that the search text of the people in question has."""
        label = mark_labels([self.label]) if self.label else ""
        return tuple(piece for piece in (self.words.strip().lower(), self.company.lower(), label) if piece)


def mark_labels(names: Collection[str]) -> str:
    """Labels as the search text has them: in signs of Unicode's private use, so that nobody finds them by typing."""
    return "".join(map(_marked, names))


@lru_cache(maxsize=1000)  # the same few labels come again and again
def _marked(name: str) -> str:
    return f"{_EDGE}{''.join(chr(_PRIVATE + ord(sign) % _SIGNS) for sign in name)}{_EDGE}"


#: Where the signs for labels begin, how many there are, and the one that stands at both ends of each label.
_PRIVATE, _SIGNS, _EDGE = 0xE000, 0x1000, "\uf8ff"


@dataclass(frozen=True, slots=True)
class Line:
    """A person as lists show one."""

    id: int
    connection_id: int
    name: str
    email: str
    company: str
    standing: str
    rule: str
    reason: str
    next_try: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of people. ``after`` leads to the next page; "" : this is the last."""

    lines: tuple[Line, ...]
    after: str = ""


def counts(database: Connection, connection_id: int | None = None) -> tuple[Count, ...]:
    """How many people stand where; the sum is the population."""
    columns = (people.c.connection_id, people.c.standing, people.c.rule)
    query = select(*columns, func.count()).where(people.c.counted).group_by(*columns)
    wanted = [connection_id] if connection_id is not None else database.scalars(select(connections.c.id)).all()
    found = database.execute(query.where(people.c.connection_id.in_(wanted))).all()
    return tuple(Count(*row) for row in sorted(found, key=tuple))


def find(database: Connection, question: Question, after: str = "", limit: int = 50) -> Found:
    """A page of the people in question: by name, with a standing by rule, with words in the order they came.

    ``after`` is the last page's ``Found.after``; one that is not readable starts from the beginning. Each connection
    is read in its turn, so that every query follows one index. ``limit`` is at least 1.
    """
    here, place = _place(after)
    wanted = database.scalars(select(connections.c.id).order_by(connections.c.id)).all()
    if question.connection_id is not None:
        wanted = [one for one in wanted if one == question.connection_id]
    rows: list[Any] = []
    for connection_id in (one for one in wanted if one >= here):
        begin = place if connection_id == here else None
        rows += _rows(database, question, connection_id, begin, limit + 1 - len(rows))
        if len(rows) > limit:
            last = rows[limit - 1]
            return Found(tuple(_line(row) for row in rows[:limit]), _mark(question, last))
    return Found(tuple(_line(row) for row in rows))


_LINE = (
    people.c.id,
    people.c.connection_id,
    people.c.name,
    people.c.email,
    people.c.company,
    people.c.standing,
    people.c.rule,
    people.c.reason,
    people.c.next_try,
)


def _rows(database: Connection, question: Question, connection_id: int, place: Place, limit: int) -> Sequence[Row[Any]]:
    if question.response is not None:
        return _by_response(database, question, connection_id, place, limit)
    pieces = question.pieces
    sqlite = database.dialect.name == "sqlite"
    few = _few(database, question, connection_id)
    if sqlite and not few and any(map(_in_pieces, pieces)) and inspect(database).has_table("people_search"):
        return _by_pieces(database, question, connection_id, place, limit)
    # A sum has no index: a scan by id that stops at the page's end beats sorting everyone who fits.
    number = people.c.connection_id + 0 if pieces and sqlite and not few else people.c.connection_id
    query: Select[Any] = select(*_LINE).where(number == connection_id, people.c.counted).limit(limit)
    query = query.where(*narrowed(database, question))
    if place:
        query = query.where(_beyond(question, place))
    return database.execute(query.order_by(*_order(question))).all()


def narrowed(database: Connection, question: Question) -> list[ColumnElement[bool]]:
    """The conditions of a question, but for its connection."""
    asked = {"standing": question.standing, "rule": question.rule, "company": question.company}
    found = [people.c[name] == wanted for name, wanted in asked.items() if wanted]
    if question.response is not None:
        found.append(people.c.id.in_(responded(select(people.c.id), question.response)))
    if database.dialect.name == "sqlite":
        return found + [people.c.search.op("GLOB")(_glob(piece)) for piece in question.pieces]
    return found + [people.c.search.contains(piece, autoescape=True) for piece in question.pieces]


def by_pieces(database: Connection, question: Question) -> list[ColumnElement[bool]]:
    """Who may be meant, by SQLite's search index: it holds nobody else with ``narrowed``. For counts, not for pages.

    The index is asked for three letters at a time, in any order: for whole words it would look at each person itself,
    whom ``narrowed`` looks at anyway.
    """
    runs = [run for piece in question.pieces for run in _RUNS.split(piece)]
    letters = dict.fromkeys(run[place : place + 3] for run in runs for place in range(len(run) - 2))
    if database.dialect.name != "sqlite" or not letters or not inspect(database).has_table("people_search"):
        return []
    index = table("people_search", column("rowid"), column("people_search"))
    wanted = " AND ".join('"{}"'.format(three.replace('"', '""')) for three in islice(letters, _ENOUGH))
    return [people.c.id.in_(select(index.c.rowid).where(index.c.people_search.op("MATCH")(wanted)))]


def found_ids(database: Connection, question: Question, limit: int) -> list[int]:
    """The people with the question's words, also those of the past who no longer count; ``limit`` of them at most."""
    sqlite = database.dialect.name == "sqlite"
    if sqlite and any(map(_in_pieces, question.pieces)) and inspect(database).has_table("people_search"):
        globs = {f"glob{number}": _glob(piece) for number, piece in enumerate(question.pieces)}
        pieces = " AND ".join(f"people_search.search GLOB :{one}" for one in globs)
        asked = {**globs, "connection": question.connection_id, "limit": limit}
        return list(database.scalars(text(_IDS_BY_PIECES.format(pieces=pieces)), asked))
    query = select(people.c.id).where(*narrowed(database, question))
    if question.connection_id is not None:
        query = query.where(people.c.connection_id == question.connection_id)
    return list(database.scalars(query.limit(limit)))


#: CROSS JOIN makes SQLite start from the pieces; else it may walk through all people and look each of them up there.
_BY_PIECES = """SELECT {columns} FROM people_search CROSS JOIN people ON people.id = people_search.rowid
    WHERE {pieces} AND people_search.rowid > :after
    AND people.connection_id = :connection AND people.counted
    AND (:standing = '' OR people.standing = :standing) AND (:rule = '' OR people.rule = :rule)
    AND (:company = '' OR people.company = :company)
    ORDER BY people_search.rowid LIMIT :limit"""


_IDS_BY_PIECES = """SELECT people.id FROM people_search CROSS JOIN people ON people.id = people_search.rowid
    WHERE {pieces} AND (:connection IS NULL OR people.connection_id = :connection) LIMIT :limit"""


def _by_pieces_sql(globs: Sequence[str]) -> str:
    columns = ", ".join(f"people.{one.name}" for one in _LINE)
    return _BY_PIECES.format(columns=columns, pieces=" AND ".join(f"people_search.search GLOB :{one}" for one in globs))


def _by_pieces(
    database: Connection, question: Question, connection_id: int, place: Place, limit: int
) -> Sequence[Row[Any]]:
    globs = {f"glob{number}": _glob(piece) for number, piece in enumerate(question.pieces)}
    asked = {
        **globs,
        "after": place[1] if place else 0,
        "connection": connection_id,
        "standing": question.standing,
        "rule": question.rule,
        "company": question.company,
        "limit": limit,
    }
    return database.execute(text(_by_pieces_sql(list(globs))).columns(*_LINE), asked).all()


def _by_response(
    database: Connection, question: Question, connection_id: int, place: Place, limit: int
) -> Sequence[Row[Any]]:
    """In the order of the campaign's recipients: a page costs as much as it shows, however many people there are."""
    term = question.response
    if term is None:
        return ()
    query = responded(select(*_LINE, responses.c.id.label("place")), term)
    query = query.where(people.c.connection_id == connection_id, people.c.counted)
    query = query.where(*narrowed(database, replace(question, response=None)))
    if place:
        query = query.where(responses.c.id > place[1])
    return database.execute(query.order_by(responses.c.id).limit(limit)).all()


#: What stands for any letter in a pattern, and the letter that ends a text for SQLite.
_RUNS = re.compile(r"[*?\[\0]")

#: So many times three letters leave few people who are not meant.
_ENOUGH = 24


def _in_pieces(words: str) -> bool:
    # FTS5 finds nothing for one or two letters of three bytes, which it takes for a piece of three letters.
    runs = [run for run in re.split(r"[*?\[]", words) if run]
    return bool(runs) and all(len(run) >= 3 for run in runs)


def _glob(words: str) -> str:
    # GLOB, because LIKE with an escape sign would not use the pieces; ``search`` is lower-cased already.
    return "*" + "".join(f"[{sign}]" if sign in "*?[" else sign for sign in words) + "*"


def _few(database: Connection, question: Question, connection_id: int) -> bool:
    if not question.standing:
        return False
    some = select(people.c.id).where(
        people.c.connection_id == connection_id, people.c.counted, people.c.standing == question.standing
    )
    return database.execute(select(func.count()).select_from(some.limit(FEW).subquery())).scalar_one() < FEW


def _order(question: Question) -> tuple[Any, ...]:
    if question.pieces:
        return (people.c.id,)
    return (people.c.rule, people.c.id) if question.standing else (people.c.name, people.c.id)


def _beyond(question: Question, place: tuple[str, int]) -> Any:
    if question.pieces:
        return people.c.id > place[1]
    first = people.c.rule if question.standing else people.c.name
    return tuple_(first, people.c.id) > place


def _mark(question: Question, row: Any) -> str:
    if question.response is not None:
        return msgspec.json.encode([row.connection_id, "", row.place]).decode()
    first = "" if question.pieces else row.rule if question.standing else row.name
    return msgspec.json.encode([row.connection_id, first, row.id]).decode()


def _place(after: str) -> tuple[int, Place]:
    try:
        connection_id, first, person_id = decode(tuple[int, str, int], after)
    except msgspec.DecodeError:
        return 0, None
    return connection_id, (first, person_id)


def _line(row: Any) -> Line:
    return Line(*row[: len(_LINE)])
