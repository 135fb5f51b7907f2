"""Campaigns, what came of them, and the groups of people that are made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from listloop.core.crowd import read_chosen, shown
from listloop.core.facts import in_utc
from listloop.store import crowds
from listloop.store.campaigns import CampaignRow, campaign, list_campaigns
from listloop.store.database import reading
from listloop.store.results import Recipient, recipients
from listloop.web.access import services_of
from listloop.web.api.access import GROUPS, READ, area, caller_of
from listloop.web.api.paging import Cursor, Limit, Line, Number, Of, Page, number, page_of, place
from listloop.web.api.problems import missing
from listloop.web.campaign_people import AskedFor
from listloop.web.crowds import make_group

router = area("campaigns and groups")


class CampaignShown(BaseModel):
    """A campaign, and how many of its recipients did what."""

    id: int
    connection_id: int
    mailchimp_id: str
    title: str
    subject: str
    kind: str
    status: str
    sent_at: datetime | None
    recipients: int
    sent: int
    opened: int = Field(description="People with an open of their own; opens by machines are not counted.")
    clicked: int
    bounced: int
    unsubscribed: int
    read_at: datetime | None = Field(description="When its results were last read.")


class RecipientShown(BaseModel):
    """A recipient, and what came of it."""

    id: int
    person_id: int | None
    email: str = Field(description="Empty for somebody who was forgotten.")
    name: str
    company: str
    opens: int = Field(description="Opens of their own.")
    last_open: datetime | None
    clicks: int
    bounce: Literal["", "hard", "soft"]
    left_at: datetime | None
    complained_at: datetime | None


class GroupShown(BaseModel):
    """A group that was made, and how far it is written."""

    id: int
    connection_id: int
    name: str
    who: str = Field(description="Whom it means; empty for one that was pushed from the CRM.")
    living: bool
    people: int
    in_segment: int
    in_crm: int
    made_at: datetime
    made_by: str
    problem: str


class SeatShown(BaseModel):
    """Somebody of a group."""

    person_id: int | None
    email: str = Field(description="Empty for somebody who is no longer here.")
    name: str
    company: str
    why_not: str = Field(description="Why Mailchimp may not mail; empty where it may.")
    in_segment: bool
    in_crm: bool


class NewGroup(BaseModel):
    """A group of people by what they did."""

    name: Annotated[Line, Field(min_length=1, max_length=80)]
    who: Annotated[str, Field(min_length=1, max_length=4000)] = Field(
        description="What they did and the campaign's number: “opened 12 and not-clicked 12 or clicked 13”.",
        examples=["opened 12 and not-clicked 12"],
    )
    where: Literal["both", "mailchimp", "crm"] = "both"
    living: bool = Field(False, description="Keep it up to date whenever results are read.")


@router.get("/campaigns", dependencies=[READ])
def get_campaigns(
    request: Request,
    connection: Of = None,
    q: Annotated[Line, Query(description="Part of the title or the subject.")] = "",
    kind: Annotated[Line, Query(description="Only of this kind, in Mailchimp's words: regular, variate, rss …")] = "",
    sent: Annotated[bool | None, Query(description="Only those that went out, or only those that did not yet.")] = None,
    since: Annotated[datetime | None, Query(description="Only those sent from this moment on.")] = None,
    until: Annotated[datetime | None, Query(description="Only those sent before this moment.")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[CampaignShown]:
    """List campaigns, the newest first; what is not sent yet comes before all."""
    done = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = list_campaigns(
            db, connection, words=q, kind=kind, sent=sent, since=in_utc(since), until=in_utc(until),
            offset=done, limit=limit + 1,
        )  # fmt: skip
    return page_of([_campaign(one) for one in found], limit, str(done + limit))


@router.get("/campaigns/{campaign_id}", dependencies=[READ])
def get_campaign(request: Request, campaign_id: Number) -> CampaignShown:
    """Get one campaign."""
    with reading(services_of(request).engine).begin() as db:
        return _campaign(found_campaign(db, campaign_id))


@router.get("/campaigns/{campaign_id}/recipients", dependencies=[READ])
def get_recipients(
    request: Request,
    term: AskedFor,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[RecipientShown]:
    """List the recipients of a campaign who did something; exactly those whom the number counts."""
    after = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found_campaign(db, term.campaign)
        found = recipients(db, term, after=after, limit=limit + 1)
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([_recipient(one) for one in found], limit, str(last))


@router.get("/groups", dependencies=[READ])
def list_groups(request: Request, connection: Of = None, cursor: Cursor = "", limit: Limit = 50) -> Page[GroupShown]:
    """List the groups that were made, the newest first."""
    before = number(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = [one for one in crowds.all_crowds(db, connection) if not before or one.id < before]
    last = found[limit - 1].id if len(found) > limit else 0
    return page_of([_group(one) for one in found[: limit + 1]], limit, str(last))


@router.get("/groups/{group_id}", dependencies=[READ])
def get_group(request: Request, group_id: Number) -> GroupShown:
    """Get one group."""
    with reading(services_of(request).engine).begin() as db:
        return _group(crowds.crowd(db, group_id))


@router.get("/groups/{group_id}/people", dependencies=[READ])
def get_group_people(
    request: Request,
    group_id: Number,
    part: Annotated[
        crowds.Part,
        Query(description="Only who is in the segment or the CRM's group, or gets no mail for a reason."),
    ] = crowds.Part.ALL,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Page[SeatShown]:
    """List the people of a group."""
    after = place(cursor)
    with reading(services_of(request).engine).begin() as db:
        found = crowds.seats(db, crowds.crowd(db, group_id), part, after=after, limit=limit + 1)
    last = found[limit - 1].who if len(found) > limit else ""
    shown = [
        SeatShown(
            person_id=one.person,
            email=one.email,
            name=one.name,
            company=one.company,
            why_not=one.why,
            in_segment=one.in_segment,
            in_crm=one.in_crm,
        )
        for one in found
    ]
    return page_of(shown, limit, last)


@router.post("/groups", dependencies=[GROUPS], status_code=202)
def make_response_group(request: Request, group: NewGroup) -> GroupShown:
    """Make a group of people by what they did, as a CRM group, a Mailchimp segment, or both; it is written now."""
    services, who = services_of(request), caller_of(request).who
    made = make_group(services, group.name, read_chosen(group.who), group.where, who, living=group.living)
    if made is None:
        raise missing("campaign")
    return get_group(request, made)


def found_campaign(db: Connection, campaign_id: int) -> CampaignRow:
    """The campaign with that number. Raises ListloopError where there is none."""
    found = campaign(db, campaign_id)
    if found is None:
        raise missing("campaign")
    return found


def _campaign(one: CampaignRow) -> CampaignShown:
    counted = one.counted
    return CampaignShown(
        id=one.id,
        connection_id=one.connection_id,
        mailchimp_id=one.key,
        title=one.title,
        subject=one.subject,
        kind=one.kind,
        status=one.status,
        sent_at=one.sent_at,
        recipients=one.recipients,
        sent=counted.sent,
        opened=counted.opened,
        clicked=counted.clickers,
        bounced=counted.bounced,
        unsubscribed=counted.unsubscribed,
        read_at=one.read_at,
    )


def _recipient(one: Recipient) -> RecipientShown:
    return RecipientShown(
        id=one.id,
        person_id=one.person,
        email=one.address,
        name=one.name,
        company=one.company,
        opens=one.own_opens,
        last_open=one.last_open,
        clicks=one.clicks,
        bounce=one.bounce,  # type: ignore[arg-type]  # checked when it is read
        left_at=one.left_at,
        complained_at=one.complained_at,
    )


def _group(one: crowds.CrowdRow) -> GroupShown:
    return GroupShown(
        id=one.id,
        connection_id=one.connection_id,
        name=one.name,
        who=shown(one.by_responses) if one.by_responses else "",
        living=one.living,
        people=one.people,
        in_segment=one.in_segment,
        in_crm=one.in_crm,
        made_at=one.made_at,
        made_by=one.made_by,
        problem=one.problem,
    )
