"""The list of people: search, narrow by standing and rule, export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine
from starlette.responses import Response

from listloop.store.database import reading
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.store.search import Line, Question, find
from listloop.web.access import VIEWER, form_of, services_of
from listloop.web.files import as_row, csv_response
from listloop.web.render import page
from listloop.web.standings import by_standing, counted

router = APIRouter()

SIZE = 50
EXPORT_SIZE = 1000


def asked(request: Request) -> Question:
    """The question that the address or the posted form of a page asks."""
    given = {**request.query_params, **({} if request.method == "GET" else form_of(request))}
    text = {name: str(given.get(name, ""))[:400] for name in ("standing", "rule", "connection", "company", "label")}
    connection = text.pop("connection")
    return Question(
        str(given.get("q", ""))[:200], connection_id=int(connection) if connection.isdecimal() else None, **text
    )


def address(question: Question, path: str = "/people", **other: str) -> str:
    """The address of the list that answers this question."""
    wanted = {name: value for name, value in (parts(question) | other).items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def parts(question: Question) -> dict[str, str]:
    """A question as an address and a form name its parts; what it doesn't ask is ""."""
    return {
        "q": question.words,
        "standing": question.standing,
        "rule": question.rule,
        "connection": str(question.connection_id or ""),
        "company": question.company,
        "label": question.label,
    }


@router.get("/people", dependencies=[VIEWER])
def people(request: Request, after: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """A page of the people in question, with the doors to the other standings."""
    question = asked(request)
    with reading(services_of(request).engine).begin() as database:
        standings = counted(request, database, question.connection_id).counts
        found = find(database, question, after, SIZE)
        lines = connection_lines(database)
        return page(
            request,
            "people",
            question=question,
            found=found,
            first_page=not after,
            standings=by_standing(standings),
            rules=[one for one in standings if one.standing == question.standing and one.rule],
            titles={line.id: line.name for line in lines},
            labels=labels_of(lines, question),
            wanted=parts(question),
            narrowed=question.words or question.company or question.label,
            to=lambda path="/people", **other: address(question, path, **other),
            export=address(question, "/people.csv"),
        )


def labels_of(lines: Sequence[ConnectionLine], question: Question) -> list[tuple[str, str]]:
    """The mapped labels to choose from, as (name, title), by title; each pair once, by the CRM's name."""
    wanted = [line for line in lines if question.connection_id in {None, line.id}]
    return sorted(
        {(row.crm.name, row.crm.title) for line in wanted for row in line.rules.labels}, key=lambda one: one[1]
    )


@router.get("/people.csv", dependencies=[VIEWER])
def export(request: Request) -> Response:
    """The same people as a file, page by page, so that a million of them take no memory."""
    services = services_of(request)
    lines = _everyone(services.engine, asked(request))
    name = f"people-{services.now().astimezone(services.zone):%Y-%m-%d}.csv"
    return csv_response(name, _file(lines, services.engine))


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
    yield as_row(["Name", "E-mail", "Company", "Connection", "Standing", "Rule", "Reason"])
    for line in lines:
        title = titles.get(line.connection_id, "")
        yield as_row([line.name, line.email, line.company, title, line.standing, line.rule, line.reason])
