"""A command's turn at a connection: it waits for a run under way, but not for one whose process died."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from sqlalchemy import Engine, select

from listloop.cli.console import err
from listloop.service.sole import is_taken
from listloop.store import leases
from listloop.store.database import reading
from listloop.store.installation import leases as lease_table
from listloop.sync.context import Sync
from listloop.wiring import Listloop

#: Seconds between two looks whether the run under way has ended.
LOOK = 0.5


@contextmanager
def at_work(listloop: Listloop, connection_id: int) -> Iterator[Sync]:
    """The connection at work, once no other run of it is under way. Raises as ``Listloop.sync`` does."""
    with ExitStack() as stack:
        yield _entered(stack, listloop, connection_id)


def _entered(stack: ExitStack, listloop: Listloop, connection_id: int) -> Sync:
    told = False
    while True:
        try:
            return stack.enter_context(listloop.sync(connection_id))
        except leases.LeaseHeld as error:
            said = f"{error.problem} {error.fix}"
        owner = _holder(listloop.engine, connection_id)
        if _is_dead(owner, listloop.engine):
            leases.revoke_owner(listloop.engine, owner, listloop.now())
            continue
        if not told:
            err.print(f"{said} Ctrl-C gives up waiting.")
            told = True
        time.sleep(LOOK)


def _holder(engine: Engine, connection_id: int) -> str:
    with reading(engine).begin() as db:
        chosen = select(lease_table.c.owner).where(lease_table.c.connection_id == connection_id)
        return str(db.execute(chosen).scalar_one())


def _is_dead(owner: str, engine: Engine) -> bool:
    """Has the process of that name on this machine ended? Of other machines nothing is known: their lease runs out.

    Should this ever be wrong, the fence keeps the other process from writing on.
    """
    if owner == "sole":
        return not is_taken(engine)
    named = re.fullmatch(rf"{re.escape(socket.gethostname())}-(\d+)-[0-9a-f]+", owner)
    if named is None or os.name != "posix":
        return False
    try:
        os.kill(int(named[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's process: alive
        return False
    return False
