"""What holds of one person after any history: it ends, nothing is lost, nobody is mailed against their will."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from listloop.core.mapping import agree
from listloop.core.merge import merge_field
from listloop.core.people import Consent, SideName, Value
from listloop.core.plan import Decision, Rule, Standing
from listloop.core.rules import Direction, Gone, Owner
from tests.core.stage import CRM, MAILCHIMP, RULES, Stage, crm, linked, member, settled

Move = Callable[[Stage], object]
FIELDS = {CRM: ("First", "City"), MAILCHIMP: ("FNAME", "CITY")}
#: Some fit, some are cut by one side, some are trimmed by both.
VALUES = ("", "-", "a", "b", " c", "abcdefg", "abcdefghijkl", "ééééééé", "abcdef g")
#: May be mailed, or is about to be.
MAILED = (Consent.SUBSCRIBED, Consent.PENDING)


def typed(side: SideName, at: int, value: Value) -> Move:
    return lambda stage: stage.edit(side, FIELDS[side][at], value)


edits = st.builds(typed, st.sampled_from(SideName), st.integers(0, 1), st.sampled_from(VALUES))
labels = st.builds(
    lambda side, has: lambda stage: stage.label(side, "customers" if side is CRM else "customer", has),
    st.sampled_from(SideName),
    st.booleans(),
)
consents = st.builds(
    lambda side, consent: lambda stage: stage.consent(side, consent),
    st.sampled_from(SideName),
    st.sampled_from([Consent.SUBSCRIBED, Consent.UNSUBSCRIBED]),
)
memberships = st.builds(
    lambda side, takes_part: lambda stage: stage.take_part(side, takes_part),
    st.sampled_from(SideName),
    st.booleans(),
)
emails = st.builds(
    lambda side, email: lambda stage: stage.email(side, email),
    st.sampled_from(SideName),
    st.sampled_from(["ada@b.example", "new@b.example", "ADA@b.example"]),
)
no_emails = st.sampled_from(["", "ada"]).map(lambda email: lambda stage: stage.email(CRM, email))
runs = st.builds(
    lambda refuses, killed, meanwhile: (
        lambda stage: stage.run(refuses, killed=killed, meanwhile=(lambda: meanwhile(stage)) if meanwhile else None)
    ),
    st.sets(st.sampled_from(SideName), max_size=1),
    st.none() | st.sampled_from(SideName),
    st.none() | edits | labels,
)
histories = st.lists(edits | labels | consents | memberships | emails | no_emails | runs, max_size=12)
rules = st.builds(
    lambda owner, direction, gone: replace(
        RULES, rows=(replace(RULES.rows[0], owner=owner, direction=direction), RULES.rows[1]), gone=gone
    ),
    st.sampled_from([Owner.CRM, Owner.MAILCHIMP]),
    st.sampled_from(Direction),
    st.sampled_from(Gone),
)
starts = st.sampled_from([crm(), crm(First="a", City="b"), crm(First="abcdefghijkl"), replace(crm(), takes_part=None)])
stages: st.SearchStrategy[Stage] = st.builds(Stage, starts, st.just(member()) | st.just(member(FNAME="b")), rules)


@given(stages, histories)
@settings(max_examples=400)
def test_after_any_history_it_ends_and_both_sides_agree_or_the_reason_is_named(
    stage: Stage, history: list[Move]
) -> None:
    for move in history:
        move(stage)
    settled(stage)
    decision = stage.run()
    assert not decision.writes
    if decision.standing is not Standing.IN_SYNC:
        assert decision.reason
        assert decision.rule is not Rule.NONE
        return
    assert stage.crm.takes_part is True
    assert stage.member.takes_part is True
    assert bool(stage.crm.person.labels) is bool(stage.member.person.labels)
    for row in stage.rules.rows:
        here, there = stage.crm.person.fields[row.crm.name], stage.member.person.fields[row.mailchimp.name]
        if row.direction is Direction.BOTH:
            assert agree(row, plain(here), plain(there))


@given(stages, histories)
@settings(max_examples=400)
def test_after_any_history_a_no_stands_on_both_sides_and_no_consent_was_raised(
    stage: Stage, history: list[Move]
) -> None:
    mailed = stage.member.takes_part is not False and stage.member.person.consent in MAILED
    for move in [*history, settled]:
        before = is_mailed(stage)
        nos = stage.no is not None or Consent.UNSUBSCRIBED in (stage.crm.person.consent, stage.member.person.consent)
        acts = len(stage.acts)
        result = move(stage)
        if isinstance(result, Decision) and is_mailed(stage) and not before and len(stage.acts) == acts:
            assert mailed, "only who was mailed before comes back"
            assert not nos
        mailed = mailed or is_mailed(stage)
    assert_no_stands(stage)


def plain(value: Value) -> Value:
    """A value as both sides mean it: white space around does not count, and a filler is none."""
    return value.strip().replace("-", "")


def is_mailed(stage: Stage) -> bool:
    return stage.member.takes_part is not False and stage.member.person.consent in MAILED


def assert_no_stands(stage: Stage) -> None:
    if stage.no is not None:
        assert stage.crm.person.consent is Consent.UNSUBSCRIBED
        assert not is_mailed(stage)
    else:
        assert Consent.UNSUBSCRIBED not in (stage.crm.person.consent, stage.shown(MAILCHIMP).person.consent)


@given(st.lists(st.tuples(st.sampled_from(SideName), st.integers(0, 1), st.sampled_from(VALUES)), max_size=4), rules)
def test_an_edit_is_there_afterwards_or_a_rule_named_the_winner_and_it_is_kept(
    typing: list[tuple[SideName, int, Value]], of: object
) -> None:
    stage = linked(First="x", City="y")
    last: dict[tuple[SideName, int], Value] = {}
    for side, at, value in typing:
        stage.edit(side, FIELDS[side][at], value)
        last[side, at] = value
    settled(stage)
    for (side, at), value in last.items():
        row = RULES.rows[at]
        here = stage.crm.person.fields[row.crm.name]
        there = stage.member.person.fields[row.mailchimp.name]
        shown = agree(row, value.strip(), there.strip()) if side is CRM else agree(row, here.strip(), value.strip())
        name = (row.crm if side is CRM else row.mailchimp).name
        kept = any(one.side is side and one.field == name and one.value == value for one in stage.lost)
        assert shown or kept or (side is MAILCHIMP and not value and (CRM, at) in last)


@given(
    st.sampled_from(SideName), st.integers(0, 1), st.sampled_from(VALUES), st.integers(0, 1), st.sampled_from(VALUES)
)
def test_edits_of_different_fields_on_different_sides_both_survive(
    side: SideName, at: int, value: Value, label: int, other: Value
) -> None:
    stage = linked(First="x", City="y")
    stage.edit(side, FIELDS[side][at], value)
    stage.edit(side.other, FIELDS[side.other][1 - at], other)
    stage.label(side, "customers" if side is CRM else "customer", bool(label))
    settled(stage)
    shown = {CRM: stage.crm.person.fields, MAILCHIMP: stage.member.person.fields}
    for index, typed_value in ((at, value), (1 - at, other)):
        row = RULES.rows[index]
        assert agree(row, shown[CRM][row.crm.name].strip(), shown[MAILCHIMP][row.mailchimp.name].strip())
        assert typed_value.strip().startswith(shown[side][FIELDS[side][index]].strip())
    assert stage.lost == []


@given(
    st.sampled_from(VALUES),
    st.sampled_from(VALUES),
    st.none() | st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)),
    rules,
)
def test_what_was_merged_once_merges_to_nothing(
    here: Value, there: Value, seen: tuple[Value, Value] | None, of: object
) -> None:
    stage = Stage(crm(First=here), member(FNAME=there))
    stage.rules = replace(RULES, rows=RULES.rows)
    row = stage.rules.rows[0]
    merged = merge_field(row, here, there, seen)
    if merged.to is CRM:
        assert merge_field(row, merged.value, there, (merged.value, there)).to is None
    if merged.to is MAILCHIMP:
        assert merge_field(row, here, merged.value, (here, merged.value)).to is None
