"""A campaign as files: the people behind a number as CSV, everything as an Excel workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, Engine
from starlette.responses import Response, StreamingResponse

from listloop.core.crowd import Did, Term
from listloop.core.facts import Sums
from listloop.files.workbook import Cell, Sheet, workbook
from listloop.store.campaigns import CampaignRow
from listloop.store.database import reading
from listloop.store.report import domains, hours, links
from listloop.store.results import Recipient, recipients
from listloop.web.access import VIEWER, services_of
from listloop.web.campaign_words import NUMBERS
from listloop.web.files import as_row
from listloop.web.pages.campaign import find
from listloop.web.texts import Language, language_of
from listloop.web.words import N_

router = APIRouter()

SIZE = 1000

PEOPLE = (
    N_("Name"), N_("E-mail"), N_("Company"), N_("Opens"), N_("First open"), N_("Clicks"), N_("First click"),
    N_("Bounced"), N_("Left at"), N_("Why they left"), N_("Complained"), N_("Version"),
)  # fmt: skip


@router.get("/campaigns/{campaign_id}/export.csv", dependencies=[VIEWER])
def as_csv(request: Request, campaign_id: int, did: Did = Did.SENT, link: str = "") -> Response:
    """The people behind a number, for a spreadsheet."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        row = find(db, campaign_id)
    term = Term(did, row.id, link if did is Did.CLICKED else "")
    rows = _csv(services.engine, term, services.zone, language_of(request))
    headers = _named(f"campaign-{row.id}-{did.value}.csv")
    return StreamingResponse(rows, media_type="text/csv; charset=utf-8", headers=headers)


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _csv(engine: Engine, term: Term, zone: tzinfo, language: Language) -> Iterator[str]:
    yield "\ufeff" + as_row([language.gettext(name) for name in PEOPLE])
    with reading(engine).begin() as db:
        for cells in _people(db, term, zone):
            yield as_row([f"{one:%Y-%m-%d %H:%M}" if isinstance(one, datetime) else str(one or "") for one in cells])


@router.get("/campaigns/{campaign_id}/export.xlsx", dependencies=[VIEWER])
def as_workbook(request: Request, campaign_id: int) -> Response:
    """Everything of a campaign: its numbers, its people, its links, its domains, and what came when."""
    services, say = services_of(request), language_of(request).gettext
    with reading(services.engine).begin() as db:
        row = find(db, campaign_id)
        head = [say(N_("What")), say(N_("Counted")), say(N_("Mailchimp’s report"))]
        everybody = Term(Did.SENT, row.id)
        clicked, by_domain, by_hour = links(db, row.id), domains(db, row.id), hours(db, row.id)
        made = workbook([
            Sheet(say(N_("Numbers")), head, _numbers(row, say)),
            Sheet(say(N_("People")), [say(name) for name in PEOPLE], _people(db, everybody, services.zone)),
            Sheet(
                say(N_("Links")),
                [say(N_("Link")), say(N_("People")), say(N_("Clicks"))],
                [(one.url, one.people, one.clicks) for one in clicked],
            ),
            Sheet(
                say(N_("Domains")),
                [say(N_(name)) for name in ("Domain", "Sent", "Bounced", "Opened", "Clicked", "Left")],
                [(one.name, one.sent, one.bounced, one.opened, one.clicked, one.left) for one in by_domain],
            ),
            Sheet(
                say(N_("Time")),
                [say(N_("From")), say(N_("Opened for the first time")), say(N_("Clicked for the first time"))],
                [(one.at.astimezone(services.zone), one.opened, one.clicked) for one in by_hour],
            ),
        ])  # fmt: skip
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(made, media_type=kind, headers=_named(f"campaign-{row.id}.xlsx"))


def _numbers(row: CampaignRow, say: Any) -> list[tuple[Cell, ...]]:
    return [
        (say(title), getattr(row.counted, name) or 0, getattr(row.sums, name) if row.sums else None)
        for name, title in NUMBERS.items()
        if name in Sums.__dataclass_fields__
    ]


def _people(db: Connection, term: Term, zone: tzinfo) -> Iterator[list[Cell]]:
    after = 0
    while True:
        some = recipients(db, term, after=after, limit=SIZE)
        for one in some:
            yield _cells(one, zone)
        if len(some) < SIZE:
            return
        after = some[-1].id


def _cells(one: Recipient, zone: tzinfo) -> list[Cell]:
    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    return [
        *(one.name, one.address, one.company, one.own_opens, local(one.first_open)),
        *(one.clicks, local(one.first_click), one.bounce, local(one.left_at), one.left_why),
        *(local(one.complained_at), one.version),
    ]
