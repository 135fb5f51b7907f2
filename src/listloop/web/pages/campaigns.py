"""The list of campaigns: searched, narrowed, each with a sparkline and what came of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.campaigns import list_campaigns
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.report import kinds, sparkline
from listloop.web import campaign_words
from listloop.web.access import MARKETER, VIEWER, services_of, user_of
from listloop.web.charts import spark
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

SIZE = 25


@router.get("/campaigns", dependencies=[VIEWER])
def listed(
    request: Request,
    q: str = "",
    kind: str = "",
    state: str = "",
    connection: str = "",
    since: str = "",
    until: str = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Campaigns, newest first; ``since`` and ``until`` are days, both included."""
    services = services_of(request)
    chosen = int(connection) if connection.isdecimal() else None
    sent = {"sent": True, "draft": False}.get(state)
    first, last = _day(since), _day(until)
    asked = {"q": q[:200], "kind": kind[:30], "state": state, "connection": connection}
    asked |= {"since": str(first or ""), "until": str(last or "")}
    with reading(services.engine).begin() as db:
        found = list_campaigns(
            db, chosen, words=asked["q"], kind=asked["kind"], sent=sent, offset=start, limit=SIZE + 1,
            since=_begin(first, services.zone), until=_begin(last and last + timedelta(days=1), services.zone),
        )  # fmt: skip
        return page(
            request,
            "campaigns",
            found=found[:SIZE],
            lines={one.id: spark(sparkline(db, one)) for one in found[:SIZE]},
            said_by=campaign_words,
            narrowed=lambda **other: address("/campaigns", **asked | other),
            kinds=kinds(db),
            titles={one.id: one.name for one in connection_lines(db)},
            asked=asked,
            start=start,
            more=address("/campaigns", **asked, start=str(start + SIZE)) if len(found) > SIZE else "",
        )


def _day(text: str) -> date | None:
    """A day as a browser sends it; None where there is none, or none that exists."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 < found.year < 9999 else None


def _begin(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None


def address(path: str, **values: str) -> str:
    """A path with what is asked for, without what is empty."""
    wanted = {name: value for name, value in values.items() if value}
    return f"{path}?{urlencode(wanted)}" if wanted else path


@router.post("/campaigns/read", dependencies=[MARKETER])
def read(request: Request) -> Response:
    """Read what is new of all connections' campaigns."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        ids = [one.id for one in connection_lines(db)]
    for connection_id in ids:
        services.results_now(connection_id, user_of(request).email)
    tell(request, N_("Results are being read. This page shows them as they come; look again in a moment."))
    return RedirectResponse("/campaigns", 303)
