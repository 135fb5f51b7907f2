"""Records without a counterpart: who becomes a member, who becomes a person in the CRM, and who stays out and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.consent import Ledger, No, Remembered
from listloop.core.decide import decide
from listloop.core.people import Consent, Origin, Patch, Record, SideName
from listloop.core.plan import RULES as WORDS
from listloop.core.plan import Action, Decision, Pair, Rule, Standing
from listloop.core.questions import Topic
from listloop.core.rules import Direction, Rules
from listloop.core.side import Capabilities, FieldType
from listloop.testing.builders import field, label_row, record, row, rules
from tests.core.stage import AUDIENCE_CAN, CRM_CAN, crm, member

RULES = replace(
    rules(
        row("First", field("FNAME", max_bytes=8)),
        row("Last", "LNAME"),
        row(field("Born", FieldType.DATE), field("BIRTH", FieldType.BIRTHDAY)),
        label_row("customers", "customer"),
    ),
    last_name="Last",
    unknown_consent=Consent.PENDING,
)
NO = No("ada@b.example", SideName.MAILCHIMP, Origin.PERSON)


def in_crm(consent: Consent = Consent.UNKNOWN, **fields: str) -> Record:
    return replace(
        record("p1", "ada@b.example", consent=consent), person=replace(crm(**fields).person, consent=consent)
    )


def in_mailchimp(consent: Consent = Consent.SUBSCRIBED, **fields: str) -> Record:
    shown = member()
    return replace(shown, person=replace(shown.person, fields=fields, consent=consent))


def decided(pair: Pair, rules: Rules = RULES, can: Capabilities = CRM_CAN) -> Decision:
    return decide(pair, rules, can, AUDIENCE_CAN)


def out(decision: Decision) -> tuple[Rule, str]:
    """By which rule somebody is left out; who is left out is not written."""
    assert decision.standing is Standing.EXCLUDED
    return decision.rule, decision.reason


@pytest.mark.parametrize(
    ("known", "answer", "consent"),
    [
        pytest.param(Consent.SUBSCRIBED, Consent.UNKNOWN, Consent.SUBSCRIBED, id="the CRM knows that they agreed"),
        pytest.param(Consent.UNKNOWN, Consent.SUBSCRIBED, Consent.SUBSCRIBED, id="the administrator says they agreed"),
        pytest.param(Consent.UNKNOWN, Consent.PENDING, Consent.PENDING, id="the administrator says: ask them"),
        pytest.param(Consent.UNKNOWN, Consent.UNKNOWN, Consent.UNKNOWN, id="the administrator says: do not mail"),
        pytest.param(Consent.PENDING, Consent.SUBSCRIBED, Consent.UNKNOWN, id="who was asked is not taken to agree"),
        pytest.param(Consent.PENDING, Consent.PENDING, Consent.UNKNOWN, id="and is never asked twice"),
    ],
)
def test_a_new_member_gets_the_consent_that_is_known_or_was_answered(
    known: Consent, answer: Consent, consent: Consent
) -> None:
    decision = decided(Pair(crm=in_crm(known)), replace(RULES, unknown_consent=answer))
    assert decision.action is Action.NEW_MAILCHIMP
    assert decision.mailchimp.consent is consent


def test_a_new_member_carries_address_fields_and_labels() -> None:
    here = in_crm(First="Ada", Last="-", Born="1815-12-10")
    here = replace(here, person=replace(here.person, email=" ada@b.example ", labels=frozenset({"customers", "other"})))
    decision = decided(Pair(crm=here))
    assert decision.mailchimp == Patch(
        "ada@b.example", {"FNAME": "Ada", "BIRTH": "12-10"}, frozenset({"customer"}), consent=Consent.PENDING
    )
    assert decision.crm == Patch()
    assert decision.reasons == ("new in the CRM: becomes a member as pending",)
    assert decision.standing is Standing.IN_SYNC


def test_what_is_cut_or_stays_behind_is_told() -> None:
    assert decided(Pair(crm=in_crm(First="Augusta Ada"))).reasons[1:] == ("FNAME is cut to the 7 characters that fit",)
    decision = decided(Pair(mailchimp=in_mailchimp(FNAME="Ada", LNAME="King", BIRTH="12-10")))
    assert decision.reasons[1:] == ("Born stays empty: a birthday has no year, and Born needs one",)
    assert decision.crm.fields == {"First": "Ada", "Last": "King"}


@pytest.mark.parametrize("direction", [Direction.TO_CRM, Direction.TO_MAILCHIMP])
def test_nothing_is_carried_against_its_direction(direction: Direction) -> None:
    only = rules(row("First", "FNAME", direction=direction))
    new_member = decided(Pair(crm=in_crm(First="Ada")), only).mailchimp.fields
    new_person = decided(Pair(mailchimp=in_mailchimp(FNAME="Ada")), only).crm.fields
    assert bool(new_member) is (direction is Direction.TO_MAILCHIMP)
    assert bool(new_person) is (direction is Direction.TO_CRM)


def test_a_blank_flag_is_set_to_yes_where_blank_ones_take_part() -> None:
    blank = replace(in_crm(), takes_part=None)
    assert decided(Pair(crm=blank), replace(RULES, blank_flag=True)).crm == Patch(takes_part=True)
    assert decided(Pair(crm=in_crm()), RULES).crm == Patch()


CRM_OUT: dict[str, tuple[Pair, Rules, Rule, str]] = {
    "gone": (Pair(crm=in_crm(), crm_gone=True), RULES, Rule.GONE_CRM, WORDS[Rule.GONE_CRM]),
    "flag No": (Pair(crm=replace(in_crm(), takes_part=False)), RULES, Rule.FLAG_NO, WORDS[Rule.FLAG_NO]),
    "flag blank": (Pair(crm=replace(in_crm(), takes_part=None)), RULES, Rule.FLAG_BLANK, WORDS[Rule.FLAG_BLANK]),
    "shares the address": (
        *(Pair(crm=in_crm(), owner="Bob"), RULES, Rule.DUPLICATE),
        "shares ada@b.example with Bob, who is linked to the member of that address",
    ),
    "opted out": (
        *(Pair(crm=in_crm(Consent.UNSUBSCRIBED)), RULES, Rule.OPTED_OUT),
        "opted out, so no member is created",
    ),
    "a no is remembered": (
        *(Pair(crm=in_crm(Consent.UNSUBSCRIBED), no=NO, remembered=Remembered.NO), RULES, Rule.OPTED_OUT),
        "opted out, so no member is created",
    ),
    "bounced": (
        *(Pair(crm=in_crm(Consent.CLEANED)), RULES, Rule.BAD_EMAIL),
        "mail to this address comes back; a corrected address takes part again",
    ),
    "nobody is created": (
        *(Pair(crm=in_crm()), replace(RULES, creates_in_mailchimp=False), Rule.NO_CREATE),
        WORDS[Rule.NO_CREATE],
    ),
}


@pytest.mark.parametrize(("pair", "of", "rule", "reason"), CRM_OUT.values(), ids=CRM_OUT)
def test_a_crm_person_who_becomes_no_member(pair: Pair, of: Rules, rule: Rule, reason: str) -> None:
    decision = decided(pair, of)
    assert out(decision) == (rule, reason)
    assert not decision.writes


def test_who_shares_an_address_gets_the_flag_no_where_the_setting_says_so() -> None:
    decision = decided(Pair(crm=in_crm(), owner="Bob"), replace(RULES, duplicate_flag_no=True))
    assert (decision.crm, decision.action) == (Patch(takes_part=False), Action.UPDATE)
    assert out(decision)[0] is Rule.DUPLICATE


@pytest.mark.parametrize("rule", [Rule.FLAG_NO, Rule.DUPLICATE, Rule.NONE])
def test_a_remembered_no_reaches_a_crm_person_in_scope_or_not(rule: Rule) -> None:
    here = replace(in_crm(), takes_part=rule is not Rule.FLAG_NO)
    owner = "Bob" if rule is Rule.DUPLICATE else ""
    decision = decided(Pair(crm=here, owner=owner, no=NO, remembered=Remembered.NO))
    assert decision.crm == Patch(consent=Consent.UNSUBSCRIBED)
    assert decision.mailchimp == Patch()


def test_a_no_of_somebody_out_of_scope_is_noted() -> None:
    here = replace(in_crm(Consent.UNSUBSCRIBED), takes_part=False)
    assert decided(Pair(crm=here)).consent.ledger is Ledger.FROM_CRM


def test_over_an_archived_address_nobody_is_created_without_a_yes() -> None:
    decision = decided(Pair(crm=in_crm(), archived=replace(member(), takes_part=False)))
    assert not decision.writes
    assert (decision.standing, decision.rule) == (Standing.WAITING, Rule.REVIVE)
    assert decision.reason == "ada@b.example is archived in Mailchimp and may only come back by your yes"


def test_a_new_person_in_the_crm_carries_fields_labels_flag_and_id() -> None:
    there = in_mailchimp(FNAME="Ada", LNAME="King")
    there = replace(there, person=replace(there.person, labels=frozenset({"customer", "other"})))
    decision = decided(Pair(mailchimp=there))
    assert decision.action is Action.NEW_CRM
    assert decision.crm == Patch(
        "ada@b.example",
        {"First": "Ada", "Last": "King"},
        frozenset({"customers"}),
        consent=Consent.SUBSCRIBED,
        takes_part=True,
        mailchimp_id="id-1",
    )
    assert decision.mailchimp == Patch()


@pytest.mark.parametrize("last", ["", " ", "-"])
def test_a_crm_that_requires_a_last_name_gets_the_fallback(last: str) -> None:
    decision = decided(Pair(mailchimp=in_mailchimp(FNAME="Ada", LNAME=last)), replace(RULES, fallback="?"))
    assert decision.crm.fields == {"First": "Ada", "Last": "?"}
    assert decision.reasons[-1] == "the CRM requires a last name: “?” is written"


def test_a_crm_that_requires_no_last_name_gets_none() -> None:
    decision = decided(Pair(mailchimp=in_mailchimp(FNAME="Ada")), replace(RULES, last_name=""))
    assert decision.crm.fields == {"First": "Ada"}


def test_a_crm_that_has_no_word_for_a_yes_is_told_none() -> None:
    can = replace(CRM_CAN, consents=frozenset({Consent.UNKNOWN, Consent.UNSUBSCRIBED}))
    assert decided(Pair(mailchimp=in_mailchimp()), can=can).crm.consent is None


def test_a_member_who_never_agreed_is_told_as_such_where_it_becomes_a_person_at_all() -> None:
    wide = replace(RULES, new_in_crm=frozenset({Consent.SUBSCRIBED, Consent.UNKNOWN}))
    assert decided(Pair(mailchimp=in_mailchimp(Consent.UNKNOWN)), wide).crm.consent is None


MAILCHIMP_OUT: dict[str, tuple[Pair, Rules, Rule]] = {
    "deleted": (Pair(mailchimp=in_mailchimp(), mailchimp_gone=True), RULES, Rule.GONE_MAILCHIMP),
    "archived": (Pair(mailchimp=replace(in_mailchimp(), takes_part=False)), RULES, Rule.ARCHIVED),
    "unsubscribed": (Pair(mailchimp=in_mailchimp(Consent.UNSUBSCRIBED)), RULES, Rule.OPTED_OUT),
    "unsubscribed, though such are wanted": (
        *(Pair(mailchimp=in_mailchimp(Consent.UNSUBSCRIBED)), replace(RULES, new_in_crm=frozenset(Consent))),
        Rule.OPTED_OUT,
    ),
    "non-subscribed": (Pair(mailchimp=in_mailchimp(Consent.UNKNOWN)), RULES, Rule.STATUS),
    "pending": (Pair(mailchimp=in_mailchimp(Consent.PENDING)), RULES, Rule.STATUS),
    "cleaned": (Pair(mailchimp=in_mailchimp(Consent.CLEANED)), RULES, Rule.STATUS),
    "without an address": (Pair(mailchimp=replace(member("nobody"), key="m1")), RULES, Rule.BAD_EMAIL),
    "shares an address": (Pair(mailchimp=in_mailchimp(), owner="Bob"), RULES, Rule.DUPLICATE),
    "nobody is created": (Pair(mailchimp=in_mailchimp()), replace(RULES, creates_in_crm=False), Rule.NO_CREATE),
}


@pytest.mark.parametrize(("pair", "of", "rule"), MAILCHIMP_OUT.values(), ids=MAILCHIMP_OUT)
def test_a_member_who_becomes_no_person_in_the_crm(pair: Pair, of: Rules, rule: Rule) -> None:
    decision = decided(pair, of)
    assert out(decision)[0] is rule
    assert not decision.writes


def test_a_crm_that_cannot_store_the_id_in_the_creating_call_gets_nobody_created() -> None:
    decision = decided(Pair(mailchimp=in_mailchimp()), can=replace(CRM_CAN, id_on_create=False))
    assert out(decision) == (Rule.NO_CREATE, WORDS[Rule.NO_CREATE])


def test_a_member_of_whom_a_no_is_remembered_is_lowered_and_not_created_elsewhere() -> None:
    decision = decided(Pair(mailchimp=in_mailchimp(), no=NO, remembered=Remembered.NO))
    assert decision.mailchimp == Patch(consent=Consent.UNSUBSCRIBED)
    assert decision.crm == Patch()
    assert out(decision) == (Rule.OPTED_OUT, "opted out, so nobody is created in the CRM")


def test_a_member_who_came_back_becomes_a_person_and_the_no_is_lifted() -> None:
    decision = decided(Pair(mailchimp=in_mailchimp(), no=NO, remembered=Remembered.RETURNED))
    assert decision.action is Action.NEW_CRM
    assert decision.consent.ledger is Ledger.LIFT


def test_a_member_who_is_left_out_is_told_by_which_status() -> None:
    reason = out(decided(Pair(mailchimp=in_mailchimp(Consent.UNKNOWN))))[1]
    assert reason == "is non-subscribed in Mailchimp; only subscribed members are taken over"


def test_a_required_merge_field_without_a_value_is_told_and_stops_nobody() -> None:
    only = rules(row(field("City"), field("CITY", required=True)))
    decision = decided(Pair(crm=in_crm(City="")), only)
    assert decision.action is Action.NEW_MAILCHIMP
    assert decision.reasons[1:] == ("CITY is required in Mailchimp, and stays empty: City has no value",)


def test_nobody_is_created_in_the_crm_without_what_it_requires() -> None:
    only = replace(rules(row(field("City", required=True), field("CITY"))), last_name="Last")
    decision = decided(Pair(mailchimp=in_mailchimp(CITY="")), only)
    assert not decision.writes
    assert (decision.standing, decision.rule) == (Standing.WAITING, Rule.QUESTION)
    assert decision.reason == "the CRM requires City, and Mailchimp has no value for it"
    assert decided(Pair(mailchimp=in_mailchimp(CITY="Bern")), only).action is Action.NEW_CRM


def test_who_was_asked_once_starts_without_being_asked_again() -> None:
    decision = decided(Pair(crm=in_crm(), asked=True))
    assert decision.mailchimp.consent is Consent.UNKNOWN
    assert decision.why["mailchimp:consent"] == "was asked before and did not confirm"
    assert decided(Pair(crm=in_crm(Consent.SUBSCRIBED), asked=True)).mailchimp.consent is Consent.SUBSCRIBED
    agreed = replace(RULES, unknown_consent=Consent.SUBSCRIBED)
    assert decided(Pair(crm=in_crm(), asked=True), agreed).mailchimp.consent is Consent.SUBSCRIBED


@pytest.mark.parametrize("answer", [Consent.SUBSCRIBED, Consent.PENDING, Consent.UNKNOWN])
def test_the_grounds_of_a_new_members_consent_are_told(answer: Consent) -> None:
    decision = decided(Pair(crm=in_crm()), replace(RULES, unknown_consent=answer))
    assert decision.why["mailchimp:consent"].startswith("the CRM does not know, and the administrator answered")
    assert decided(Pair(crm=in_crm(Consent.SUBSCRIBED))).why == {
        "mailchimp:consent": "the CRM says that this person agreed"
    }


def test_whose_address_another_ones_member_has_waits_and_is_told_who_it_is() -> None:
    decision = decided(Pair(crm=in_crm(), taken="which Bob has already"))
    assert (decision.standing, decision.rule) == (Standing.WAITING, Rule.QUESTION)
    assert decision.reason == "wants the address ada@b.example, which Bob has already"
    assert decision.reasons == (decision.reason,)
    (asked,) = decision.questions
    assert (asked.topic, asked.crm, asked.why, asked.answers) == (Topic.ADDRESS, "ada@b.example", decision.reason, ())
    assert not decision.writes


def test_who_gets_no_member_anyway_is_not_told_of_a_taken_address() -> None:
    settled = replace(RULES, creates_in_mailchimp=False)
    assert out(decided(Pair(crm=in_crm(), taken="which Bob has already"), settled))[0] is Rule.NO_CREATE
