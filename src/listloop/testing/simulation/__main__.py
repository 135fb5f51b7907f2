"""``./run simulate``: random histories, or one from a file, or sabotage of one rule at a time."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import History, load, save
from listloop.testing.simulation.met import report
from listloop.testing.simulation.play import Played, play
from listloop.testing.simulation.sabotage import NAMES, sabotage
from listloop.testing.simulation.shrink import shrink
from listloop.testing.simulation.world import database


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; 0 where no promise broke (and every sabotage was found)."""
    asked = _parser().parse_args(arguments)
    engine = database()
    try:
        if asked.replay:
            return _replay(asked.replay, engine)
        if asked.sabotage:
            return _sabotage(asked, engine)
        return _histories(asked, engine)
    finally:
        engine.dispose()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run simulate", description=__doc__)
    parser.add_argument("--histories", type=int, default=200, metavar="N", help="how many histories (default 200)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the seed of the first one (default 1)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play one history that was written to a file")
    parser.add_argument("--sabotage", choices=("all", *NAMES), metavar="all|NAME", help="break rules and find out")
    parser.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where failing histories go")
    parser.add_argument("--keep-going", action="store_true", help="go on after a broken promise")
    return parser


def say(line: str = "") -> None:
    """A line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _histories(asked: argparse.Namespace, engine: Engine) -> int:
    met: Counter[str] = Counter()
    broken = played = 0
    begun = time.monotonic()
    for seed in range(asked.seed, asked.seed + asked.histories):
        history = draw(seed)
        came = play(history, engine)
        met += came.met
        played += 1
        if came.promise:
            broken += 1
            _tell(history, came, engine, asked.into)
            if not asked.keep_going:
                break
        if sys.stdout.isatty() and played % 20 == 0:
            sys.stdout.write(f"\r{played} of {asked.histories}, {played / (time.monotonic() - begun):.1f} a second ")
    for line in report(met):
        say(line)
    say(f"{played} histories, {broken} broken promises")
    return 1 if broken else 0


def _tell(history: History, came: Played, engine: Engine, folder: Path) -> None:
    """Shrink a failing history, write it to a file, and say how to play it again."""
    short = shrink(history, lambda one: play(one, engine).promise == came.promise)
    again = play(short, engine)
    path = folder / f"broken-{history.seed}.json"
    save(replace(short, promise=again.promise, story=tuple(again.story)), path)
    say(f"seed {history.seed} breaks promise {again.promise}\n  {again.why}")
    say(f"  {len(short.moves)} of {len(history.moves)} moves are left: ./run simulate --replay {path}")


def _replay(path: Path, engine: Engine) -> int:
    history = load(path)
    came = sabotage(history.sabotage, partial(play, history, engine)) if history.sabotage else play(history, engine)
    for line in came.story:
        say(line)
    if came.promise:
        say(f"broken promise {came.promise}\n  {came.why}")
    say(f"1 histories, {1 if came.promise else 0} broken promises")
    return 1 if came.promise else 0


def _sabotage(asked: argparse.Namespace, engine: Engine) -> int:
    names = NAMES if asked.sabotage == "all" else (asked.sabotage,)
    missed = 0
    for name in names:
        for seed in range(asked.seed, asked.seed + asked.histories):
            came = sabotage(name, partial(play, draw(seed), engine))
            if came.promise:
                say(f"{name}: found by seed {seed}, after {seed - asked.seed + 1} histories: {came.promise}")
                break
        else:
            missed += 1
            say(f"{name}: NOT found in {asked.histories} histories")
    say(f"{len(names)} sabotages, {missed} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
