"""What a refused write means for its person: tried again later, left out for good, or looked at anew."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from listloop.core.consent import No
from listloop.core.errors import ListloopError
from listloop.core.guard import next_try
from listloop.core.people import Origin, SideName, address_key
from listloop.core.plan import Rule, Standing
from listloop.store.decisions import DecisionRow, leave
from listloop.store.nos import note_no
from listloop.store.people import PersonRow, save_people
from listloop.sync.context import Sync


def refuse(
    sync: Sync, db: Connection, side: SideName, row: DecisionRow, person: PersonRow, error: ListloopError
) -> None:
    """Note that a side refused this person; the others go on.

    An address that opted out or was erased before we knew is a no, and nobody is created; a member whose address
    Mailchimp does not change to such a one waits with that reason. An address that is taken is decided by the next
    plan, which knows by whom. Everything else is tried again on the ladder.
    """
    if error.code == "address-taken":
        leave(db, [row.id])
    email = row.patch(side).email or (
        person.crm.email if person.crm else person.mailchimp.email if person.mailchimp else ""
    )
    if error.code in ("compliance", "forgotten") and row.patch(side).email and person.mailchimp:
        _save(db, person, Standing.WAITING, Rule.QUESTION, error, 0, None, sync)
        return
    if error.code in ("compliance", "forgotten"):
        origin = Origin.PERSON if error.code == "compliance" else Origin.UNKNOWN
        no = No(address_key(email), SideName.MAILCHIMP, origin)
        note_no(db, sync.connection_id, person.id, no, sync.now())
        _save(db, person, Standing.EXCLUDED, Rule.OPTED_OUT, error, 0, None, sync)
        return
    tries = person.tries + 1
    seconds = next_try(tries)
    _save(db, person, Standing.FAILED, Rule.RETRY if seconds else Rule.GAVE_UP, error, tries, seconds, sync)


def _save(
    db: Connection,
    person: PersonRow,
    standing: Standing,
    rule: Rule,
    error: ListloopError,
    tries: int,
    seconds: int | None,
    sync: Sync,
) -> None:
    save_people(
        db,
        [
            {
                "id": person.id,
                "standing": standing,
                "rule": rule,
                "reason": str(error),
                "error": error.detail or error.problem,
                "tries": tries,
                "next_try": sync.now() + timedelta(seconds=seconds) if seconds else None,
                "settled": False,
            }
        ],
    )
