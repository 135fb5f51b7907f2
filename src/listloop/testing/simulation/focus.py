"""What a history may be about, where one rule is to be met often: its moves, its settings, its troubles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from listloop.testing.simulation.history import Do, Fault, Move

#: What people do in the very moment of a run, unless a history is about something else.
MEANWHILE = (
    Do.EDIT_CRM,
    Do.EDIT_MEMBER,
    Do.UNSUBSCRIBE,
    Do.OPT_OUT,
    Do.MOVE_CRM,
    Do.SIGN_UP,
    Do.LABEL_MEMBER,
    Do.DELETE_CRM,
    Do.WEBHOOK,
)


@dataclass(frozen=True, slots=True)
class Focus:
    """Draws are narrowed to these moves (one named twice comes twice as often), and to so many addresses and people.

    After a move comes a run, as often as ``pace`` says. Every run has one of the ``troubles`` (none: any, now and
    then), each at up to its nth chance; in every run hands do something of ``meanwhile`` where that is told. ``runs``
    are the scopes of runs, ``setting`` takes the place of what is drawn; ``opening`` comes before everything else.
    """

    moves: tuple[Do, ...]
    addresses: int = 4
    people: int = 0
    troubles: tuple[Fault, ...] = ()
    runs: tuple[str, ...] = ("",) * 12 + ("full", "sweep")
    meanwhile: tuple[Do, ...] = MEANWHILE
    pace: float = 0.4
    setting: Mapping[str, Any] = field(default_factory=dict)
    opening: tuple[Move, ...] = ()


WIDE = Focus(())
"""Of a history that is about everything."""
