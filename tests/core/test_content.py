"""Two records that both take part: address, fields, labels and bookkeeping are merged, each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.content import EMAIL, merge_content
from listloop.core.memory import settle
from listloop.core.people import Consent, Patch, SideName, Value
from listloop.core.plan import Action, Decision, Kind, Lost, Rule, Standing
from listloop.core.rules import Owner
from listloop.testing.builders import field, label_row, row, rules
from tests.core.stage import CRM, MAILCHIMP, RULES, Stage, crm, linked, member, settled

FIRST = RULES.rows[0].name


def merged(stage: Stage, **known: str) -> Decision:
    """What the content of a stage makes, with what else is known of the pair."""
    return merge_content(replace(stage.pair(), **known), stage.crm, stage.member, stage.rules)  # type: ignore[arg-type]  # fields of Pair


def test_a_settled_pair_that_nobody_edited_decides_to_nothing() -> None:
    assert merged(linked(First="Ada")) == Decision(merged=True)


def test_edits_of_different_fields_both_survive() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(CRM, "First", "Augusta")
    stage.edit(MAILCHIMP, "CITY", "Genf")
    decision = merged(stage)
    assert decision.crm == Patch(fields={"City": "Genf"})
    assert decision.mailchimp == Patch(fields={"FNAME": "Augusta"})
    assert decision.reasons == ("First: changed in the CRM", "City: changed in Mailchimp")
    assert decision.action is Action.UPDATE


def test_a_conflict_is_written_counted_and_the_value_that_lost_is_kept() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.edit(MAILCHIMP, "FNAME", "Lovelace")
    decision = merged(stage)
    assert decision.mailchimp == Patch(fields={"FNAME": "Augusta"})
    assert decision.lost == (Lost(MAILCHIMP, "FNAME", "Lovelace"),)
    assert decision.kinds == {Kind.LOST}
    assert decision.sources == {FIRST: "Augusta"}


def test_a_clearing_and_a_removed_label_are_counted_by_the_guard() -> None:
    stage = linked(First="Ada")
    stage.label(CRM, "customers", has=True)
    settled(stage)
    stage.edit(MAILCHIMP, "FNAME", "")
    stage.label(MAILCHIMP, "customer", has=False)
    decision = merged(stage)
    assert decision.crm == Patch(fields={"First": ""}, remove=frozenset({"customers"}))
    assert decision.kinds == {Kind.CLEAR, Kind.LABEL}


def test_what_is_added_is_counted_by_nobody() -> None:
    stage = linked()
    stage.edit(MAILCHIMP, "FNAME", "Ada")
    stage.label(CRM, "customers", has=True)
    decision = merged(stage)
    assert (decision.crm, decision.mailchimp) == (Patch(fields={"First": "Ada"}), Patch(add=frozenset({"customer"})))
    assert decision.kinds == frozenset()
    assert decision.reasons == ("First: changed in Mailchimp", "customers: added in the CRM")


def test_labels_of_both_sides_merge_as_sets() -> None:
    stage = linked()
    stage.rules = replace(RULES, labels=(label_row("a", "A"), label_row("b", "B"), label_row("c", "C")))
    settled(stage)
    stage.label(CRM, "a", has=True)
    stage.label(MAILCHIMP, "B", has=True)
    stage.label(MAILCHIMP, "own", has=True)
    settled(stage)
    assert stage.crm.person.labels == {"a", "b"}
    assert stage.member.person.labels == {"A", "B", "own"}, "a label that is not mapped is never touched"


def test_an_open_question_waits_with_its_reason_and_the_rest_goes_on() -> None:
    stage = linked(First="Ada", City="Bern")
    first, city = RULES.rows
    stage.rules = replace(RULES, rows=(replace(first, owner=Owner.ASK), city))
    stage.edit(CRM, "First", "Augusta")
    stage.edit(MAILCHIMP, "FNAME", "Lovelace")
    stage.edit(CRM, "City", "Genf")
    decision = merged(stage)
    assert decision.mailchimp == Patch(fields={"CITY": "Genf"})
    assert (decision.standing, decision.rule, decision.open) == (Standing.WAITING, Rule.QUESTION, (FIRST,))
    assert decision.reason == "First: changed on both sides: which value is right? The rule for this field is to ask"
    assert decision.reasons == ("City: changed in the CRM", decision.reason)


def test_a_first_meeting_says_by_what_the_two_were_found() -> None:
    decision = merged(Stage(crm(First="Ada"), member()))
    assert decision.action is Action.PAIR
    assert decision.reasons[0] == "the same person on both sides, by e-mail"
    assert decision.mailchimp == Patch(fields={"FNAME": "Ada"})


def test_the_flag_and_the_id_are_given_to_a_crm_record_that_lacks_them() -> None:
    stage = linked()
    stage.crm = replace(stage.crm, takes_part=None, mailchimp_id="old")
    decision = merged(stage)
    assert decision.crm == Patch(takes_part=True, mailchimp_id="id-1")
    assert decision.reasons == ("the CRM record gets its Mailchimp ID and flag",)


def test_a_flag_that_a_person_set_is_left_alone() -> None:
    stage = linked()
    assert stage.crm.takes_part is True
    assert merged(stage).crm.takes_part is None


MOVES = {
    "changed in the CRM": ("new@b.example", "ada@b.example", MAILCHIMP, "new@b.example", "address changed in the CRM"),
    "changed in Mailchimp": ("ada@b.example", "new@b.example", CRM, "new@b.example", "address changed in Mailchimp"),
}


@pytest.mark.parametrize(("here", "there", "to", "email", "why"), MOVES.values(), ids=MOVES)
def test_an_address_changed_on_one_side_changes_on_the_other(
    here: str, there: str, to: SideName, email: str, why: str
) -> None:
    stage = linked()
    stage.email(CRM, here)
    stage.email(MAILCHIMP, there)
    decision = merged(stage)
    assert (decision.crm.email, decision.mailchimp.email) == ((email, None) if to is CRM else (None, email))
    assert decision.reasons == (why,)
    assert decision.lost == ()


def test_an_address_changed_on_both_sides_goes_by_the_crm_and_the_other_is_kept() -> None:
    stage = linked()
    stage.email(CRM, "new@b.example")
    stage.email(MAILCHIMP, "other@b.example")
    decision = merged(stage)
    assert (decision.crm.email, decision.mailchimp.email) == (None, "new@b.example")
    assert decision.lost == (Lost(MAILCHIMP, EMAIL, "other@b.example"),)
    assert decision.kinds == {Kind.LOST}
    assert decision.reasons == ("address changed on both sides: the CRM's wins",)


@pytest.mark.parametrize("email", [" ADA@b.example", "Ada@B.example"])
def test_another_spelling_of_an_address_is_no_change(email: str) -> None:
    stage = linked()
    stage.email(CRM, email)
    assert not merged(stage).writes


def test_addresses_that_differed_when_they_were_settled_stay() -> None:
    stage = Stage(replace(crm(), emails=("home@b.example",)), member("home@b.example"))
    settled(stage)
    assert (stage.crm.email, stage.member.email) == ("ada@b.example", "home@b.example")


def test_addresses_that_differed_stay_when_two_who_were_parted_from_the_start_resume() -> None:
    stage = Stage(replace(crm(), emails=("home@b.example",), takes_part=False), member("home@b.example"))
    settled(stage)
    assert stage.parted
    stage.take_part(CRM, True)
    settled(stage)
    assert (stage.parted, stage.crm.email, stage.member.email) == ("", "ada@b.example", "home@b.example")


def test_pairs_found_by_id_get_the_address_of_the_crm() -> None:
    decision = merged(Stage(crm("new@b.example"), member("ada@b.example")))
    assert decision.mailchimp.email == "new@b.example"
    assert "addresses differed when the two first met" in decision.reasons


def test_an_address_that_somebody_has_already_is_held_and_explained() -> None:
    stage = linked()
    stage.email(CRM, "bob@b.example")
    decision = merged(stage, taken="which Bob has already")
    assert not decision.writes
    assert (decision.standing, decision.open) == (Standing.WAITING, (EMAIL,))
    assert decision.reason == "E-mail: address changed in the CRM to bob@b.example, which Bob has already"


def test_a_held_address_keeps_its_memory_and_moves_once_it_is_free() -> None:
    stage = linked()
    stage.email(CRM, "bob@b.example")
    held = settle(stage.pair(), merged(stage, owner="Bob"), RULES)
    assert (held.crm.email, held.mailchimp.email) == ("ada@b.example", "ada@b.example")
    settled(stage)
    assert stage.member.email == "bob@b.example"


def test_the_address_of_a_cleaned_member_stays_since_mailchimp_keeps_it() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.CLEANED)
    settled(stage)
    stage.email(CRM, "new@b.example")
    decision = merged(stage)
    assert not decision.writes
    assert decision.open == (EMAIL,)
    assert "keeps the bounced address" in decision.reason


def test_one_field_mapped_to_two_takes_an_edit_of_either_to_both() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(MAILCHIMP, "SALUTE", "Ada")
    stage.rules = rules(row("First", "FNAME"), row("First", field("SALUTE")))
    settled(stage)
    stage.edit(MAILCHIMP, "FNAME", "Augusta")
    settled(stage)
    shown: tuple[Value, ...] = (
        stage.crm.person.fields["First"],
        stage.member.person.fields["FNAME"],
        stage.member.person.fields["SALUTE"],
    )
    assert shown == ("Augusta", "Augusta", "Augusta")
