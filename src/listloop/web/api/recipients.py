"""Recipients: what a campaign can go to, who of them gets it, and groups made into segments."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from pydantic import BaseModel, Field

from listloop.sync.sources import Kind
from listloop.web.access import services_of
from listloop.web.api.access import GROUPS, READ, area, caller_of
from listloop.web.api.campaigns import GroupShown, get_group
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Line, Number
from listloop.web.api.problems import missing
from listloop.web.recipients import Recipients

router = area("recipients")


class SourceShown(BaseModel):
    """Something that a campaign can be sent to."""

    kind: Kind
    key: str = Field(description="By which the other calls know it.")
    title: str
    members: int | None = Field(description="How many are in it; null where nobody tells without counting.")


class Sources(BaseModel):
    """Everything of a connection that a campaign can be sent to, but for response groups, which are asked for."""

    items: list[SourceShown]


class ReachShown(BaseModel):
    """Who of some recipients gets a campaign."""

    will: int
    will_not: dict[str, int] = Field(
        description="By reason: unsubscribed, cleaned, pending, unknown, archived, absent."
    )


class Group(BaseModel):
    """A group of the CRM or of Mailchimp, by its key or its title."""

    group: Annotated[Line, Field(min_length=1)]


class SegmentShown(BaseModel):
    """A saved segment of the audience."""

    id: str = Field(description="Mailchimp's.")
    title: str


@router.get("/connections/{connection_id}/recipients", dependencies=[READ])
def list_recipients(request: Request, connection_id: Number) -> Sources:
    """List what a campaign can be sent to: the audience, segments, tags, groups of both sides. Both sides are asked."""
    known = _recipients(request).sources(known_connection(request, connection_id))
    return Sources(
        items=[SourceShown(kind=one.kind, key=one.key, title=one.title, members=one.members) for one in known]
    )


@router.get("/connections/{connection_id}/recipients/count", dependencies=[READ])
def count_recipients(
    request: Request,
    connection_id: Number,
    kind: Annotated[Kind, Query(description="What they are.")],
    name: Annotated[
        str, Query(max_length=4000, description="Its key or title; of responses: what they did, as in POST /groups.")
    ] = "",
) -> ReachShown:
    """Count who would get a campaign, and who would not, and why."""
    found = _recipients(request).reach(known_connection(request, connection_id), kind, name)
    return ReachShown(will=found.will, will_not=found.not_)


@router.post("/connections/{connection_id}/recipients/push", dependencies=[GROUPS], status_code=202)
def push_crm_group(request: Request, connection_id: Number, group: Group) -> GroupShown:
    """Push a CRM group as a static segment named with this moment; it is written now, with whoever is in it now."""
    known = known_connection(request, connection_id)
    return get_group(request, _recipients(request).push(known, group.group, caller_of(request).who))


@router.post("/connections/{connection_id}/recipients/segment", dependencies=[GROUPS])
def make_saved_segment(request: Request, connection_id: Number, group: Group) -> SegmentShown:
    """Make the saved segment of a Mailchimp group where it is missing; whoever is in the group is in it, later too."""
    made = _recipients(request).segment(known_connection(request, connection_id), group.group, caller_of(request).who)
    return SegmentShown(id=made.key, title=made.title)


def _recipients(request: Request) -> Recipients:
    found = services_of(request).recipients
    if found is None:
        raise missing("CRM or audience that can be asked")
    return found
