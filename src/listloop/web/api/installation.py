"""Settings of the installation: for how long what is kept, and the key of the panels inside a CRM."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.store.database import reading
from listloop.store.prune import Keep, kept, set_kept
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


@router.post("/settings/panel-key", dependencies=[SETTINGS], status_code=201)
def renew_panel_key(request: Request) -> PanelKey:
    """Make another key for links to panels inside a CRM; links made with the old one open nothing any more."""
    panels = services_of(request).panels
    if panels is None:
        raise missing("panel here")
    return PanelKey(key=panels.renew(caller_of(request).who))
