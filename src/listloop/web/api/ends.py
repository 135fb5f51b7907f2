"""The two ends of a connection: are they well, how are they signed in to, and does Mailchimp tell at once?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import BaseModel, Field

from listloop.core.people import SideName
from listloop.store.connections import paused_by_hand
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, PAUSE, READ, SETTINGS, area, caller_of
from listloop.web.api.connections import Asked, connection_at, known_connection
from listloop.web.api.new_connections import Secret, setup_of
from listloop.web.api.paging import Line, Number

router = area("ends of a connection")


class Finding(BaseModel):
    """One thing that was looked at."""

    level: Literal["ok", "look", "bad"] = Field(description="“bad” stops something, “look” deserves a look.")
    what: str
    fix: str = Field(description="The next step; empty: none is needed.")


class Findings(BaseModel):
    """Everything that was looked at."""

    items: list[Finding]


class NewKey(BaseModel):
    """Another API key of the same Mailchimp account."""

    key: Annotated[Secret, Field(min_length=1)]


class CrmSettings(BaseModel):
    """What the CRM is opened with; its secrets are left out."""

    settings: dict[str, str]


class NewCrmSettings(BaseModel):
    """What changes of how the same CRM is opened."""

    settings: dict[Line, Secret] = Field(max_length=30, description="A secret that is empty stays as it is.")


class WebhookShown(BaseModel):
    """How the webhook of a connection stands."""

    possible: bool = Field(description="Has this installation a public address?")
    wanted: bool
    state: Literal["", "problem", "works"] = Field(description="Empty: there is none yet.")
    heard_at: datetime | None = Field(description="When it last brought something.")
    problem: str
    fix: str


class WantedWebhook(BaseModel):
    """Shall Mailchimp tell at once who changed?"""

    wanted: bool


class PutBack(BaseModel):
    """The side that was put back from a backup and is meant as it is now."""

    side: SideName


@router.post("/connections/{connection_id}/check", dependencies=[READ])
def check_connection(request: Request, connection_id: Number) -> Findings:
    """Ask both ends who they are and what is allowed, and look at runs and webhook. Changes nothing."""
    found = setup_of(request).check(known_connection(request, connection_id))
    return Findings(items=[Finding(level=one.level, what=one.what, fix=one.fix) for one in found])


@router.put("/connections/{connection_id}/key", dependencies=[SETTINGS], status_code=204)
def change_key(request: Request, connection_id: Number, new: NewKey) -> Response:
    """Take another key of the same Mailchimp account, and go on after a pause that the old one caused."""
    setup_of(request).change_key(known_connection(request, connection_id), new.key.strip(), caller_of(request).who)
    _go_on(request, connection_id)
    return Response(status_code=204)


@router.get("/connections/{connection_id}/crm", dependencies=[AUDIT])
def get_crm_settings(request: Request, connection_id: Number) -> CrmSettings:
    """Get what the CRM is opened with, without its secrets."""
    return CrmSettings(settings=setup_of(request).crm_settings(known_connection(request, connection_id)))


@router.put("/connections/{connection_id}/crm", dependencies=[SETTINGS], status_code=204)
def change_crm_settings(request: Request, connection_id: Number, new: NewCrmSettings) -> Response:
    """Sign in to the same CRM with another password, user or address, and go on after a pause for its sake."""
    known = known_connection(request, connection_id)
    setup_of(request).change_crm(
        known, {name: one.strip() for name, one in new.settings.items()}, caller_of(request).who
    )
    _go_on(request, connection_id)
    return Response(status_code=204)


@router.get("/connections/{connection_id}/webhook", dependencies=[READ])
def get_webhook(request: Request, connection_id: Number) -> WebhookShown:
    """Get how the connection's webhook stands, as far as it is known here."""
    hook = setup_of(request).hook(known_connection(request, connection_id))
    shown = {"state": hook.state, "heard_at": hook.heard_at, "problem": hook.problem, "fix": hook.fix}
    return WebhookShown.model_validate({"possible": bool(hook.address), "wanted": not hook.off, **shown})


@router.put("/connections/{connection_id}/webhook", dependencies=[SETTINGS])
def set_webhook(request: Request, connection_id: Number, webhook: WantedWebhook) -> WebhookShown:
    """Have Mailchimp tell at once who changed, or no more: it is made, mended or removed over there now."""
    known = known_connection(request, connection_id)
    setup_of(request).use_hook(known, webhook.wanted, caller_of(request).who)
    return get_webhook(request, connection_id)


@router.post("/connections/{connection_id}/believe", dependencies=[PAUSE], status_code=202)
def believe_side(request: Request, connection_id: Number, meant: PutBack) -> Asked:
    """Say that a side which was put back from a backup is meant so; both meet anew, and the plan waits for a yes."""
    services_of(request).believe(known_connection(request, connection_id), meant.side, caller_of(request).who)
    return Asked()


def _go_on(request: Request, connection_id: int) -> None:
    """End a pause that Listloop began itself, not one that somebody asked for."""
    line = connection_at(request, connection_id)
    if line.paused and not paused_by_hand(line.paused):
        services_of(request).resume(connection_id, caller_of(request).who)
