"""New connections: the CRM and the Mailchimp key are checked and kept as a draft, then an audience is chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import BaseModel, Field

from listloop.core.errors import ListloopError, NeedsAttention
from listloop.store.drafts import Draft
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, READ, SETTINGS, area, caller_of
from listloop.web.api.connections import ConnectionShown, get_connection
from listloop.web.api.paging import Line, Number
from listloop.web.api.problems import missing
from listloop.web.setup import SetUp

router = area("new connections")

Secret = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f]*$")]
"""A line that may be a password; it is stored encrypted and never answered."""


class CrmSetting(BaseModel):
    """Something that has to be known to open a CRM."""

    name: str
    title: str
    secret: bool = Field(description="Is it stored encrypted, and never shown again?")


class CrmShown(BaseModel):
    """A CRM that can be connected."""

    name: str
    title: str
    settings: list[CrmSetting]


class Crms(BaseModel):
    """All CRMs that can be connected."""

    items: list[CrmShown]


class AudienceShown(BaseModel):
    """An audience of the account."""

    id: str
    name: str
    members: int = Field(description="Archived ones left out.")
    kept_by: str = Field(description="The connection that keeps it in step already; empty: none.")


class DraftShown(BaseModel):
    """A connection that was begun; its secrets are stored, and never shown."""

    id: int
    crm: str
    crm_title: str = Field(description="How the CRM calls itself.")
    begun_at: datetime


class DraftWhole(DraftShown):
    """A begun connection, with the audiences to choose from."""

    audiences: list[AudienceShown]


class Drafts(BaseModel):
    """Connections that were begun and not finished."""

    items: list[DraftShown]


class NewDraft(BaseModel):
    """The two ends of a new connection."""

    crm: Line = Field(description="As GET /crms names it.", examples=["local"])
    settings: dict[Line, Secret] = Field({}, max_length=30, description="What the CRM is opened with.")
    key: Secret = Field(description="The Mailchimp API key.")
    base_url: Line = Field("", description="Another address of Mailchimp's API, for example a sandbox.")


class Chosen(BaseModel):
    """Which audience it shall be."""

    audience: Line = Field(description="The audience's id.")
    name: Line = Field("", description="What to call the connection; empty: after both ends.")
    second: bool = Field(False, description="Yes, one more audience of an account of which one is connected already.")


@router.get("/crms", dependencies=[READ])
def list_crms(request: Request) -> Crms:
    """List the CRMs that can be connected, with what has to be known to open each."""
    return Crms(
        items=[
            CrmShown(
                name=one.name,
                title=one.title,
                settings=[
                    CrmSetting(name=name, title=title, secret=name in one.secrets) for name, title in one.settings
                ],
            )
            for one in setup_of(request).crms()
        ]
    )


@router.get("/drafts", dependencies=[AUDIT])
def list_drafts(request: Request) -> Drafts:
    """List connections that were begun and not finished."""
    return Drafts(items=[DraftShown(**_values(one)) for one in setup_of(request).drafts()])


@router.get("/drafts/{draft_id}", dependencies=[AUDIT])
def get_draft(request: Request, draft_id: Number) -> DraftWhole:
    """Get a begun connection, with the audiences that its key opens. Mailchimp is asked."""
    setup = setup_of(request)
    there = setup.audiences(draft_id)
    audiences = [AudienceShown(id=one.id, name=one.name, members=one.members, kept_by=one.kept_by) for one in there]
    return DraftWhole(**_values(setup.draft(draft_id)), audiences=audiences)


@router.post("/drafts", dependencies=[SETTINGS], status_code=201)
def begin_connection(request: Request, new: NewDraft) -> DraftWhole:
    """Begin a connection: both ends are asked whether they let us in, and are kept. Nothing is read or written yet."""
    setup, who = setup_of(request), caller_of(request).who
    known = next((one for one in setup.crms() if one.name == new.crm), None)
    if known is None:
        raise missing("CRM")
    unknown = sorted(new.settings.keys() - {name for name, _ in known.settings})
    if unknown:
        names = ", ".join(name for name, _ in known.settings) or "none"
        raise NeedsAttention(
            f"“{unknown[0]}” is no setting of {known.title}.", f"It takes: {names}.", code="crm-setting"
        )
    draft = setup.begin(new.crm, {name: new.settings.get(name, "").strip() for name, _ in known.settings}, who)
    try:
        setup.sign_in(draft, new.key.strip(), new.base_url.strip(), who)
        return get_draft(request, draft)
    except ListloopError:
        setup.drop(draft, who)
        raise


@router.post("/drafts/{draft_id}/connection", dependencies=[SETTINGS], status_code=201)
def make_connection(request: Request, draft_id: Number, chosen: Chosen) -> ConnectionShown:
    """Make the connection, with a proposed mapping, off the schedule; POST /connections/{id}/start sets it going."""
    setup, who = setup_of(request), caller_of(request).who
    there = setup.audiences(draft_id)
    found = next((one for one in there if one.id == chosen.audience), None)
    if found is None:
        names = ", ".join(f"{one.name} ({one.id})" for one in there) or "none"
        raise NeedsAttention("The account has no such audience.", f"There are: {names}.", code="audience-choice")
    if any(one.kept_by for one in there) and not chosen.second:
        raise NeedsAttention(
            "An audience of this account is connected already.",
            "Say “second” if one more is meant; else use the connection that is there.",
            code="audience-second",
        )
    name = chosen.name.strip() or f"{setup.name_of(setup.draft(draft_id).crm)} – {found.name}"[:200]
    return get_connection(request, setup.connect(draft_id, found.id, name, who))


@router.delete("/drafts/{draft_id}", dependencies=[SETTINGS], status_code=204)
def drop_draft(request: Request, draft_id: Number) -> Response:
    """Forget a begun connection and its secrets."""
    setup = setup_of(request)
    setup.draft(draft_id)
    setup.drop(draft_id, caller_of(request).who)
    return Response(status_code=204)


def setup_of(request: Request) -> SetUp:
    """What the set-up needs. Raises ListloopError where this installation offers none."""
    setup = services_of(request).setup
    if setup is None:
        raise missing("set-up over the network here; use the command line")
    return setup


def _values(one: Draft) -> dict[str, Any]:
    return {"id": one.id, "crm": one.crm, "crm_title": one.crm_title, "begun_at": one.created_at}
