"""Play a history from its first move to rest, and say which promise broke, if one did."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from sqlalchemy import Engine

from listloop.core import decide
from listloop.core.consent import CELLS, Cell, Remembered
from listloop.core.people import Consent
from listloop.testing.simulation.checker import Broken, Checker
from listloop.testing.simulation.crashing import EndlessError
from listloop.testing.simulation.desk import DESK
from listloop.testing.simulation.ending import check_end, settle
from listloop.testing.simulation.hands import OUTSIDE
from listloop.testing.simulation.history import History, Move
from listloop.testing.simulation.instead import put
from listloop.testing.simulation.met import cell
from listloop.testing.simulation.promises import after
from listloop.testing.simulation.world import Ends, World, in_memory

BUG = "0: a run never ends in a bug"


@dataclass(slots=True)
class Played:
    """What came of a history: the promise that broke and why ("": none did), and how often what was met."""

    promise: str = ""
    why: str = ""
    story: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)


def play(history: History, engine: Engine, ends: Callable[[World], Ends] = in_memory) -> Played:
    """Play a history in a world of its own on this database, whose content is thrown away."""
    played = Played()
    end = _play(history, engine, played, ends)
    if not played.promise and history.setting.calm:
        quiet = [replace(move, faults=(), meanwhile=()) for move in history.moves]
        setting = replace(history.setting, crm_clock=0, mailchimp_clock=0, page_size=1000, chunk=500)
        other = _play(replace(history, setting=setting, moves=tuple(quiet)), engine, Played(), ends)
        differing = [
            f"{end.get(one)} instead of {other.get(one)}" for one in {*end, *other} if end.get(one) != other.get(one)
        ]
        if differing:
            played.promise = "11, 13, 16: troubles, crashes and clocks leave no trace"
            played.why = "; ".join(sorted(differing)[:3])
    return played


class _Counted(dict[tuple[Consent, Consent, Remembered], Cell]):
    """The consent table, counting which of its cells are used."""

    def __init__(self, met: Counter[str]) -> None:
        """Count into this."""
        super().__init__(CELLS)
        self.met = met

    def __getitem__(self, key: tuple[Consent, Consent, Remembered]) -> Cell:
        """A cell, counted."""
        self.met[cell(*key)] += 1
        return super().__getitem__(key)


def counting(met: Counter[str]) -> AbstractContextManager[None]:
    """Count the cells of the consent table that are used meanwhile, unless the table itself is sabotaged."""
    table = vars(decide)["CELLS"]
    return put(decide, "CELLS", _Counted(met)) if table is CELLS else nullcontext()


def _play(history: History, engine: Engine, played: Played, ends: Callable[[World], Ends]) -> Mapping[str, object]:
    world = World(engine, history.setting, ends)
    checker = Checker(world)
    world.story = played.story
    try:
        with counting(played.met):
            for move in history.moves:
                played.story.append(told(move))
                _step(world, checker, move)
                played.met.update({f"rule {row.rule or 'none'}" for row in checker.now.rows})
            played.story.append("everything comes to rest")
            settle(world, checker)
        check_end(world, checker)
    except Broken as broken:
        played.promise, played.why = broken.promise, broken.why
    except EndlessError:
        played.promise, played.why = "1: a run comes to an end", "it decides the same people over and over"
    except Exception:  # noqa: BLE001 - any other error of a run is a broken promise of its own
        played.promise, played.why = BUG, traceback.format_exc(limit=-4)
    played.met += world.met + world.schedule.met
    return _state(world)


def _step(world: World, checker: Checker, move: Move) -> None:
    if move.do in OUTSIDE or move.do in DESK:
        list(world.play(move))
        return
    before = checker.before()
    for ran in world.play(move):
        world.story.append(f"   the run ended {ran.state}, with {len(ran.requests)} changes asked for")
        for one in ran.requests:
            refused = "" if one.after else " (refused)"
            world.story.append(f"   {one.side} {one.key or 'new'}: {one.patch}{refused}")
        after(checker, before, ran)
        before = checker.before()


def told(move: Move) -> str:
    """A move in a line for people."""
    words = [str(move.do), f"#{move.who}", move.field, repr(move.text) if move.text else "", f"({move.other})"]
    return " ".join(word for word in words if word)


def _state(world: World) -> dict[str, object]:
    """Both sides without keys, IDs and times: what two histories that ended alike have in common."""
    found: dict[str, object] = {}
    for side in (world.crm, world.audience):
        seen: Counter[str] = Counter()
        shown = []
        for state in side.state().values():
            linked = bool(state.pop("mailchimp_id"))
            shown.append(repr((side.name, state, linked)))
        for one in sorted(shown):
            seen[one] += 1
            found[f"{one} #{seen[one]}"] = one
    return found
