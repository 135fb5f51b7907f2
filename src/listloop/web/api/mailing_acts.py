"""What is done with a campaign that is written here. Asked for twice, it is done once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.campaigns import recipients, sending
from listloop.core.facts import in_utc
from listloop.core.sending import Level
from listloop.store.campaigns import find_campaign
from listloop.store.database import reading
from listloop.store.mailings import Mailing
from listloop.web.access import services_of
from listloop.web.api.access import READ, SEND, area, caller_of
from listloop.web.api.campaigns import CampaignShown, get_campaign
from listloop.web.api.mailings import MailingShown, known, note, opened, shown
from listloop.web.api.paging import Line, Number
from listloop.web.api.recipients import ReachShown

router = area("campaigns written here")


class Check(BaseModel):
    """How to look."""

    overwrite: bool = Field(
        False, description="Overwrite what somebody changed in Mailchimp with what is written here."
    )


class FindingShown(BaseModel):
    """A line of the checklist; `stop` keeps the campaign from being sent."""

    level: Level
    what: str
    text: str


class Checked(BaseModel):
    """Who gets a campaign, who does not and why, and the checklist."""

    mailing: MailingShown
    ready: bool
    reach: ReachShown | None = Field(description="Null for one that is no draft any more.")
    checklist: list[FindingShown]


class Try(BaseModel):
    """To whom a test goes."""

    addresses: Annotated[list[Line], Field(min_length=1, max_length=sending.TESTS)]
    plain: bool = Field(False, description="Send the plain-text part.")


class When(BaseModel):
    """When it goes out."""

    at: datetime = Field(description="A full quarter hour ahead; UTC where it names no zone.")


class Copy(BaseModel):
    """What the copy is for."""

    name: Annotated[Line, Field(max_length=80)] = ""
    missed: Annotated[
        bool, Field(description="For those who got it and did not open it; one draft, however often asked.")
    ] = False


class Report(BaseModel):
    """How a campaign stands, and what came of it."""

    mailing: MailingShown
    results: CampaignShown | None = Field(description="Null until they are read; `GET /campaigns/{id}/report` has all.")


@router.post("/mailings/{mailing_id}/check", dependencies=[SEND])
def check_mailing(request: Request, mailing_id: Number, how: Check | None = None) -> Checked:
    """Bring a draft to Mailchimp and run the checklist: who gets it, who does not and why, what keeps it."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        ready = sending.prepare(sync, one.id, overwrite=how is not None and how.overwrite)
        draft = ready.mailing.editable
        said = recipients.reach(sync, ready.mailing) if draft else None
    return Checked(
        mailing=shown(ready.mailing),
        ready=draft and ready.good,
        reach=ReachShown(will=said.will, will_not=said.not_) if said else None,
        checklist=[FindingShown(level=found.level, what=found.what, text=found.text) for found in ready.findings],
    )


@router.post("/mailings/{mailing_id}/test", dependencies=[SEND])
def test_mailing(request: Request, mailing_id: Number, to: Try) -> MailingShown:
    """Send a test to up to ten addresses; each call sends one."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        return shown(sending.send_test(sync, one.id, to.addresses, plain=to.plain))


@router.post("/mailings/{mailing_id}/send", dependencies=[SEND])
def send_mailing(request: Request, mailing_id: Number) -> MailingShown:
    """Send a campaign now. Asked again, also after a lost answer, it tells how it stands and sends nothing."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        note(request, one.connection_id, f"sent the campaign {one.name}")
        return shown(sending.send(sync, one.id))


@router.post("/mailings/{mailing_id}/schedule", dependencies=[SEND])
def schedule_mailing(request: Request, mailing_id: Number, when: When) -> MailingShown:
    """Have a campaign sent at a quarter hour; another time moves it."""
    one, at = known(request, mailing_id), (in_utc(when.at) or when.at).astimezone(UTC)
    with opened(request, one.connection_id) as sync:
        note(request, one.connection_id, f"scheduled the campaign {one.name} for {at:%Y-%m-%d %H:%M} UTC")
        return shown(sending.set_time(sync, one.id, at))


@router.post("/mailings/{mailing_id}/cancel", dependencies=[SEND])
def cancel_mailing(request: Request, mailing_id: Number) -> MailingShown:
    """Take back a schedule, which makes it a draft again, or stop a sending; who has got the mail has got it."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        note(request, one.connection_id, f"cancelled the campaign {one.name}")
        return shown(sending.cancel(sync, one.id))


@router.post("/mailings/{mailing_id}/adopt", dependencies=[SEND])
def adopt_mailing(request: Request, mailing_id: Number) -> MailingShown:
    """Take over what somebody changed of a draft in Mailchimp; what was written here stays as an earlier version."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        return shown(sending.adopt(sync, one.id))


@router.post("/mailings/{mailing_id}/copy", dependencies=[SEND], status_code=201)
def copy_mailing(request: Request, mailing_id: Number, wanted: Copy | None = None) -> MailingShown:
    """Make a new draft of it: for the same recipients, or for those who did not open it."""
    one, services, who = known(request, mailing_id), services_of(request), caller_of(request).who
    wanted = wanted or Copy()
    with services.engine.begin() as db:
        if wanted.missed:
            made = recipients.follow_up(db, one, who, services.now())
        else:
            made = recipients.copy(db, one, wanted.name or f"{one.name[:70]} – copy", who, services.now())
    return shown(known(request, made))


@router.get("/mailings/{mailing_id}/report", dependencies=[READ])
def report_mailing(request: Request, mailing_id: Number) -> Report:
    """Ask Mailchimp how a campaign stands, and tell what came of it as far as that was read."""
    one = known(request, mailing_id)
    with opened(request, one.connection_id) as sync:
        one = sending.look(sync, one.id)
    return Report(mailing=shown(one), results=_results(request, one))


def _results(request: Request, one: Mailing) -> CampaignShown | None:
    if not one.key:
        return None
    with reading(services_of(request).engine).begin() as db:
        found = find_campaign(db, one.connection_id, one.key)
    return get_campaign(request, found[0].id) if found else None
