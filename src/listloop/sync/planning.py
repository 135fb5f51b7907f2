"""Decide everybody who is due, save the plan, and say where each person stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from listloop.core.decide import decide
from listloop.core.frozen import replace
from listloop.core.memory import settle
from listloop.core.moves import FOLLOWS
from listloop.core.people import Consent, Record
from listloop.core.plan import Action, Decision, Memory, Pair, Rule, Seen, Standing
from listloop.core.rules import Rules
from listloop.core.side import FieldType
from listloop.store.addresses import touch_addresses
from listloop.store.codec import encode
from listloop.store.database import reading
from listloop.store.decisions import Hold, forget_decisions, save_decisions
from listloop.store.history import add_history
from listloop.store.holding import leave_rest
from listloop.store.nos import NoBook
from listloop.store.people import PersonRow, dirty_ids, load, mark_dirty, save_people
from listloop.store.questions import ask
from listloop.store.search import mark_labels
from listloop.sync.context import Sync
from listloop.sync.following import follow_the_gone
from listloop.sync.knowledge import as_pair, gather
from listloop.sync.ledger import Noting
from listloop.sync.moving import verdicts
from listloop.sync.pairing import pair_up


def plan(sync: Sync, run_id: int, hold: Hold = Hold.NOTHING) -> None:
    """Pair and decide all who are due; ``hold`` says what waits for a yes.

    A no that is noted on the way makes everybody with that address due, so this goes on until nobody is.
    """
    done = 0
    moving: set[int] = set()
    while _anybody_due(sync):
        ambiguous = pair_up(sync)
        after, decided = 0, 0
        while True:
            with sync.engine.begin() as db:
                ids = dirty_ids(db, sync.connection_id, sync.chunk, after)
                follow_the_gone(sync, db, ids)
            if not ids:
                break
            after = ids[-1]
            decided += _plan_chunk(sync, run_id, ids, ambiguous, hold, moving)
            sync.progress("decide", done + decided, None, "")
        done += decided


def _anybody_due(sync: Sync) -> bool:
    with reading(sync.engine).begin() as db:
        return bool(dirty_ids(db, sync.connection_id, 1))


def _plan_chunk(
    sync: Sync, run_id: int, ids: Collection[int], ambiguous: dict[int, str], hold: Hold, moving: set[int]
) -> int:
    """``moving`` are the people of whom this plan knows already that their links move; the chunk's are added."""
    with reading(sync.engine).begin() as db:
        rows = load(db, ids)
        known = gather(db, sync, rows)
        claims, along = verdicts(sync, db, rows)
    # Deciding may ask Mailchimp who came back, so no transaction is open meanwhile.
    pairs = [(row, as_pair(sync, row, known, ambiguous.get(row.id, ""), claims.get(row.id, FOLLOWS))) for row in rows]
    decided = [(row, pair, decide(pair, sync.rules, sync.crm.can, sync.audience.can)) for row, pair in pairs]
    with sync.engine.begin() as db:
        sync.fence(db)
        ledger = Noting(sync, db, known, NoBook(db, sync.connection_id, ids))
        noted = {row.id: ledger.note(row, pair, decision) for row, pair, decision in decided}
        ledger.close()
        forget_decisions(db, run_id, ids)
        leave_rest(db, sync.connection_id, ids)
        writing = {row.id: decision for row, _, decision in decided if decision.writes}
        save_decisions(db, run_id, writing.items(), hold)
        add_history(db, sync.connection_id, run_id, sync.now(), ledger.entries)
        save_people(db, [_after(sync, row, pair, decision, hold) for row, pair, decision in decided])
        asked = {row.id: (decision.questions, row.id in writing) for row, _, decision in decided}
        ask(db, sync.connection_id, asked, sync.now())
        # Only now: whoever shares such an address was perhaps decided in this very chunk, without knowing of the no.
        touch_addresses(db, sync.connection_id, set().union(*noted.values()))
        save_people(db, [{"id": one, "dirty": False} for one, some in noted.items() if some])
        # A circle moves whole or not at all: those of it who were not due are decided along with the rest.
        mark_dirty(db, along - moving - set(ids))
        moving |= along
    return len(rows)


def _after(sync: Sync, row: PersonRow, pair: Pair, decision: Decision, hold: Hold) -> dict[str, Any]:
    """A person's columns once decided: the standing, and the memory of what is settled."""
    both, writes = row.crm is not None and row.mailchimp is not None, decision.writes
    memory = encode(settle(pair, decision, sync.rules)) if both else _alone(row, decision)
    linked_at = row.linked_at
    if both and not pair.held and linked_at is None and not writes:
        linked_at = sync.now()
    standing, rule, reason = decision.standing, decision.rule, decision.reason
    if writes:
        rule = Rule.PLANNED if hold is Hold.NOTHING else Rule.HELD
        standing, reason = Standing.WAITING, "; ".join(decision.reasons)
    # A member left behind that is archived by now is one like any other; active again, it signed up anew.
    member = row.mailchimp if row.crm is None else None
    parted = "" if member and (row.mailchimp_gone or member.takes_part is False) else row.parted
    if not writes and decision.action in (Action.PART, Action.RESUME, Action.PAIR):
        parted = decision.part
    failing = writes and row.standing == Standing.FAILED
    return {
        "id": row.id,
        "memory": memory,
        "settled": both and not writes and not decision.open,
        "linked_at": linked_at,
        "parted": parted,
        "standing": standing,
        "rule": rule,
        "reason": reason,
        "dirty": False,
        "tries": row.tries if failing else 0,
        "next_try": None,
        "error": "",
        "counted": counted(row, row.crm, row.mailchimp),
        **display(row.crm, row.mailchimp, sync.rules),
    }


#: What is remembered of a CRM record that never was a link's: in a first plan most have it, so it is encoded once.
_SAID = {consent: encode(Memory(crm=Seen(consent=consent))) for consent in Consent}


def _alone(row: PersonRow, decision: Decision) -> str:
    """The CRM's opt-out is remembered of every record, linked or not: what was said once is no new no later."""
    if row.crm is None or decision.crm.consent is not None:
        return encode(row.memory) if row.memory else ""
    consent = row.crm.person.consent
    if row.memory is None:
        return _SAID[consent]
    return encode(replace(row.memory, crm=replace(row.memory.crm, consent=consent)))


def counted(row: PersonRow, crm: Record | None, member: Record | None) -> bool:
    """Is this person of the population, with these records? Archived members alone, and who is gone, are not."""
    if row.linked_at is not None or (crm and member):
        return not (row.crm_gone and row.mailchimp_gone)
    if crm:
        return not row.crm_gone
    return member is not None and not row.mailchimp_gone and member.takes_part is not False


#: Characters of the text by which a person is found: names, addresses and the company, then labels.
SEARCHED = 6000


def display(crm: Record | None, member: Record | None, rules: Rules) -> dict[str, str]:
    """Name, address and company as lists and the search show them."""
    name = (crm.name if crm else "") or (member.name if member else "")
    email = (crm.email if crm else "") or (member.email if member else "")
    company = ""
    for row in rules.rows:
        if row.crm.type is FieldType.COMPANY:
            company = (crm.person.fields.get(row.crm.name, "") if crm else "") or (
                member.person.fields.get(row.mailchimp.name, "") if member else ""
            )
    others = {one.email for one in (crm, member) if one} | set(crm.emails if crm else ())
    labels = mark_labels(sorted({label for one in (crm, member) if one for label in one.person.labels}))
    search = f"{' '.join([name, *sorted(others), company]).lower()[:2000]}{labels}"
    return {"name": name[:400], "email": email[:400], "company": company[:400], "search": search[:SEARCHED]}
