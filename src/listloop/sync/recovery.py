"""After an interruption: find out what became of the writes that were under way, before anything is read or decided."""

from __future__ import annotations

from sqlalchemy import Connection

from listloop.core.memory import created, wrote
from listloop.core.people import Record, SideName
from listloop.core.plan import Action, Memory
from listloop.store.codec import encode
from listloop.store.database import reading
from listloop.store.decisions import DecisionRow, intended, leave, leave_runs, set_states
from listloop.store.history import add_history
from listloop.store.people import PersonRow, by_record, join_people, load, mark_dirty, save_people
from listloop.store.records import save_readings
from listloop.store.runs import UNDER_WAY, change_run, runs_in
from listloop.sync.context import Sync
from listloop.sync.history import entries_of
from listloop.sync.ledger import lift
from listloop.sync.writing import told_of_return


def recover(sync: Sync, run_id: int) -> None:
    """Settle unfinished intents and leave what earlier runs did not get to; their people are decided anew.

    What shows the intended value was our own write; what still shows the old one was not done; anything else is
    somebody's edit. A creation is looked up before it is repeated: in the audience by address, in the CRM by the
    Mailchimp ID that its creating call stores.
    """
    with reading(sync.engine).begin() as db:
        rows = intended(db, sync.connection_id)
        interrupted = [one for one in runs_in(db, sync.connection_id, UNDER_WAY) if one.id != run_id]
    for row in rows:
        for side in SideName:
            if row.state(side) == "intended":
                _recover_one(sync, run_id, row, side)
    if not interrupted:
        return
    with sync.engine.begin() as db:
        mark_dirty(db, leave_runs(db, [one.id for one in interrupted]))
        for one in interrupted:
            change_run(
                db,
                one.id,
                state="failed",
                finished_at=sync.now(),
                problem="This run was interrupted.",
                fix="The next run went on where it stopped; nothing is left to do.",
            )


def _recover_one(sync: Sync, run_id: int, row: DecisionRow, side: SideName) -> None:
    with reading(sync.engine).begin() as db:
        person = next(iter(load(db, [row.person_id])), None)
    if person is None:
        return
    found = _look_up(sync, row, person, side)
    with sync.engine.begin() as db:
        if found is None:
            leave(db, [row.id])
        else:
            _take_over(sync, db, run_id, row, person, side, found)
        mark_dirty(db, [person.id])


def _look_up(sync: Sync, row: DecisionRow, person: PersonRow, side: SideName) -> Record | None:
    record = person.crm if side is SideName.CRM else person.mailchimp
    if record is not None:
        return next(iter(sync.side(side).fetch([record.key])), None)
    patch = row.patch(side)
    ids = [patch.mailchimp_id] if patch.mailchimp_id else []
    emails = [patch.email] if patch.email and not ids else []
    return next(iter(sync.side(side).find(emails, ids)), None)


def _take_over(
    sync: Sync, db: Connection, run_id: int, row: DecisionRow, person: PersonRow, side: SideName, found: Record
) -> None:
    save_readings(db, sync.connection_id, side, [found], sync.now(), run_id)
    makes = row.decision.action is (Action.NEW_CRM if side is SideName.CRM else Action.NEW_MAILCHIMP)
    crm = found if side is SideName.CRM else person.crm
    member = found if side is SideName.MAILCHIMP else person.mailchimp
    if makes:
        made = by_record(db, sync.connection_id, side, found.key)
        if made is not None and made.id != person.id:
            if made.linked_at is not None:
                leave(db, [row.id])  # somebody else is linked to it by now
                return
            join_people(db, side, [(person.id, made.id)], "created")
        memory = created(crm, member, row.decision, side, sync.rules) if crm and member else Memory()
        save_people(db, [{"id": person.id, "linked_at": sync.now(), "linked_by": "created", "memory": encode(memory)}])
    else:
        memory, _ = wrote(person.memory or Memory(), row.decision, side, found, sync.rules)
        # Two who are parted from the start meet anew: linked by half of it, the member would be archived.
        links = crm and member and not row.decision.part
        linked_at = person.linked_at or (sync.now() if links else None)
        save_people(db, [{"id": person.id, "memory": encode(memory), "linked_at": linked_at}])
    if told_of_return(row, side, found):
        lift(sync, db, person, row.decision)
    add_history(db, sync.connection_id, run_id, sync.now(), entries_of(row, person, side, found))
    set_states(db, side, [(row.id, "done", "found done after an interruption")], sync.now())
    leave(db, [row.id])
