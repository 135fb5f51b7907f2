"""Deciding once more, right before writing, those whom a write of this very run touched.

Whoever shares an address with somebody who was just made, flagged or archived is due again. Mostly the same comes out:
then what was planned is written now, and the next run has nothing to do for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from listloop.core.decide import decide
from listloop.core.moves import FOLLOWS
from listloop.core.people import SideName
from listloop.core.plan import Rule
from listloop.store.database import reading
from listloop.store.decisions import DecisionRow, split
from listloop.store.people import PersonRow, dirty_ids, load
from listloop.sync.context import Sync
from listloop.sync.knowledge import as_pair, gather
from listloop.sync.moving import verdicts


def unmoved(sync: Sync, side: SideName, rows: Sequence[DecisionRow]) -> frozenset[int]:
    """Of people who are due again: whose decisions (by id) would be the same for this side by now.

    Only of those who are linked or left out: for anybody else a partner may have appeared, which the next plan looks
    for, and links that are about to move wait for it, too. May ask Mailchimp who came back, so no transaction may be
    open.
    """
    with reading(sync.engine).begin() as db:
        if not dirty_ids(db, sync.connection_id, 1):
            return frozenset()
        due = {one.id: one for one in load(db, {row.person_id for row in rows}) if one.dirty}
        known = gather(db, sync, list(due.values()))
        claims, along = verdicts(sync, db, list(due.values()))
    same: set[int] = set()
    for row in rows:
        person = due.get(row.person_id)
        if person is None or person.id in along or claims.get(person.id, FOLLOWS) != FOLLOWS or row.decision.take:
            continue
        if not _is_known(person, row):
            continue
        decision = decide(as_pair(sync, person, known, ""), sync.rules, sync.crm.can, sync.audience.can)
        parts = [part for _, part in split(decision)]
        now = [part.crm if side is SideName.CRM else part.mailchimp for part in parts]
        if row.patch(side) in now:
            same.add(row.id)
    return frozenset(same)


def _is_known(person: PersonRow, row: DecisionRow) -> bool:
    """Is it sure who this is, without looking for a partner again? Linked, or second at an address without an ID."""
    if person.linked_at is not None:
        return True
    second = row.decision.rule is Rule.DUPLICATE and person.mailchimp is None
    return second and person.crm is not None and not person.crm.mailchimp_id
