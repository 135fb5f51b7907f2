"""Break one rule of the engine at a time, in this process only, to see that the promises notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from listloop.core import alone, content, decide, merge
from listloop.core.consent import CELLS, Cell, Remembered
from listloop.core.memory import settle
from listloop.core.merge import FieldMerge, LabelMerge, merge_field, merge_label
from listloop.core.people import Consent, Record
from listloop.core.plan import Decision, Memory, Pair, Rule
from listloop.store import decisions, records
from listloop.store.connections import ConnectionRow, connection
from listloop.store.records import mark_absent
from listloop.sync import knowledge, pairing, planning, reading, recovery, refusals, run, writing
from listloop.testing.memory import base
from listloop.testing.simulation.focus import WIDE, Focus
from listloop.testing.simulation.instead import put
from listloop.testing.simulation.met import cell, impossible
from listloop.testing.simulation.searches import SEARCHES, cell_search

T = TypeVar("T")

CellKey = tuple[Consent, Consent, Remembered]


@contextmanager
def _cell(changed: dict[tuple[Consent, Consent, Remembered], Cell]) -> Iterator[None]:
    with put(decide, "CELLS", {**CELLS, **changed}):
        yield


def _no_cells(of: Callable[[tuple[Consent, Consent, Remembered]], bool]) -> Any:
    return lambda: _cell({key: Cell() for key in CELLS if of(key)})


def _forget_intents() -> Any:
    return put(recovery, "intended", lambda _db, _connection: [])


def _one_memory() -> Any:
    """What Mailchimp stored is remembered as what the CRM showed, too."""

    def shared(pair: Pair, decision: Decision, rules: Any) -> Memory:
        made = settle(pair, decision, rules)
        return replace(made, crm=replace(made.crm, fields=made.mailchimp.fields))

    return put(planning, "settle", shared)


def _memory_at_reading() -> Any:
    """Memory moves before anything is written: what is refused or lost on the way then looks settled."""
    return put(planning, "settle", lambda pair, _decision, rules: settle(pair, Decision(merged=True), rules))


def _never_settled() -> Any:
    """Memory stays as it was at the first meeting."""
    return put(planning, "settle", lambda pair, _decision, _rules: pair.memory or Memory())


def _absence_not_asked() -> Any:
    """Whoever misses in a reading is believed to be gone, without asking for the key."""

    def believe(sync: Any, name: Any, run_id: int, keys: Any) -> None:
        with sync.engine.begin() as db:
            mark_absent(db, sync.connection_id, name, keys, run_id)

    return put(reading, "ask", believe)


def _creations_not_looked_up() -> Any:
    """After a crash a creation that was under way is taken for not done."""
    before = recovery._look_up  # noqa: SLF001 - the rule that is broken

    def blind(sync: Any, row: Any, person: Any, side: Any) -> Any:
        there = person.crm if side == "crm" else person.mailchimp
        return before(sync, row, person, side) if there is not None else None

    return put(recovery, "_look_up", blind)


def _two_members_for_one() -> Any:
    """A CRM person who was just found for one member is found for another as well."""

    class Careless(pairing._Chunk):  # noqa: SLF001 - the rule that is broken
        def _choose(self, *given: Any) -> Any:
            self.used.clear()
            return super()._choose(*given)

    return put(pairing, "_Chunk", Careless)


def _empty_wins() -> Any:
    """At a first meeting an empty value counts like any other."""
    before = merge_field

    def naive(row: Any, crm: Any, mailchimp: Any, seen: Any, fillers: Any) -> FieldMerge:
        first = seen is None and crm is not None and mailchimp is not None and bool(crm) != bool(mailchimp)
        return before(row, crm, mailchimp, (crm or "?", mailchimp or "?") if first else seen, fillers)

    return put(content, "merge_field", naive)


def _labels_never_removed() -> Any:
    """A label that was removed on one side is taken for one that was added on the other."""
    return put(
        content, "merge_label", lambda crm, mailchimp, _seen, shown=True: merge_label(crm, mailchimp, None, shown)
    )


def _broken(key: CellKey) -> Cell:
    """Something else than what this cell says: nothing where it says something, an opt-out where it says nothing."""
    cell = CELLS[key]
    says = cell.to_crm or cell.to_mailchimp or cell.ledger
    wrong = Consent.UNSUBSCRIBED if key[0] is not Consent.UNSUBSCRIBED else Consent.CLEANED
    return Cell() if says else Cell(to_crm=wrong, reason="sabotage")


def _crm_always_wins() -> Any:

    def blind(row: Any, crm: str, mailchimp: str, seen: Any, fillers: Any) -> FieldMerge:
        return merge_field(row, crm, mailchimp, None if seen is not None and crm != mailchimp else seen, fillers)

    return put(content, "merge_field", blind)


def _labels_of_the_crm() -> Any:

    def copied(crm: bool, mailchimp: bool, _seen: Any, shown: bool = True) -> LabelMerge:
        return merge_label(crm, mailchimp, (True, True), shown)

    return put(content, "merge_label", copied)


def _one_sighting() -> Any:
    def twice(db: Any, connection: int, side: Any, keys: Any, run_id: int) -> Any:
        mark_absent(db, connection, side, keys, run_id - 1)
        return mark_absent(db, connection, side, keys, run_id)

    return put(reading, "mark_absent", twice)


def _stale_is_fresh() -> Any:
    return put(records, "_older", lambda _now, _before: False)


def _whole_reply() -> Any:
    """The whole reply is remembered as settled, so that an edit made while we wrote is absorbed."""
    return put(writing, "unexpected", lambda _before, _reply, _patch: False)


def _id_ignored() -> Any:
    """The stored ID is not looked at."""
    return put(pairing, "_has_ids", lambda _sync: False)


def _revive_everybody() -> Any:
    return put(
        decide,
        "_revive",
        lambda pair, *rest: _REVIVE(replace(pair, no=None, unsubscribed_since=False), *rest),
    )


_REVIVE = decide._revive  # noqa: SLF001 - the rule that is broken


def _parted_comes_back() -> Any:
    """A parted link whose member was left there sets the flag to Yes again."""
    before = decide._decide_parted  # noqa: SLF001 - the rule that is broken

    def always(pair: Pair, crm: Record, member: Record, rules: Any, out: Rule, away: Rule) -> Decision:
        seen = pair.memory or Memory()
        gone = replace(seen, mailchimp=replace(seen.mailchimp, takes_part=False))
        return before(replace(pair, memory=gone), crm, member, rules, out, away)

    return put(decide, "_decide_parted", always)


#: What each sabotage breaks, and how.
SABOTAGES: dict[str, Callable[[], Any]] = {
    "crm-no-stays": _no_cells(lambda key: key[0] is Consent.UNSUBSCRIBED and key[2] is not Remembered.RETURNED),
    "mailchimp-no-stays": _no_cells(lambda key: key[1] is Consent.UNSUBSCRIBED and key[2] is Remembered.NONE),
    "no-forgotten": _no_cells(lambda key: key[2] is Remembered.NO),
    "no-never-lifted": lambda: put(knowledge, "remembered", lambda no, *_: Remembered.NO if no else Remembered.NONE),
    "no-lifted-by-anyone": lambda: put(
        knowledge, "remembered", lambda no, *_: Remembered.RETURNED if no else Remembered.NONE
    ),
    "intent-forgotten": _forget_intents,
    "one-memory": _one_memory,
    "memory-at-reading": _memory_at_reading,
    "first-meeting-for-ever": _crm_always_wins,
    "labels-of-one-side": _labels_of_the_crm,
    "gone-at-first-sight": _one_sighting,
    "stale-is-fresh": _stale_is_fresh,
    "edit-while-writing": _whole_reply,
    "id-ignored": _id_ignored,
    "revives-everybody": _revive_everybody,
    "parted-comes-back": _parted_comes_back,
    "guard-asleep": lambda: put(run, "guard", lambda *_: ()),
    "first-plan-written": lambda: put(run, "connection", _already_approved),
    "duplicates-linked": lambda: put(knowledge, "_rival", lambda *_: ("", "")),
    "flag-ignored": lambda: put(alone, "outside", lambda *_, **__: Rule.NONE),
    "moved-pairs-written": lambda: put(
        writing, "_still_valid", lambda _db, _connection, _side, rows, *_, **__: list(rows)
    ),
    "status-with-fields": lambda: put(decisions, "split", lambda decision: [(False, decision)]),
    "no-comes-last": lambda: put(decisions, "lowers", lambda _patch: False),
    "no-stays-at-home": lambda: put(planning, "touch_addresses", lambda *_: None),
    "never-settled": _never_settled,
    "absence-not-asked": _absence_not_asked,
    "creations-not-looked-up": _creations_not_looked_up,
    "two-members-for-one": _two_members_for_one,
    "empty-wins": _empty_wins,
    "labels-never-removed": _labels_never_removed,
    "old-readings-written": lambda: put(writing, "FRESH", timedelta(days=999)),
    "no-overlap": lambda: put(base, "OVERLAP", timedelta(0)),
    "never-tried-again": lambda: put(refusals, "next_try", lambda _tries: None),
    "refusals-forgotten": lambda: put(writing, "refuse", lambda *_: None),
    "the-gone-take-their-link": lambda: put(planning, "follow_the_gone", lambda *_: None),
    "values-compared-whole": lambda: put(merge, "agree", lambda _row, crm, mailchimp: crm == mailchimp),
}

NAMES = tuple(SABOTAGES)

#: The sabotage of one cell of the consent table, by the name under which the cell is counted.
CELL_SABOTAGES: dict[str, Callable[[], Any]] = {
    cell(*key): partial(_cell, {key: _broken(key)}) for key in CELLS if not impossible(*key)
}


def _already_approved(db: Any, connection_id: int) -> ConnectionRow:
    found = connection(db, connection_id)
    return replace(found, approved_rules=found.digest)


def search(name: str) -> Focus:
    """The histories in which this sabotage is looked for."""
    keys = {cell(*key): key for key in CELLS}
    return cell_search(*keys[name]) if name in keys else SEARCHES.get(name, WIDE)


def sabotage(name: str, then: Callable[[], T]) -> T:
    """Break this rule while ``then`` runs."""
    with (SABOTAGES | CELL_SABOTAGES)[name]():
        return then()
