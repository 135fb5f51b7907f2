"""A no crosses to everybody with that address, at once, and only the person takes it back."""

from typing import cast

import pytest

from listloop.core.people import Consent, Origin
from listloop.core.plan import Rule, Standing
from listloop.core.side import Crm
from listloop.sync.run import approve, run_once
from listloop.testing.simulation.line import Line, Schedule
from tests.sync.stage import Stage

NO, YES = Consent.UNSUBSCRIBED, Consent.SUBSCRIBED


def linked(stage: Stage, email: str = "ann@x.example") -> tuple[str, str]:
    """A linked pair; returns both keys."""
    crm = stage.crm.add(email, {"Last": "Lee"}, takes_part=True)
    stage.run()
    return crm, stage.crm.record(crm).mailchimp_id


def test_a_no_in_mailchimp_stands_in_the_crm_after_the_run_that_read_it(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    assert stage.crm.record(crm).person.consent is NO


def test_a_no_in_the_crm_stands_in_mailchimp_after_the_run_that_read_it(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.opt_out(crm)
    stage.run()
    assert stage.audience.record(member).person.consent is NO


def test_a_no_crosses_to_everybody_with_the_address_even_to_who_was_due_in_the_same_run(stage: Stage) -> None:
    first = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    second = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.run()
    stage.audience.unsubscribe(stage.crm.record(first).mailchimp_id)
    stage.run()
    assert stage.crm.record(second).person.consent is NO


def test_who_was_opted_out_with_a_shared_address_stays_so_under_an_address_of_their_own(stage: Stage) -> None:
    first = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    second = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.run()
    stage.audience.unsubscribe(stage.crm.record(first).mailchimp_id)
    stage.run()
    stage.crm.change_address(second, "bob@x.example")
    stage.run()
    assert stage.crm.record(second).person.consent is NO


def test_a_no_that_moves_to_the_address_of_a_member_counts_for_both_whenever_that_one_signed_up(stage: Stage) -> None:
    first, _ = linked(stage)
    second, member = linked(stage, "bob@x.example")
    stage.crm.opt_out(first)
    stage.run()
    stage.audience.sign_up("bob@x.example")
    stage.run()
    stage.crm.change_address(first, "bob@x.example")
    stage.settle()
    assert {stage.crm.record(one).person.consent for one in (first, second)} == {NO}
    assert stage.audience.record(member).person.consent is NO


def test_a_sign_up_at_one_address_takes_back_no_opt_out_of_another(stage: Stage) -> None:
    """Ann opted out before there was a member; later Dao, who signed up as dao@, gets Ann's address on both sides."""
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=False)
    stage.audience.sign_up("dao@x.example", {"LNAME": "Ray"})
    stage.settle()
    stage.crm.opt_out(ann)
    stage.settle()
    stage.audience.sign_up("dao@x.example", {"FNAME": "Dao"})
    stage.settle()
    dao = next(one for one in stage.audience.records() if one.email == "dao@x.example")
    in_crm = next(one for one in stage.crm.records() if one.mailchimp_id == dao.key)
    stage.crm.change_address(in_crm.key, "ann@x.example")
    stage.run()
    assert stage.crm.record(in_crm.key).person.consent is Consent.UNSUBSCRIBED
    assert stage.audience.record(dao.key).person.consent is Consent.UNSUBSCRIBED


def test_who_comes_back_lifts_no_no_of_the_person_at_an_address_that_both_claim(stage: Stage) -> None:
    """Dao's CRM record was given Bob's address and opted out, so Bob is out, too; then Dao signs up as dao@, later Bob
    as bob@: each takes back the own no, and neither is opted out again by what is left of the other's.
    """
    (bob, bob_there), (dao, dao_there) = linked(stage, "bob@x.example"), linked(stage, "dao@x.example")
    stage.crm.change_address(dao, "bob@x.example")
    stage.crm.opt_out(dao)
    stage.settle()

    def consents() -> list[Consent]:
        here = [stage.crm.record(one).person.consent for one in (bob, dao)]
        return [*here, *(stage.audience.record(one).person.consent for one in (bob_there, dao_there))]

    assert consents() == [NO, NO, NO, NO]
    stage.clock.move(3600)
    stage.audience.sign_up("dao@x.example")
    stage.settle()
    assert consents() == [NO, YES, NO, YES]
    stage.crm.edit(dao, {"City": "Graz"})  # decided anew, the no of Bob's is none of Dao's
    stage.settle()
    assert consents() == [NO, YES, NO, YES]
    stage.clock.move(3600)
    stage.audience.sign_up("bob@x.example")
    stage.settle()
    assert consents() == [YES, YES, YES, YES]


def test_taking_an_opt_out_back_in_the_crm_lifts_nothing(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.crm.opt_in(crm)
    stage.run()
    assert (stage.crm.record(crm).person.consent, stage.audience.record(member).person.consent) == (NO, NO)


def test_an_administrator_who_resubscribes_somebody_lifts_nothing(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member, Origin.ADMIN)
    stage.run()
    stage.audience.edit(member, consent=Consent.SUBSCRIBED)
    stage.run()
    assert (stage.crm.record(crm).person.consent, stage.audience.record(member).person.consent) == (NO, NO)


def test_who_signs_up_again_is_opted_in_again_in_the_crm(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example")
    stage.settle()
    assert stage.crm.record(crm).person.consent is Consent.SUBSCRIBED
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED


@pytest.mark.parametrize("left", ["clean", "archive"])
def test_who_was_not_mailed_when_the_crm_said_no_comes_back_by_signing_up_later(stage: Stage, left: str) -> None:
    crm, member = linked(stage)
    stage.crm.opt_out(crm)
    getattr(stage.audience, left)(member)
    stage.run()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example")
    stage.crm.flag(crm, True)
    stage.settle()
    assert stage.audience.record(member).person.consent is YES
    assert stage.crm.record(crm).person.consent is YES


def test_an_address_that_mailchimp_does_not_move_waits_with_that_reason(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.crm.change_address(crm, "new@x.example")
    stage.crm.edit(crm, {"City": "Bern"})
    stage.settle()
    person = stage.people()["new@x.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.QUESTION)
    assert "opted out" in person.reason
    assert stage.audience.record(member).person.fields["CITY"] == "Bern"  # the other fields go on


def test_a_no_without_a_member_makes_none(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True, consent=NO)
    stage.settle()
    assert stage.audience.records() == ()
    assert stage.people()["ann@x.example"].rule == Rule.OPTED_OUT


def test_a_no_said_while_the_first_plan_waits_keeps_the_yes_from_mailing_that_address(stage: Stage) -> None:
    """Whoever is left out with a shared address opts out after the plan was made, and before it gets its yes."""
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    other = stage.crm.add("ann@x.example", {"Last": "Ray"}, takes_part=False)
    stage.clock.move(3600)
    waiting = run_once(stage.sync, "schedule")
    stage.crm.opt_out(other)
    approve(stage.sync, waiting.id, "test")
    assert stage.audience.records() == ()
    stage.settle()
    assert stage.audience.records() == ()
    assert {one.person.consent for one in stage.crm.records()} == {NO}


def test_a_no_follows_the_person_to_another_address_and_to_everybody_there(stage: Stage) -> None:
    _, member = linked(stage)
    other = stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=None)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.audience.change_address(member, "bob@x.example")
    stage.settle()
    assert stage.crm.record(other).person.consent is NO


def test_a_no_also_holds_for_who_has_the_person_s_other_address(stage: Stage) -> None:
    first = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    crm, member = linked(stage, "bob@x.example")
    stage.crm.change_address(crm, "ann@x.example")
    stage.audience.unsubscribe(member)
    stage.run()
    assert stage.crm.record(first).person.consent is NO


def test_who_came_back_is_left_alone_though_the_crm_refuses_to_be_told(stage: Stage) -> None:
    crm, member = linked(stage)
    line = Line("crm", stage.crm, Schedule(), lambda: None)
    stage.sync.crm = cast("Crm", line)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example")
    line.refused.add(crm)
    stage.run()
    stage.run()
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED
    line.refused.clear()
    stage.run(minutes=600)
    assert stage.crm.record(crm).person.consent is Consent.SUBSCRIBED


def test_who_came_back_is_left_alone_though_the_crm_record_is_gone(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example")
    stage.crm.delete(crm)
    for _ in range(3):
        stage.run()
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED


def test_a_no_said_in_the_crm_after_a_return_stands(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example")
    stage.run()
    stage.crm.opt_out(crm)
    stage.settle()
    assert stage.audience.record(member).person.consent is NO
    assert stage.crm.record(crm).person.consent is NO


def test_who_opted_out_in_the_crm_without_a_member_and_signs_up_later_came_back(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.crm.opt_out(ann)
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    stage.settle()
    stage.clock.move(60)
    stage.audience.sign_up("ann@x.example")
    stage.settle()
    assert [one.person.consent for one in stage.audience.records() if one.email == "ann@x.example"] == [
        Consent.SUBSCRIBED
    ]
    assert stage.crm.record(ann).person.consent is Consent.SUBSCRIBED


def test_who_came_back_is_not_opted_out_again_by_another_record_of_the_address(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    twin = stage.crm.add("ann@x.example", {"Last": "Twin"}, takes_part=True)
    stage.settle()
    member = stage.audience.records()[0].key
    stage.audience.unsubscribe(member)
    stage.settle()
    assert stage.crm.record(twin).person.consent is Consent.UNSUBSCRIBED
    stage.clock.move(60)
    stage.audience.sign_up("ann@x.example")
    stage.settle()
    stage.crm.edit(twin, {"City": "Bern"})
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED
    assert {stage.crm.record(one).person.consent for one in (ann, twin)} == {Consent.SUBSCRIBED}
