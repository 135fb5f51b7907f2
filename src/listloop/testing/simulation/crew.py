"""Play many histories, one after the other or in several processes, each on a database of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

from sqlalchemy import Engine

from listloop.testing.simulation.crashing import database
from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.play import BUG, Played, play
from listloop.testing.simulation.sabotage import sabotage, search
from listloop.testing.simulation.world import Ends, World, in_memory

T = TypeVar("T")
R = TypeVar("R")


@cache
def engine() -> Engine:
    """This process's database in memory."""
    return database()


def play_seeds(
    seeds: Collection[int], jobs: int = 1, ends: Callable[[World], Ends] = in_memory
) -> Iterator[tuple[int, Played]]:
    """Play the histories of these seeds in so many processes; what came of them comes in the order of the seeds.

    Other ``ends`` than those in memory are of this process, and for one job.
    """
    if ends is not in_memory:
        yield from ((seed, play(draw(seed), engine(), ends)) for seed in seeds)
        return
    with _crew(jobs) as crew:
        yield from zip(seeds, crew(_play_seed, seeds, 4), strict=True)


def _play_seed(seed: int) -> Played:
    return play(draw(seed), engine())


@dataclass(frozen=True, slots=True)
class Found:
    """The seed whose history noticed a sabotage, after so many; no promise: none did."""

    seed: int
    played: int
    promise: str = ""


def find_all(names: Collection[str], seeds: Collection[int], jobs: int = 1) -> Iterator[tuple[str, Found]]:
    """Look for each sabotage until a history notices it, several at a time; in the order of the names."""
    with _crew(jobs) as crew:
        yield from zip(names, crew(partial(find, seeds=seeds), names, 1), strict=True)


def find(name: str, seeds: Collection[int]) -> Found:
    """Break one rule and play its histories until a promise breaks that holds where no rule is broken.

    That a run ends in a bug finds nothing.
    """
    about = search(name)
    for played, seed in enumerate(seeds, 1):
        history = draw(seed, about)
        came = sabotage(name, partial(play, history, engine()))
        if came.promise and came.promise != BUG and not play(history, engine()).promise:
            return Found(seed, played, came.promise)
    return Found(0, len(seeds))


@contextmanager
def _crew(jobs: int) -> Iterator[Callable[[Callable[[T], R], Collection[T], int], Iterator[R]]]:
    """How to have something done for each of many, in so many processes, in their order."""
    if jobs == 1:
        yield lambda work, some, _size: (work(one) for one in some)
        return
    # Started anew rather than forked: a forked process would share its parent's database.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield pool.imap
