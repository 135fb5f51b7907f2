"""Settings of the installation: for how long what is kept, and which secrets there are, of which none is ever shown."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.store import audit
from listloop.store.database import reading
from listloop.store.plans import connection_lines
from listloop.store.prune import NAMES, Keep, kept, set_kept
from listloop.web.access import ADMINISTRATOR, form_of, services_of, user_of
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter()

#: The most days that can be set: a hundred years.
MOST = 36_500


@router.get("/settings/keeping", dependencies=[ADMINISTRATOR])
def keeping(request: Request) -> Response:
    """How many days runs, the history, the audit log and people's results are kept."""
    with reading(services_of(request).engine).begin() as database:
        return page(request, "keeping", step="keeping", keep=kept(database, services_of(request).keep))


@router.post("/settings/keeping", dependencies=[ADMINISTRATOR])
def keep(request: Request) -> Response:
    """Keep it so from the next night on; 0 is for ever."""
    services, form = services_of(request), form_of(request)
    days = {name: str(form.get(name, "")).strip() for name in NAMES}
    if not all(one.isdecimal() and int(one) <= MOST for one in days.values()):
        tell(
            request, N_("Give whole numbers of days, at most 36,500; 0 keeps it for ever. Nothing was changed."), "warn"
        )
        return RedirectResponse("/settings/keeping", 303)
    wanted = Keep(**{name: int(one) for name, one in days.items()})
    with services.engine.begin() as database:
        set_kept(database, wanted)
        audit.note(
            database,
            services.now(),
            user_of(request).email,
            f"set what is kept: runs {wanted.runs}, history {wanted.history}, audit log {wanted.audit}, "
            f"results {wanted.results} days",
        )
    tell(request, N_("Kept. It holds from the next night on."))
    return RedirectResponse("/settings/keeping", 303)


@router.get("/settings/secrets", dependencies=[ADMINISTRATOR])
def secrets(request: Request) -> Response:
    """Which secrets are stored, and where another one is entered; what they are is never shown."""
    setup = services_of(request).setup
    with reading(services_of(request).engine).begin() as database:
        lines = [line for line in connection_lines(database) if not line.setup_step]
    crms = {} if setup is None else {one.name: one for one in setup.crms()}
    given = {} if setup is None else {line.id: setup.crm_settings(line.id) for line in lines}
    asks = {} if setup is None else {line.id: bool(setup.ask_crm(f"connection/{line.id}", "", "")) for line in lines}
    return page(request, "secrets", step="secrets", connections=lines, crms=crms, given=given, asks=asks)
