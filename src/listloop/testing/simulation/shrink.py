"""Make a failing history as short as it can be: leave out moves and troubles as long as the same promise breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from listloop.testing.simulation.history import History, Move, Setting


def shrink(history: History, fails: Callable[[History], bool], most: int) -> History:
    """The shortest history found in at most so many plays of which ``fails`` still holds."""
    left = most

    def still(candidate: History) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and fails(candidate)

    size = max(1, len(history.moves) // 2)
    while size >= 1:
        at, shorter = 0, False
        while at < len(history.moves):
            candidate = replace(history, moves=history.moves[:at] + history.moves[at + size :])
            if still(candidate):
                history, shorter = candidate, True
            else:
                at += size
        if not shorter or size > 1:
            size //= 2
    for candidate_of in (_simpler_moves, _simpler_settings):
        changed = True
        while changed:
            found = next((one for one in candidate_of(history) if still(one)), None)
            changed = found is not None
            history = found or history
    return history


def _simpler_moves(history: History) -> Iterator[History]:
    for at, move in enumerate(history.moves):
        for simpler in _simpler(move):
            yield replace(history, moves=(*history.moves[:at], simpler, *history.moves[at + 1 :]))


def _simpler(move: Move) -> Iterator[Move]:
    for at in range(len(move.faults)):
        yield replace(move, faults=move.faults[:at] + move.faults[at + 1 :])
    for at in range(len(move.meanwhile)):
        yield replace(move, meanwhile=move.meanwhile[:at] + move.meanwhile[at + 1 :])


def _simpler_settings(history: History) -> Iterator[History]:
    plain = Setting()
    for one in fields(Setting):
        value = getattr(plain, one.name)
        if getattr(history.setting, one.name) != value:
            yield replace(history, setting=replace(history.setting, **{one.name: value}))
