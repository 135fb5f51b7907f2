"""What a reply to a write leaves behind, all of it at once, on either side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.memory import wrote
from listloop.core.merge import FieldMerge, take_field
from listloop.core.people import Consent, Patch, SideName
from listloop.core.plan import Action, Decision, Memory, Seen
from listloop.core.rules import Direction
from listloop.testing.builders import label_row, record, row, rules
from tests.core.stage import CRM, MAILCHIMP

ROWS = rules(row("First", "FNAME"), label_row("customers", "customer"), label_row("press", "pressed"))
(FIRST,) = (one.name for one in ROWS.rows)
CUSTOMER, PRESS = (one.name for one in ROWS.labels)
OLD = Seen("old@b.example", {FIRST: "Old"}, {CUSTOMER: False, PRESS: True}, Consent.SUBSCRIBED, True, "m0")
MEMORY = Memory(OLD, OLD, Consent.UNKNOWN, Consent.PENDING)


def test_what_the_crm_took_is_remembered_on_both_sides() -> None:
    patch = Patch("new@b.example", {"First": "Ada"}, frozenset({"customers"}), frozenset({"press"}), None, False, "m1")
    decision = Decision(Action.UPDATE, crm=patch, sources={FIRST: "ADA"})
    reply = record("p1", "New@b.example", labels={"customers"}, takes_part=False, mailchimp_id="m1", First="Ada")
    memory, differs = wrote(MEMORY, decision, CRM, reply, ROWS)
    labels = {CUSTOMER: True, PRESS: False}
    assert memory == Memory(
        Seen("New@b.example", {FIRST: "Ada"}, labels, Consent.SUBSCRIBED, takes_part=False, mailchimp_id="m1"),
        Seen("new@b.example", {FIRST: "ADA"}, labels, Consent.SUBSCRIBED, takes_part=False, mailchimp_id="m0"),
        Consent.UNKNOWN,
        Consent.PENDING,
    )
    assert differs == ()


def test_what_mailchimp_took_is_remembered_on_both_sides_and_as_what_it_was_archived() -> None:
    patch = Patch(None, {"FNAME": "Ada"}, frozenset({"customer"}), frozenset({"pressed"}), None, False)
    decision = Decision(Action.UPDATE, mailchimp=patch, sources={FIRST: "ADA"})
    reply = record("m1", "old@b.example", labels={"customer"}, takes_part=False, FNAME="Ada")
    memory, _ = wrote(MEMORY, decision, MAILCHIMP, reply, ROWS)
    labels = {CUSTOMER: True, PRESS: False}
    assert memory.mailchimp == replace(OLD, fields={FIRST: "Ada"}, labels=labels, takes_part=False)
    assert memory.crm == replace(OLD, fields={FIRST: "ADA"}, labels=labels, takes_part=False)
    assert memory.archived_as is Consent.SUBSCRIBED
    back = Decision(Action.RESUME, mailchimp=Patch(takes_part=True))
    again, _ = wrote(memory, back, MAILCHIMP, replace(reply, takes_part=True), ROWS)
    assert (again.archived_as, again.mailchimp.takes_part, again.crm.takes_part) == (None, True, True)


@pytest.mark.parametrize("side", SideName)
def test_what_one_side_alone_is_put_back_to_leaves_the_other_s_memory(side: SideName) -> None:
    names = ("First", "customers", "press") if side is CRM else ("FNAME", "customer", "pressed")
    add, remove = frozenset({names[1]}), frozenset({names[2]})
    patch = Patch("new@b.example", {names[0]: "Ada"}, add, remove, None, False)
    decision = Decision(Action.UNDO, sources={FIRST: "ADA"}, apart=True)
    decision = replace(decision, crm=patch) if side is CRM else replace(decision, mailchimp=patch)
    reply = record("x", "new@b.example", labels=add, takes_part=False)
    reply = replace(reply, person=replace(reply.person, fields={names[0]: "Ada"}))
    memory, _ = wrote(MEMORY, decision, side, reply, ROWS)
    own, other = (memory.crm, memory.mailchimp) if side is CRM else (memory.mailchimp, memory.crm)
    labels = {CUSTOMER: True, PRESS: False}
    assert own == replace(OLD, email="new@b.example", fields={FIRST: "Ada"}, labels=labels, takes_part=False)
    assert other == OLD


def test_what_the_reply_does_not_show_is_not_remembered() -> None:
    patch = Patch("new@b.example", {"First": "Ada"}, frozenset({"customers"}), frozenset({"press"}), None, False, "m1")
    decision = Decision(Action.UPDATE, crm=patch, sources={FIRST: "ADA"})
    reply = record("p1", "other@b.example", labels={"press"}, takes_part=True, mailchimp_id="m2", First="Eve")
    memory, differs = wrote(MEMORY, decision, CRM, reply, ROWS)
    assert memory == MEMORY
    (question,) = differs
    assert (question.crm, question.mailchimp, question.why) == ("Eve", "ADA", "sent “Ada”, but “Eve” was stored")


@pytest.mark.parametrize(
    ("side", "to", "value", "lost"), [(CRM, MAILCHIMP, "Ada", "Bob"), (MAILCHIMP, CRM, "Bob", "Ada")]
)
def test_a_person_s_choice_is_written_and_the_other_value_kept(
    side: SideName, to: SideName, value: str, lost: str
) -> None:
    both = row("First", "FNAME")
    assert take_field(both, side, "Ada", "Bob", "as you said") == FieldMerge(to, value, lost, reason="as you said")
    against = Direction.TO_CRM if side is CRM else Direction.TO_MAILCHIMP
    why = "as you said, but this field goes the other way only"
    assert take_field(replace(both, direction=against), side, "Ada", "Bob", "as you said") == FieldMerge(
        open=True, reason=why
    )
