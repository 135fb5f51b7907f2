"""Settings of the installation: for how long what is kept, and the key of the panels inside a CRM."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.errors import NeedsAttention
from listloop.store.database import reading
from listloop.store.options import set_option
from listloop.store.prune import Keep, kept, set_kept
from listloop.web import framing
from listloop.web.access import services_of
from listloop.web.api.access import AUDIT, SETTINGS, area, caller_of, noted
from listloop.web.api.problems import missing

router = area("settings")

Days = Annotated[int, Field(ge=0, le=36_500, description="Days; 0: for ever.")]


class Keeping(BaseModel):
    """For how many days things are kept."""

    runs: Days
    history: Days
    audit: Days
    results: Days


class Sites(BaseModel):
    """The sites that may show the panels: those of the CRM."""

    origins: list[Annotated[str, Field(min_length=1, max_length=300)]] = Field(
        max_length=50, examples=[["https://crm.example.com"]]
    )


class PanelKey(BaseModel):
    """The key that signs links to panels; it is shown this once."""

    key: str


@router.get("/settings/keeping", dependencies=[AUDIT])
def get_keeping(request: Request) -> Keeping:
    """Get for how many days runs, the history, the audit log and people's results are kept."""
    services = services_of(request)
    with reading(services.engine).begin() as db:
        found = kept(db, services.keep)
    return Keeping(runs=found.runs, history=found.history, audit=found.audit, results=found.results)


@router.put("/settings/keeping", dependencies=[SETTINGS])
def set_keeping(request: Request, wanted: Keeping) -> Keeping:
    """Set it; it holds from the next night on."""
    with services_of(request).engine.begin() as db:
        set_kept(db, Keep(wanted.runs, wanted.history, wanted.audit, wanted.results))
    noted(
        request,
        f"set what is kept: runs {wanted.runs}, history {wanted.history}, audit log {wanted.audit}, "
        f"results {wanted.results} days",
    )
    return get_keeping(request)


@router.get("/settings/panels", dependencies=[AUDIT])
def get_panel_sites(request: Request) -> Sites:
    """Get which sites may show the panels."""
    with reading(services_of(request).engine).begin() as db:
        return Sites(origins=framing.origins(db))


@router.put("/settings/panels", dependencies=[SETTINGS])
def set_panel_sites(request: Request, wanted: Sites) -> Sites:
    """Say which sites may show the panels; it holds from now on."""
    good, wrong = framing.read_origins("\n".join(wanted.origins))
    if wrong:
        raise NeedsAttention(
            f"“{wrong[0][:100]}” is no site.", "Name one as https://crm.example.com, without a path.", code="origin"
        )
    with services_of(request).engine.begin() as db:
        set_option(db, framing.OPTION, "\n".join(good))
    noted(request, "changed which sites may show the panels")
    return get_panel_sites(request)


@router.post("/settings/panel-key", dependencies=[SETTINGS], status_code=201)
def renew_panel_key(request: Request) -> PanelKey:
    """Make another key for links to panels inside a CRM; links made with the old one open nothing any more."""
    panels = services_of(request).panels
    if panels is None:
        raise missing("panel here")
    return PanelKey(key=panels.renew(caller_of(request).who))
