"""Membership is merged like a field, line by line: gone, archived, deleted, brought back, on either side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.core.questions import Answer
from listloop.core.rules import Gone
from listloop.store.questions import lines
from listloop.sync.context import Scope
from tests.sync.stage import RULES, Stage, writes


def linked(stage: Stage) -> tuple[str, str]:
    crm = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    return crm, stage.crm.record(crm).mailchimp_id


def leave(stage: Stage, crm: str, how: str) -> None:
    """Take somebody out in the CRM, and let it be believed."""
    if how == "no flag":
        stage.crm.flag(crm, takes_part=False)
    elif how == "no e-mail":
        stage.crm.change_address(crm, "")
    elif how == "no address":
        stage.crm.change_address(crm, "nonsense")
    else:
        stage.crm.delete(crm)
    for _ in range(3):
        stage.run(Scope(sweep=True))


WAYS = {"no flag": Rule.FLAG_NO, "no e-mail": Rule.NO_EMAIL, "no address": Rule.BAD_EMAIL, "gone": Rule.GONE_CRM}


@pytest.mark.parametrize("how", WAYS)
def test_who_leaves_in_the_crm_is_archived_with_the_rule_that_did_it(stage: Stage, how: str) -> None:
    crm, member = linked(stage)
    leave(stage, crm, how)
    assert stage.audience.record(member).takes_part is False
    (person,) = stage.people().values()
    assert (person.standing, person.rule) == (Standing.EXCLUDED, WAYS[how])
    assert writes(stage.run(Scope(full=True))) == 0


@pytest.mark.parametrize("how", WAYS)
def test_who_is_left_there_never_flows_back_into_the_crm(stage: Stage, how: str) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    crm, member = linked(stage)
    leave(stage, crm, how)
    stage.audience.edit(member, {"CITY": "Oslo"})
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert [one.takes_part for one in stage.crm.records()] in ([], [how != "no flag"])
    assert all(one.person.fields["City"] == "" for one in stage.crm.records())


@pytest.mark.parametrize("consent", [Consent.CLEANED, Consent.PENDING])
def test_a_member_that_cannot_be_archived_stays_parted_and_the_flag_stays_no(stage: Stage, consent: Consent) -> None:
    crm, member = linked(stage)
    stage.audience.edit(member, consent=consent)
    stage.settle()
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.crm.record(crm).takes_part is False
    assert writes(stage.run(Scope(full=True))) == 0


@pytest.mark.parametrize("how", ["archived", "deleted"])
def test_who_leaves_in_mailchimp_gets_the_flag_no_and_the_record_stays(stage: Stage, how: str) -> None:
    crm, member = linked(stage)
    if how == "archived":
        stage.audience.archive(member)
    else:
        stage.audience.delete(member)
    for _ in range(3):
        stage.run(Scope(sweep=True))
    assert stage.crm.record(crm).takes_part is False
    assert stage.crm.record(crm).person.fields["Last"] == "Lee"
    assert writes(stage.run(Scope(full=True))) == 0


def test_a_no_said_in_mailchimp_by_somebody_who_left_still_crosses(stage: Stage) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    crm, member = linked(stage)
    leave(stage, crm, "no flag")
    stage.audience.unsubscribe(member)
    stage.settle()
    assert stage.crm.record(crm).person.consent is Consent.UNSUBSCRIBED
    assert stage.crm.record(crm).takes_part is False


@pytest.mark.parametrize("how", ["no e-mail", "no address"])
def test_who_gets_an_address_again_resumes_with_the_same_member(stage: Stage, how: str) -> None:
    crm, member = linked(stage)
    leave(stage, crm, how)
    stage.crm.change_address(crm, "ann@x.example")
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED
    assert len(stage.audience.records()) == 1


def test_a_blank_flag_of_somebody_who_is_linked_becomes_yes(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=None)
    stage.settle()
    assert stage.crm.record(crm).takes_part is True
    assert stage.audience.record(member).takes_part is True


def test_a_flag_that_a_person_set_to_no_stays_no_while_the_member_is_edited(stage: Stage) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    for city in ("Bern", "Graz"):
        stage.audience.edit(member, {"CITY": city})
        stage.settle()
    assert stage.crm.record(crm).takes_part is False


def test_who_was_archived_by_somebody_else_and_flagged_yes_again_is_held_for_a_person(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.archive(member)
    stage.settle()
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    person = stage.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.REVIVE)
    assert stage.audience.record(member).takes_part is False


def test_who_unsubscribed_while_archived_by_us_is_held_for_a_person(stage: Stage) -> None:
    crm, member = linked(stage)
    leave(stage, crm, "no flag")
    stage.clock.move(60)
    stage.audience.unsubscribe(member)
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    assert stage.people()["ann@x.example"].rule == Rule.REVIVE
    assert stage.audience.record(member).takes_part is False


def test_who_was_deleted_for_good_and_is_flagged_yes_again_can_only_be_left_out(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.delete(member)
    for _ in range(3):
        stage.run(Scope(sweep=True))
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    with stage.engine.begin() as db:
        (asked,) = lines(db)
    assert asked.answers == (Answer.OUT,)
    assert stage.audience.records() == ()


def test_who_is_gone_on_both_sides_is_of_the_population_no_longer(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.delete(crm)
    stage.audience.delete(member)
    for _ in range(4):
        stage.run(Scope(sweep=True))
    assert sum(stage.standings().values()) == 0
