"""One campaign: funnel, time, links, domains, places, beside the others, and the people behind every number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.dates import format_date, format_timedelta
from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from listloop.core.crowd import OTHERS, Did, Term
from listloop.core.facts import detail, differences
from listloop.store.campaigns import CampaignRow, campaign, mail_of
from listloop.store.comparison import compared, rates
from listloop.store.database import reading
from listloop.store.report import Hour, Link, Parts, parts_of
from listloop.store.results import count_recipients, recipients, visits_of
from listloop.web import campaign_words
from listloop.web.access import VIEWER, Refused, services_of
from listloop.web.campaign_people import asked_for, query_of
from listloop.web.charts import chart, halfway, parts
from listloop.web.formats import share
from listloop.web.mail_text import pieces, words_of_links
from listloop.web.render import page
from listloop.web.texts import Language, language_of
from listloop.web.words import N_

router = APIRouter()

PEOPLE, PLACES = 25, 12

#: The spans of the chart: how long, and how long each of its parts is.
SPANS = {"48h": (timedelta(hours=48), timedelta(hours=3)), "14d": (timedelta(days=14), timedelta(days=1))}

#: What to do next, as groups: who, and why one would write to them.
FOLLOW_UP = (
    (Did.OPENED_NOT_CLICKED, "mail-opened", N_("interested, not convinced yet")),
    (Did.NOT_OPENED, "mail", N_("send it again, with another subject")),
    (Did.CLICKED, "click", N_("call them while it is fresh")),
)


@router.get("/campaigns/{campaign_id}", dependencies=[VIEWER])
def one(
    request: Request,
    term: Annotated[Term, Depends(asked_for(Did.CLICKED))],
    span: str = "48h",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Everything that came of one campaign."""
    services, language = services_of(request), language_of(request)
    span = span if span in SPANS else "48h"
    with reading(services.engine).begin() as db:
        row = find(db, term.campaign)
        found = parts_of(db, row)
        return page(
            request,
            "campaign",
            row=row,
            differences=differences(row.sums, row.counted) if row.sums else (),
            follow=[(did, symbol, why, found.did[did]) for did, symbol, why in FOLLOW_UP],
            domains=found.domains,
            reasons=found.reasons,
            pruned=bool(row.counted.sent) and not recipients(db, Term(Did.SENT, row.id), limit=1),
            links=found.links,
            compared=compared(db, row),
            rates=rates,
            said_by=campaign_words,
            Did=Did,
            OTHERS=OTHERS,
            door=lambda did, **narrow: _people_at(Term(did, row.id, **narrow), span),
            export=f"/campaigns/{row.id}/export.csv?{query_of(term)}",
            percent=lambda part: share(round(part * 100_000), 100_000, language),
            **_over_time(found.hours, span, _start(row, found.hours, services.now()), services.zone),
            **_mail(db, row, found.links),
            **_people(db, term, found, span, after),
            lasting=lambda length: _lasting(length, language),
            tick=lambda at, span: _tick(at, span, language),
        )


def _people_at(term: Term, span: str, **more: int) -> str:
    """Where the page shows these people, its chart unchanged."""
    kept = {name: value for name, value in ({"span": span} | more).items() if value != "48h"}
    return f"/campaigns/{term.campaign}?{query_of(term)}{'&' if kept else ''}{urlencode(kept)}#people"


def _start(row: CampaignRow, over_time: Sequence[Hour], now: datetime) -> datetime:
    """When the chart begins: when it was sent; of what is sent again and again, as to each who signs up, with the first
    response.
    """
    return row.sent_at or (over_time[0].at if over_time else now)


def _over_time(over_time: Sequence[Hour], span: str, start: datetime, zone: Any) -> dict[str, Any]:
    shown = parts(over_time, start, *SPANS[span], zone)
    later = sum(one.opened for one in over_time if one.at >= shown[-1].until)
    return {"span": span, "shown": shown, "chart": chart(shown), "later": later, "half": halfway(over_time)}


def _mail(db: Connection, row: CampaignRow, clicked: Sequence[Link]) -> dict[str, Any]:
    """The mail's text with its links, and where it was opened."""
    mail = mail_of(db, row.id)
    text = pieces(mail.html)
    by_url = {one.url: one.people for one in clicked}
    most = max((one.people for one in clicked), default=0)
    return {
        "mail": text if any(one.url for one in text) else [],
        "texts": {detail(url): words for url, words in words_of_links(text).items()},
        "places": mail.places[:PLACES],
        "clickers_of": lambda url: by_url.get(detail(url), 0),
        # How much a link was clicked, from 0 to 4 of the most clicked one.
        "heat": lambda people: -(-4 * people // most) if most else 0,
    }


def _people(db: Connection, term: Term, counted: Parts, span: str, after: int) -> dict[str, Any]:
    """A page of the people behind a number."""
    found = recipients(db, term, after=after, limit=PEOPLE + 1)
    some = found[:PEOPLE]
    return {
        "term": term,
        "count": count_recipients(db, term) if term.link or term.narrowed else counted.did[term.did],
        "people": some,
        "visits": visits_of(db, [one.id for one in some]) if some else {},
        "after": after,
        "again": _people_at(term, span),
        "more": _people_at(term, span, after=some[-1].id) if len(found) > PEOPLE else "",
    }


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
