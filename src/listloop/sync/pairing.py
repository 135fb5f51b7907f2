"""Find out who is who among people without a link: by stored Mailchimp ID, ours or an older one, then by e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from listloop.core.match import By, match
from listloop.core.people import SideName
from listloop.core.questions import Answer, Topic
from listloop.core.rules import Duplicate
from listloop.store.addresses import all_due
from listloop.store.candidates import Candidate, candidates, has_older_ids, members_among, members_near, pairs_unlinked
from listloop.store.database import reading
from listloop.store.people import PersonRow, dirty_ids, join_people, load, split_person
from listloop.store.questions import said_of
from listloop.store.tables import people, records
from listloop.sync.context import Sync


def pair_up(sync: Sync) -> dict[int, str]:
    """Join people who are one; returns why some (by person id) can't be told apart and are held.

    A pair that was found before and is not linked yet is looked at again once one of its records changed.
    """
    held: dict[int, str] = {}
    with reading(sync.engine).begin() as db:
        everybody = all_due(db, sync.connection_id)
    for by in _ways(sync):
        after = 0
        while True:
            with sync.engine.begin() as db:
                ids = dirty_ids(db, sync.connection_id, sync.chunk, after)
                if not ids:
                    break
                after = ids[-1]
                for one in pairs_unlinked(db, ids) if by is By.ID else ():
                    split_person(db, sync.connection_id, one)
                held |= _Chunk(sync, db, by, everybody).pair(ids)
            sync.progress("match", after, None, "")
    return held


def _ways(sync: Sync) -> tuple[By, ...]:
    with reading(sync.engine).begin() as db:
        older = (By.OLDER,) if has_older_ids(db, sync.connection_id) else ()
    return (*((By.ID,) if _has_ids(sync) or older else ()), *older, By.EMAIL)


_STORED = (
    select(records.c.id)
    .where(records.c.connection_id == bindparam("of"), records.c.side == SideName.CRM, records.c.mailchimp_id > "")
    .limit(1)
)
_PAIRED = (
    select(people.c.id)
    .where(
        people.c.connection_id == bindparam("of"),
        people.c.dirty.is_(True),
        people.c.linked_at.is_(None),
        people.c.crm_record.is_not(None),
        people.c.mailchimp_record.is_not(None),
    )
    .limit(1)
)


def _has_ids(sync: Sync) -> bool:
    """May a stored ID pair somebody, or part who was paired before? A first plan can mostly spare that pass."""
    with reading(sync.engine).begin() as db:
        return any(db.scalar(query, {"of": sync.connection_id}) is not None for query in (_STORED, _PAIRED))


@dataclass(slots=True)
class _Chunk:
    """Some people who are paired in one way: by the stored ID, or by the address."""

    sync: Sync
    db: Connection
    by: By
    everybody: bool
    used: set[int] = field(default_factory=set)

    def pair(self, ids: Collection[int]) -> dict[int, str]:
        """Join members to the CRM people that they are; returns why some members are held.

        Concerned are unlinked members among these people, and those that an unlinked CRM person among them could be;
        but where ``everybody`` is asked about, each member is once itself. A member with one candidate is paired
        without a look at the records: nothing in them could change that.
        """
        if self.everybody:
            members = members_among(self.db, ids)
        else:
            members = members_near(self.db, self.sync.connection_id, ids, self.by)
        possible: dict[int, list[Candidate]] = defaultdict(list)
        for one in candidates(self.db, self.sync.connection_id, members, self.by):
            possible[one.member].append(one)
        several = [one for some in possible.values() if len(some) > 1 for one in some]
        rows = {row.id: row for row in load(self.db, {one.crm for one in several} | {one.member for one in several})}
        found: list[tuple[int, int]] = []
        held: dict[int, str] = {}
        chosen = said_of(self.db, self.sync.connection_id, Topic.WHO, Answer.SAME, over=False) if several else {}
        for member in sorted(possible):
            crm, why, among = self._choose(possible[member], rows, chosen)
            if why:
                held |= dict.fromkeys((member, *among), why)
            elif crm is not None:
                self.used.add(crm)
                found.append((crm, member))
        join_people(self.db, SideName.MAILCHIMP, found, self.by)
        return held

    def _choose(
        self, some: list[Candidate], rows: Mapping[int, PersonRow], chosen: Collection[int]
    ) -> tuple[int | None, str, tuple[int, ...]]:
        """The CRM person that a member is, or why nobody can say, and among whom."""
        if len(some) == 1:
            # By address, but of the same ID: that was decided before, and held if it is not joined by now.
            free = some[0].crm not in self.used and (self.by is not By.EMAIL or not some[0].same_id)
            return (some[0].crm if free else None), "", ()
        member = rows[some[0].member].mailchimp
        records = {one.crm: rows[one.crm].crm for one in some if one.crm not in self.used}
        known = {person: record for person, record in records.items() if record is not None}
        if member is None:
            return None, "", ()
        oldest = self.sync.rules.duplicate is Duplicate.OLDEST
        preferred = {record.key for person, record in known.items() if person in chosen}
        matched = match(member, list(known.values()), oldest=oldest, chosen=preferred)
        if matched.held or matched.by is not self.by:
            among = tuple(person for person, record in known.items() if record.key in matched.among)
            return None, matched.held, among
        return next((person for person, record in known.items() if record.key == matched.crm), None), "", ()
