"""A database that came out of a backup is old: what it remembers is no longer what the sides showed last.

Compared with an old memory, a value that somebody typed since can look untouched, and would be overwritten without a
word. So links and memory are let go and everybody meets again for the first time; both sides are read in full, and the
plan waits for a yes, but for the nos.

One function for both ways to get there: ``listloop restore``, which knows it, and a file that was copied back, which
the next run notices (``sync/restored``).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from listloop.store.bulk import insert_many
from listloop.store.connections import all_connections
from listloop.store.decisions import leave_runs
from listloop.store.runs import UNDER_WAY
from listloop.store.tables import connections, cursors, people, runs

#: Stands in the place of a digest of rules: they got a yes, but the plan after a restored backup waits all the same.
RESTORED_RULES = "restored"


def begin_anew(db: Connection, connection_id: int, now: datetime) -> None:
    """Have everybody of a connection meet anew; plans and runs of that other time are dropped."""
    mine = connections.c.id == connection_id
    old = (runs.c.connection_id == connection_id) & runs.c.state.in_((*UNDER_WAY, "waiting"))
    leave_runs(db, list(db.scalars(select(runs.c.id).where(old))))
    db.execute(update(runs).where(old).values(state="dropped", wait="", approved_at=None, finished_at=now))
    _unlink(db, connection_id)
    db.execute(delete(cursors).where(cursors.c.connection_id == connection_id))
    db.execute(update(connections).where(mine).values(webhook_check=None))
    db.execute(
        update(connections).where(mine, connections.c.approved_rules != "").values(approved_rules=RESTORED_RULES)
    )


def begin_all_anew(db: Connection, now: datetime) -> None:
    """The same for every connection, in the transaction that finishes the restoring; who was waited for then is not."""
    for row in all_connections(db):
        begin_anew(db, row.id, now)
    db.execute(update(connections).values(wanted="", not_before=None))


def _unlink(db: Connection, connection_id: int) -> None:
    here = people.c.connection_id == connection_id
    pairs = select(people.c.mailchimp_record).where(
        here, people.c.crm_record.is_not(None), people.c.mailchimp_record.is_not(None)
    )
    members = list(db.scalars(pairs))
    lost = {"linked_at": None, "linked_by": "", "parted": "", "memory": "", "settled": False}
    again = {"dirty": True, "tries": 0, "next_try": None}
    db.execute(
        update(people).where(here, people.c.crm_record.is_not(None)).values(mailchimp_record=None, **lost, **again)
    )
    db.execute(update(people).where(here, people.c.crm_record.is_(None)).values(**lost, **again))
    insert_many(db, people, [{"connection_id": connection_id, "mailchimp_record": one} for one in members])
