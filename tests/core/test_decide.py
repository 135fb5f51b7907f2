"""What becomes of a pair, rule by rule: who takes part, who is archived, who comes back, and what a no does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from listloop.core.consent import Ledger, No, Remembered
from listloop.core.decide import decide
from listloop.core.people import Consent, Origin, Patch
from listloop.core.plan import RULES as WORDS
from listloop.core.plan import Action, Decision, Kind, Pair, Rule, Standing
from listloop.core.rules import Gone, Rules
from listloop.core.side import Act, Capabilities
from tests.core.stage import AUDIENCE_CAN, CRM, CRM_CAN, MAILCHIMP, RULES, Stage, crm, linked, member, settled

ARCHIVE = Patch(takes_part=False)
LEAVE = replace(RULES, gone=Gone.LEAVE)
NO = No("ada@b.example", MAILCHIMP, Origin.PERSON, stands_at="2026-01-01")


def decided(pair: Pair, rules: Rules = RULES, crm_can: Capabilities = CRM_CAN) -> Decision:
    return decide(pair, rules, crm_can, AUDIENCE_CAN)


def test_a_person_without_any_record_is_nobody() -> None:
    with pytest.raises(ValueError, match=r"^a person has at least one record$"):
        decided(Pair())


def test_every_rule_has_its_words_for_people() -> None:
    assert set(WORDS) == set(Rule)


LEAVING: dict[str, tuple[Callable[[Stage], None], Rule]] = {
    "the flag is set to No": (lambda stage: stage.take_part(CRM, False), Rule.FLAG_NO),
    "the address is cleared": (lambda stage: stage.email(CRM, " "), Rule.NO_EMAIL),
    "the address is spoiled": (lambda stage: stage.email(CRM, "ada"), Rule.BAD_EMAIL),
}


@pytest.mark.parametrize(("leaves", "rule"), LEAVING.values(), ids=LEAVING)
def test_whose_crm_record_leaves_is_archived_and_parted(leaves: Callable[[Stage], None], rule: Rule) -> None:
    stage = linked(First="Ada")
    leaves(stage)
    decision = decided(stage.pair())
    assert (decision.action, decision.part, decision.rule, decision.standing) == (
        *(Action.PART, rule, rule),
        Standing.EXCLUDED,
    )
    assert (decision.crm, decision.mailchimp) == (Patch(), ARCHIVE)
    assert decision.kinds == {Kind.ARCHIVE}
    assert decision.reason == WORDS[rule]


def test_who_is_gone_from_the_crm_is_archived() -> None:
    decision = decided(replace(linked().pair(), crm_gone=True))
    assert (decision.action, decision.part, decision.mailchimp) == (Action.PART, Rule.GONE_CRM, ARCHIVE)


@pytest.mark.parametrize(("leaves", "rule"), LEAVING.values(), ids=LEAVING)
def test_the_member_stays_where_the_setting_says_so(leaves: Callable[[Stage], None], rule: Rule) -> None:
    stage = linked(First="Ada")
    leaves(stage)
    decision = decided(stage.pair(), LEAVE)
    assert (decision.action, decision.part, decision.writes) == (Action.PART, rule, False)
    assert decision.kinds == frozenset()


@pytest.mark.parametrize("consent", [Consent.CLEANED, Consent.PENDING])
def test_a_member_that_cannot_be_archived_stays_and_never_flows_back(consent: Consent) -> None:
    stage = linked(First="Ada")
    stage.consent(MAILCHIMP, consent)
    settled(stage)
    stage.take_part(CRM, False)
    assert decided(stage.pair()).mailchimp == Patch()
    settled(stage)
    stage.edit(MAILCHIMP, "FNAME", "Augusta")
    assert not decided(stage.pair()).writes
    assert stage.crm.takes_part is False


def test_a_blank_flag_of_a_link_is_set_to_yes_and_nobody_leaves() -> None:
    stage = linked()
    stage.take_part(CRM, None)
    assert decided(stage.pair()).crm == Patch(takes_part=True)


@pytest.mark.parametrize("deleted", [False, True])
def test_who_is_archived_or_deleted_in_mailchimp_gets_the_flag_no(deleted: bool) -> None:
    stage = linked()
    stage.take_part(MAILCHIMP, deleted)  # a deleted member is shown as it was last seen
    decision = decided(replace(stage.pair(), mailchimp_gone=deleted))
    rule = Rule.GONE_MAILCHIMP if deleted else Rule.ARCHIVED
    assert (decision.action, decision.part, decision.crm) == (Action.PART, rule, Patch(takes_part=False))
    assert decision.kinds == {Kind.FLAG_NO}
    assert decision.mailchimp == Patch()


def test_out_on_both_sides_there_is_nothing_to_write() -> None:
    stage = linked()
    stage.take_part(CRM, False)
    stage.take_part(MAILCHIMP, False)
    decision = decided(stage.pair())
    assert (decision.action, decision.part, decision.writes) == (Action.PART, Rule.FLAG_NO, False)


@pytest.mark.parametrize(
    ("flag", "active", "rule"),
    [(False, True, Rule.FLAG_NO), (True, False, Rule.ARCHIVED), (False, False, Rule.FLAG_NO)],
)
def test_two_who_first_meet_while_one_is_out_are_linked_and_parted(flag: bool, active: bool, rule: Rule) -> None:
    here, there = replace(crm(First="Ada"), takes_part=flag, mailchimp_id=""), replace(member(), takes_part=active)
    decision = decided(Pair(here, there, by="e-mail"))
    assert (decision.action, decision.part) == (Action.PAIR, rule)
    assert (decision.crm, decision.mailchimp) == (Patch(mailchimp_id="id-1"), Patch()), "what a person set stays"


def test_only_a_no_crosses_while_parted() -> None:
    stage = linked(First="Ada")
    stage.rules = LEAVE
    stage.take_part(CRM, False)
    settled(stage)
    stage.edit(CRM, "First", "Augusta")
    assert not stage.run().writes
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    decision = stage.run()
    assert (decision.crm, decision.mailchimp) == (Patch(), Patch(consent=Consent.UNSUBSCRIBED))
    assert (decision.standing, decision.rule, decision.part) == (Standing.EXCLUDED, Rule.FLAG_NO, Rule.FLAG_NO)


def parted_by_flag(consent: Consent = Consent.SUBSCRIBED) -> Stage:
    """A link that we archived, with this consent."""
    stage = linked(First="Ada")
    stage.consent(MAILCHIMP, consent)
    settled(stage)
    stage.take_part(CRM, False)
    return settled(stage)


@pytest.mark.parametrize("consent", [Consent.SUBSCRIBED, Consent.UNKNOWN])
def test_whom_we_archived_comes_back_as_it_was(consent: Consent) -> None:
    stage = parted_by_flag(consent)
    stage.take_part(CRM, True)
    decision = decided(stage.pair())
    assert (decision.action, decision.part) == (Action.RESUME, Rule.NONE)
    assert (decision.crm, decision.mailchimp) == (Patch(), Patch(takes_part=True, consent=consent))


def not_by_us(stage: Stage) -> None:
    stage.memory = replace(stage.known(), archived_as=None)


def was_unsubscribed(stage: Stage) -> None:
    stage.memory = replace(stage.known(), archived_as=Consent.UNSUBSCRIBED)


BARRED: dict[str, Callable[[Stage], None]] = {
    "who unsubscribed since": lambda stage: stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED),
    "of whom a no is remembered": lambda stage: setattr(stage, "no", NO),
    "who opted out in the CRM along with the flag": lambda stage: stage.consent(CRM, Consent.UNSUBSCRIBED),
    "whose address bounces, as the CRM says": lambda stage: stage.consent(CRM, Consent.CLEANED),
    "whom somebody else archived": not_by_us,
    "who was unsubscribed when archived": was_unsubscribed,
}


@pytest.mark.parametrize("bars", BARRED.values(), ids=BARRED)
def test_nobody_else_is_revived_but_held_for_a_person_to_decide(bars: Callable[[Stage], None]) -> None:
    stage = parted_by_flag()
    bars(stage)
    stage.take_part(CRM, True)
    decision = decided(stage.pair())
    assert decision.mailchimp == Patch()
    assert (decision.standing, decision.rule, decision.part) == (Standing.WAITING, Rule.REVIVE, Rule.FLAG_NO)


def test_who_was_unsubscribed_when_archived_does_not_come_back_subscribed() -> None:
    stage = linked(First="Ada")
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    settled(stage)
    stage.take_part(CRM, False)
    settled(stage)
    stage.take_part(CRM, True)
    assert decided(stage.pair()).mailchimp == Patch()


def test_a_deleted_member_is_not_made_anew_without_a_yes() -> None:
    stage = parted_by_flag()
    stage.take_part(CRM, True)
    decision = decided(replace(stage.pair(), mailchimp_gone=True))
    assert (decision.writes, decision.rule, decision.reason) == (False, Rule.REVIVE, WORDS[Rule.GONE_MAILCHIMP])


def test_a_member_brought_back_from_the_archive_sets_the_flag_and_resumes() -> None:
    stage = parted_by_flag()
    stage.take_part(MAILCHIMP, True)
    stage.edit(MAILCHIMP, "FNAME", "Augusta")
    decision = decided(stage.pair())
    assert (decision.action, decision.part) == (Action.RESUME, Rule.NONE)
    assert decision.crm == Patch(takes_part=True, fields={"First": "Augusta"})
    assert decision.reasons[0] == "brought back from the archive in Mailchimp"


@pytest.mark.parametrize("email", ["", "ada"])
def test_a_member_brought_back_stays_parted_while_the_crm_has_no_address_for_it(email: str) -> None:
    stage = parted_by_flag()
    stage.email(CRM, email)
    stage.take_part(CRM, True)
    settled(stage)
    stage.take_part(MAILCHIMP, True)
    assert not decided(stage.pair()).writes


def test_a_member_that_was_left_there_does_not_set_the_flag_back() -> None:
    """The user's No is not undone by a member who was active all the time."""
    stage = linked(First="Ada")
    stage.rules = LEAVE
    stage.take_part(CRM, False)
    settled(stage)
    assert decided(stage.pair(), LEAVE) == Decision(
        standing=Standing.EXCLUDED, rule=Rule.FLAG_NO, reason=WORDS[Rule.FLAG_NO], part=Rule.FLAG_NO
    )


def test_a_member_that_was_left_there_resumes_with_the_flag() -> None:
    stage = linked(First="Ada")
    stage.rules = LEAVE
    stage.take_part(CRM, False)
    settled(stage)
    stage.take_part(CRM, True)
    assert decided(stage.pair(), LEAVE).action is Action.RESUME


def test_a_no_said_in_mailchimp_is_told_to_the_crm_before_all_else() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    decision = decided(stage.pair())
    assert decision.crm == Patch(consent=Consent.UNSUBSCRIBED)
    assert decision.mailchimp == Patch(fields={"FNAME": "Augusta"})
    assert decision.reasons == ("unsubscribed in Mailchimp", "First: changed in the CRM")
    assert decision.consent.ledger is Ledger.FROM_MAILCHIMP
    assert decision.kinds == frozenset(), "and never held by the guard"


def test_a_no_said_in_the_crm_is_told_to_mailchimp_and_counted() -> None:
    stage = linked()
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    decision = decided(stage.pair())
    assert (decision.crm, decision.mailchimp) == (Patch(), Patch(consent=Consent.UNSUBSCRIBED))
    assert decision.kinds == {Kind.CRM_NO}
    assert decision.action is Action.UPDATE


def test_a_no_that_is_known_already_is_not_counted_again() -> None:
    stage = linked()
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    decision = decided(replace(stage.pair(), no=NO, remembered=Remembered.NO))
    assert decision.mailchimp == Patch(consent=Consent.UNSUBSCRIBED)
    assert decision.kinds == frozenset()


def test_a_no_cleared_only_in_the_crm_is_set_again() -> None:
    stage = linked()
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    settled(stage)
    stage.consent(CRM, Consent.SUBSCRIBED)
    settled(stage)
    assert stage.crm.person.consent is stage.member.person.consent is Consent.UNSUBSCRIBED


def test_an_administrators_resubscription_is_lowered_again() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    settled(stage)
    stage.consent(MAILCHIMP, Consent.SUBSCRIBED, Origin.ADMIN)
    settled(stage)
    assert stage.member.person.consent is Consent.UNSUBSCRIBED


def test_the_persons_own_sign_up_lifts_the_no_and_the_crm_is_told() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    settled(stage)
    stage.consent(MAILCHIMP, Consent.SUBSCRIBED)
    decision = stage.run()
    assert (decision.crm, decision.mailchimp) == (Patch(consent=Consent.SUBSCRIBED), Patch())
    assert decision.consent.ledger is Ledger.LIFT
    assert not stage.run().writes


def test_a_return_clears_the_opt_out_of_a_crm_that_knows_no_more_than_that() -> None:
    flag_only = replace(CRM_CAN, consents=frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED}))
    stage = linked()
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    stage.acts = [Act("2026-02-01", Consent.SUBSCRIBED, Origin.PERSON)]
    pair = replace(stage.pair(), no=NO, remembered=Remembered.RETURNED)
    assert decided(pair, crm_can=flag_only).crm == Patch(consent=Consent.UNKNOWN)


def test_a_crm_without_a_mark_for_a_bounced_address_is_told_nothing() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.CLEANED)
    assert decided(stage.pair()).crm == Patch(consent=Consent.CLEANED)
    flag_only = replace(CRM_CAN, consents=frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED}))
    assert not decided(stage.pair(), crm_can=flag_only).writes


@pytest.mark.parametrize("gone", [False, True])
def test_nothing_is_written_to_an_archived_or_vanished_member_but_the_crm_still_learns_of_a_no(gone: bool) -> None:
    stage = parted_by_flag()
    stage.take_part(MAILCHIMP, gone)  # a vanished member is shown as it was last seen
    stage.no = NO
    decision = decided(replace(stage.pair(), remembered=Remembered.NO, mailchimp_gone=gone))
    assert (decision.crm, decision.mailchimp) == (Patch(consent=Consent.UNSUBSCRIBED), Patch())


def test_nothing_is_written_to_a_record_that_is_gone_from_the_crm() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    assert decided(replace(stage.pair(), crm_gone=True)).crm == Patch()


def test_a_link_that_moves_leaves_the_mark_of_a_bounced_address_behind() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.CLEANED)
    decision = decided(replace(stage.pair(), take="m2"))
    assert (decision.action, decision.crm) == (Action.MOVE, Patch())


HELD = "2 people in the CRM share the address ada@b.example"


def test_an_ambiguous_person_is_held_with_the_reason() -> None:
    decision = decided(Pair(mailchimp=member(), held=HELD))
    assert decision == Decision(standing=Standing.WAITING, rule=Rule.AMBIGUOUS, reason=HELD, reasons=(HELD,))


def test_a_no_of_an_ambiguous_person_counts_all_the_same() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    assert decided(Pair(mailchimp=stage.member, held=HELD)).consent.ledger is Ledger.FROM_MAILCHIMP
    decision = decided(Pair(crm=crm(), held=HELD, no=NO, remembered=Remembered.NO))
    assert decision.crm == Patch(consent=Consent.UNSUBSCRIBED)
    assert (decision.standing, decision.rule) == (Standing.WAITING, Rule.AMBIGUOUS)


def test_a_member_who_was_archived_before_we_came_waits_for_a_yes_where_the_crm_wants_the_person() -> None:
    wanted, member_ = crm("ada@b.example"), replace(member("ada@b.example"), takes_part=False)
    asked = decided(Pair(wanted, member_))
    assert (asked.standing, asked.rule, asked.part) == (Standing.WAITING, Rule.REVIVE, Rule.ARCHIVED)
    left = decided(Pair(replace(wanted, takes_part=None), member_))
    assert (left.standing, left.rule) == (Standing.EXCLUDED, Rule.ARCHIVED)
