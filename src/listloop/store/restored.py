"""A database that came out of a backup is old: what it remembers is no longer what the sides showed last.

Compared with an old memory, a value that somebody typed since can look untouched, and would be overwritten without a
word. So everybody meets again for the first time, both sides are read in full, and the plan waits for a yes, but for
the nos. A parted link keeps its memory: nothing but a no crosses it.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from listloop.store.decisions import leave_runs
from listloop.store.runs import UNDER_WAY
from listloop.store.tables import connections, cursors, people, runs

#: In the place of the rules that got a yes: none did.
RESTORED = "restored"


def begin_anew(db: Connection) -> None:
    """Let every connection begin anew, in the transaction that finishes the restoring."""
    open_runs = select(runs.c.id).where(runs.c.state.in_((*UNDER_WAY, "waiting")))
    leave_runs(db, list(db.execute(open_runs).scalars()))
    db.execute(
        update(runs).where(runs.c.state.in_((*UNDER_WAY, "waiting"))).values(state="dropped", wait="", approved_at=None)
    )
    values = {"memory": "", "settled": False, "dirty": True, "tries": 0, "next_try": None}
    db.execute(update(people).where(people.c.parted == "").values(values))
    db.execute(update(people).values(dirty=True))
    db.execute(delete(cursors))
    db.execute(update(connections).where(connections.c.approved_rules != "").values(approved_rules=RESTORED))
    db.execute(update(connections).values(wanted="", not_before=None, webhook_check=None))
