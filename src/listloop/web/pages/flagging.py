"""*Sync with Mailchimp* on or off for many people at once: those who are ticked, or everybody who was found."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store.choosing import Tally, tally
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.web.access import MARKETER, form_of, services_of, user_of
from listloop.web.pages.people import address, asked, parts
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: The most people who can be ticked: the rows of one page.
TICKED = 100


def _ticked(given: Iterable[object]) -> list[int]:
    return sorted({int(str(one)) for one in given if str(one).isdecimal()})[:TICKED]


@router.get("/people/flag", dependencies=[MARKETER])
def ask(request: Request) -> Response:
    """Say for how many people it would be done, and what follows, before it is done."""
    question, ids = asked(request), _ticked(request.query_params.getlist("person"))
    value = "no" if request.query_params.get("value") == "no" else "yes"
    if "ticked" in request.query_params and not ids:
        tell(request, N_("Nobody was ticked, so nothing was changed."), "warn")
        return RedirectResponse(address(question), 303)
    with reading(services_of(request).engine).begin() as database:
        found = tally(database, question, ids)
        titles = {line.id: line.name for line in connection_lines(database)}
        return page(
            request,
            "flag",
            found=found,
            titles=titles,
            value=value,
            wanted=parts(question),
            ids=ids,
            in_crm=sum(one.in_crm for one in found),
            changed=sum(_changed(one, value) for one in found),
            people=sum(one.people for one in found),
            back=address(question),
        )


@router.post("/people/flag", dependencies=[MARKETER])
def flag(request: Request) -> Response:
    """Do it, if they are as many as was said; it is written by a run that starts now."""
    services, form = services_of(request), form_of(request)
    question, ids = asked(request), _ticked(form.getlist("person"))
    with reading(services.engine).begin() as database:
        found = tally(database, question, ids)
    if str(sum(one.people for one in found)) != form.get("number"):
        tell(request, N_("The number of people changed meanwhile. Nothing was done; look again."), "warn")
        return RedirectResponse(address(question), 303)
    for one in found:
        if one.in_crm:
            services.flag(one.connection_id, question, ids, form.get("value") != "no", user_of(request).email)
    tell(request, N_("It is being written to the CRM. A run then takes it to Mailchimp, by your rules."))
    return RedirectResponse(address(question), 303)


def _changed(one: Tally, value: str) -> int:
    return one.flagged if value == "no" else one.in_crm - one.flagged
