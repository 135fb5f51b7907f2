"""What chance alone would hardly ever meet: one history in ten is drawn about one of these, in turn.

Each begins in a way that leads there; then it goes on like any other, with the same hands and troubles.
"""

from __future__ import annotations

from collections.abc import Mapping

from listloop.core.consent import CELLS
from listloop.testing.simulation.focus import Focus
from listloop.testing.simulation.history import Do, Move
from listloop.testing.simulation.met import impossible
from listloop.testing.simulation.searches import ANN, CALM, MET, cell_search

EVERY = 10
"""One history in so many is about something rare."""

_BEGUN = (*MET, Move(Do.RUN), Move(Do.APPROVE))
_ASKS = {**CALM, "asks": True, "mailchimp_owns": False}

_DIFFERS = (
    *MET,
    Move(Do.EDIT_CRM, field="City", text="Bern"),
    Move(Do.EDIT_MEMBER, field="CITY", text="Graz"),
    Move(Do.RUN),
    Move(Do.APPROVE),
)
"""Two values of which a person says what becomes of them."""

_LEFT = (*_BEGUN, Move(Do.ARCHIVE), Move(Do.RUN, other=60), Move(Do.FLAG, text="yes"), Move(Do.RUN, other=60))
"""A member whom a user archived, and whom the CRM wants back."""

_CANNOT_MOVE = (
    *_BEGUN,
    Move(Do.UNSUBSCRIBE, text="person"),
    Move(Do.RUN, other=60),
    Move(Do.MOVE_CRM, text="bob@sim.example"),
    Move(Do.RUN, other=60),
)
"""Mailchimp refuses to change the address of who unsubscribed."""

_SHARED = (
    Move(Do.ADD_CRM, text=ANN, field="Ada"),
    Move(Do.ADD_CRM, text=ANN, field="Grace"),
    Move(Do.RUN),
    Move(Do.APPROVE),
)
"""Two records of one address, of which a person says which one it is."""

_PUT_BACK = (
    *_BEGUN,
    Move(Do.BACKUP),
    Move(Do.EDIT_CRM, field="City", text="Kyiv"),
    Move(Do.EDIT_MEMBER, field="STAFF", text="12"),
    Move(Do.RUN, other=60),
)
"""Both sides moved on since they were backed up."""

_REFUSED = (
    *_BEGUN,
    Move(Do.SICKEN, text="mailchimp"),
    Move(Do.EDIT_CRM, field="City", text="Kyiv"),
    Move(Do.RUN, other=60),
)
"""An edit that Mailchimp does not take."""

_WEEK = tuple(Move(Do.RUN, other=1500) for _ in range(15))
"""More than the ladder of tries is long."""


_DELETED = (
    Move(Do.ADD_MEMBER, text=ANN, field="Ada", other=4),
    Move(Do.RUN),
    Move(Do.APPROVE),
    Move(Do.DELETE_MEMBER),
)
"""A member whom nobody took over into the CRM, deleted for good."""

_SWEPT = tuple(Move(Do.RUN, text="sweep", other=60) for _ in range(2))
"""Whoever is gone is believed to be the second time."""


def _answers(opening: tuple[Move, ...], many: int, moves: tuple[Do, ...], setting: Mapping[str, object]) -> list[Focus]:
    """The same beginning with each of so many answers."""
    return [
        Focus(moves, 2, 1, setting=setting, opening=(*opening, Move(Do.ANSWER, other=one), Move(Do.RUN, other=60)))
        for one in range(many)
    ]


_EDITS = (Do.EDIT_CRM, Do.EDIT_MEMBER)

RARE: tuple[Focus, ...] = (
    *(cell_search(*key) for key in CELLS if not impossible(*key)),
    *_answers(_DIFFERS, 3, _EDITS, _ASKS),
    *_answers(_LEFT, 3, (Do.SIGN_UP, Do.EDIT_CRM), CALM),
    *_answers(_CANNOT_MOVE, 2, _EDITS, CALM),
    *_answers(_SHARED, 1, (Do.EDIT_CRM, Do.OPT_OUT), {**CALM, "ask_duplicates": True}),
    *(
        Focus(
            *(_EDITS, 2, 1),
            setting=CALM,
            opening=(
                *_PUT_BACK,
                Move(side),
                Move(Do.RUN, text="full", other=60),
                Move(Do.BELIEVE),
                Move(Do.RUN, text="full", other=60),
            ),
        )
        for side in (Do.OLD_CRM, Do.OLD_AUDIENCE)
    ),
    Focus(_EDITS, 2, 1, setting=CALM, opening=(*_REFUSED, Move(Do.RETRY), Move(Do.RUN, other=1))),
    Focus(_EDITS, 2, 1, setting=CALM, opening=(*_REFUSED, *_WEEK, Move(Do.HEAL), Move(Do.RETRY), Move(Do.RUN))),
    Focus((Do.EDIT_CRM, Do.FLAG), 4, 3, setting={**CALM, "only_acme": True}),
    Focus((Do.EDIT_CRM, Do.SIGN_UP), 2, 1, setting=CALM, opening=(*_DELETED, *_SWEPT)),
    Focus(_EDITS, 2, 1, setting=CALM, opening=(*_DELETED, Move(Do.ADD_CRM, text=ANN, field="Ada"), *_SWEPT)),
)
"""What one history in ten is about."""


def about(seed: int) -> Focus | None:
    """What the history of this seed is about; None: everything."""
    return RARE[seed // EVERY % len(RARE)] if seed % EVERY == 0 else None
