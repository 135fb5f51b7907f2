"""Where the sabotage of a rule is looked for: histories in which that rule matters in every other run.

Wide histories would find most of them, too, a hundred times slower: what is shown is that the promises notice, not that
chance comes by. Each search is drawn from the same moves, troubles and settings as the wide histories.
"""

from __future__ import annotations

from dataclasses import replace

from listloop.core.consent import Remembered
from listloop.core.people import Consent
from listloop.testing.simulation.focus import Focus
from listloop.testing.simulation.history import LONG, Do, Fault, Move, Trouble

ANN = "ann@sim.example"

CALM = {"calm": False, "creates": True, "agreed": True, "ask_duplicates": False, "guard_least": 50, "leave": False}
"""What most searches have in common."""

MET = (Move(Do.ADD_CRM, text=ANN, field="Ada"), Move(Do.ADD_MEMBER, text=ANN, field="Ada"))
"""Two records of one person, who see each other alike."""

SEVERAL = tuple(Move(Do.ADD_CRM, text=f"{one}@sim.example", field="Ada") for one in ("ann", "bob", "cem", "dao", "eva"))
"""Five people who are not in Mailchimp yet."""

EDITS = Focus((Do.EDIT_CRM, Do.EDIT_MEMBER), people=2, setting={**CALM, "asks": False})
LABELS = Focus((Do.LABEL_CRM, Do.LABEL_MEMBER), people=2, setting=CALM)
CONSENT = Focus((Do.OPT_OUT, Do.NOTE_CRM, Do.UNSUBSCRIBE, Do.SIGN_UP, Do.EDIT_CRM, Do.EDIT_MEMBER), 2, setting=CALM)
RETURNS = Focus((Do.UNSUBSCRIBE, Do.OPT_OUT, Do.SIGN_UP), 2, 2, setting=CALM)
SHARED = Focus((Do.ADD_CRM, Do.OPT_OUT, Do.SIGN_UP, Do.EDIT_CRM), 1, 3, setting=CALM)
MEMBERSHIP = Focus((Do.FLAG, Do.ARCHIVE, Do.UNARCHIVE, Do.UNSUBSCRIBE), 3, 2, setting=CALM)
FLAGS = Focus((Do.FLAG, Do.EDIT_CRM), 6, 6, setting=CALM)
REFUSED = Focus(
    (Do.EDIT_CRM, Do.EDIT_MEMBER, Do.SICKEN, Do.SICKEN, Do.HEAL),
    *(4, 1),
    setting=CALM,
    opening=(*MET, Move(Do.RUN), Move(Do.APPROVE)),
)
IDS = Focus((Do.ID_CRM, Do.ADD_CRM, Do.ADD_MEMBER, Do.MOVE_CRM), 6, 4, setting={**CALM, "creates": False})
REPLACED = Focus((Do.RECREATE_CRM, Do.MERGE_CRM, Do.COPY_CRM, Do.DELETE_CRM), 3, 2, setting=CALM)
READ_WHOLE = Focus((Do.EDIT_CRM, Do.EDIT_MEMBER), 4, 2, runs=("full",), setting=CALM)

#: By the name of the sabotage; the others are looked for in wide histories.
SEARCHES: dict[str, Focus] = {
    "crm-no-stays": CONSENT,
    "mailchimp-no-stays": CONSENT,
    "no-forgotten": replace(CONSENT, moves=(*CONSENT.moves, Do.OPT_IN, Do.RESUBSCRIBE, Do.ADD_CRM)),
    "no-never-lifted": RETURNS,
    "no-lifted-by-anyone": replace(CONSENT, moves=(*CONSENT.moves, Do.OPT_IN, Do.RESUBSCRIBE, Do.ADD_CRM)),
    "intent-forgotten": replace(EDITS, troubles=(Fault(Trouble.CRASH, 4, "write, before"),)),
    "one-memory": EDITS,
    "memory-at-reading": REFUSED,
    "first-meeting-for-ever": EDITS,
    "labels-of-one-side": LABELS,
    "gone-at-first-sight": replace(READ_WHOLE, troubles=(Fault(Trouble.HIDDEN, 4),)),
    "absence-not-asked": replace(READ_WHOLE, people=1, troubles=(Fault(Trouble.MISSING, 2),)),
    "stale-is-fresh": replace(READ_WHOLE, troubles=(Fault(Trouble.STALE, 3, "changes"),)),
    "edit-while-writing": replace(EDITS, people=1, opening=MET, meanwhile=(Do.EDIT_CRM, Do.EDIT_MEMBER)),
    "id-ignored": IDS,
    "revives-everybody": Focus(
        (Do.OPT_IN, Do.FLAG, Do.NOTE_CRM),
        1,
        1,
        setting=CALM,
        opening=(
            Move(Do.ADD_CRM, text=ANN, field="Ada"),
            Move(Do.RUN),
            Move(Do.APPROVE),
            Move(Do.FLAG, text="no"),
            Move(Do.RUN, other=60),
            Move(Do.OPT_OUT),
            Move(Do.RUN, other=60),
        ),
    ),
    "parted-comes-back": replace(
        EDITS,
        people=1,
        setting={**CALM, "leave": True},
        opening=(*MET, Move(Do.RUN), Move(Do.APPROVE), Move(Do.FLAG, text="no"), Move(Do.RUN, other=60)),
    ),
    "guard-asleep": Focus(
        (Do.FLAG,),
        *(6, 5),
        pace=0.2,
        setting={**CALM, "guard_least": 2},
        opening=(*SEVERAL, Move(Do.RUN), Move(Do.APPROVE)),
    ),
    "duplicates-linked": SHARED,
    "flag-ignored": FLAGS,
    "moved-pairs-written": Focus(
        (Do.EDIT_CRM, Do.EDIT_MEMBER, Do.PREVIEW, Do.APPROVE),
        1,
        1,
        pace=0.05,
        setting=CALM,
        opening=(*MET, Move(Do.RUN)),
    ),
    "status-with-fields": replace(CONSENT, setting={**CALM, "chunk": 1}),
    "no-comes-last": replace(CONSENT, setting={**CALM, "chunk": 1}),
    "no-stays-at-home": SHARED,
    "never-settled": replace(EDITS, moves=(Do.EDIT_MEMBER,), opening=MET),
    "creations-not-looked-up": Focus((Do.SIGN_UP,), 8, 2, (Fault(Trouble.CRASH, 2, "write, before"),), setting=CALM),
    "two-members-for-one": replace(
        EDITS,
        people=1,
        opening=(
            *MET,
            Move(Do.FURTHER, text="bob@sim.example"),
            Move(Do.ADD_MEMBER, text="bob@sim.example", field="Ada"),
        ),
    ),
    "empty-wins": Focus((Do.ADD_CRM, Do.SIGN_UP), 4, 3, setting={**CALM, "creates": False}),
    "labels-never-removed": LABELS,
    "old-readings-written": replace(EDITS, troubles=(Fault(Trouble.SLOW, 8, "changes"), Fault(Trouble.SLOW, 4))),
    "no-overlap": replace(EDITS, troubles=(Fault(Trouble.LATE, 2, "changes"),)),
    "never-tried-again": REFUSED,
    "refusals-forgotten": REFUSED,
    "the-gone-take-their-link": REPLACED,
    "values-compared-whole": replace(
        EDITS,
        people=1,
        setting={**CALM, "creates": False},
        opening=(
            Move(Do.ADD_CRM, text=ANN, field="Ada"),
            Move(Do.EDIT_CRM, field="City", text=LONG[:60]),
            Move(Do.ADD_MEMBER, text="bob@sim.example", field="Ada"),
            Move(Do.EDIT_MEMBER, field="CITY", text=LONG),
            Move(Do.RUN),
            Move(Do.APPROVE),
            Move(Do.MOVE_MEMBER, text=ANN),
            Move(Do.RUN, other=60),
        ),
    ),
}

_MEMBER = {Consent.PENDING: 3, Consent.UNKNOWN: 4}
_CELL = {**CALM, "crm_notes_all": True, "names_deleted": True, "page_size": 1000}


def _said(crm: Consent, who: int = 0) -> Move:
    return Move(Do.OPT_OUT, who) if crm is Consent.UNSUBSCRIBED else Move(Do.NOTE_CRM, who, text=crm.value)


def _member(there: Consent) -> tuple[Move, ...]:
    made = Move(Do.ADD_MEMBER, text=ANN, field="Ada", other=_MEMBER.get(there, 0))
    if there is Consent.UNSUBSCRIBED:
        return made, Move(Do.UNSUBSCRIBE, text="admin")
    return (made, Move(Do.CLEAN)) if there is Consent.CLEANED else (made,)


def cell_search(crm: Consent, there: Consent, no: Remembered) -> Focus:
    """Histories that begin with two records of one person that meet in this cell of the consent table."""
    person = Move(Do.ADD_CRM, text=ANN, field="Ada")
    opening: tuple[Move, ...] = (person, _said(crm), *_member(there))
    if no is Remembered.NO:  # said by another CRM record of the address
        opening = (*opening, Move(Do.ADD_CRM, text=ANN, field="Grace"), Move(Do.OPT_OUT, 1))
    if no is Remembered.RETURNED:
        first = (person, *_member(Consent.SUBSCRIBED), Move(Do.UNSUBSCRIBE, text="person"))
        back = Move(Do.SIGN_UP, text=ANN, field="Ada")
        opening = (*first, Move(Do.RUN), Move(Do.APPROVE), _said(crm), back, Move(Do.RUN, other=60))
    setting = {**_CELL, "double_opt_in": there is Consent.PENDING}
    return Focus((Do.EDIT_CRM, Do.WAIT), 1, 1, opening=opening, setting=setting)
