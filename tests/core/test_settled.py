"""What is remembered beside fields and labels: who took part, the stored ID, and the consent from before a bounce."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.consent import CELLS, Ledger, No, Remembered
from listloop.core.decide import decide
from listloop.core.memory import settle
from listloop.core.people import Consent, Origin, Patch, company_key
from listloop.core.plan import Action, Decision, Kind, Memory, Pair, Rule, Seen
from listloop.core.questions import Answer, Answered, Topic
from tests.core.stage import AUDIENCE_CAN, CRM_CAN, MAILCHIMP, RULES, crm, member

NOTHING = Decision(merged=True)


def pair(**more: object) -> Pair:
    return replace(Pair(crm(), member(), Memory(), linked=True), **more)  # type: ignore[arg-type]


def test_who_is_flagged_but_gone_took_no_part() -> None:
    assert settle(pair(), NOTHING, RULES).crm.takes_part is True
    assert settle(pair(crm_gone=True), NOTHING, RULES).crm.takes_part is False
    assert settle(pair(crm=replace(crm(), takes_part=False)), NOTHING, RULES).crm.takes_part is False


@pytest.mark.parametrize("blank", [False, True])
def test_a_blank_flag_of_somebody_who_is_linked_takes_part(blank: bool) -> None:
    rules = replace(RULES, blank_flag=blank)
    assert settle(pair(crm=replace(crm(), takes_part=None)), NOTHING, rules).crm.takes_part is True


@pytest.mark.parametrize(
    ("decision", "remembered"),
    [
        (NOTHING, "id-1"),
        (replace(NOTHING, crm=Patch(mailchimp_id="m9")), "old"),
        (replace(NOTHING, take="m9"), "old"),
        (replace(NOTHING, take="m9", crm=Patch(mailchimp_id="m9")), "old"),
    ],
)
def test_the_stored_id_is_settled_unless_it_is_written_or_the_link_moves(decision: Decision, remembered: str) -> None:
    memory = Memory(Seen(mailchimp_id="old"))
    assert settle(pair(memory=memory), decision, RULES).crm.mailchimp_id == remembered


@pytest.mark.parametrize("was", [True, False])
def test_who_took_part_is_settled_only_once_that_is_written(was: bool) -> None:
    memory = Memory(Seen(takes_part=was), Seen(takes_part=was))
    for moving in (replace(NOTHING, crm=Patch(takes_part=False)), replace(NOTHING, mailchimp=Patch(takes_part=False))):
        settled = settle(pair(memory=memory), moving, RULES)
        assert (settled.crm.takes_part, settled.mailchimp.takes_part) == (was, was)


def test_who_waits_for_a_yes_to_come_back_keeps_what_was_remembered_of_taking_part() -> None:
    memory = Memory(Seen(takes_part=False), Seen(takes_part=False))
    waits = settle(pair(memory=memory), replace(NOTHING, rule=Rule.REVIVE), RULES)
    assert (waits.crm.takes_part, waits.mailchimp.takes_part) == (False, False)


@pytest.mark.parametrize("lacks", ["crm", "mailchimp"])
def test_a_field_that_a_side_does_not_show_keeps_its_memory_and_the_next_ones_are_settled(lacks: str) -> None:
    first, city = (one.name for one in RULES.rows)
    ours = replace(crm(), person=replace(crm().person, fields={"First": "Ada", "City": "Bern"}))
    theirs = replace(member(), person=replace(member().person, fields={"FNAME": "Ada", "CITY": "Bern"}))
    if lacks == "crm":
        ours = replace(ours, person=replace(ours.person, fields={"City": "Bern"}))
    else:
        theirs = replace(theirs, person=replace(theirs.person, fields={"CITY": "Bern"}))
    settled = settle(pair(crm=ours, mailchimp=theirs), NOTHING, RULES)
    assert settled.crm.fields == settled.mailchimp.fields == {city: "Bern"}
    assert first not in settled.crm.fields


def dead() -> Pair:
    return pair(mailchimp=replace(member(), person=replace(member().person, consent=Consent.CLEANED)))


def test_the_consent_from_before_a_bounce_is_kept_as_long_as_the_address_is_dead() -> None:
    first = settle(replace(dead(), memory=Memory(Seen(), Seen(consent=Consent.PENDING))), NOTHING, RULES)
    assert first.cleaned_from is Consent.PENDING
    again = settle(replace(dead(), memory=first), NOTHING, RULES)
    assert again.cleaned_from is Consent.PENDING
    assert settle(replace(pair(), memory=again), NOTHING, RULES).cleaned_from is None


NO = No("ada@b.example", MAILCHIMP, Origin.PERSON, stands_at="2026-01-01")


def alone(remembered: Remembered) -> Decision:
    refused = replace(crm(), person=replace(crm().person, consent=Consent.UNSUBSCRIBED), mailchimp_id="")
    return decide(Pair(crm=refused, no=NO, remembered=remembered, owner="Eve"), RULES, CRM_CAN, AUDIENCE_CAN)


def test_a_crm_record_without_a_member_learns_that_its_person_came_back_at_the_address() -> None:
    found = alone(Remembered.RETURNED)
    assert (found.crm.consent, found.consent.ledger) == (Consent.SUBSCRIBED, Ledger.LIFT)


@pytest.mark.parametrize("remembered", [Remembered.NONE, Remembered.NO])
def test_else_its_no_stands(remembered: Remembered) -> None:
    found = alone(remembered)
    assert found.crm.consent is None
    assert found.consent.ledger is not Ledger.LIFT


def test_a_record_that_is_gone_says_nothing_and_is_told_nothing() -> None:
    gone = replace(crm(), person=replace(crm().person, consent=Consent.UNSUBSCRIBED))
    found = decide(pair(crm=gone, crm_gone=True, memory=None), RULES, CRM_CAN, AUDIENCE_CAN)
    assert found.crm.consent is None
    assert found.mailchimp.consent is None


def test_a_corrected_address_is_marked_as_a_good_one_again() -> None:
    before = Consent.SUBSCRIBED
    marked = replace(crm(), person=replace(crm().person, consent=Consent.CLEANED), mailchimp_id="")
    found = decide(Pair(crm=marked, cleaned_from=before), RULES, CRM_CAN, AUDIENCE_CAN)
    assert (found.action, found.mailchimp.consent, found.crm.consent) == (Action.NEW_MAILCHIMP, before, before)
    assert found.reasons[0] == "the address was corrected"


def test_a_dead_address_that_nobody_corrected_stays_marked() -> None:
    marked = replace(crm(), person=replace(crm().person, consent=Consent.CLEANED))
    found = decide(pair(crm=marked, memory=None), RULES, CRM_CAN, AUDIENCE_CAN)
    assert found.crm.consent is None


def with_consents(here: Consent, there: Consent, *, takes_part: bool = True) -> Pair:
    """Two linked records of these consents, whose member is active or archived."""
    ours = replace(crm(), person=replace(crm().person, consent=here))
    theirs = replace(member(), takes_part=takes_part, person=replace(member().person, consent=there))
    return pair(crm=ours, mailchimp=theirs)


def test_the_cell_that_was_used_is_told_as_far_as_it_can_be_written() -> None:
    bounced = with_consents(Consent.UNKNOWN, Consent.CLEANED)
    cell = CELLS[Consent.UNKNOWN, Consent.CLEANED, Remembered.NONE]
    assert decide(bounced, RULES, CRM_CAN, AUDIENCE_CAN).consent is cell
    without_a_word = replace(CRM_CAN, consents=frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED}))
    told = decide(bounced, RULES, without_a_word, AUDIENCE_CAN)
    assert (told.consent, told.crm, told.action) == (replace(cell, to_crm=None), Patch(), Action.NONE)
    refused = with_consents(Consent.UNSUBSCRIBED, Consent.SUBSCRIBED, takes_part=False)
    cell = CELLS[Consent.UNSUBSCRIBED, Consent.UNKNOWN, Remembered.NONE]
    told = decide(refused, RULES, CRM_CAN, AUDIENCE_CAN)
    assert (told.consent, told.mailchimp.consent) == (replace(cell, to_mailchimp=None), None)
    lowered = decide(with_consents(Consent.UNSUBSCRIBED, Consent.SUBSCRIBED), RULES, CRM_CAN, AUDIENCE_CAN)
    assert lowered.consent is CELLS[Consent.UNSUBSCRIBED, Consent.SUBSCRIBED, Remembered.NONE]
    assert (lowered.mailchimp.consent, lowered.kinds) == (Consent.UNSUBSCRIBED, frozenset({Kind.CRM_NO}))


def test_a_confirmation_mail_says_that_a_person_ordered_it() -> None:
    left = with_consents(Consent.UNSUBSCRIBED, Consent.UNSUBSCRIBED)
    answered = (Answered(Topic.CONFIRM, "", "", "", Answer.CONFIRM),)
    found = decide(replace(left, no=NO, remembered=Remembered.NO, answered=answered), RULES, CRM_CAN, AUDIENCE_CAN)
    assert found.mailchimp == Patch(consent=Consent.PENDING)
    assert found.reasons[0] == found.consent.reason == "is asked for a confirmation, as you said"


def test_companies_are_one_whatever_the_case_and_the_blanks() -> None:
    assert company_key("  Ölmühle   SÜD ") == company_key("ÖLMÜHLE süd") == "ölmühle süd"
