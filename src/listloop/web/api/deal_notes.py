"""Whether deals in the CRM say which campaigns won them."""

from __future__ import annotations

from fastapi import Request
from pydantic import BaseModel, Field

from listloop.core.abilities import unknown_deal_field
from listloop.core.attribution import Model
from listloop.store.closings import closing_of
from listloop.store.database import reading
from listloop.store.deal_notes import noted_count, preview, set_note_field
from listloop.sync.noting import LONGEST
from listloop.web.access import services_of
from listloop.web.api.access import READ, SETTINGS, area, caller_of
from listloop.web.api.connections import known_connection
from listloop.web.api.paging import Limit, Number

router = area("customers won")


class NoteShown(BaseModel):
    """What the field of a deal is to say, and what was written there last."""

    deal_id: int
    title: str
    text: str
    noted: str
    problem: str = Field(description="Why it was not written.")


class DealNotes(BaseModel):
    """Whether deals in the CRM say which campaigns won them."""

    field: str = Field(description="Of the CRM's deals; empty: nothing is written.")
    model: Model
    fields: dict[str, str] = Field(description="Fields that take a text, with their titles.")
    written: int
    refused: int
    deals: list[NoteShown] = Field(description="The last won with campaigns.")


class NewDealNotes(BaseModel):
    """Which field of the CRM's deals is to say which campaigns won them."""

    field: str = Field(max_length=200)
    model: Model = Model.LINEAR


@router.get("/connections/{connection_id}/deal-notes", dependencies=[READ])
def get_deal_notes(
    request: Request, connection_id: Number, field: str = "", model: Model | None = None, limit: Limit = 50
) -> DealNotes:
    """Get what a field of the CRM's deals says of the campaigns that won them, or what another one would say."""
    known_connection(request, connection_id)
    with reading(services_of(request).engine).begin() as db:
        known = closing_of(db, connection_id)
        there = next((one for one in known.deal_fields if one.name == (field or known.note_field)), None)
        most = (there.max_chars if there else None) or LONGEST
        found = preview(db, connection_id, model or known.note_model, most, limit) if there else []
        written, refused = noted_count(db, connection_id)
    return DealNotes(
        field=known.note_field,
        model=known.note_model,
        fields={one.name: one.title for one in known.deal_fields},
        written=written,
        refused=refused,
        deals=[NoteShown(deal_id=one.id, **{name: getattr(one, name) for name in _NOTE}) for one in found],
    )


_NOTE = ("title", "text", "noted", "problem")


@router.put("/connections/{connection_id}/deal-notes", dependencies=[SETTINGS])
def set_deal_notes(request: Request, connection_id: Number, wanted: NewDealNotes) -> DealNotes:
    """Choose the field of the CRM's deals that says which campaigns won them; "" for none."""
    services, who = services_of(request), caller_of(request).who
    known_connection(request, connection_id)
    with services.engine.begin() as db:
        if wanted.field and wanted.field not in {one.name for one in closing_of(db, connection_id).deal_fields}:
            raise unknown_deal_field(wanted.field)
        set_note_field(db, connection_id, wanted.field, wanted.model, who, services.now())
    if wanted.field:
        services.results_now(connection_id, who)
    return get_deal_notes(request, connection_id)
