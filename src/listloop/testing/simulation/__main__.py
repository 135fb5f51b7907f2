"""``./run simulate``: random histories, or one from a file, or sabotage of one rule at a time."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

from listloop.testing.simulation.crew import engine, find_all, play_seeds
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.history import History, load, save
from listloop.testing.simulation.http import CRMS, crm_ends, http_ends
from listloop.testing.simulation.met import never, report
from listloop.testing.simulation.play import Played, play
from listloop.testing.simulation.sabotage import CELL_SABOTAGES, NAMES, sabotage
from listloop.testing.simulation.shrink import shrink
from listloop.testing.simulation.world import Ends, World, in_memory

ENOUGH = 20_000
"""After so many histories, what was never met is taken for impossible to meet: a rule that nobody tests."""

HISTORIES, SEARCHED = 200, 5_000
"""How many histories are played where nothing else is said; of a sabotage, in which it is looked for at most."""

MOST = 600
"""So often a failing history is played to make it shorter; over HTTP a tenth of that."""

CELLS = "consent-cells"
"""The name of the sabotage that breaks each cell of the consent table in turn."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; 0 where no promise broke (and every sabotage was found)."""
    asked = _parser().parse_args(arguments)
    asked.into.mkdir(parents=True, exist_ok=True)
    if asked.sabotage:
        return _sabotages(asked)
    real = http_ends() if asked.crm == "local" else crm_ends(asked.crm)
    with real if asked.http else nullcontext(in_memory) as ends:
        return _replay(asked.replay, ends) if asked.replay else _histories(asked, ends)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run simulate", description=__doc__)
    parser.add_argument("--histories", type=int, metavar="N", help="how many histories (default 200, sabotage 5000)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the seed of the first one (default 1)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play one history that was written to a file")
    parser.add_argument(
        "--sabotage",
        choices=("all", CELLS, *NAMES, *CELL_SABOTAGES),
        metavar="all|NAME",
        help="break rules and find out",
    )
    parser.add_argument("--http", action="store_true", help="over HTTP to the sandbox, with the built-in CRM")
    parser.add_argument("--crm", choices=("local", *CRMS), default="local", help="with --http: which CRM")
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


def _histories(asked: argparse.Namespace, ends: Callable[[World], Ends]) -> int:
    met: Counter[str] = Counter()
    broken = played = 0
    begun = time.monotonic()
    many = asked.histories or HISTORIES
    # A process takes its second to start: a few histories are played sooner in this one.
    jobs = asked.jobs or min(os.cpu_count() or 1, 1 + many // 100)
    for seed, came in play_seeds(range(asked.seed, asked.seed + many), 1 if asked.http else jobs, ends):
        met += came.met
        played += 1
        if came.promise:
            broken += 1
            _tell(draw(seed), came, asked.into, ends)
            if not asked.keep_going:
                break
        if sys.stdout.isatty() and played % 20 == 0:
            sys.stdout.write(f"\r{played} of {many}, {played / (time.monotonic() - begun):.1f} a second ")
    for line in report(met):
        say(line)
    if sys.stdout.isatty():
        say(f"{60 * played / (time.monotonic() - begun):,.0f} histories a minute, in {jobs} processes")
    missing = never(met) if played >= ENOUGH else []
    if missing:
        say(f"{len(missing)} things were never met in {played} histories, so nothing is known of them")
    say(f"{played} histories, {broken} broken promises")
    return 1 if broken or missing else 0


def _tell(history: History, came: Played, folder: Path, ends: Callable[[World], Ends]) -> None:
    """Shrink a failing history, write it to a file, and say how to play it again."""
    most = MOST if ends is in_memory else MOST // 10
    short = shrink(history, lambda one: play(one, engine(), ends).promise == came.promise, most)
    again = play(short, engine(), ends)
    path = folder / f"broken-{history.seed}.json"
    save(replace(short, promise=again.promise, story=tuple(again.story)), path)
    say(f"seed {history.seed} breaks promise {again.promise}\n  {again.why}")
    how = f"{path}{'' if ends is in_memory else ' --http'}"
    say(f"  {len(short.moves)} of {len(history.moves)} moves are left: ./run simulate --replay {how}")


def _replay(path: Path, ends: Callable[[World], Ends]) -> int:
    history = load(path)
    then = partial(play, history, engine(), ends)
    came = sabotage(history.sabotage, then) if history.sabotage else then()
    for line in came.story:
        say(line)
    if came.promise:
        say(f"broken promise {came.promise}\n  {came.why}")
    say(f"1 histories, {1 if came.promise else 0} broken promises")
    return 1 if came.promise else 0


def _sabotages(asked: argparse.Namespace) -> int:
    """Break one rule at a time until a history finds it; each cell of the consent table is a rule of its own."""
    seeds = range(asked.seed, asked.seed + (asked.histories or SEARCHED))
    names = [*NAMES, *CELL_SABOTAGES] if asked.sabotage == "all" else [asked.sabotage]
    names = list(CELL_SABOTAGES) if asked.sabotage == CELLS else names
    missed = 0
    for name, found in find_all(names, seeds, asked.jobs or 1):
        if found.promise:
            say(f"{name}: found by seed {found.seed}, after {found.played} histories: {found.promise}")
        else:
            say(f"{name}: NOT found in {found.played} histories")
            missed += 1
    say(f"{len(names)} sabotages, {missed} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
