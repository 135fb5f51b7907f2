"""An open question is listed with both values, answered by a person, carried out, and does not come back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.errors import NeedsAttention, RecordRejected
from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.core.questions import Answer, Topic
from listloop.core.rules import Duplicate, Owner
from listloop.store.audit import entries
from listloop.store.questions import Line, answer, answered_of, lines, offer_confirmation
from tests.sync.stage import RULES, Stage, writes

ASK = replace(RULES, rows=tuple(replace(one, owner=Owner.ASK) for one in RULES.rows))


def asked(stage: Stage) -> list[Line]:
    with stage.engine.begin() as db:
        return lines(db, connection_id=stage.sync.connection_id)


def say(stage: Stage, said: Answer, one: Line | None = None) -> None:
    one = one or asked(stage)[0]
    with stage.engine.begin() as db:
        answer(db, [one.id], said, "eve@b.example", stage.clock())


def linked(stage: Stage, email: str = "ann@x.example") -> tuple[str, str]:
    crm = stage.crm.add(email, {"Last": "Lee", "City": "Bern"}, takes_part=True)
    stage.settle()
    return crm, stage.crm.record(crm).mailchimp_id


def in_conflict(stage: Stage) -> tuple[str, str]:
    stage.rules(ASK)
    crm, member = linked(stage)
    stage.crm.edit(crm, {"City": "Graz"})
    stage.audience.edit(member, {"CITY": "Kyiv"})
    stage.settle()
    return crm, member


def cities(stage: Stage, crm: str, member: str) -> tuple[str, str]:
    return stage.crm.record(crm).person.fields["City"], stage.audience.record(member).person.fields["CITY"]


def test_a_conflict_is_listed_with_both_values_and_why(stage: Stage) -> None:
    in_conflict(stage)
    (one,) = asked(stage)
    assert (one.topic, one.title, one.crm, one.mailchimp) == (Topic.FIELD, "City", "Graz", "Kyiv")
    assert "changed on both sides" in one.why
    assert one.answers == (Answer.CRM, Answer.MAILCHIMP, Answer.KEEP)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        (Answer.CRM, ("Graz", "Graz")),
        (Answer.MAILCHIMP, ("Kyiv", "Kyiv")),
        (Answer.KEEP, ("Graz", "Kyiv")),
    ],
)
def test_an_answer_is_carried_out_by_the_next_run_and_the_question_does_not_come_back(
    stage: Stage, said: Answer, ends: tuple[str, str]
) -> None:
    crm, member = in_conflict(stage)
    say(stage, said)
    assert asked(stage) == []
    stage.settle()
    assert cities(stage, crm, member) == ends
    stage.crm.edit(crm, {"First": "Ann"})  # she is decided anew
    stage.settle()
    assert asked(stage) == []
    assert cities(stage, crm, member) == ends
    differs = ends[0] != ends[1]
    assert stage.people()["ann@x.example"].rule == (Rule.UNDONE if differs else Rule.NONE)  # listed, and not asked


def test_an_answer_is_about_the_values_that_were_shown_and_not_about_later_ones(stage: Stage) -> None:
    crm, member = in_conflict(stage)
    say(stage, Answer.CRM)
    stage.audience.edit(member, {"CITY": "Oslo"})
    stage.settle()
    assert cities(stage, crm, member) == ("Graz", "Oslo")
    assert [one.mailchimp for one in asked(stage)] == ["Oslo"]


def test_a_conflict_like_an_answered_one_is_asked_again(stage: Stage) -> None:
    crm, member = in_conflict(stage)
    say(stage, Answer.CRM)
    stage.settle()
    stage.crm.edit(crm, {"City": "Bern"})
    stage.settle()
    stage.crm.edit(crm, {"City": "Graz"})
    stage.audience.edit(member, {"CITY": "Kyiv"})
    stage.settle()
    assert len(asked(stage)) == 1


def test_who_answered_what_and_when_is_in_the_audit_log_and_with_the_person(stage: Stage) -> None:
    in_conflict(stage)
    person = asked(stage)[0].person_id
    say(stage, Answer.CRM)
    with stage.engine.begin() as db:
        assert [(one.who, "Take the CRM's" in one.what) for one in entries(db)] == [("eve@b.example", True)]
        assert [(one.answer, one.answered_by) for one in answered_of(db, person)] == [(Answer.CRM, "eve@b.example")]


def test_a_question_that_is_over_or_another_answer_is_refused_and_nothing_is_noted(stage: Stage) -> None:
    in_conflict(stage)
    one = asked(stage)[0]
    with pytest.raises(NeedsAttention, match="no answer to question"):
        say(stage, Answer.BACK, one)
    say(stage, Answer.KEEP, one)
    with pytest.raises(NeedsAttention, match="not open any more"):
        say(stage, Answer.KEEP, one)


def archived_before(stage: Stage, email: str = "ann@x.example") -> tuple[str, str]:
    member = stage.audience.add(email, {"LNAME": "Lee"}, consent=Consent.UNKNOWN)
    stage.audience.archive(member)
    crm = stage.crm.add(email, {"Last": "Lee"}, takes_part=True)
    stage.settle()
    return crm, member


def test_who_was_archived_before_we_came_is_brought_back_by_an_answer(stage: Stage) -> None:
    crm, member = archived_before(stage)
    assert asked(stage)[0].answers == (Answer.BACK, Answer.CONFIRM, Answer.OUT)
    say(stage, Answer.BACK)
    stage.settle()
    record = stage.audience.record(member)
    assert (record.takes_part, record.person.consent) == (True, Consent.SUBSCRIBED)
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC
    assert stage.crm.record(crm).takes_part is True
    assert asked(stage) == []


def test_who_comes_back_may_be_asked_for_a_confirmation_first(stage: Stage) -> None:
    _, member = archived_before(stage)
    say(stage, Answer.CONFIRM)
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.PENDING
    assert asked(stage) == []


def test_who_is_left_out_gets_the_flag_no_and_is_not_asked_about_again(stage: Stage) -> None:
    crm, member = archived_before(stage)
    say(stage, Answer.OUT)
    stage.settle()
    assert (stage.crm.record(crm).takes_part, stage.audience.record(member).takes_part) == (False, False)
    stage.crm.edit(crm, {"City": "Bern"})
    stage.settle()
    assert asked(stage) == []
    assert stage.people()["ann@x.example"].standing == Standing.EXCLUDED


def test_nobody_who_unsubscribed_before_the_archive_is_brought_back_but_by_confirming(stage: Stage) -> None:
    member = stage.audience.sign_up("ann@x.example").key
    stage.audience.unsubscribe(member)
    stage.audience.archive(member)
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    say(stage, Answer.BACK)
    stage.settle()
    (again,) = asked(stage)
    assert again.answers == (Answer.CONFIRM, Answer.OUT)
    assert "opted out before" in again.why
    assert stage.audience.record(member).takes_part is False


def test_thirty_people_are_brought_back_by_one_answer(stage: Stage) -> None:
    for number in range(30):
        member = stage.audience.add(f"p{number}@x.example", consent=Consent.UNKNOWN)
        stage.audience.archive(member)
        stage.crm.add(f"p{number}@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    ids = [one.id for one in asked(stage)]
    with stage.engine.begin() as db:
        answer(db, ids, Answer.BACK, "eve@b.example", stage.clock())
    stage.settle()
    assert stage.standings() == {"in_sync": 30, "waiting": 0, "excluded": 0, "failed": 0}


def test_of_several_with_one_address_the_one_that_is_chosen_is_linked(stage: Stage) -> None:
    stage.rules(replace(RULES, duplicate=Duplicate.ASK))
    keys = [stage.crm.add("office@x.example", {"Last": name}, takes_part=True) for name in ("Lee", "Li", "Low")]
    stage.settle()
    assert {one.topic for one in asked(stage)} == {Topic.WHO}
    assert len(asked(stage)) == 3
    say(stage, Answer.SAME, asked(stage)[1])
    stage.settle()
    (member,) = stage.audience.records()
    assert stage.crm.record(keys[1]).mailchimp_id == member.key
    assert member.person.fields["LNAME"] == "Li"
    assert asked(stage) == []
    assert stage.standings() == {"in_sync": 1, "waiting": 0, "excluded": 2, "failed": 0}


def test_of_several_that_could_be_a_member_the_chosen_one_is_linked(stage: Stage) -> None:
    stage.rules(replace(RULES, duplicate=Duplicate.ASK))
    member = stage.audience.sign_up("office@x.example").key
    keys = [stage.crm.add("office@x.example", {"Last": name}, takes_part=True) for name in ("Lee", "Li")]
    stage.settle()
    chosen = next(one for one in asked(stage) if "Li" in one.person)
    say(stage, Answer.SAME, chosen)
    stage.settle()
    assert [stage.crm.record(key).mailchimp_id for key in keys] == ["", member]
    assert asked(stage) == []


def test_an_address_that_is_held_may_go_back_to_mailchimp_s_or_stay(stage: Stage) -> None:
    ann, ann_member = linked(stage)
    linked(stage, "bob@x.example")
    stage.crm.change_address(ann, "bob@x.example")
    stage.settle()
    (one,) = asked(stage)
    assert (one.topic, one.answers) == (Topic.ADDRESS, (Answer.MAILCHIMP, Answer.KEEP))
    say(stage, Answer.MAILCHIMP)
    stage.settle()
    assert stage.crm.record(ann).email == "ann@x.example" == stage.audience.record(ann_member).email
    assert asked(stage) == []


def test_a_held_address_that_stays_as_it_is_is_not_asked_about_again(stage: Stage) -> None:
    ann, _ = linked(stage)
    linked(stage, "bob@x.example")
    stage.crm.change_address(ann, "bob@x.example")
    stage.settle()
    say(stage, Answer.KEEP)
    stage.settle()
    stage.crm.edit(ann, {"City": "Graz"})
    stage.settle()
    assert asked(stage) == []


def test_who_opted_out_is_sent_the_confirmation_mail_by_a_logged_click_and_lifts_the_no_alone(stage: Stage) -> None:
    crm, member = linked(stage)
    stage.audience.unsubscribe(member)
    stage.settle()
    person = stage.people()["ann@x.example"].id
    with stage.engine.begin() as db:
        offer_confirmation(db, stage.sync.connection_id, person, "eve@b.example", "she phoned", stage.clock())
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.PENDING
    assert stage.crm.record(crm).person.consent is Consent.UNSUBSCRIBED  # not before the own yes
    stage.clock.move(60)
    stage.audience.confirm(member)
    stage.settle()
    assert stage.crm.record(crm).person.consent is Consent.SUBSCRIBED
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_a_confirmation_mail_that_mailchimp_refuses_is_not_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, member = linked(stage)
    stage.audience.clean(member)
    stage.settle()
    stage.audience.edit(member, consent=Consent.UNSUBSCRIBED)
    stage.settle()

    def refuses(*_: object) -> None:
        raise RecordRejected("No mail to ann.", "Let her sign up herself.", code="compliance")

    monkeypatch.setattr(stage.audience, "_moved", refuses)
    person = stage.people()["ann@x.example"].id
    with stage.engine.begin() as db:
        offer_confirmation(db, stage.sync.connection_id, person, "eve@b.example", "she phoned", stage.clock())
    stage.run()
    stage.run()
    assert writes(stage.run()) == 0


def test_who_waits_for_an_answer_is_planned_once_it_was_given(stage: Stage) -> None:
    in_conflict(stage)
    say(stage, Answer.CRM)
    person = stage.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.PLANNED)
    assert person.reason == "answered: Take the CRM's; the next run carries it out"
