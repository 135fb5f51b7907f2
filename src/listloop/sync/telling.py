"""Write communications on the CRM's records: what the setting names, each once, whatever breaks in between.

A communication carries campaign, person and kind, by which the CRM recognises it: after a crash the chunk that was
under way is appended again, and finds itself. Our ledger keeps what is known from being sent again.
"""

from __future__ import annotations

from collections.abc import Collection

from listloop.core.communications import communications
from listloop.core.facts import Kind
from listloop.core.side import Communication
from listloop.store.database import reading
from listloop.store.telling import Untold, save_told, telling_of, untold
from listloop.sync.context import Sync

MOST = 5_000
"""Responses that one call looks at, so that a run of people need not wait for years of campaigns."""


def tell_crm(sync: Sync, most: int = MOST) -> tuple[int, bool]:
    """Write what the CRM does not know yet: how many communications, and whether there is more to be told.

    Raises TryLater and NeedsAttention of the CRM; a communication that it refuses is noted, and the others go on.
    """
    with reading(sync.engine).begin() as db:
        setting = telling_of(db, sync.connection_id)
    if not setting.kinds or not sync.crm.can.appends:
        return 0, False
    written = looked = after = 0
    while looked < most:
        with reading(sync.engine).begin() as db:
            some = untold(db, sync.connection_id, setting.since, after, sync.chunk)
        if not some:
            return written, False
        written += _chunk(sync, some, setting.kinds)
        looked, after = looked + len(some), some[-1].id
    return written, True


def _chunk(sync: Sync, some: list[Untold], kinds: Collection[Kind]) -> int:
    asked: dict[str, tuple[int, Communication]] = {}
    for one in some:
        for said in communications(one.campaign, one.title, one.sent, one.key, one.response, kinds):
            known = one.said.get(said.kind)
            if known is None or (known != said.text and sync.crm.can.rewrites):
                asked[f"{said.campaign}|{said.key}|{said.kind}"] = (one.id, said)
    with sync.engine.begin() as db:
        sync.fence(db)
    outcomes = sync.crm.append([said for _, said in asked.values()]) if asked else ()
    written = [
        (*asked[one.ref], "" if one.error is None else one.error.problem) for one in outcomes if one.ref in asked
    ]
    with sync.engine.begin() as db:
        sync.fence(db)
        save_told(db, written, [one.id for one in some], sync.now())
    sync.progress("tell", len(written), None, "")
    return sum(not problem for _, _, problem in written)
