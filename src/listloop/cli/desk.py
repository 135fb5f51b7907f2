"""A connection at hand for what a person does to a campaign on a page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import stamina

from listloop.store import leases
from listloop.sync.context import Sync
from listloop.wiring import Listloop

#: Seconds that a person at a page waits for a run to end.
PATIENCE = 20.0


def at_hand(listloop: Listloop) -> Callable[[int], AbstractContextManager[Sync]]:
    """Opens connections for clicks: each waits some seconds for a run to end, and keeps runs and other clicks away.

    Raises as ``Listloop.sync``; two clicks in one process are two owners of the lease.
    """

    @contextmanager
    def opened(connection_id: int) -> Iterator[Sync]:
        owner = f"{listloop.owner}-{secrets.token_hex(4)}"

        @stamina.retry(on=leases.LeaseHeld, attempts=None, timeout=PATIENCE, wait_initial=0.2, wait_max=1.0)
        def taken() -> leases.Lease:
            return leases.take(listloop.engine, connection_id, owner, listloop.now())

        with listloop.sync(connection_id, lease=taken()) as sync:
            yield sync

    return opened
