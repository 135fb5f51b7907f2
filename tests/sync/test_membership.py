"""Membership is merged like a field; a parted link keeps its memory and resumes where it stopped."""

from dataclasses import replace

from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.core.rules import Gone
from listloop.sync.context import Scope
from tests.sync.stage import RULES, Stage


def linked(stage: Stage, email: str = "ann@x.example") -> tuple[str, str]:
    crm = stage.crm.add(email, {"Last": "Lee"}, takes_part=True)
    stage.settle()
    return crm, stage.crm.record(crm).mailchimp_id


def test_flag_no_archives_the_member(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    assert stage.audience.record(member).takes_part is False
    assert stage.people()["ann@x.example"].rule == Rule.FLAG_NO


def test_flag_no_leaves_the_member_where_that_is_the_setting_and_the_flag_stays_no(stage: Stage) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    assert (stage.crm.record(crm).takes_part, stage.audience.record(member).takes_part) == (False, True)


def test_archived_in_mailchimp_sets_the_flag_to_no_and_the_record_stays(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.archive(member)
    stage.settle()
    assert stage.crm.record(crm).takes_part is False


def test_deleted_in_mailchimp_sets_the_flag_to_no_and_the_record_stays(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.delete(member)
    stage.run(Scope(sweep=True))
    assert stage.crm.record(crm).takes_part is True  # not at first sight
    stage.settle()
    assert stage.crm.record(crm).takes_part is False


def test_flagged_yes_again_comes_back_as_subscribed_who_was_archived_by_us(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED


def test_who_unsubscribed_and_was_archived_does_not_come_back_as_subscribed(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.run()
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.UNSUBSCRIBED
    assert stage.audience.record(member).takes_part is False
    assert stage.people()["ann@x.example"].standing == Standing.WAITING


def test_brought_back_in_mailchimp_sets_the_flag_to_yes_again(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.archive(member)
    stage.settle()
    stage.audience.unarchive(member)
    stage.settle()
    assert stage.crm.record(crm).takes_part is True
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_an_edit_made_while_parted_crosses_when_the_link_resumes(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    stage.crm.edit(crm, {"City": "Bern"})
    stage.settle()
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    assert stage.audience.record(member).person.fields["CITY"] == "Bern"


def test_two_that_first_meet_apart_are_merged_as_a_first_meeting_when_they_take_part(stage: Stage) -> None:
    crm = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=False)
    member = stage.audience.sign_up("ann@x.example", {"LNAME": "Li", "CITY": "Bern"}).key
    stage.settle()
    stage.crm.flag(crm, takes_part=True)
    stage.settle()
    assert stage.audience.record(member).person.fields["LNAME"] == "Lee"
    assert stage.crm.record(crm).person.fields["City"] == "Bern"


def test_a_no_still_crosses_a_parted_link(stage: Stage) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    crm, member = linked(stage)
    stage.crm.flag(crm, takes_part=False)
    stage.settle()
    stage.crm.opt_out(crm)
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.UNSUBSCRIBED
