"""A record that a side refuses waits for its next try on a ladder, and never delays the others."""

from datetime import timedelta
from itertools import pairwise
from typing import cast

import pytest

from listloop.core.errors import NeedsAttention, TryLater
from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.core.side import Audience, Crm
from listloop.store.people import retry_failed
from listloop.sync.run import run_once
from listloop.testing.memory import FaultyCrm
from listloop.testing.simulation.history import Fault, Trouble
from listloop.testing.simulation.line import Line, Schedule
from tests.sync.stage import Stage


@pytest.fixture
def line(stage: Stage) -> Line:
    """The line to the CRM, which refuses whom the test names."""
    made = Line("crm", stage.crm, Schedule(), lambda: None)
    stage.sync.crm = cast("Crm", made)
    return made


def test_one_bad_record_does_not_delay_the_others(stage: Stage, line: Line) -> None:
    keys = [stage.crm.add(f"{name}@x.example", {"Last": name}, takes_part=True) for name in ("ann", "bob", "cem")]
    stage.settle()
    line.refused.add(keys[1])
    for one in stage.audience.records():
        stage.audience.edit(one.key, {"CITY": "Bern"})
    stage.run()
    assert [one.person.fields["City"] for one in stage.crm.records()] == ["Bern", "", "Bern"]
    person = stage.people()["bob@x.example"]
    assert person.standing == Standing.FAILED
    assert "is refused" in person.reason


def test_a_refused_record_is_tried_again_ever_more_rarely(stage: Stage, line: Line) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    line.refused.add(key)
    stage.audience.edit(stage.audience.records()[0].key, {"CITY": "Bern"})
    tried = [stage.clock()]
    tries = len(line.requests)
    stage.run(minutes=1)
    for _ in range(300):
        before = len(line.requests)
        stage.run(minutes=1)
        if len(line.requests) > before:
            tried.append(stage.clock())
    waits = [round((later - earlier) / timedelta(minutes=1)) for earlier, later in pairwise(tried)]
    assert waits[:4] == [2, 5, 30, 120]
    assert len(line.requests) - tries == 5


def test_a_return_that_the_crm_refused_is_told_again_although_another_field_was_written(
    stage: Stage, line: Line
) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    (member,) = stage.audience.records()
    stage.audience.unsubscribe(member.key)
    stage.settle()
    stage.clock.move(3600)
    stage.audience.sign_up("ann@x.example", {"CITY": "Bern"})
    line.plan.load([Fault(Trouble.REFUSE, 1, "write")], [])  # the consent, which travels alone and first
    stage.run()
    record = stage.crm.record(key)
    assert (record.person.fields["City"], record.person.consent) == ("Bern", Consent.UNSUBSCRIBED)
    stage.run()
    assert stage.crm.record(key).person.consent is Consent.SUBSCRIBED


def test_after_a_week_of_daily_tries_it_has_failed_until_a_person_retries(stage: Stage, line: Line) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    line.refused.add(key)
    stage.audience.edit(stage.audience.records()[0].key, {"CITY": "Bern"})
    for _ in range(16):
        stage.run(minutes=60 * 25)
    asked = len(line.requests)
    stage.run(minutes=60 * 24 * 30)
    person = stage.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.FAILED, Rule.GAVE_UP)
    assert len(line.requests) == asked
    line.refused.clear()
    with stage.engine.begin() as db:
        assert retry_failed(db, stage.sync.connection_id, [person.id]) == 1
    stage.run()
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_a_retry_of_everybody_starts_the_ladder_anew(stage: Stage, line: Line) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    line.refused.add(key)
    stage.audience.edit(stage.audience.records()[0].key, {"CITY": "Bern"})
    for _ in range(4):
        stage.run(minutes=60 * 13)
    with stage.engine.begin() as db:
        assert retry_failed(db, stage.sync.connection_id) == 1
    stage.run(minutes=0)
    assert stage.people()["ann@x.example"].tries == 1


def test_healed_it_is_in_step_after_its_next_try(stage: Stage, line: Line) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    line.refused.add(key)
    stage.audience.edit(stage.audience.records()[0].key, {"CITY": "Bern"})
    stage.run()
    line.refused.clear()
    stage.run()
    assert stage.crm.record(key).person.fields["City"] == "Bern"
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_a_lost_reply_is_recognised_and_nobody_is_created_twice(stage: Stage) -> None:
    schedule = Schedule()
    stage.sync.crm = FaultyCrm(stage.crm, schedule)
    stage.audience.sign_up("ann@x.example", {"FNAME": "Ann"})
    schedule.load([Fault(Trouble.LOST_REPLY, 1)], [])
    with pytest.raises(TryLater):
        stage.run()
    schedule.load([], [])
    stage.settle()
    assert [one.email for one in stage.crm.records()] == ["ann@x.example"]


def test_a_name_of_300_characters_is_cut_where_it_does_not_fit_and_whole_where_it_does(stage: Stage) -> None:
    name = "é" * 300
    key = stage.crm.add("ann@x.example", {"Last": "Lee", "First": name[:100]}, takes_part=True)
    stage.crm.add("bob@x.example", {"Last": name}, takes_part=True)
    stage.settle()
    members = {one.email: one for one in stage.audience.records()}
    assert members["ann@x.example"].person.fields["FNAME"] == name[:100]
    assert members["bob@x.example"].person.fields["LNAME"] == name[:127]  # 255 bytes
    assert stage.crm.records()[1].person.fields["Last"] == name
    assert stage.crm.record(key).person.fields["First"] == name[:100]


def test_a_revoked_key_stops_the_run_and_loses_nothing(stage: Stage) -> None:
    schedule = Schedule()
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.sync.crm = FaultyCrm(stage.crm, schedule)
    schedule.load([Fault(Trouble.NEEDS_ATTENTION, 1)], [])
    with pytest.raises(NeedsAttention):
        run_once(stage.sync, "schedule")
    schedule.load([], [])
    stage.settle()
    assert len(stage.audience.records()) == 1


def test_who_is_refused_for_a_taken_address_and_linked_in_the_same_run_is_in_sync(stage: Stage) -> None:
    """The address is given up by a link that moves in this very run, so whoever is new gets its member."""
    old = stage.crm.add("ann@x.example", {"Last": "Ada"}, takes_part=True)
    stage.settle()
    stage.audience.sign_up("dao@x.example")
    stage.crm.change_address(old, "dao@x.example")
    stage.crm.add("ann@x.example", {"Last": "Zoë"}, takes_part=True)
    stage.settle()
    assert {email: one.standing for email, one in stage.people().items()} == {
        "ann@x.example": Standing.IN_SYNC,
        "dao@x.example": Standing.IN_SYNC,
    }


def test_who_one_side_refused_is_tried_again_there_although_the_other_side_took_its_part(stage: Stage) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    (member,) = stage.audience.records()
    line = Line("mailchimp", stage.audience, Schedule(), lambda: None)
    line.refused.add(member.key)
    stage.sync.audience = cast("Audience", line)
    stage.crm.edit(key, {"City": "Bern"})
    stage.audience.edit(member.key, {"FNAME": "Ann"})
    stage.run()
    assert stage.crm.record(key).person.fields["First"] == "Ann"
    line.refused.clear()
    stage.run()
    assert stage.audience.record(member.key).person.fields["CITY"] == "Bern"
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC


def test_who_signs_up_after_mailchimp_refused_their_erased_address_is_welcome(stage: Stage) -> None:
    """A user had deleted the member for good; the person comes back by the form, and is opted out by nobody."""
    stage.audience.delete(stage.audience.add("ann@x.example", {"LNAME": "Lee"}))
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.run()
    assert stage.people()["ann@x.example"].rule == Rule.OPTED_OUT
    stage.clock.move(60)
    member = stage.audience.sign_up("ann@x.example").key
    stage.settle()
    assert stage.audience.record(member).person.consent is Consent.SUBSCRIBED
    assert stage.crm.record(key).person.consent is not Consent.UNSUBSCRIBED


def test_an_address_that_mailchimp_refuses_as_erased_is_a_no_for_everybody_who_has_it(stage: Stage) -> None:
    stage.audience.delete(stage.audience.add("ann@x.example", {"LNAME": "Lee"}))
    keys = [stage.crm.add("ann@x.example", {"Last": name}, takes_part=True) for name in ("Lee", "Ray")]
    stage.run()
    stage.settle()
    assert {stage.crm.record(key).person.consent for key in keys} == {Consent.UNSUBSCRIBED}
