"""A campaign as files: the people behind a number as CSV, everything as an Excel workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from listloop.core.crowd import Did, Term
from listloop.store.database import reading
from listloop.web.access import VIEWER, services_of
from listloop.web.campaign_people import asked_for
from listloop.web.campaign_sheets import XLSX, as_workbook, csv_lines, named
from listloop.web.pages.campaign import find
from listloop.web.texts import language_of

router = APIRouter()


@router.get("/campaigns/{campaign_id}/export.csv", dependencies=[VIEWER])
def people(request: Request, term: Annotated[Term, Depends(asked_for(Did.SENT))]) -> Response:
    """The people behind a number, for a spreadsheet."""
    services, say = services_of(request), language_of(request).gettext
    with reading(services.engine).begin() as db:
        find(db, term.campaign)

    def lines() -> Iterator[str]:
        with reading(services.engine).begin() as db:
            yield from csv_lines(db, term, services.zone, say)

    headers = named(f"campaign-{term.campaign}-{term.did}.csv")
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/campaigns/{campaign_id}/export.xlsx", dependencies=[VIEWER])
def everything(request: Request, campaign_id: int) -> Response:
    """Everything of a campaign."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        made = as_workbook(db, find(db, campaign_id), services.zone, language_of(request).gettext)
    return Response(made, media_type=XLSX, headers=named(f"campaign-{campaign_id}.xlsx"))
