"""What of campaign results goes into the CRM, as a communication on each recipient's record."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.communications import TELLABLE
from listloop.core.facts import Kind
from listloop.store.database import reading
from listloop.store.telling import change_telling, telling_of, told_count
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.pages.connection import connection_line
from listloop.web.pages.steps import settings_page
from listloop.web.render import tell
from listloop.web.words import N_

router = APIRouter()

#: What can be told, in the words of the page.
TOLD = {
    Kind.SENT: (N_("Sent"), N_("every campaign that the person got")),
    Kind.OPENED: (N_("Opened"), N_("the first time, and how often since; opens by machines never")),
    Kind.CLICKED: (N_("Clicked"), N_("the first time, and how often since")),
    Kind.BOUNCED: (N_("Bounced"), N_("the mail did not arrive")),
    Kind.UNSUBSCRIBED: (N_("Unsubscribed"), N_("opted out or complained, with the reason where one was given")),
}


@router.get("/connections/{connection_id}/communications", dependencies=[ADMINISTRATOR])
def communications(request: Request, connection_id: int) -> Response:
    """What is told, since when, and how many communications that made."""
    line, services = connection_line(request, connection_id), services_of(request)
    if line.setup_step:
        return RedirectResponse(f"/connections/{line.id}/{line.setup_step}", 303)
    with reading(services.engine).begin() as db:
        setting, (written, refused) = telling_of(db, line.id), told_count(db, line.id)
    since = setting.since or services.now()
    return settings_page(
        request,
        "communications",
        line,
        told_kinds={kind: TOLD[kind] for kind in TELLABLE},
        setting=setting,
        day=since.astimezone(services.zone).date(),
        written=written,
        refused=refused,
    )


@router.post("/connections/{connection_id}/communications", dependencies=[ADMINISTRATOR])
def keep(request: Request, connection_id: int) -> Response:
    """Keep it; what is not in the CRM yet is written when results are read, which is asked for."""
    line, services, user = connection_line(request, connection_id), services_of(request), user_of(request)
    form = form_of(request)
    kinds = [kind for kind in TELLABLE if kind.value in form.getlist("kind")]
    try:
        day = datetime.combine(date.fromisoformat(str(form.get("since", ""))), time(), services.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        tell(request, N_("Give a day, such as 2026-01-31. Nothing was changed."), "warn")
        return RedirectResponse(f"/connections/{line.id}/communications", 303)
    with services.engine.begin() as db:
        change_telling(db, line.id, kinds, day, user.email, services.now())
    if kinds:
        services.results_now(line.id, user.email)
        tell(request, N_("Kept. What the CRM does not have yet is being written now."))
    else:
        tell(request, N_("Kept. Nothing more goes into the CRM; what is there stays."))
    return RedirectResponse(f"/connections/{line.id}/communications", 303)
