"""``./run simulate``: random histories, or one from a file, or sabotage of one rule at a time."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from listloop.testing.simulation.crew import engine, play_seeds
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import History, load, save
from listloop.testing.simulation.met import never, report
from listloop.testing.simulation.play import Played, play
from listloop.testing.simulation.sabotage import CELL_SABOTAGES, NAMES, sabotage
from listloop.testing.simulation.shrink import shrink

ENOUGH = 20_000
"""After so many histories, what was never met is taken for impossible to meet: a rule that nobody tests."""

PLENTY = 40
"""So many histories that use a cell are enough to see whether it is broken."""

CELLS = "consent-cells"
"""The name of the sabotage that breaks each cell of the consent table in turn."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; 0 where no promise broke (and every sabotage was found)."""
    asked = _parser().parse_args(arguments)
    asked.into.mkdir(parents=True, exist_ok=True)
    if asked.replay:
        return _replay(asked.replay)
    if asked.sabotage:
        return _sabotages(asked)
    return _histories(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run simulate", description=__doc__)
    parser.add_argument("--histories", type=int, default=200, metavar="N", help="how many histories (default 200)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the seed of the first one (default 1)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play one history that was written to a file")
    parser.add_argument(
        "--sabotage", choices=("all", CELLS, *NAMES), metavar="all|NAME", help="break rules and find out"
    )
    parser.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="play in so many processes (default: one for each core)"
    )
    parser.add_argument("--into", type=Path, default=Path(), metavar="FOLDER", help="where failing histories go")
    parser.add_argument("--keep-going", action="store_true", help="go on after a broken promise")
    return parser


def say(line: str = "") -> None:
    """A line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _histories(asked: argparse.Namespace) -> int:
    met: Counter[str] = Counter()
    broken = played = 0
    begun = time.monotonic()
    # A process takes its second to start: a few histories are played sooner in this one.
    jobs = asked.jobs or min(os.cpu_count() or 1, 1 + asked.histories // 100)
    for seed, came in play_seeds(range(asked.seed, asked.seed + asked.histories), jobs):
        met += came.met
        played += 1
        if came.promise:
            broken += 1
            _tell(draw(seed), came, asked.into)
            if not asked.keep_going:
                break
        if sys.stdout.isatty() and played % 20 == 0:
            sys.stdout.write(f"\r{played} of {asked.histories}, {played / (time.monotonic() - begun):.1f} a second ")
    for line in report(met):
        say(line)
    if sys.stdout.isatty():
        say(f"{60 * played / (time.monotonic() - begun):,.0f} histories a minute, in {jobs} processes")
    missing = never(met) if played >= ENOUGH else []
    if missing:
        say(f"{len(missing)} things were never met in {played} histories, so nothing is known of them")
    say(f"{played} histories, {broken} broken promises")
    return 1 if broken or missing else 0


def _tell(history: History, came: Played, folder: Path) -> None:
    """Shrink a failing history, write it to a file, and say how to play it again."""
    short = shrink(history, lambda one: play(one, engine()).promise == came.promise)
    again = play(short, engine())
    path = folder / f"broken-{history.seed}.json"
    save(replace(short, promise=again.promise, story=tuple(again.story)), path)
    say(f"seed {history.seed} breaks promise {again.promise}\n  {again.why}")
    say(f"  {len(short.moves)} of {len(history.moves)} moves are left: ./run simulate --replay {path}")


def _replay(path: Path) -> int:
    history = load(path)
    then = partial(play, history, engine())
    came = sabotage(history.sabotage, then) if history.sabotage else then()
    for line in came.story:
        say(line)
    if came.promise:
        say(f"broken promise {came.promise}\n  {came.why}")
    say(f"1 histories, {1 if came.promise else 0} broken promises")
    return 1 if came.promise else 0


def _sabotages(asked: argparse.Namespace) -> int:
    """Break one rule at a time until a history finds it; each cell of the consent table is a rule of its own."""
    seeds = range(asked.seed, asked.seed + asked.histories)
    names = [one for one in NAMES if asked.sabotage in ("all", one)]
    missed = sum(not _found(one, seeds, asked.jobs or 1) for one in names)
    if asked.sabotage in ("all", CELLS):
        names += CELL_SABOTAGES
        missed += sum(not _found(one, some, asked.jobs or 1) for one, some in _meeting(seeds, asked.jobs or 1).items())
    say(f"{len(names)} sabotages, {missed} not found")
    return 1 if missed else 0


def _found(name: str, seeds: Collection[int], jobs: int) -> bool:
    for played, (seed, came) in enumerate(play_seeds(seeds, jobs, name), 1):
        if came.promise:
            say(f"{name}: found by seed {seed}, after {played} histories: {came.promise}")
            return True
    say(f"{name}: NOT found in {len(seeds)} histories")
    return False


def _meeting(seeds: Collection[int], jobs: int) -> dict[str, list[int]]:
    """The seeds whose histories use each cell; in all others it makes no difference what the cell says."""
    found: dict[str, list[int]] = {name: [] for name in CELL_SABOTAGES}
    for seed, came in play_seeds(seeds, jobs):
        for name in found.keys() & came.met.keys():
            found[name].append(seed)
        if all(len(some) >= PLENTY for some in found.values()):
            break
    return found


if __name__ == "__main__":
    sys.exit(main())
