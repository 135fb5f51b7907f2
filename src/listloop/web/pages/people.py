"""The list of people: search, narrow by standing and rule, export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine
from starlette.responses import Response, StreamingResponse

from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.search import Line, Question, find
from listloop.web.access import VIEWER, services_of
from listloop.web.files import as_row
from listloop.web.render import page
from listloop.web.standings import by_standing, counted

router = APIRouter()

SIZE = 50
EXPORT_SIZE = 1000


def _question(q: str, standing: str, rule: str, connection: str) -> Question:
    return Question(q[:200], standing, rule, int(connection) if connection.isdecimal() else None)


def address(question: Question, path: str = "/people", **other: str) -> str:
    """The address of the list that answers this question."""
    known = {
        "q": question.words,
        "standing": question.standing,
        "rule": question.rule,
        "connection": str(question.connection_id or ""),
    }
    wanted = {name: value for name, value in (known | other).items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


@router.get("/people", dependencies=[VIEWER])
def people(
    request: Request,
    q: str = "",
    standing: str = "",
    rule: str = "",
    connection: str = "",
    after: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """A page of the people in question, with the doors to the other standings."""
    question = _question(q, standing, rule, connection)
    with reading(services_of(request).engine).begin() as database:
        standings = counted(request, database, question.connection_id).counts
        found = find(database, question, after, SIZE)
        return page(
            request,
            "people",
            question=question,
            found=found,
            first_page=not after,
            standings=by_standing(standings),
            rules=[one for one in standings if one.standing == question.standing and one.rule],
            titles={line.id: line.name for line in connection_lines(database)},
            to=lambda **other: address(question, **other),
            export=address(question, "/people.csv"),
        )


@router.get("/people.csv", dependencies=[VIEWER])
def export(request: Request, q: str = "", standing: str = "", rule: str = "", connection: str = "") -> Response:
    """The same people as a file, page by page, so that a million of them take no memory."""
    services = services_of(request)
    lines = _everyone(services.engine, _question(q, standing, rule, connection))
    name = f"people-{services.now().astimezone(services.zone):%Y-%m-%d}.csv"
    return StreamingResponse(
        _file(lines, services.engine),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _everyone(engine: Engine, question: Question) -> Iterator[Line]:
    after = ""
    while True:
        with reading(engine).begin() as database:
            found = find(database, question, after, EXPORT_SIZE)
        yield from found.lines
        after = found.after
        if not after:
            return


def _file(lines: Iterator[Line], engine: Engine) -> Iterator[str]:
    with reading(engine).begin() as database:
        titles = {line.id: line.name for line in connection_lines(database)}
    # The first sign tells Excel that this is UTF-8.
    yield "\ufeff" + as_row(["Name", "E-mail", "Company", "Connection", "Standing", "Rule", "Reason"])
    for line in lines:
        title = titles.get(line.connection_id, "")
        yield as_row([line.name, line.email, line.company, title, line.standing, line.rule, line.reason])
