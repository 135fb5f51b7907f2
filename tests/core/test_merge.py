"""Three-way merge of one field and one label: only changes cross, and at most one side is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listloop.core.mapping import agree
from listloop.core.merge import FieldMerge, LabelMerge, merge_field, merge_label
from listloop.core.people import SideName, Value
from listloop.core.rules import Direction, Owner, Row
from listloop.core.side import Field, FieldType
from listloop.testing.builders import field, row

CRM, MAILCHIMP = SideName.CRM, SideName.MAILCHIMP
TEXT = row("City", "CITY")
FROM_CRM = row("City", "CITY", direction=Direction.TO_MAILCHIMP)
FROM_MAILCHIMP = row("City", "CITY", direction=Direction.TO_CRM)
SHORT = row("City", field("CITY", max_bytes=4))
FIXED = row("City", replace(field("CITY"), clearable=False))
NEEDED = row("City", field("CITY", required=True))
AGREED = ("Bern", "Bern")


def told(merged: FieldMerge) -> tuple[SideName | None, Value, str]:
    return merged.to, merged.value, merged.reason


SETTLED = {
    "both still show what they showed": (TEXT, "Bern", "Bern", AGREED, (None, "", "")),
    "both were changed to the same": (TEXT, "Genf", "Genf", AGREED, (None, "", "")),
    "changed in the CRM": (TEXT, "Genf", "Bern", AGREED, (MAILCHIMP, "Genf", "changed in the CRM")),
    "changed in Mailchimp": (TEXT, "Bern", "Genf", AGREED, (CRM, "Genf", "changed in Mailchimp")),
    "clearing in the CRM is an edit": (TEXT, "", "Bern", AGREED, (MAILCHIMP, "", "changed in the CRM")),
    "clearing in Mailchimp is an edit": (TEXT, "Bern", "", AGREED, (CRM, "", "changed in Mailchimp")),
    "a difference that was settled stays": (
        *(TEXT, "Bern", "BERN", ("Bern", "BERN")),
        (None, "", "differs as it did when it was last settled"),
    ),
    "one side of a settled difference changed": (
        *(TEXT, "Genf", "BERN", ("Bern", "BERN")),
        (MAILCHIMP, "Genf", "changed in the CRM"),
    ),
    "cut to what Mailchimp holds": (
        *(SHORT, "Geneva", "Bern", AGREED),
        (MAILCHIMP, "Gene", "changed in the CRM (cut to the 4 characters that fit)"),
    ),
    "the cut of a value agrees with it": (SHORT, "Geneva", "Gene", AGREED, (None, "", "")),
    "from the CRM only": (FROM_CRM, "Genf", "Bern", AGREED, (MAILCHIMP, "Genf", "this field comes from the CRM")),
    "from the CRM only: an edit in Mailchimp is put back": (
        *(FROM_CRM, "Bern", "Genf", AGREED),
        (MAILCHIMP, "Bern", "this field comes from the CRM"),
    ),
    "from the CRM only: a settled difference stays": (
        *(FROM_CRM, "Bern", "BERN", ("Bern", "BERN")),
        (None, "", "differs as it did when it was last settled"),
    ),
    "from Mailchimp only": (FROM_MAILCHIMP, "Bern", "Genf", AGREED, (CRM, "Genf", "this field comes from Mailchimp")),
    "from Mailchimp only: an edit in the CRM is put back": (
        *(FROM_MAILCHIMP, "Genf", "Bern", AGREED),
        (CRM, "Bern", "this field comes from Mailchimp"),
    ),
    "from Mailchimp only: a settled difference stays": (
        *(FROM_MAILCHIMP, "Bern", "BERN", ("Bern", "BERN")),
        (None, "", "differs as it did when it was last settled"),
    ),
}


@pytest.mark.parametrize(("of", "crm", "mailchimp", "seen", "expected"), SETTLED.values(), ids=SETTLED)
def test_a_field_that_was_settled_before(
    of: Row, crm: Value, mailchimp: Value, seen: tuple[Value, Value], expected: tuple[SideName | None, Value, str]
) -> None:
    merged = merge_field(of, crm, mailchimp, seen)
    assert told(merged) == expected
    assert not merged.open


FIRST = {
    "equal values": (TEXT, "Bern", "Bern", None, "", None),
    "a value fills an empty one in Mailchimp": (TEXT, "Bern", "", MAILCHIMP, "Bern", None),
    "a value fills an empty one in the CRM": (TEXT, "", "Bern", CRM, "Bern", None),
    "a filler is no value: it gives way in Mailchimp": (TEXT, "Bern", "-", MAILCHIMP, "Bern", "-"),
    "a filler is no value: it gives way in the CRM": (TEXT, "-", "Bern", CRM, "Bern", "-"),
    "a filler never fills an empty": (TEXT, "-", "", None, "", None),
    "nor does one from Mailchimp": (TEXT, "", "-", None, "", None),
    "two values: the CRM's by default": (TEXT, "Bern", "Genf", MAILCHIMP, "Bern", "Genf"),
    "two values: Mailchimp's where it owns": (
        *(replace(TEXT, owner=Owner.MAILCHIMP), "Bern", "Genf"),
        *(CRM, "Genf", "Bern"),
    ),
    "from the CRM only: it fills": (FROM_CRM, "Bern", "", MAILCHIMP, "Bern", None),
    "from the CRM only: an empty never erases": (FROM_CRM, "", "Bern", None, "", None),
    "from the CRM only: two values": (FROM_CRM, "Bern", "Genf", MAILCHIMP, "Bern", "Genf"),
    "from the CRM only, whoever owns": (
        *(replace(FROM_CRM, owner=Owner.MAILCHIMP), "Bern", "Genf"),
        *(MAILCHIMP, "Bern", "Genf"),
    ),
    "from Mailchimp only: it fills": (FROM_MAILCHIMP, "", "Bern", CRM, "Bern", None),
    "from Mailchimp only: an empty never erases": (FROM_MAILCHIMP, "Bern", "", None, "", None),
    "from Mailchimp only: two values": (FROM_MAILCHIMP, "Bern", "Genf", CRM, "Genf", "Bern"),
}


@pytest.mark.parametrize(("of", "crm", "mailchimp", "to", "value", "lost"), FIRST.values(), ids=FIRST)
def test_a_field_at_a_first_meeting(
    of: Row, crm: Value, mailchimp: Value, to: SideName | None, value: Value, lost: Value | None
) -> None:
    merged = merge_field(of, crm, mailchimp, None, frozenset({"-"}))
    assert (merged.to, merged.value, merged.lost, merged.open) == (to, value, lost, False)


@pytest.mark.parametrize(
    ("owner", "to", "value", "lost"),
    [(Owner.CRM, MAILCHIMP, "Genf", "Basel"), (Owner.MAILCHIMP, CRM, "Basel", "Genf")],
)
def test_changed_on_both_sides_the_owner_wins_and_the_other_value_is_kept(
    owner: Owner, to: SideName, value: Value, lost: Value
) -> None:
    merged = merge_field(replace(TEXT, owner=owner), "Genf", "Basel", AGREED)
    assert (merged.to, merged.value, merged.lost, merged.open) == (to, value, lost, False)
    assert merged.reason.startswith("changed on both sides")


@pytest.mark.parametrize("seen", [AGREED, None])
def test_where_the_rule_is_to_ask_nothing_is_written_until_somebody_answers(seen: tuple[Value, Value] | None) -> None:
    merged = merge_field(replace(TEXT, owner=Owner.ASK), "Genf", "Basel", seen)
    assert merged.open
    assert merged.to is None
    assert "which value is right?" in merged.reason


def test_an_ask_rule_does_not_ask_about_a_change_on_one_side() -> None:
    assert told(merge_field(replace(TEXT, owner=Owner.ASK), "Genf", "Bern", AGREED))[:2] == (MAILCHIMP, "Genf")


def test_a_value_that_only_one_side_changed_is_no_loss_of_the_other() -> None:
    assert merge_field(TEXT, "Genf", "Bern", AGREED).lost is None
    assert merge_field(FROM_CRM, "Genf", "Bern", AGREED).lost is None


def test_an_edit_that_is_put_back_is_kept_as_lost() -> None:
    assert merge_field(FROM_CRM, "Bern", "Genf", AGREED).lost == "Genf"
    assert merge_field(FROM_MAILCHIMP, "Genf", "Bern", AGREED).lost == "Genf"


def test_nothing_is_lost_where_nothing_was() -> None:
    assert merge_field(TEXT, "Genf", "", AGREED).lost is None


@pytest.mark.parametrize("of", [FIXED, NEEDED])
def test_clearing_is_an_open_question_where_the_other_side_cannot_clear(of: Row) -> None:
    merged = merge_field(of, "", "Bern", AGREED)
    assert (merged.to, merged.open) == (None, True)
    assert merged.reason == "changed in the CRM, but CITY can't be empty in Mailchimp"


def test_a_missing_field_is_not_an_empty_one() -> None:
    for crm, mailchimp, where in ((None, "Bern", "the CRM"), ("Bern", None, "Mailchimp")):
        merged = merge_field(TEXT, crm, mailchimp, AGREED)
        assert (merged.to, merged.open) == (None, True)
        assert merged.reason == f"{where} does not show this field; it rests"


def test_a_value_without_a_form_on_the_other_side_is_an_open_question() -> None:
    born = row(field("Born", FieldType.DATE), field("BIRTH", FieldType.BIRTHDAY))
    merged = merge_field(born, "", "12-10", ("", ""))
    assert (merged.to, merged.open) == (None, True)
    assert merged.reason == "changed in Mailchimp, but a birthday has no year, and Born needs one"


def test_a_moved_birthday_keeps_the_year() -> None:
    born = row(field("Born", FieldType.DATE), field("BIRTH", FieldType.BIRTHDAY))
    assert told(merge_field(born, "1815-12-01", "12-10", ("1815-12-01", "12-01")))[:2] == (CRM, "1815-12-10")


def test_a_date_is_not_called_cut_for_want_of_its_time() -> None:
    seen = row(field("Seen", FieldType.DATETIME), field("SEEN", FieldType.DATE))
    merged = merge_field(seen, "2026-03-02T09:00:00", "2026-03-01", ("2026-03-01T09:00:00", "2026-03-01"))
    assert told(merged) == (MAILCHIMP, "2026-03-02", "changed in the CRM")


values = st.sampled_from(["", "-", "a", "b", "bb", "bbb", "é", "éé", "bb "])
rows = st.builds(
    Row,
    st.sampled_from([field("City"), field("City", max_chars=2), replace(field("City"), clearable=False)]),
    st.sampled_from([field("CITY", max_bytes=3), field("CITY"), field("CITY", required=True)]),
    st.sampled_from(Direction),
    st.sampled_from(Owner),
)
memories = st.none() | st.tuples(values, values)


@given(rows, values, values, memories)
def test_a_written_field_agrees_afterwards_and_was_another_before(
    of: Row, crm: Value, mailchimp: Value, seen: tuple[Value, Value] | None
) -> None:
    merged = merge_field(of, crm, mailchimp, seen, frozenset({"-"}))
    if merged.to is CRM:
        assert agree(of, merged.value, mailchimp)
        assert merged.value != crm
    if merged.to is MAILCHIMP:
        assert agree(of, crm, merged.value)
        assert merged.value != mailchimp


@given(rows, values, values, memories)
def test_a_field_that_nobody_edited_stays(
    of: Row, crm: Value, mailchimp: Value, seen: tuple[Value, Value] | None
) -> None:
    assert merge_field(of, crm, mailchimp, (crm, mailchimp)).to is None
    merged = merge_field(of, crm, mailchimp, seen)
    if seen and of.direction is Direction.BOTH and merged.to:
        moved = crm != seen[0] if merged.to is MAILCHIMP else mailchimp != seen[1]
        assert moved, "only what changed crosses"


@given(rows, values, values, values, values)
def test_a_value_that_was_edited_is_overwritten_only_by_a_rule_that_keeps_it(
    of: Row, crm: Value, mailchimp: Value, crm_seen: Value, mailchimp_seen: Value
) -> None:
    merged = merge_field(of, crm, mailchimp, (crm_seen, mailchimp_seen))
    here, before = (crm, crm_seen) if merged.to is CRM else (mailchimp, mailchimp_seen)
    if merged.to and here != before and here:
        assert merged.lost == here


@given(rows, values, values)
def test_at_a_first_meeting_an_empty_or_a_filler_erases_nothing(of: Row, crm: Value, mailchimp: Value) -> None:
    merged = merge_field(of, crm, mailchimp, None, frozenset({"-"}))
    if merged.to:
        source = crm if merged.to is MAILCHIMP else mailchimp
        assert source not in {"", "-"}


@given(rows, values, values, memories)
def test_a_field_never_crosses_against_its_direction(
    of: Row, crm: Value, mailchimp: Value, seen: tuple[Value, Value] | None
) -> None:
    against = {Direction.TO_CRM: MAILCHIMP, Direction.TO_MAILCHIMP: CRM}
    assert merge_field(of, crm, mailchimp, seen).to is not against.get(of.direction, "neither")


APART = "differs as it did when it was last settled"

#: (CRM has it, Mailchimp has it, what both showed, did the lacking side list all) -> what follows.
LABELS = {
    "both have it": ((True, True, None, True), LabelMerge()),
    "neither has it": ((False, False, (True, True), True), LabelMerge()),
    "first meeting: it is on both": ((True, False, None, True), LabelMerge(MAILCHIMP, True, "added in the CRM")),
    "first meeting, from Mailchimp": ((False, True, None, True), LabelMerge(CRM, True, "added in Mailchimp")),
    "added in the CRM": ((True, False, (False, False), True), LabelMerge(MAILCHIMP, True, "added in the CRM")),
    "added in Mailchimp": ((False, True, (False, False), True), LabelMerge(CRM, True, "added in Mailchimp")),
    "removed in the CRM": ((False, True, (True, True), True), LabelMerge(MAILCHIMP, False, "removed in the CRM")),
    "removed in Mailchimp": ((True, False, (True, True), True), LabelMerge(CRM, False, "removed in Mailchimp")),
    "settled as different there": ((True, False, (True, False), True), LabelMerge(reason=APART, apart=True)),
    "settled as different here": ((False, True, (False, True), True), LabelMerge(reason=APART, apart=True)),
    "removed there while added here": (
        (True, False, (False, True), True),
        LabelMerge(MAILCHIMP, True, "added in the CRM meanwhile"),
    ),
    "removed here while added there": (
        (False, True, (True, False), True),
        LabelMerge(CRM, True, "added in Mailchimp meanwhile"),
    ),
    "not listed is not removed": ((True, False, (True, True), False), LabelMerge()),
    "not listed is not lacking": ((True, False, None, False), LabelMerge()),
}


@pytest.mark.parametrize(("given_", "merged"), LABELS.values(), ids=LABELS)
def test_a_label_merges_as_a_member_of_a_set(
    given_: tuple[bool, bool, tuple[bool, bool] | None, bool], merged: LabelMerge
) -> None:
    assert merge_label(*given_) == merged


@given(st.booleans(), st.booleans(), st.none() | st.tuples(st.booleans(), st.booleans()), st.booleans())
def test_a_label_is_removed_only_where_the_other_side_had_shown_it_and_now_lists_all(
    crm: bool, mailchimp: bool, seen: tuple[bool, bool] | None, shown: bool
) -> None:
    merged = merge_label(crm, mailchimp, seen, shown)
    if merged.to and not merged.add:
        assert shown
        assert seen == (True, True)
    if merged.to:
        lacks = crm if merged.to is CRM else mailchimp
        assert lacks is not merged.add


def test_an_edit_of_a_text_of_which_only_the_beginning_is_shown_is_asked_about() -> None:
    short = row(field("Notes"), field("NOTES", max_bytes=5))
    merged = merge_field(short, "a long text", "ALONG", ("a long text", "a lon"))
    assert (merged.to, merged.open) == (None, True)
    assert merged.reason == "changed in Mailchimp, but Mailchimp shows only the beginning: the rest would be lost"
    assert merge_field(short, "a long text", "", ("a long text", "a lon")).value == ""
    assert merge_field(short, "short", "ALONG", ("a long text", "a lon")).to is SideName.MAILCHIMP


REQUIRED = {
    "0 in a number": (field("N", FieldType.NUMBER, required=True), "0", True),
    "another number": (field("N", FieldType.NUMBER, required=True), "7", False),
    "the first choice": (field("C", FieldType.CHOICE, choices=("Dr", "Mr"), required=True), "Dr", True),
    "another choice": (field("C", FieldType.CHOICE, choices=("Dr", "Mr"), required=True), "Mr", False),
    "0 where nobody insists": (field("N", FieldType.NUMBER), "0", False),
    "the first choice where nobody insists": (field("C", FieldType.CHOICE, choices=("Dr", "Mr")), "Dr", False),
    "0 in a text": (field("T", required=True), "0", False),
}


@pytest.mark.parametrize(("there", "value", "filler"), REQUIRED.values(), ids=REQUIRED)
def test_what_an_earlier_connector_filled_in_never_fills_nor_wins(there: Field, value: Value, filler: bool) -> None:
    of = row(field("Here", there.type, choices=there.choices), there, owner=Owner.MAILCHIMP)
    assert (merge_field(of, "", value, None, frozenset({"-"})).to is None) is filler
    other = "Mr" if value == "Dr" else "Dr" if there.choices else "5"
    merged = merge_field(of, other, value, None, frozenset({"-"}))
    assert merged.to is (MAILCHIMP if filler else CRM)


def test_a_company_that_the_crm_can_not_change_is_asked_about() -> None:
    of = row(replace(field("Company", FieldType.COMPANY), fixed=True), field("COMPANY"))
    merged = merge_field(of, "Acme", "Bolt", ("Acme", "Acme"))
    assert (merged.to, merged.open) == (None, True)
    assert merged.reason == "changed in Mailchimp, but the CRM can't change Company of a record that is there"
    assert merge_field(of, "Acme", " ACME ", ("Acme", "Acme")) == FieldMerge()


def test_a_filler_against_nothing_is_no_difference_that_a_person_decided() -> None:
    assert not merge_field(row("Last", "LNAME"), "-", "", ("-", ""), frozenset({"-"})).apart
    assert merge_field(row("Last", "LNAME"), "Lee", "", ("Lee", ""), frozenset({"-"})).apart


@pytest.mark.parametrize(
    ("crm", "mailchimp", "seen", "reason"),
    [
        ("Ada", "", None, "empty in Mailchimp"),
        ("", "Ada", None, "empty in the CRM"),
        ("Ada", "Bob", None, "different when the two first met: the CRM's value wins"),
        ("Eve", "Ada", ("Ada", "Ada"), "changed in the CRM"),
        ("Ada", "Eve", ("Ada", "Ada"), "changed in Mailchimp"),
        ("Eve", "Bob", ("Ada", "Ada"), "changed on both sides: the CRM's value wins"),
        ("Ada", "Bob", ("Ada", "Bob"), "differs as it did when it was last settled"),
    ],
)
def test_a_field_says_why_it_is_written_or_left(
    crm: Value, mailchimp: Value, seen: tuple[Value, Value] | None, reason: str
) -> None:
    assert merge_field(row("First", "FNAME"), crm, mailchimp, seen).reason == reason


@pytest.mark.parametrize("fillers", [frozenset[str](), frozenset({"-"})])
def test_a_filler_that_stands_for_nothing_is_not_apart_from_nothing(fillers: frozenset[str]) -> None:
    merged = merge_field(row("First", "FNAME"), "-", "", ("-", ""), fillers)
    assert merged.apart is not bool(fillers)
    merged = merge_field(row("First", "FNAME"), "", "-", ("", "-"), fillers)
    assert merged.apart is not bool(fillers)
