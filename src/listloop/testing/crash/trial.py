"""One trial: kill a first run at a random moment, let the next one end it, compare with a run that nobody killed."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from listloop.testing.crash.rig import PATIENCE, End, Start, end

#: ``listloop sync`` as a process. By name: what is killed here is the command, not a part of this package.
COMMAND = "listloop.cli.main"

#: Forks a process that has imported everything already; a new Python would spend most of a trial on that.
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload([COMMAND])


@dataclass(frozen=True, slots=True)
class Went:
    """What came of runs in a row: the end, how long the last one took, and what was written to Mailchimp."""

    end: End
    seconds: float
    writes: Counter[str]
    kills: int = 0


def undisturbed(start: Start, folder: Path) -> Went:
    """Let the first run end by itself."""
    database = start.again(folder)
    seconds = _ended(_run(database))
    return Went(end(database), seconds, _writes(start))


def killed(start: Start, folder: Path, dice: random.Random, seconds: float) -> Went:
    """Kill the run once, or twice in a row, within so many seconds; then let one end by itself."""
    database, kills = start.again(folder), 0
    for _ in range(dice.choice((1, 1, 1, 2))):
        process = _run(database)
        process.join(dice.uniform(0, seconds))
        if process.is_alive():
            process.kill()
            kills += 1
        process.join()
    taken = _ended(_run(database))
    return Went(end(database), taken, _writes(start), kills)


def differences(calm: Went, went: Went, unit: int) -> Iterator[str]:
    """What is otherwise than without a kill, in sentences; ``unit`` is how many changes may be repeated for each."""
    for one in fields(End):
        wanted, found = getattr(calm.end, one.name), getattr(went.end, one.name)
        if wanted != found:
            yield f"{one.name}: {_difference(wanted, found)}"
    for what, times in went.end.members.items():
        if times > 1:
            yield f"{times} members are alike: {what}"
    repeated = sum((went.writes - calm.writes).values())
    if repeated > unit * went.kills:
        yield f"{repeated} writes more than without a kill, but one unit of work has {unit}"


def _difference(wanted: Any, found: Any) -> str:
    if isinstance(wanted, Counter):
        return f"missing {dict(wanted - found)}, too much {dict(found - wanted)}"
    return f"{found} instead of {wanted}"


def _run(database: Path) -> Any:
    process = _SERVER.Process(target=sync, args=(str(database),))
    process.start()
    return process


def sync(database: str) -> None:
    """``listloop sync --yes`` in this process, which ends with it."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(quiet, stream)
    os.environ["LISTLOOP_DATABASE"] = database
    sys.argv = ["listloop", "sync", "--yes"]
    importlib.import_module(COMMAND).main()


def _ended(process: Any) -> float:
    begun = time.monotonic()
    process.join(PATIENCE)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError(f"A run without a kill ended with {process.exitcode}.")
    return time.monotonic() - begun


def _writes(start: Start) -> Counter[str]:
    entries = start.sandbox.control("journal")["entries"]
    return Counter(f"{one['method']} {one['path']}" for one in entries if one["method"] != "GET")
