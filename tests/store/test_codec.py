"""Plain values survive their column, and equal values give equal texts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from listloop.core.consent import Cell, Ledger
from listloop.core.people import Consent, Origin, Patch, Person, Record, SideName
from listloop.core.plan import Action, Decision, Kind, Lost, Memory, Rule, Seen, Standing
from listloop.core.rules import Direction, Gone, Owner, Rules
from listloop.core.side import FieldType
from listloop.store.codec import decode, decode_patch, decode_record, decode_rules, encode, lean
from listloop.testing.builders import CRM_SCHEMA, field, label_row, row, rules

RECORD = Record(
    "p|1\x00é",
    Person("ada@b.example", {"First": "Ada\n“🙂”", "Empty": ""}, frozenset({"b", "a"}), Consent.PENDING),
    takes_part=None,
    mailchimp_id="id-1",
    changed="2026-03-01T10:00:00.5+00:00",
    created="2020",
    kind="Individual",
    emails=("home@b.example", ""),
    labels_shown=False,
    origin=Origin.COMPLAINT,
    source="import",
    name="Ada King",
)
PATCH = Patch("", {"First": ""}, frozenset({"b", "a"}), frozenset("c"), Consent.UNSUBSCRIBED, False, "")
RULES = replace(
    rules(
        row(field("First"), field("FNAME", max_bytes=255), owner=Owner.ASK, direction=Direction.TO_CRM),
        row(CRM_SCHEMA.fields[6], field("SIZE", FieldType.CHOICE, choices=("small", "large"))),
        label_row("customers", "customer"),
    ),
    gone=Gone.LEAVE,
    unknown_consent=Consent.PENDING,
    guard_share=0.1,
)
SEEN = Seen("ada@b.example", {"row": "x"}, {"label": True}, Consent.CLEANED, takes_part=False)
DECISION = Decision(
    Action.RESUME,
    PATCH,
    Patch(),
    ("because", "and so"),
    Standing.WAITING,
    Rule.QUESTION,
    "why?",
    ("row",),
    Rule.ARCHIVED,
    Cell(Consent.UNSUBSCRIBED, None, Ledger.FROM_MAILCHIMP, "opted out"),
    (Lost(SideName.CRM, "First", "Ada"),),
    frozenset({Kind.CLEAR, Kind.LOST}),
    {"row": "Ada"},
    merged=True,
)


def test_a_record_comes_back_as_it_was() -> None:
    assert decode_record(encode(RECORD)) == RECORD


def test_a_patch_comes_back_as_it_was_and_clears_are_not_lost() -> None:
    assert decode_patch(encode(PATCH)) == PATCH


def test_no_text_is_the_empty_patch() -> None:
    assert decode_patch("") == Patch()


def test_rules_come_back_as_they_were() -> None:
    assert decode_rules(encode(RULES)) == RULES


@pytest.mark.parametrize("value", [Memory(SEEN, Seen(), Consent.SUBSCRIBED), Memory(), DECISION, Decision()])
def test_memory_and_decisions_come_back_as_they_were(value: Memory | Decision) -> None:
    assert decode(type(value), encode(value)) == value


@pytest.mark.parametrize("value", [DECISION, Decision()])
def test_a_lean_text_holds_what_differs_from_the_defaults_and_comes_back_as_it_was(value: Decision) -> None:
    text = lean(Decision, ("crm",))(value)
    assert decode(Decision, text) == replace(value, crm=Patch())
    assert lean(Decision, ())(Decision()) == "{}"


def test_a_decision_that_was_saved_before_a_field_was_added_gets_its_default() -> None:
    assert decode(Decision, "{}") == Decision()
    assert decode_rules("{}") == Rules()


def test_equal_values_give_equal_texts_whatever_the_order_of_their_sets() -> None:
    one = Patch(add=frozenset(["a", "b", "c", "d"]), fields={"x": "1", "y": "2"})
    other = Patch(add=frozenset(["d", "c", "b", "a"]), fields={"y": "2", "x": "1"})
    assert encode(one) == encode(other)


def test_a_text_that_is_no_such_value_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_record('{"key": 1}')
