"""The list of campaigns, and one campaign: funnel, time, links, domains, what is usual, and the people behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from babel.dates import format_date, format_timedelta
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from listloop.core.crowd import Did, Term
from listloop.core.facts import Sums, differences
from listloop.store.campaigns import CampaignRow, campaign, list_campaigns, mail_of
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.report import before, domains, hours, kinds, links, rates, reasons, sparkline, usual
from listloop.store.results import count_recipients, recipients, visits_of
from listloop.web import campaign_words
from listloop.web.access import MARKETER, VIEWER, Refused, services_of, user_of
from listloop.web.charts import chart, halfway, parts, spark
from listloop.web.formats import share
from listloop.web.mail_text import pieces, words_of_links
from listloop.web.render import page, tell
from listloop.web.texts import Language, language_of
from listloop.web.words import N_

router = APIRouter()

SIZE, PEOPLE, PLACES = 25, 25, 12

#: The spans of the chart: how long, and how long each of its parts is.
SPANS = {"48h": (timedelta(hours=48), timedelta(hours=3)), "14d": (timedelta(days=14), timedelta(days=1))}

#: What to do next, as groups: who, and why one would write to them.
FOLLOW_UP = (
    (Did.OPENED_NOT_CLICKED, "mail-opened", N_("interested, not convinced yet")),
    (Did.NOT_OPENED, "mail", N_("send it again, with another subject")),
    (Did.CLICKED, "click", N_("call them while it is fresh")),
)


@router.get("/campaigns", dependencies=[VIEWER])
def listed(
    request: Request,
    q: str = "",
    kind: str = "",
    state: str = "",
    connection: str = "",
    start: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Campaigns, newest first."""
    services = services_of(request)
    chosen = int(connection) if connection.isdecimal() else None
    sent = {"sent": True, "draft": False}.get(state)
    with reading(services.engine).begin() as db:
        titles = {one.id: one.name for one in connection_lines(db)}
        found = list_campaigns(db, chosen, words=q[:200], kind=kind[:30], sent=sent, offset=start, limit=SIZE + 1)
        lines = {one.id: spark(sparkline(db, one)) for one in found[:SIZE]}
        asked = {"q": q[:200], "kind": kind, "state": state, "connection": connection}
        return page(
            request,
            "campaigns",
            found=found[:SIZE],
            lines=lines,
            rates={one.id: rates(one.counted) for one in found[:SIZE]},
            own=own,
            said_by=campaign_words,
            narrowed=lambda **other: _address("/campaigns", **asked | other),
            kinds=kinds(db),
            titles=titles,
            asked=asked,
            start=start,
            more=_address("/campaigns", **asked, start=str(start + SIZE)) if len(found) > SIZE else "",
            first=_address("/campaigns", **asked),
        )


def own(sums: Sums) -> int:
    """People who opened, without machines."""
    return sums.openers if sums.own_openers is None else sums.own_openers


def _address(path: str, **values: str) -> str:
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


@router.get("/campaigns/{campaign_id}", dependencies=[VIEWER])
def one(
    request: Request,
    campaign_id: int,
    did: Did = Did.CLICKED,
    link: str = "",
    span: str = "48h",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Everything that came of one campaign."""
    services = services_of(request)
    term = Term(did, campaign_id, link if did is Did.CLICKED else "")
    with reading(services.engine).begin() as db:
        row = find(db, campaign_id)
        found = recipients(db, term, after=after, limit=PEOPLE + 1)
        earlier = before(db, row)
        over_time = hours(db, row.id)
        start = row.sent_at or services.now()
        length, step = SPANS.get(span, SPANS["48h"])
        shown = parts(over_time, start, length, step, services.zone)
        clicked = links(db, row.id)
        mail = mail_of(db, row.id)
        text = pieces(mail.html)
        return page(
            request,
            "campaign",
            row=row,
            own=own(row.counted),
            differences=differences(row.sums, row.counted) if row.sums else (),
            follow=[(did, symbol, why, count_recipients(db, Term(did, row.id))) for did, symbol, why in FOLLOW_UP],
            shown=shown,
            chart=chart(shown),
            later=sum(one.opened for one in over_time) - sum(one.opened for one in shown),
            half=halfway(over_time),
            span=span if span in SPANS else "48h",
            links=clicked,
            domains=domains(db, row.id),
            reasons=reasons(db, row.id),
            mine=rates(row.counted),
            usual=usual(earlier),
            earlier=earlier,
            previous=[(one, rates(one.counted)) for one in earlier[:1]],
            people=found[:PEOPLE],
            visits=visits_of(db, [one.id for one in found[:PEOPLE]]) if found else {},
            term=term,
            count=count_recipients(db, term),
            more=found[PEOPLE - 1].id if len(found) > PEOPLE else None,
            door=lambda did, link="": _address(f"/campaigns/{row.id}", did=did.value, link=link) + "#people",
            after=after,
            Did=Did,
            said_by=campaign_words,
            mail=text if any(one.url for one in text) else [],
            texts=words_of_links(text),
            places=mail.places[:PLACES],
            by_url={one.url: one.people for one in clicked},
            heat=lambda people: _heat(people, max((one.people for one in clicked), default=0)),
            percent=lambda part: share(round(part * 100_000), 100_000, language_of(request)),
            lasting=lambda span: _lasting(span, language_of(request)),
            tick=lambda at, span: _tick(at, span, language_of(request)),
        )


def _heat(people: int, most: int) -> int:
    """How much a link was clicked, from 0 to 4 of the most clicked one."""
    return -(-4 * people // most) if most else 0


def _lasting(span: timedelta, language: Language) -> str:
    return str(format_timedelta(span, granularity="hour", threshold=3, locale=language.locale))


def _tick(at: datetime, span: str, language: Language) -> str:
    if span == "14d" or at.hour < 3:
        return str(format_date(at.date(), "d MMM", locale=language.locale))
    return f"{at:%H:%M}"


def find(db: Connection, campaign_id: int) -> CampaignRow:
    """The campaign. Raises Refused where there is none."""
    found = campaign(db, campaign_id)
    if found is None:
        raise Refused(404, "missing")
    return found
