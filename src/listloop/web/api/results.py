"""What came of a campaign in every part, as JSON and as files; of one person; and what of it goes into the CRM."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from listloop.core.facts import Difference, Kind, Opened, Sums, differences
from listloop.store.campaigns import CampaignRow
from listloop.store.comparison import Rates, rates
from listloop.store.database import reading
from listloop.store.report import Domain, Hour, Link, report
from listloop.store.results import Totals, Visit, followed, totals
from listloop.store.telling import change_telling, telling_of, told_count
from listloop.web.access import services_of
from listloop.web.api.access import PAUSE, READ, area, caller_of
from listloop.web.api.campaigns import found_campaign
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Number
from listloop.web.api.people import found_person
from listloop.web.campaign_people import AskedFor
from listloop.web.campaign_sheets import XLSX, as_workbook, csv_lines, named

router = area("results")

Told = Literal["sent", "opened", "clicked", "bounced", "unsubscribed"]


class Other(BaseModel):
    """Another campaign, to compare with; shares of 0 to 1."""

    campaign_id: int
    title: str
    sent_at: datetime | None
    rates: Rates


class Compared(BaseModel):
    """A campaign beside others of its audience; null and empty where there is nothing to compare with."""

    this: Rates
    average: Rates | None = Field(description="Of all other campaigns, mail by mail.")
    usual: Rates | None = Field(description="The median of “before”.")
    before: list[Other] = Field(description="The last ones before it, the newest first.")
    last_year: Other | None = Field(description="Sent about a year before.")


class Reason(BaseModel):
    """Why people opted out."""

    reason: str = Field(description="Empty where none was given.")
    people: int


class ReportShown(BaseModel):
    """Everything that came of a campaign, but for its people."""

    campaign_id: int
    counted: Sums = Field(description="Counted from the people.")
    mailchimp: Sums | None = Field(description="Of Mailchimp's report; null: it has none yet.")
    differences: list[Difference] = Field(description="Where the two are not the same; empty while some are unread.")
    unread: int = Field(description="Recipients whose results are still to be read, about.")
    compared: Compared
    over_time: list[Hour]
    links: list[Link]
    domains: list[Domain]
    places: list[Opened] = Field(description="Where it was opened, as Mailchimp tells.")
    reasons: list[Reason]


class FollowedShown(BaseModel):
    """A campaign that a person got, and what came of it."""

    campaign_id: int
    title: str
    sent_at: datetime | None
    opens: int
    first_open: datetime | None
    clicks: list[Visit]
    bounce: Literal["", "hard", "soft"]
    left_at: datetime | None
    complained_at: datetime | None


class PersonResults(BaseModel):
    """One person's campaigns, the newest first."""

    totals: Totals
    campaigns: list[FollowedShown]


class Communications(BaseModel):
    """What of the results goes into the CRM, one communication for each recipient, campaign and kind."""

    kinds: list[Told]
    since: datetime | None = Field(description="Only of campaigns sent from then on.")
    written: int
    refused: int


class NewCommunications(BaseModel):
    """What is to go into the CRM from now on."""

    kinds: list[Told] = Field(max_length=5, description="Empty: nothing more.")
    since: datetime | None = Field(None, description="Without it the day stays as it was; at first, it is now.")


@router.get("/campaigns/{campaign_id}/report", dependencies=[READ])
def get_report(request: Request, campaign_id: Number) -> ReportShown:
    """Get everything that came of a campaign: sums, comparison, time, links, domains, places, reasons."""
    with reading(services_of(request).engine).begin() as db:
        row = found_campaign(db, campaign_id)
        found = report(db, row)
    beside = found.compared
    return ReportShown(
        campaign_id=row.id,
        counted=row.counted,
        mailchimp=row.sums,
        differences=list(differences(row.sums, row.counted)) if row.sums and not row.unread else [],
        unread=row.unread,
        compared=Compared(
            this=beside.mine,
            average=beside.average,
            usual=beside.usual,
            before=[_other(one) for one in beside.before],
            last_year=_other(beside.last_year) if beside.last_year else None,
        ),
        over_time=found.hours,
        links=found.links,
        domains=found.domains,
        places=list(found.places),
        reasons=[Reason(reason=why, people=number) for why, number in found.reasons],
    )


def _other(row: CampaignRow) -> Other:
    return Other(campaign_id=row.id, title=row.name, sent_at=row.sent_at, rates=rates(row.counted))


@router.get(
    "/campaigns/{campaign_id}/export.csv",
    dependencies=[READ],
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The file."}},
)
def export_people(
    request: Request,
    term: AskedFor,
) -> Response:
    """Export the people behind a number as a CSV file; moments are those of the service's time zone."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        found_campaign(db, term.campaign)

    def lines() -> Iterator[str]:
        with reading(services.engine).begin() as db:
            yield from csv_lines(db, term, services.zone, str)

    headers = named(f"campaign-{term.campaign}-{term.did}.csv")
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get(
    "/campaigns/{campaign_id}/export.xlsx",
    dependencies=[READ],
    response_class=Response,
    responses={
        200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "The file."}
    },
)
def export_workbook(request: Request, campaign_id: Number) -> Response:
    """Export everything of a campaign as an Excel workbook."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        made = as_workbook(db, found_campaign(db, campaign_id), services.zone, str)
    return Response(made, media_type=XLSX, headers=named(f"campaign-{campaign_id}.xlsx"))


@router.get("/people/{person_id}/results", dependencies=[READ])
def get_person_results(
    request: Request, person_id: Number, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> PersonResults:
    """Get what one person was sent, opened and clicked, with the totals."""
    with reading(services_of(request).engine).begin() as db:
        found_person(db, person_id)
        sums, lines = totals(db, person_id), followed(db, person_id, limit=limit)
    return PersonResults(
        totals=sums,
        campaigns=[
            FollowedShown(
                campaign_id=one.campaign.id,
                title=one.campaign.name,
                sent_at=one.campaign.sent_at,
                opens=one.response.own_opens,
                first_open=one.response.first_open,
                clicks=list(one.visits),
                bounce=one.response.bounce,  # type: ignore[arg-type]  # checked when it is read
                left_at=one.response.left_at,
                complained_at=one.response.complained_at,
            )
            for one in lines
        ],
    )


@router.get("/connections/{connection_id}/communications", dependencies=[READ])
def get_communications(request: Request, connection_id: Number) -> Communications:
    """Get what of the results goes into the CRM, and how many communications that made."""
    known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        setting, (written, refused) = telling_of(db, connection_id), told_count(db, connection_id)
    kinds = [kind.value for kind in Kind if kind in setting.kinds]
    return Communications.model_validate(
        {"kinds": kinds, "since": setting.since, "written": written, "refused": refused}
    )


@router.put("/connections/{connection_id}/communications", dependencies=[PAUSE])
def set_communications(request: Request, connection_id: Number, wanted: NewCommunications) -> Communications:
    """Say what of the results goes into the CRM from now on; what is not there yet is written now."""
    services, who = services_of(request), caller_of(request).who
    known_connection(request, connection_id)
    with services.engine.begin() as db:
        change_telling(db, connection_id, [Kind(one) for one in wanted.kinds], wanted.since, who, services.now())
    if wanted.kinds:
        services.results_now(connection_id, who)
    return get_communications(request, connection_id)
