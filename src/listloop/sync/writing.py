"""Carry out a plan: save the intent, write, remember; a no before anything else.

Nothing is written from a reading older than ten minutes: the changes since are read first, and a person who moved is
left to the next plan.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from listloop.core.consent import Ledger
from listloop.core.errors import TryLater
from listloop.core.frozen import replace
from listloop.core.guard import next_try
from listloop.core.memory import created, wrote
from listloop.core.people import Consent, Key, Patch, Record, SideName, address_key
from listloop.core.plan import Action, Memory, Rule, Standing
from listloop.core.questions import Question
from listloop.core.side import Change, Outcome
from listloop.store.codec import encode
from listloop.store.cursors import place
from listloop.store.database import reading
from listloop.store.decisions import DecisionRow, leave, next_chunk, plan_crm, set_states, unfinished
from listloop.store.history import add_history
from listloop.store.nos import said_since, stands_since
from listloop.store.people import PersonRow, dirty_ids, ids_by_record, join_people, load, save_people
from listloop.store.questions import add_questions, end_answered
from listloop.store.records import Reply, save_readings, save_replies
from listloop.sync.context import Scope, Sync
from listloop.sync.deciding import unmoved
from listloop.sync.history import entries_of
from listloop.sync.ledger import lift
from listloop.sync.planning import counted, display
from listloop.sync.reading import read
from listloop.sync.refusals import refuse

#: Nothing is written from a reading older than this.
FRESH = timedelta(minutes=10)


Recheck = Callable[[Sequence[DecisionRow]], Collection[int]]
"""Which of an order's decisions (by id) would be others by now."""


def write(
    sync: Sync, run_id: int, total: int, *, refreshes: bool = True, recheck: Recheck | None = None
) -> Iterator[int]:
    """Write everything of a run that is planned and not held, yielding after each chunk how many are done.

    ``refreshes`` is False where only nos are written, which no later reading makes wrong. An order is decided once
    more right before it is written (``recheck``); everybody else who moved is left to the next plan.
    Raises TryLater and NeedsAttention of the sides.
    """
    done = 0
    while True:
        if refreshes:
            refresh(sync, run_id)
        if recheck is not None:
            _leave_moved(sync, run_id, recheck)
        with reading(sync.engine).begin() as db:
            chunk = next_chunk(db, run_id, sync.chunk)
        if chunk is None:
            return
        side, rows = chunk
        again = unmoved(sync, side, rows)
        with sync.engine.begin() as db:
            people = {row.id: row for row in load(db, {row.person_id for row in rows})}
            rows = _still_valid(db, sync.connection_id, side, rows, people, again, decided=recheck is not None)
            sync.fence(db)
            set_states(db, side, [(row.id, "intended", "") for row in rows])
        if rows:
            _send(sync, run_id, side, rows, people)
        done += len(rows)
        sync.progress("write", min(done, total), total, "")
        yield done


def _leave_moved(sync: Sync, run_id: int, recheck: Recheck) -> None:
    """Leave out what no longer holds, until all that is written next does."""
    while True:
        with reading(sync.engine).begin() as db:
            chunk = next_chunk(db, run_id, sync.chunk)
        gone = recheck(chunk[1]) if chunk else ()
        if not gone:
            return
        with sync.engine.begin() as db:
            leave(db, gone, ("planned",))


def refresh(sync: Sync, run_id: int, *, now: bool = False) -> None:
    """Read what changed since, where the last reading is too old to write from (or at once)."""
    with reading(sync.engine).begin() as db:
        read_at = [place(db, sync.connection_id, side).read_at for side in SideName]
    if now or any(at is None or sync.now() - at > FRESH for at in read_at):
        read(sync, run_id, Scope())


def _mailed(patch: Patch, person: PersonRow | None) -> str:
    """The address that may be mailed by this patch, which could not before; "": none."""
    if patch.consent not in (Consent.SUBSCRIBED, Consent.PENDING):
        return ""
    known = [one.email for one in (person.mailchimp, person.crm) if one] if person else []
    return address_key(patch.email or next(iter(known), ""))


def _still_valid(
    db: Connection,
    connection_id: int,
    side: SideName,
    rows: Sequence[DecisionRow],
    people: Mapping[int, PersonRow],
    again: Collection[int],
    *,
    decided: bool,
) -> list[DecisionRow]:
    """Leave out people who moved since they were decided, creations of what exists by now, and those of whose address
    somebody else said no since. What an order takes back was ``decided`` once more just now, whatever else moved, and
    so were those decisions that are named in ``again``.
    """
    valid: list[DecisionRow] = []
    left: list[int] = []
    mailed = {row.id: _mailed(row.patch(side), people.get(row.person_id)) for row in rows}
    due = any(mailed.values()) and dirty_ids(db, connection_id, 1)
    refused = said_since(db, connection_id, set(mailed.values()) - {""}) if due else set()
    for row in rows:
        person = people.get(row.person_id)
        record = None if person is None else (person.crm if side is SideName.CRM else person.mailchimp)
        creates = row.decision.action is (Action.NEW_CRM if side is SideName.CRM else Action.NEW_MAILCHIMP)
        decided_now = row.id in again or (decided and row.decision.action is Action.UNDO)
        moved = person is None or (person.dirty and not decided_now) or creates != (record is None)
        if moved or mailed[row.id] in refused:
            left.append(row.id)
        else:
            valid.append(row)
    leave(db, left)
    save_people(
        db, [{"id": row.person_id, "dirty": True} for row in rows if row.id in set(left) and row.person_id in people]
    )
    return valid


def _send(sync: Sync, run_id: int, side: SideName, rows: Sequence[DecisionRow], people: dict[int, PersonRow]) -> None:
    changes = []
    for row in rows:
        person = people[row.person_id]
        record = person.crm if side is SideName.CRM else person.mailchimp
        changes.append(Change(str(row.id), record.key if record else None, row.patch(side)))
    outcomes: list[Outcome] = []
    stopped: TryLater | None = None
    try:
        outcomes.extend(sync.side(side).write(changes))
    except TryLater as error:
        stopped = error
    taken = _taken(sync, side, changes, outcomes)
    with sync.engine.begin() as db:
        sync.fence(db)
        save_readings(db, sync.connection_id, side, taken, sync.now(), run_id)
        _Replies(sync, db, run_id, side).take(rows, people, {one.ref: one for one in outcomes})
    if stopped is not None:
        raise stopped


def _taken(sync: Sync, side: SideName, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> list[Record]:
    """Who has the addresses that were refused as taken: somebody signed up, or was made, since we read."""
    refused = {one.ref for one in outcomes if one.error is not None and one.error.code == "address-taken"}
    emails = [one.patch.email for one in changes if one.ref in refused and one.patch.email]
    return list(sync.side(side).find(emails)) if emails else []


@dataclass(slots=True)
class _Replies:
    """One chunk of replies on its way into the store."""

    sync: Sync
    db: Connection
    run_id: int
    side: SideName

    def take(self, rows: Sequence[DecisionRow], people: dict[int, PersonRow], outcomes: dict[str, Outcome]) -> None:
        """Remember what was written and note what was refused; changes without an outcome stay intended."""
        done = [(row, people[row.person_id], outcomes[str(row.id)]) for row in rows if str(row.id) in outcomes]
        replies = [(row, person, one.record) for row, person, one in done if one.record is not None]
        refusals = [(row, person, one.error) for row, person, one in done if one.error is not None]
        self._store(replies)
        entries = [entry for row, person, record in replies for entry in entries_of(row, person, self.side, record)]
        add_history(self.db, self.sync.connection_id, self.run_id, self.sync.now(), entries)
        now = self.sync.now()
        set_states(self.db, self.side, [(row.id, "done", "") for row, _, _ in replies], now)
        set_states(self.db, self.side, [(row.id, "refused", str(error)) for row, _, error in refusals], now)
        self._remember(replies)
        for row, person, record in replies:
            if told_of_return(row, self.side, record):
                lift(self.sync, self.db, person, row.decision)
        for row, person, error in refusals:
            refuse(self.sync, self.db, self.side, row, person, error)

    def _store(self, replies: Sequence[tuple[DecisionRow, PersonRow, Record]]) -> None:
        answers = [
            Reply(person.id, record, person.crm, person.crm_gone)
            if self.side is SideName.CRM
            else Reply(person.id, record, person.mailchimp, person.mailchimp_gone)
            for _, person, record in replies
        ]
        known = save_replies(self.db, self.sync.connection_id, self.side, answers, self.sync.now(), self.run_id)
        making = [(row, person, record) for row, person, record in replies if self._makes(row)]
        self._attach([(person.id, record.key) for _, person, record in making if record.key in known])
        if self.side is SideName.MAILCHIMP:
            plan_crm(
                self.db,
                [(row.id, replace(row.decision.crm, mailchimp_id=record.mailchimp_id)) for row, _, record in making],
            )
            out = [record for row, _, record in replies if row.decision.mailchimp.consent is Consent.UNSUBSCRIBED]
            since = {address_key(record.email): record.changed for record in out}
            stands_since(self.db, self.sync.connection_id, since)

    def _makes(self, row: DecisionRow) -> bool:
        return row.decision.action is (Action.NEW_CRM if self.side is SideName.CRM else Action.NEW_MAILCHIMP)

    def _attach(self, found: Sequence[tuple[int, Key]]) -> None:
        """Give records that were to be made, but were there, to the people (by id) they were made for."""
        owners = ids_by_record(self.db, self.sync.connection_id, self.side, [key for _, key in found])
        pairs = [(person, owners[key]) for person, key in found if owners[key] != person]
        join_people(self.db, self.side, pairs, "created")

    def _remember(self, replies: Sequence[tuple[DecisionRow, PersonRow, Record]]) -> None:
        ids = [person.id for _, person, _ in replies]
        left = unfinished(self.db, self.run_id, ids)
        rows: list[dict[str, Any]] = []
        end_answered(self.db, [one for one in ids if one not in left], self.sync.now())
        for row, person, record in replies:
            memory, differs = self._memory(row, person, record)
            add_questions(self.db, self.sync.connection_id, person.id, differs, self.sync.now())
            rows.append(self._columns(row, person, record, memory, differs, finished=person.id not in left))
        save_people(self.db, rows)

    def _memory(self, row: DecisionRow, person: PersonRow, record: Record) -> tuple[Memory, tuple[Question, ...]]:
        if self._makes(row):
            crm, member = (record, person.mailchimp) if self.side is SideName.CRM else (person.crm, record)
            if crm is not None and member is not None:
                return created(crm, member, row.decision, self.side, self.sync.rules), ()
        return wrote(person.memory or Memory(), row.decision, self.side, record, self.sync.rules)

    def _columns(
        self,
        row: DecisionRow,
        person: PersonRow,
        record: Record,
        memory: Memory,
        differs: Sequence[Question],
        *,
        finished: bool,
    ) -> dict[str, Any]:
        decision = row.decision
        before = person.crm if self.side is SideName.CRM else person.mailchimp
        crm = record if self.side is SideName.CRM else person.crm
        member = record if self.side is SideName.MAILCHIMP else person.mailchimp
        both = crm is not None and member is not None
        standing, rule, reason = decision.standing, decision.rule, decision.reason
        parted = decision.part if decision.action is not Action.UPDATE else person.parted
        if differs:
            standing, rule = Standing.WAITING, Rule.QUESTION
            reason = "; ".join(f"{one.title}: {one.why}" for one in differs)
        if not finished:
            standing, rule, reason, parted = Standing(person.standing), Rule(person.rule), person.reason, person.parted
        # Who is linked and not parted yet would be archived by the run that goes on after a kill.
        links = both and (finished or not decision.part)
        revived = decision.mailchimp.takes_part is True
        moved = before is not None and unexpected(before, record, row.patch(self.side))
        return {
            "id": person.id,
            "memory": encode(memory),
            "linked_at": person.linked_at or (self.sync.now() if links else None),
            "linked_by": "created" if self._makes(row) else person.linked_by,
            "parted": parted if crm else "",  # a member that was left behind is, once archived, one like any other
            "counted": counted(person, crm, member),
            "standing": standing,
            "rule": rule,
            "reason": reason,
            "settled": both and finished and not decision.open and not differs,
            "dirty": moved or revived or person.dirty,
            "tries": 0 if finished else person.tries,
            "next_try": None if finished else self._next_try(person),
            **display(crm, member, self.sync.rules),
        }

    def _next_try(self, person: PersonRow) -> datetime | None:
        """Refused by the other side in this run, and taken by this one: tried there again all the same."""
        seconds = next_try(person.tries) if person.standing == Standing.FAILED else None
        return self.sync.now() + timedelta(seconds=seconds) if seconds else None


def told_of_return(row: DecisionRow, side: SideName, reply: Record) -> bool:
    """Does the CRM know by now that this person came back? Lifted before, the old no would look like a new one."""
    returned = side is SideName.CRM and row.decision.consent.ledger is Ledger.LIFT and row.decision.crm.consent
    return bool(returned) and reply.person.consent is row.decision.crm.consent


def unexpected(before: Record, reply: Record, patch: Patch) -> bool:
    """Does a reply show more than we wrote? Then somebody edited the record meanwhile."""
    for name, value in before.person.fields.items():
        if name not in patch.fields and reply.person.fields.get(name) != value:
            return True
    if (reply.person.labels ^ before.person.labels) - patch.add - patch.remove:
        return True
    if patch.email is None and reply.email != before.email:
        return True
    if patch.takes_part is None and reply.takes_part != before.takes_part:
        return True
    return patch.consent is None and patch.takes_part is None and reply.person.consent != before.person.consent
