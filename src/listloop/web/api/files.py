"""People as files: whom a search finds, and everybody of one side."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from starlette.responses import StreamingResponse

from listloop.core.people import SideName
from listloop.store.database import reading
from listloop.store.ledger import COLUMNS, consent_ledger
from listloop.store.search import Question
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, FORGET, READ, area, noted
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Line, Number, Of
from listloop.web.api.problems import missing
from listloop.web.files import as_row, csv_response
from listloop.web.people_file import found_people, records_of_side

router = area("files")

#: How a file stands in the description.
CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file."}
}


@router.get("/people.csv", dependencies=[READ], response_class=StreamingResponse, responses=CSV)
def export_found_people(
    request: Request,
    connection: Of = None,
    q: Annotated[Line, Query(description="Part of a name, an address or a company.")] = "",
    standing: Annotated[Literal["", "in_sync", "waiting", "excluded", "failed"], Query()] = "",
    rule: Line = "",
    company: Annotated[Line, Query(description="The whole name of a company.")] = "",
    label: Annotated[Line, Query(description="The name of a mapped group or tag.")] = "",
) -> Response:
    """Export the people whom GET /people finds, with where each stands and why."""
    question = Question(q, standing, rule, connection, company, label)
    return csv_response("people.csv", found_people(services_of(request).engine, question))


@router.get(
    "/connections/{connection_id}/consent.csv",
    dependencies=[FORGET],
    response_class=StreamingResponse,
    responses=CSV,
)
def export_consent(request: Request, connection_id: Number) -> Response:
    """Export every no, yes and lifting of a connection: who said it, when, where, and why it was taken for one."""
    known = known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        lines = consent_ledger(db, known)
    return csv_response("consent.csv", (as_row(one) for one in [COLUMNS, *(line.cells for line in lines)]))


@router.get("/connections/{connection_id}/records.csv", dependencies=[AUDIT], response_class=StreamingResponse,
            responses=CSV)  # fmt: skip
def export_side(
    request: Request,
    connection_id: Number,
    side: Annotated[SideName, Query(description="Which side; it is read in full now.")],
) -> Response:
    """Export everybody of one side with all fields, as “listloop export” writes them; it is read in full now."""
    known, open_up = known_connection(request, connection_id), services_of(request).sending
    if open_up is None:
        raise missing("side that can be read here")
    with open_up(known) as sync:
        rows = records_of_side(sync, side)
    noted(request, f"exported everybody of {'the CRM' if side is SideName.CRM else 'the audience'}", known)
    return csv_response(f"{side}.csv", rows)
