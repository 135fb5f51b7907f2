"""What only a person can decide: how the question reads, what may be answered, and what stands meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.alone import ARCHIVED
from listloop.core.consent import No
from listloop.core.decide import decide
from listloop.core.people import Consent, Origin, Patch
from listloop.core.plan import NOBODY, RULES, Action, Decision, Kind, Memory, Pair, Rule, Seen, Standing
from listloop.core.questions import Answer, Answered, Question, Topic
from tests.core.stage import AUDIENCE_CAN, CRM_CAN, MAILCHIMP, crm, linked, member
from tests.core.stage import RULES as ROWS

NO = No("ada@b.example", MAILCHIMP, Origin.PERSON, stands_at="2026-01-01")
WHY = "2 records in the CRM carry the Mailchimp ID of ada@b.example"


def decided(pair: Pair) -> Decision:
    return decide(pair, ROWS, CRM_CAN, AUDIENCE_CAN)


def held(question: Question | None) -> Decision:
    return Decision(
        standing=Standing.WAITING,
        rule=Rule.AMBIGUOUS,
        reason=WHY,
        reasons=(WHY,),
        questions=(question,) if question else (),
    )


@pytest.mark.parametrize(("name", "called"), [("Ada Król", "Ada Król"), ("", "ada@b.example")])
def test_each_crm_record_that_could_be_meant_may_be_said_to_be_the_one(name: str, called: str) -> None:
    question = Question(Topic.WHO, "", "Who is it?", called, "ada@b.example", WHY, (Answer.SAME,))
    assert decided(Pair(crm=replace(crm(), name=name), held=WHY)) == held(question)


def test_of_a_member_that_could_be_several_there_is_nothing_to_answer() -> None:
    assert decided(Pair(mailchimp=member(), held=WHY)) == held(None)


def test_a_pair_that_is_held_has_nothing_to_answer_either() -> None:
    assert decided(Pair(crm=crm(), mailchimp=member(), held=WHY)) == held(None)


PARTED = replace(member(), takes_part=False)
REVIVE = "is archived in Mailchimp and may only come back by your yes"
BARRED = f"{REVIVE}; this person opted out before"
FULL = (Answer.BACK, Answer.CONFIRM, Answer.OUT)


def asked(reason: str, *answers: Answer, part: Rule = Rule.FLAG_NO) -> Decision:
    question = Question(Topic.REVIVE, "", "Takes part?", *ARCHIVED, reason, answers)
    return Decision(
        standing=Standing.WAITING,
        rule=Rule.REVIVE,
        reason=reason,
        reasons=(reason,),
        part=part,
        questions=(question,),
    )


def parted(**more: object) -> Pair:
    memory = Memory(Seen(takes_part=False), Seen(takes_part=False))
    return replace(Pair(crm(), PARTED, memory, linked=True, parted=Rule.FLAG_NO), **more)  # type: ignore[arg-type]


def test_who_was_archived_by_somebody_else_comes_back_by_a_yes() -> None:
    assert decided(parted()) == asked(REVIVE, *FULL)


@pytest.mark.parametrize("barred", [{"no": NO}, {"unsubscribed_since": True}])
def test_who_opted_out_before_comes_back_by_the_own_confirmation_only(barred: dict[str, object]) -> None:
    assert decided(parted(**barred)) == asked(BARRED, Answer.CONFIRM, Answer.OUT)


@pytest.mark.parametrize(
    ("consent", "answers"),
    [(Consent.UNSUBSCRIBED, (Answer.CONFIRM, Answer.OUT)), (Consent.CLEANED, (Answer.OUT,))],
)
def test_a_no_that_the_crm_shows_bars_too_and_a_dead_address_is_asked_nothing(
    consent: Consent, answers: tuple[Answer, ...]
) -> None:
    person = replace(crm().person, consent=consent)
    found = decided(parted(crm=replace(crm(), person=person)))
    assert (found.questions, found.reason) == (asked(BARRED, *answers).questions, BARRED)


def test_who_is_gone_from_mailchimp_can_only_be_left_out() -> None:
    found = decided(parted(mailchimp_gone=True))
    assert found == asked(RULES[Rule.GONE_MAILCHIMP], Answer.OUT)


def said(answer: Answer) -> dict[str, object]:
    return {"answered": (Answered(Topic.REVIVE, "", *ARCHIVED, answer),)}


def test_an_answer_is_carried_out() -> None:
    out = decided(parted(**said(Answer.OUT)))
    assert (out.action, out.crm, out.mailchimp, out.part) == (
        Action.PART,
        Patch(takes_part=False),
        Patch(),
        Rule.FLAG_NO,
    )
    confirm = decided(parted(no=NO, **said(Answer.CONFIRM)))
    assert (confirm.action, confirm.mailchimp) == (Action.RESUME, Patch(takes_part=True, consent=Consent.PENDING))
    assert confirm.reasons == ("takes part again, and is asked for a confirmation, as you said",)
    back = decided(parted(**said(Answer.BACK)))
    assert (back.action, back.mailchimp) == (Action.RESUME, Patch(takes_part=True, consent=Consent.SUBSCRIBED))
    assert back.reasons == ("takes part again, as you said",)
    assert decided(parted(no=NO, **said(Answer.BACK))).rule is Rule.REVIVE


@pytest.mark.parametrize("archived_as", [Consent.SUBSCRIBED, Consent.UNKNOWN])
def test_who_was_archived_by_us_comes_back_as_before(archived_as: Consent) -> None:
    memory = Memory(Seen(takes_part=False), Seen(takes_part=False), archived_as)
    found = decided(parted(memory=memory))
    assert (found.action, found.mailchimp) == (Action.RESUME, Patch(takes_part=True, consent=archived_as))
    assert found.reasons == ("takes part again, and was archived by Listloop",)


def test_two_who_meet_while_one_is_archived_are_linked_and_asked() -> None:
    same = decided(Pair(crm(), PARTED))
    assert same == replace(asked(REVIVE, *FULL, part=Rule.ARCHIVED), action=Action.PAIR)
    other = decided(Pair(replace(crm(), mailchimp_id=""), PARTED))
    assert other == replace(same, crm=Patch(mailchimp_id="id-1"))


def test_two_who_meet_while_the_crm_wants_nothing_are_linked_and_parted() -> None:
    found = decided(Pair(replace(crm(), takes_part=False), PARTED))
    assert (found.action, found.crm, found.mailchimp, found.part) == (Action.PAIR, Patch(), Patch(), Rule.FLAG_NO)
    assert (found.standing, found.questions) == (Standing.EXCLUDED, ())


def test_a_link_moves_to_the_member_of_the_address_and_says_why() -> None:
    found = decided(replace(linked(First="Ada").pair(), crm=crm("bob@b.example"), take="m9"))
    why = "bob@b.example is in Mailchimp already: the CRM record is linked with the member of that address"
    assert found == Decision(action=Action.MOVE, take="m9", reasons=(why,), kinds=frozenset({Kind.MOVED}))


def test_a_link_moves_to_the_member_of_an_id_that_was_typed_in() -> None:
    found = decided(replace(linked(First="Ada").pair(), take="m9"))
    why = "the Mailchimp ID in the CRM was changed: the record is linked with the member of that ID"
    assert found == Decision(action=Action.MOVE, take="m9", reasons=(why,), kinds=frozenset({Kind.MOVED}))


def bounced(crm_email: str, **more: object) -> Pair:
    dead = replace(member(), person=replace(member().person, consent=Consent.CLEANED))
    pair = Pair(crm(crm_email), dead, Memory(Seen("ada@b.example"), Seen("ada@b.example")), linked=True)
    return replace(pair, **more)  # type: ignore[arg-type]


def test_a_dead_address_that_was_corrected_is_let_go() -> None:
    found = decided(bounced("ada@c.example"))
    why = "the address that bounced was corrected in the CRM: the person becomes a new member with the new one"
    assert (found.action, found.take, found.kinds) == (Action.MOVE, NOBODY, frozenset({Kind.MOVED}))
    assert why in found.reasons


@pytest.mark.parametrize("more", [{"taken": "which Bob has already"}, {"memory": None}])
def test_a_dead_address_is_not_let_go_where_the_new_one_is_taken_or_nothing_was_remembered(
    more: dict[str, object],
) -> None:
    assert decided(bounced("ada@c.example", **more)).take == ""


def test_a_dead_address_that_stays_is_kept() -> None:
    assert decided(bounced("ADA@b.example")).take == ""


@pytest.mark.parametrize("topic", [Topic.CONFIRM, Topic.REVIVE])
def test_a_confirmation_mail_goes_out_on_a_click_for_just_that(topic: Topic) -> None:
    left = replace(member(), person=replace(member().person, consent=Consent.UNSUBSCRIBED))
    answered = (Answered(topic, "", "", "", Answer.CONFIRM),)
    found = decided(replace(linked(First="Ada").pair(), mailchimp=left, no=NO, answered=answered))
    wanted = Consent.PENDING if topic is Topic.CONFIRM else None
    assert found.mailchimp.consent is wanted


def waiting(rule: Rule) -> Decision:
    return Decision(standing=Standing.WAITING, rule=rule, reason=RULES[rule], reasons=(RULES[rule],))


@pytest.mark.parametrize("erased", [False, True])
def test_who_is_shown_as_before_waits_whoever_it_is(erased: bool) -> None:
    assert decided(replace(linked(First="Ada").pair(), older=True, erased=erased)) == waiting(Rule.OLDER)
    assert decided(Pair(crm=crm(), older=True, erased=erased)) == waiting(Rule.OLDER)


def test_who_was_forgotten_for_good_is_shown_to_a_person_before_it_comes_back() -> None:
    assert decided(Pair(crm=crm(), erased=True)) == waiting(Rule.ERASED)
    assert decided(Pair(crm=crm(), mailchimp=member(), erased=True)) == waiting(Rule.ERASED)
    assert decided(replace(linked(First="Ada").pair(), erased=True)).rule is Rule.NONE
