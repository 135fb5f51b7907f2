"""The list of people: search, narrow by standing and rule, export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from listloop.core.crowd import Did, Term
from listloop.core.people import SideName
from listloop.store.campaigns import list_campaigns
from listloop.store.database import reading
from listloop.store.labels import KnownLabel, known_labels
from listloop.store.plans import ConnectionLine, connection_lines
from listloop.store.search import Question, find
from listloop.web import campaign_words
from listloop.web.access import VIEWER, form_of, services_of
from listloop.web.files import csv_response
from listloop.web.people_file import found_people
from listloop.web.render import page
from listloop.web.standings import by_standing, counted
from listloop.web.words import N_

router = APIRouter()

SIZE = 50

#: Campaigns that can be chosen from, the newest first.
CAMPAIGNS = 100


def asked(request: Request) -> Question:
    """The question that the address or the posted form of a page asks."""
    given = {**request.query_params, **({} if request.method == "GET" else form_of(request))}
    text = {name: str(given.get(name, ""))[:400] for name in ("standing", "rule", "connection", "company", "label")}
    connection = text.pop("connection")
    return Question(
        str(given.get("q", ""))[:200],
        connection_id=int(connection) if connection.isdecimal() else None,
        response=_response(str(given.get("did", "")), str(given.get("campaign", ""))),
        **text,
    )


def _response(did: str, campaign: str) -> Term | None:
    """What they did with which campaign; a campaign alone asks for everybody who got it."""
    if not campaign.isdecimal():
        return None
    return Term(Did(did) if did in set(Did) else Did.SENT, int(campaign))


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
        "did": question.response.did.value if question.response else "",
        "campaign": str(question.response.campaign) if question.response else "",
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
            labels=labels_of(lines, known_labels(database, question.connection_id), question),
            campaigns=list_campaigns(database, question.connection_id, sent=True, limit=CAMPAIGNS),
            said_by=campaign_words,
            wanted=parts(question),
            narrowed=question.words or question.company or question.label or question.response,
            to=lambda path="/people", **other: address(question, path, **other),
            export=address(question, "/people.csv"),
        )


def labels_of(
    lines: Sequence[ConnectionLine], known: Sequence[KnownLabel], question: Question
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Labels to choose from, in three parts: those that are mapped, by the CRM's name, then the rest of each side."""
    wanted = [line for line in lines if question.connection_id in {None, line.id}]
    rows = {row for line in wanted for row in line.rules.labels}
    mapped = {name for row in rows for name in (row.crm.name, row.mailchimp.name)}
    parts = [(N_("Kept in step"), {(row.crm.name, row.crm.title) for row in rows})]
    for side, title in ((SideName.CRM, N_("In the CRM only")), (SideName.MAILCHIMP, N_("In Mailchimp only"))):
        there = (one.label for one in known if one.side is side and one.label.name not in mapped)
        parts.append((title, {(one.name, one.title) for one in there}))
    return [(title, sorted(some, key=lambda one: one[1].casefold())) for title, some in parts if some]


@router.get("/people.csv", dependencies=[VIEWER])
def export(request: Request) -> Response:
    """The same people as a file, page by page, so that a million of them take no memory."""
    services = services_of(request)
    name = f"people-{services.now().astimezone(services.zone):%Y-%m-%d}.csv"
    return csv_response(name, found_people(services.engine, asked(request)))
