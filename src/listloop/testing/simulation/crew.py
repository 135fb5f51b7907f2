"""Play many histories, one after the other or in several processes, each on a database of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Iterator
from functools import cache, partial

from sqlalchemy import Engine

from listloop.testing.simulation.draw import draw
from listloop.testing.simulation.play import Played, play
from listloop.testing.simulation.sabotage import sabotage
from listloop.testing.simulation.world import database


@cache
def engine() -> Engine:
    """This process's database in memory."""
    return database()


def play_seed(seed: int, name: str = "") -> Played:
    """Play the history of a seed, with a rule broken where a sabotage is named."""
    history = draw(seed)
    return sabotage(name, partial(play, history, engine())) if name else play(history, engine())


def play_seeds(seeds: Collection[int], jobs: int = 1, name: str = "") -> Iterator[tuple[int, Played]]:
    """Play the histories of these seeds in so many processes; what came of them comes in the order of the seeds."""
    if jobs == 1:
        yield from ((seed, play_seed(seed, name)) for seed in seeds)
        return
    # Started anew rather than forked: a forked process would share its parent's database.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield from zip(seeds, pool.imap(partial(play_seed, name=name), seeds, chunksize=4), strict=True)
