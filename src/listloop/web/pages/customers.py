"""Which campaigns won customers: models side by side, months, and the deals, people and touches behind every number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from babel.numbers import format_currency, format_decimal
from fastapi import APIRouter, Query, Request
from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response, StreamingResponse

from listloop.core.amounts import plain_amount, plain_rate
from listloop.core.attribution import Model, Rules, shares
from listloop.store import audit, credit, won_report, won_sums
from listloop.store.campaigns import by_ids, campaign
from listloop.store.closings import Closing, closing_of, set_closing
from listloop.store.credit import Won
from listloop.store.database import reading
from listloop.store.deal_notes import noted_of
from listloop.store.deals import State, dirty_count
from listloop.store.plans import connection_lines
from listloop.store.results import people_named_here
from listloop.store.won_sums import Span
from listloop.sync.noting import LONGEST
from listloop.web import won_words
from listloop.web.access import MARKETER, VIEWER, Refused, services_of, user_of
from listloop.web.closing_form import read_closing, read_price
from listloop.web.files import as_row
from listloop.web.render import page, tell
from listloop.web.texts import Language, language_of
from listloop.web.words import N_

router = APIRouter(prefix="/customers")

SIZE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of this part shows: the connection, the time, the model."""

    connection: int
    time: str = "all"
    model: Model = Model.LINEAR

    def span(self, now: datetime) -> Span:
        """The time in which deals were won."""
        this = datetime(now.year, 1, 1, tzinfo=UTC)
        match self.time:
            case "year":
                return Span(this)
            case "last-year":
                return Span(this.replace(year=now.year - 1), this)
            case "12m":
                return Span(now.replace(year=now.year - 1, day=min(now.day, 28)))
        return Span()

    def by(self, model: Model) -> Asked:
        """The same by another model."""
        return replace(self, model=model)

    def href(self, path: str = "", **other: object) -> str:
        """The address of a page with the same choices, but for these."""
        chosen = {"connection": self.connection, "time": self.time, "model": self.model.value, **other}
        return f"/customers{path}?{urlencode({name: one for name, one in chosen.items() if one})}"


def asked_for(request: Request, db: Connection) -> Asked | None:
    """What the address names; None where there is no connection yet."""
    given = request.query_params
    ids = [one.id for one in connection_lines(db)]
    if not ids:
        return None
    wanted = given.get("connection", "")
    time = given.get("time", "all")
    chosen = given.get("model", "")
    return Asked(
        int(wanted) if wanted.isdecimal() and int(wanted) in ids else ids[0],
        time if time in won_words.TIMES else "all",
        Model(chosen) if chosen in set(Model) else Model.LINEAR,
    )


def _shown(request: Request, currency: str) -> Any:
    """How amounts of whole cents are shown to this reader."""
    language = language_of(request)
    return lambda cents: amount(cents, currency, language)


def amount(cents: int, currency: str, language: Language) -> str:
    """An amount of whole cents of a currency."""
    return format_currency(Decimal(cents) / 100, currency, locale=language.locale)


def with_letters(cents: int, currency: str, language: Language) -> str:
    """An amount with the letters of its currency: several stand side by side."""
    return f"{format_decimal(Decimal(cents) / 100, '#,##0.00', language.locale)} {currency}"


@router.get("", dependencies=[VIEWER])
def overview(request: Request, every: bool = False) -> Response:
    """What was won, what of it campaigns earned, campaign by campaign: those that earned most, or ``every`` one."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
        if asked is None:
            return page(request, "customers", asked=None, nothing=True, said_by=won_words)
        span = asked.span(services.now())
        known = closing_of(db, asked.connection)
        sums = won_sums.won(db, asked.connection, span)
        pots = won_report.pots(sums)
        summed = [pot for state, pot in pots.items() if state is not State.NO_RATE]
        rows = _ranked(credit.won_by_campaign(db, asked.connection, span), asked.model)
        shown_rows = rows if every else rows[:SIZE]
        months = won_report.months(sums)
        values: dict[str, Any] = {
            "pots": pots,
            "whole": sum(one.cents for one in pots.values()),
            "number": sum(one.number for one in summed),
            "customers": sum(one.customers for one in summed),
            "rows": shown_rows,
            "others": rows[len(shown_rows) :],
            "together": {model: sum(one.cents[model] for one in rows) for model in Model},
            "best": rows[0] if rows and rows[0].cents[asked.model] else None,
            "months": months[-24:],
            "top": max((one.cents for one in months[-24:]), default=0),
            "speeds": won_report.speeds(sums),
            "half": won_report.half_within(sums),
            "foreign": won_report.foreign(sums),
            "waiting": dirty_count(db, asked.connection),
            "titles": {one.id: one.name for one in connection_lines(db)},
        }
    return page(
        request,
        "customers",
        asked=asked,
        known=known,
        nothing=not (values["number"] or values["foreign"] or known.read_at),
        shown=_shown(request, known.rules.currency),
        foreign_amount=lambda one: with_letters(one.cents, one.currency, language_of(request)),
        said_by=won_words,
        **values,
    )


def _ranked(rows: list[Won], model: Model) -> list[Won]:
    """Those that earned most first; of the same, the newest."""
    return sorted(rows, key=lambda one: -one.cents[model])


@router.get("/deals", dependencies=[VIEWER])
def deals(
    request: Request,
    state: str = "",
    campaign_id: Annotated[int, Query(alias="campaign", ge=0)] = 0,
    new: bool = False,
    start: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The deals behind a number."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
        if asked is None:
            raise Refused(404, "missing")
        chosen = State(state) if state in set(State) else None
        known = closing_of(db, asked.connection)
        found = credit.deals_won(
            db,
            asked.connection,
            asked.span(services.now()),
            state=chosen,
            campaign=campaign_id,
            model=asked.model,
            customers=new,
            offset=start,
            limit=SIZE + 1,
        )
        row = campaign(db, campaign_id) if campaign_id else None
        if campaign_id and (row is None or row.connection_id != asked.connection):
            raise Refused(404, "missing")
        won = credit.won_by_campaign(db, asked.connection, asked.span(services.now()), campaign_id) if row else []
        entered = credit.cost_of(db, campaign_id) if campaign_id else None
    given = {"state": chosen.value if chosen else "", "campaign": campaign_id, "new": "1" if new else ""}
    return page(
        request,
        "customers_deals",
        asked=asked,
        known=known,
        found=found[:SIZE],
        row=row,
        won=won[0] if won else None,
        entered="" if entered is None else plain_amount(entered),
        state=chosen,
        new=new,
        start=start,
        first=asked.href("/deals", **given),
        more=asked.href("/deals", **given, start=start + SIZE) if len(found) > SIZE else "",
        shown=_shown(request, known.rules.currency),
        said_by=won_words,
    )


@router.get("/deals/{deal_id}", dependencies=[VIEWER])
def one_deal(request: Request, deal_id: int) -> Response:
    """One deal: what its people did before, and how the credit was reckoned."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        line = credit.deal(db, deal_id)
        if line is None:
            raise Refused(404, "missing")
        known = closing_of(db, line.connection_id)
        counted = credit.counted_touches(db, line, known.rules)
        campaigns = by_ids(db, {one.campaign for one in counted})
        names = people_named_here(db, {one.person for one in counted})
        earned = credit.earned_of(db, deal_id)
        noted = noted_of(db, deal_id, known.note_model, LONGEST) if known.note_field else None
    weights = {model: shares(model, counted, line.won, known.rules) for model in Model}
    return page(
        request,
        "customers_deal",
        line=line,
        known=known,
        counted=list(enumerate(counted)),
        part=lambda model, place: weights[model][place] / sum(weights[model]),
        campaigns=campaigns,
        names=names,
        earned=earned,
        noted=noted,
        shown=_shown(request, known.rules.currency),
        own_amount=amount(line.value, line.currency, language_of(request))
        if line.currency
        else plain_amount(line.value),
        said_by=won_words,
        Model=Model,
    )


@router.get("/rules", dependencies=[VIEWER])
def rules(request: Request) -> Response:
    """How credit is given."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
        known = closing_of(db, asked.connection) if asked else Closing()
    if asked is None:
        return RedirectResponse("/customers", 303)
    return _form(request, asked, known)


def _form(request: Request, asked: Asked, known: Closing, problem: str = "") -> Response:
    rates = "\n".join(f"{name} {plain_rate(rate)}" for name, rate in sorted(known.rules.rates.items()))
    return page(
        request,
        "customers_rules",
        400 if problem else 200,
        asked=asked,
        known=known,
        rates=rates,
        price=plain_amount(known.mail_price),
        problem=problem,
        said_by=won_words,
    )


@router.post("/rules", dependencies=[MARKETER])
def save_rules(request: Request) -> Response:
    """Change how credit is given; all of it is reckoned anew."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
    if asked is None:
        return RedirectResponse("/customers", 303)
    form = request.state.form
    given = read_closing({name: str(value) for name, value in form.items()})
    if isinstance(given, str):
        return _form(request, asked, Closing(Rules()), given)
    who = user_of(request).email
    with services.engine.begin() as db:
        set_closing(db, asked.connection, given.rules, given.mail_price)
        audit.note(db, services.now(), who, "changed how campaigns earn credit", connection_id=asked.connection)
    services.results_now(asked.connection, who)
    tell(request, N_("Kept. All deals are reckoned anew; that takes a moment."))
    return RedirectResponse(asked.href(), 303)


@router.post("/cost/{campaign_id}", dependencies=[MARKETER])
def save_cost(request: Request, campaign_id: int) -> Response:
    """Say what a campaign cost beside its mails."""
    services = services_of(request)
    told = str(request.state.form.get("cost", ""))
    given = read_price(told)
    who = user_of(request).email
    with services.engine.begin() as db:
        row = campaign(db, campaign_id)
        if row is None:
            raise Refused(404, "missing")
        if given is None:
            tell(request, N_("An amount is a number such as 12.50. Nothing was saved."), "warn")
        else:
            credit.set_cost(db, campaign_id, given if told.strip() else None)
            audit.note(db, services.now(), who, "entered what a campaign cost", connection_id=row.connection_id)
    return RedirectResponse(f"/customers/deals?connection={row.connection_id}&campaign={campaign_id}", 303)


@router.get("/export.csv", dependencies=[VIEWER])
def as_csv(request: Request) -> Response:
    """What each campaign earned, under each model, for a spreadsheet."""
    services, say = services_of(request), language_of(request).gettext
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
        rows = credit.won_by_campaign(db, asked.connection, asked.span(services.now())) if asked else []

    def lines() -> Iterator[str]:
        models = [say(title) for title in won_words.MODELS.values()]
        head = [say(N_("Campaign")), say(N_("Sent")), say(N_("Deals")), say(N_("Cost")), *models]
        yield "\ufeff" + as_row([*head, *(f"{say(N_('New customers'))}: {one}" for one in models)])
        for one in rows:
            sent = f"{one.campaign.sent_at:%Y-%m-%d}" if one.campaign.sent_at else ""
            numbers = [
                *(plain_amount(one.cents[model]) for model in Model),
                *(f"{one.customers[m]:.6f}" for m in Model),
            ]
            cost = "" if one.cost is None else plain_amount(one.cost)
            yield as_row([one.campaign.name, sent, str(one.deals), cost, *numbers])

    headers = {"Content-Disposition": 'attachment; filename="campaigns-won.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
