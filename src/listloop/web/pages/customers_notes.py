"""Whether deals in the CRM say which campaigns won them: what would be written, and the choice."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from listloop.core.attribution import Model
from listloop.store.closings import closing_of
from listloop.store.database import reading
from listloop.store.deal_notes import noted_count, preview, set_note_field
from listloop.sync.noting import LONGEST
from listloop.web import won_words
from listloop.web.access import ADMINISTRATOR, VIEWER, form_of, services_of, user_of
from listloop.web.pages.customers import asked_for
from listloop.web.render import page, tell
from listloop.web.words import N_

router = APIRouter(prefix="/customers")

SIZE = 50


@router.get("/notes", dependencies=[VIEWER])
def notes(request: Request, field: str | None = None) -> Response:
    """What the chosen field says of each deal; of another field and model, what it would say."""
    services, given = services_of(request), request.query_params
    with reading(services.engine).begin() as db:
        asked = asked_for(request, db)
        if asked is None:
            return RedirectResponse("/customers", 303)
        known = closing_of(db, asked.connection)
        if "model" not in given:
            asked = asked.by(known.note_model)
        wanted = known.note_field if field is None else field
        there = next((one for one in known.deal_fields if one.name == wanted), None)
        found = preview(db, asked.connection, asked.model, there.max_chars or LONGEST, SIZE + 1) if there else []
        written, refused = noted_count(db, asked.connection)
    name = there.name if there else ""
    return page(
        request,
        "customers_notes",
        asked=asked,
        known=known,
        field=name,
        chosen=name == known.note_field and (not name or asked.model is known.note_model),
        found=found[:SIZE],
        more=len(found) > SIZE,
        written=written,
        refused=refused,
        said_by=won_words,
    )


@router.post("/notes", dependencies=[ADMINISTRATOR])
def keep(request: Request) -> Response:
    """Choose the field; deals are written as soon as results are read, which is asked for."""
    services, user, form = services_of(request), user_of(request), form_of(request)
    field, model = str(form.get("field", "")), str(form.get("model", ""))
    with services.engine.begin() as db:
        asked = asked_for(request, db)
        if asked is None:
            return RedirectResponse("/customers", 303)
        known = closing_of(db, asked.connection)
        fits = model in set(Model) and (not field or field in {one.name for one in known.deal_fields})
        if fits:
            set_note_field(db, asked.connection, field, Model(model), user.email, services.now())
    if not fits:
        tell(request, N_("The CRM’s deals have no such field. Nothing was changed."), "warn")
    elif field:
        services.results_now(asked.connection, user.email)
        tell(request, N_("Kept. Deals in the CRM are being written now."))
    else:
        tell(request, N_("Kept. Nothing more is written on the CRM’s deals; what is there stays."))
    return RedirectResponse(f"/customers/notes?connection={asked.connection}", 303)
