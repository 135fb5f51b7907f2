"""Write on the CRM's deals which campaigns won them: where a setting asks, each text once, nobody's own text ever.

After a crash the chunk that was under way is written again: a field that shows the text already is left as it is.
"""

from __future__ import annotations

from listloop.core.abilities import DealNote, NotesDeals, unknown_deal_field
from listloop.store.closings import closing_of
from listloop.store.database import reading
from listloop.store.deal_notes import Noted, save_noted, to_note
from listloop.sync.context import Sync

LONGEST = 255
"""Characters of a field that tells no limit of its own."""


def note_deals(sync: Sync) -> int:
    """Write what the field of deals does not say yet; how many were written.

    Raises TryLater and NeedsAttention of the CRM; a deal that it refuses is noted, and the others go on.
    """
    with reading(sync.engine).begin() as db:
        known = closing_of(db, sync.connection_id)
    if not known.note_field or not isinstance(sync.crm, NotesDeals):
        return 0
    field = next((one for one in known.deal_fields if one.name == known.note_field), None)
    if field is None:
        raise unknown_deal_field(known.note_field)
    written = after = 0
    while True:
        with reading(sync.engine).begin() as db:
            most = field.max_chars or LONGEST
            some = to_note(db, sync.connection_id, known.note_model, most, after, sync.chunk)
        if not some:
            return written
        written += _chunk(sync, sync.crm, field.name, some)
        after = some[-1].id


def _chunk(sync: Sync, crm: NotesDeals, field: str, some: list[Noted]) -> int:
    asked = [DealNote(one.key, one.text, one.noted) for one in some if one.text != one.noted]
    with sync.engine.begin() as db:
        sync.fence(db)
    outcomes = list(crm.note_deals(field, asked)) if asked else []
    problems = {one.ref: one.error.problem for one in outcomes if one.error is not None}
    with sync.engine.begin() as db:
        sync.fence(db)
        save_noted(db, some, problems)
    sync.progress("notes", len(asked), None, "")
    return len(asked) - len(problems)
