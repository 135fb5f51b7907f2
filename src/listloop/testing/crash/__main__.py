"""``./run crash``: kill -9 at random moments of real runs over HTTP; each has to end as if nothing had happened."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from listloop.testing.crash.rig import furnish, sandbox_process
from listloop.testing.crash.trial import differences, killed, undisturbed

UNIT = 500
"""The most changes that go into one write of a run, and so the most that a kill may make it repeat."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials; 0 where every one ended as a run that nobody killed."""
    asked = _parser().parse_args(arguments)
    broken = kills = 0
    with tempfile.TemporaryDirectory(prefix="listloop-crash-") as place, sandbox_process() as sandbox:
        folder = Path(place)
        start = furnish(sandbox, folder / "start.sqlite", asked.people, asked.seed)
        calm = undisturbed(start, _made(folder / "calm"))
        if calm.end.writes_of_one_more_run:
            say(f"a run that nobody killed left {calm.end.writes_of_one_more_run} writes for the next one")
            broken += 1
        for number in range(asked.times):
            seed = asked.seed + number
            went = killed(start, _made(folder / str(seed)), random.Random(seed), calm.seconds * 1.1)
            kills += went.kills
            for why in differences(calm, went, min(UNIT, asked.people)):
                say(f"trial {seed}: {why}")
                broken += 1
            if sys.stdout.isatty():
                sys.stdout.write(f"\r{number + 1} of {asked.times} ")
    say(f"{asked.times} trials, {kills} kills, {broken} broken promises")
    return 1 if broken else 0


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run crash", description=__doc__)
    parser.add_argument("--times", type=int, default=20, metavar="N", help="how many trials (default 20)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="the seed of the first one (default 1)")
    parser.add_argument("--people", type=int, default=40, metavar="P", help="people in the CRM (default 40)")
    return parser


def say(line: str) -> None:
    """A line for the person who waits."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
