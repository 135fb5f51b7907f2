"""What is done with a campaign: test, send now or later, cancel, follow up, settle a change in Mailchimp."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.campaigns import recipients, sending
from listloop.core.errors import NeedsAttention
from listloop.core.sending import State
from listloop.store import mailings
from listloop.web.access import MARKETER, form_of, services_of, user_of
from listloop.web.pages.sending import find, note, opened
from listloop.web.render import tell
from listloop.web.words import N_

router = APIRouter()


@router.post("/sending/{mailing_id}/test", dependencies=[MARKETER])
def test_mail(request: Request, mailing_id: int) -> Response:
    """Send a test to some addresses."""
    form, one = form_of(request), find(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        sending.send_test(sync, one.id, str(form.get("to", "")).split(","), plain=form.get("plain") == "yes")
    tell(request, N_("The test is on its way."))
    return _back(mailing_id)


@router.post("/sending/{mailing_id}/send", dependencies=[MARKETER])
def send(request: Request, mailing_id: int) -> Response:
    """Send it now; a second click finds it on its way."""
    one = find(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        _noted(request, one, f"sent the campaign {one.name}")
        sending.send(sync, one.id)
    tell(request, N_("The campaign is on its way. Its results come by themselves."))
    return _back(mailing_id)


@router.post("/sending/{mailing_id}/schedule", dependencies=[MARKETER])
def schedule(request: Request, mailing_id: int) -> Response:
    """Have it sent at a quarter hour of the installation's time zone."""
    one, said = find(request, mailing_id), str(form_of(request).get("at", ""))
    try:
        at = datetime.fromisoformat(said).replace(tzinfo=services_of(request).zone).astimezone(UTC)
    except ValueError:
        raise NeedsAttention("This is no date with a time.", "Write both, please.", code="no-quarter") from None
    with opened(request, one.connection_id) as sync:
        _noted(request, one, f"scheduled the campaign {one.name} for {at:%Y-%m-%d %H:%M} UTC")
        sending.set_time(sync, one.id, at)
    tell(request, N_("The campaign is scheduled."))
    return _back(mailing_id)


@router.post("/sending/{mailing_id}/cancel", dependencies=[MARKETER])
def cancel(request: Request, mailing_id: int) -> Response:
    """Take back the schedule, or stop the sending."""
    one = find(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        _noted(request, one, f"cancelled the campaign {one.name}")
        after = sending.cancel(sync, one.id)
    stopped = after.state in (State.DRAFT, State.CANCELLED)
    tell(request, N_("It is cancelled.") if stopped else N_("It was too late: it has been sent."))
    return _back(mailing_id)


@router.post("/sending/{mailing_id}/copy", dependencies=[MARKETER])
def copy(request: Request, mailing_id: int) -> Response:
    """A new draft of the same content: for the same recipients, or for those who did not open it."""
    services, one = services_of(request), find(request, mailing_id)
    who = user_of(request).email
    with services.engine.begin() as db:
        if form_of(request).get("missed") == "yes":
            made = recipients.follow_up(db, one, who, services.now())
        else:
            made = recipients.copy(db, one, f"{one.name[:70]} – copy", who, services.now())
    return _back(made)


@router.post("/sending/{mailing_id}/settle", dependencies=[MARKETER])
def settle(request: Request, mailing_id: int) -> Response:
    """Somebody changed it in Mailchimp: take that over, or overwrite it."""
    one, theirs = find(request, mailing_id), form_of(request).get("take") == "theirs"
    with opened(request, one.connection_id) as sync:
        if theirs:
            sending.adopt(sync, one.id)
        else:
            sending.prepare(sync, one.id, overwrite=True)
    tell(request, N_("What stands in Mailchimp counts now.") if theirs else N_("What is written here counts now."))
    return _back(mailing_id)


def _noted(request: Request, one: mailings.Mailing, what: str) -> None:
    with services_of(request).engine.begin() as db:
        note(db, request, one.connection_id, what)


def _back(mailing_id: int) -> Response:
    return RedirectResponse(f"/sending/{mailing_id}", 303)
