"""``listloop customers note``: whether deals in the CRM say which campaigns won them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from listloop.cli.console import OK, me, out, print_json, table
from listloop.cli.options import Database, Json, Named, opened
from listloop.core.abilities import unknown_deal_field
from listloop.core.attribution import Model
from listloop.core.errors import NeedsAttention
from listloop.store.closings import Closing, closing_of
from listloop.store.database import reading
from listloop.store.deal_notes import Noted, noted_count, preview, set_note_field
from listloop.sync.noting import LONGEST


def note(
    field: Annotated[str, Parameter(help="Field of the CRM's deals, by its name or title.")] = "",
    *,
    model: Annotated[Model | None, Parameter(help="By which model campaigns have their share.")] = None,
    write: Annotated[bool, Parameter(negative="", help="From now on it is written.")] = False,
    nothing: Annotated[
        bool, Parameter(negative="", help="Nothing is written from now on; what is there stays.")
    ] = False,
    limit: Annotated[int, Parameter(validator=Number(gte=1), help="How many deals are shown at most.")] = 20,
    connection: Named = None,
    json: Json = False,
    database: Database = None,
) -> int:
    """Show what a field of the CRM's deals would say of the campaigns that won them; with --write, write it."""
    with opened(database) as listloop:
        row = listloop.connection(connection)
        with listloop.engine.begin() as db:
            known = closing_of(db, row.id)
            name, by = _named(known, field), model or known.note_model
            if nothing:
                set_note_field(db, row.id, "", by, me(), listloop.now())
            elif write:
                if not name:
                    raise NeedsAttention(
                        "No field is named.", f"Name one: {_fields(known)}.", code="deal-field-unknown"
                    )
                set_note_field(db, row.id, name, by, me(), listloop.now())
        with reading(listloop.engine).begin() as db:
            known = closing_of(db, row.id)
            chosen = next((one for one in known.deal_fields if one.name == (name or known.note_field)), None)
            most = (chosen.max_chars if chosen else None) or LONGEST
            found = preview(db, row.id, by, most, limit) if chosen and not nothing else []
            written, refused = noted_count(db, row.id)
    if json:
        told = {"field": known.note_field, "model": known.note_model, "written": written, "refused": refused}
        print_json({**told, "fields": [one.name for one in known.deal_fields], "deals": [asdict(one) for one in found]})
        return OK
    _tell(known, found, written, refused)
    return OK


def _named(known: Closing, field: str) -> str:
    """The field of that name or title. Raises NeedsAttention."""
    if not field:
        return ""
    found = next(
        (one.name for one in known.deal_fields if field.casefold() in (one.name.casefold(), one.title.casefold())), ""
    )
    if not found:
        raise unknown_deal_field(field)
    return found


def _fields(known: Closing) -> str:
    return (
        ", ".join(f"“{one.name}”" for one in known.deal_fields) or "none is known; “listloop results read” asks the CRM"
    )


def _tell(known: Closing, found: list[Noted], written: int, refused: int) -> None:
    shown = table("deal", "won (UTC)", "the field says", "")
    for one in found:
        state = one.problem or ("written" if known.note_field and one.noted == one.text else "not yet")
        shown.add_row(one.title, f"{one.won:%Y-%m-%d}" if one.won else "", one.text, state)
    if found:
        out.print(shown)
    if known.note_field:
        out.print(f"Deals of the CRM name their campaigns in “{known.note_field}”, by the model “{known.note_model}”.")
        out.print(
            f"{written:,} are written, {refused:,} could not be. The others are with the next “listloop results read”."
        )
    else:
        out.print(f"Nothing is written on deals of the CRM. Fields for it: {_fields(known)}.")
