"""After a crash a fresh reading tells what became of a write: ours, not done, or somebody's edit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from listloop.core.memory import wrote
from listloop.core.people import Record, SideName
from listloop.core.plan import Decision, Memory
from tests.core.stage import CRM, RULES, linked

FIRST, CITY = (one.name for one in RULES.rows)
values = st.sampled_from(["", "Ada", "Grace", "Alan", "Joan"])
SIDES = st.sampled_from(SideName)


@given(SIDES, values, values)
def test_what_shows_the_intended_value_was_ours_and_is_settled(side: SideName, before: str, typed: str) -> None:
    decision, memory, record = _intended(side, before, typed)
    after, asked = wrote(memory, decision, side, _showing(record, side, typed), RULES)
    assert asked == ()
    assert _remembered(after, side) == (typed, typed)


@given(SIDES, values, values.filter(bool))
def test_what_still_shows_the_old_value_was_not_done_and_leaves_memory_as_it_was(
    side: SideName, before: str, typed: str
) -> None:
    if before == typed:
        return
    decision, memory, record = _intended(side, before, typed)
    after, _ = wrote(memory, decision, side, record, RULES)
    assert after == memory


@given(SIDES, values, values.filter(bool), values)
def test_anything_else_is_somebody_s_edit_and_never_taken_for_ours(
    side: SideName, before: str, typed: str, edited: str
) -> None:
    if edited in (before, typed) or before == typed:
        return
    decision, memory, record = _intended(side, before, typed)
    after, asked = wrote(memory, decision, side, _showing(record, side, edited), RULES)
    assert _remembered(after, side) == _remembered(memory, side)
    assert len(asked) == 1


@given(SIDES, values, values, st.booleans())
def test_a_reading_twice_says_what_it_said_once(side: SideName, before: str, typed: str, done: bool) -> None:
    decision, memory, record = _intended(side, before, typed)
    shown = _showing(record, side, typed) if done else record
    once, _ = wrote(memory, decision, side, shown, RULES)
    assert wrote(once, decision, side, shown, RULES)[0] == once


def _intended(side: SideName, before: str, typed: str) -> tuple[Decision, Memory, Record]:
    """The decision to write on ``side`` what was typed on the other, with the memory and record from before."""
    stage = linked(First=before, City="Bern")
    stage.edit(side.other, "First" if side.other is CRM else "FNAME", typed)
    decision, memory = stage.decide(), stage.known()
    return decision, memory, stage.crm if side is CRM else stage.member


def _showing(record: Record, side: SideName, value: str) -> Record:
    name = "First" if side is CRM else "FNAME"
    return replace(record, person=replace(record.person, fields={**record.person.fields, name: value}))


def _remembered(memory: Memory, side: SideName) -> tuple[str, str]:
    own, other = (memory.crm, memory.mailchimp) if side is CRM else (memory.mailchimp, memory.crm)
    return own.fields[FIRST], other.fields[FIRST]
