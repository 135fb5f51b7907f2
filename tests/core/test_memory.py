"""Memory moves only for what is settled; a refused write, an edit meanwhile and a crash lose nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listloop.core.fields import kept
from listloop.core.memory import created, settle, wrote
from listloop.core.people import Consent, Origin, Patch, SideName
from listloop.core.plan import Action, Decision, Memory, Pair, Rule, Seen, Standing
from listloop.core.questions import Topic
from listloop.core.rules import Direction, Gone, Owner
from listloop.testing.builders import field, record, row, rules
from tests.core.stage import CRM, MAILCHIMP, RULES, crm, linked, member, settled

FIRST, CITY = (one.name for one in RULES.rows)
LABEL = RULES.labels[0].name


def test_what_both_sides_show_is_remembered_once_nothing_is_to_be_written() -> None:
    stage = linked(First="Ada", City="Bern")
    assert stage.memory == Memory(
        Seen("ada@b.example", {FIRST: "Ada", CITY: "Bern"}, {LABEL: False}, Consent.SUBSCRIBED, mailchimp_id="id-1"),
        Seen("ada@b.example", {FIRST: "Ada", CITY: "Bern"}, {LABEL: False}, Consent.SUBSCRIBED),
    )


def test_memory_is_kept_per_side_since_a_side_cuts_and_trims() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(CRM, "First", " Augusta Ada")
    stage.run()
    assert (stage.known().crm.fields[FIRST], stage.known().mailchimp.fields[FIRST]) == (" Augusta Ada", "Augusta")
    assert not stage.run().writes


def test_a_decision_alone_moves_no_memory_of_what_it_is_about_to_write() -> None:
    stage = linked(First="Ada", City="Bern")
    before = stage.known()
    stage.edit(CRM, "First", "Augusta")
    stage.label(MAILCHIMP, "customer", has=True)
    stage.email(CRM, "new@b.example")
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    memory = settle(stage.pair(), stage.decide(), RULES)
    assert memory.crm == replace(before.crm, consent=Consent.SUBSCRIBED)
    assert memory.mailchimp == replace(before.mailchimp, consent=Consent.UNSUBSCRIBED)


@pytest.mark.parametrize("side", SideName)
def test_a_refused_write_is_decided_alike_until_it_is_taken(side: SideName) -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(side.other, "First" if side is MAILCHIMP else "FNAME", "Augusta")
    stage.label(side.other, "customers" if side is MAILCHIMP else "customer", has=True)
    stage.email(side.other, "new@b.example")
    refused = stage.run(refuses=[side])
    assert stage.run(refuses=[side]) == refused
    stage.run()
    assert not stage.run().writes
    assert stage.crm.email == stage.member.email == "new@b.example"
    assert stage.crm.person.fields["First"] == stage.member.person.fields["FNAME"] == "Augusta"
    assert stage.crm.person.labels
    assert stage.member.person.labels


def test_an_edit_of_another_field_that_the_reply_shows_is_not_absorbed() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(CRM, "First", "Augusta")
    stage.run(meanwhile=lambda: stage.edit(MAILCHIMP, "CITY", "Genf"))
    assert stage.crm.person.fields["City"] == "Bern"
    settled(stage)
    assert stage.crm.person.fields["City"] == "Genf"


@pytest.mark.parametrize("name", ["customer"])
def test_a_label_that_the_reply_shows_by_the_way_is_not_absorbed(name: str) -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.run(meanwhile=lambda: stage.label(MAILCHIMP, name, has=True))
    settled(stage)
    assert stage.crm.person.labels == {"customers"}


def test_an_unsubscribe_that_the_reply_shows_by_the_way_is_not_absorbed() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.run(meanwhile=lambda: stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED))
    settled(stage)
    assert stage.crm.person.consent is Consent.UNSUBSCRIBED


def test_a_value_that_the_side_stored_otherwise_is_told_and_not_remembered() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    decision, memory = stage.decide(), stage.known()
    reply = member(FNAME="AUGUSTA")
    after, differs = wrote(memory, decision, MAILCHIMP, reply, RULES)
    assert [(one.topic, one.crm, one.mailchimp) for one in differs] == [(Topic.STORED, "Augusta", "AUGUSTA")]
    assert differs[0].why == "sent “Augusta”, but “AUGUSTA” was stored"
    assert after == memory


@pytest.mark.parametrize(
    ("sent", "shown", "ours"),
    [
        pytest.param("Augusta", "Augusta", True, id="as sent"),
        pytest.param("Augusta Ada", "Augusta", True, id="cut to what the side holds"),
        pytest.param("Ada ", "Ada", True, id="white space at the end does not count"),
        pytest.param("Ada", "", False, id="not stored"),
        pytest.param("Ada", "ada", False, id="rewritten"),
        pytest.param("", "", True, id="cleared"),
        pytest.param("", "Ada", False, id="not cleared"),
    ],
)
def test_what_a_side_stored_is_what_it_was_sent_or_cuts_it_down_to(sent: str, shown: str, ours: bool) -> None:
    assert kept(field("FNAME", max_bytes=8), sent, shown) is ours


@pytest.mark.parametrize("side", SideName)
def test_killed_after_a_write_the_own_value_is_known_again_and_decides_to_nothing(side: SideName) -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(side.other, "First" if side is MAILCHIMP else "FNAME", "Augusta")
    stage.run(killed=side)
    assert not stage.run().writes
    assert stage.crm.person.fields["First"] == stage.member.person.fields["FNAME"] == "Augusta"


def test_an_edit_of_the_source_after_the_kill_still_crosses() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.run(killed=MAILCHIMP, meanwhile=lambda: stage.edit(CRM, "First", "Lovelace"))
    settled(stage)
    assert stage.member.person.fields["FNAME"] == "Lovelace"
    assert not stage.lost


def test_an_edit_of_the_target_after_the_kill_goes_by_the_owner_rule_and_is_kept() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.run(killed=MAILCHIMP, meanwhile=lambda: stage.edit(MAILCHIMP, "FNAME", "Lovelace"))
    settled(stage)
    assert stage.crm.person.fields["First"] == stage.member.person.fields["FNAME"] == "Augusta"
    assert [(one.side, one.field, one.value) for one in stage.lost] == [(MAILCHIMP, "FNAME", "Lovelace")]


def test_an_edit_of_another_field_after_the_kill_crosses() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.edit(CRM, "First", "Augusta")
    stage.run(killed=MAILCHIMP, meanwhile=lambda: stage.edit(MAILCHIMP, "CITY", "Genf"))
    settled(stage)
    assert stage.crm.person.fields["City"] == "Genf"


def test_an_open_row_keeps_its_memory_so_that_the_question_stays() -> None:
    stage = linked(First="Ada")
    before = stage.known().crm.fields[FIRST]
    shown = stage.member.person
    stage.member = replace(stage.member, person=replace(shown, fields={"CITY": ""}))
    stage.edit(CRM, "First", "Augusta")
    for _ in range(2):
        assert stage.run().open == (FIRST,)
        assert stage.known().crm.fields[FIRST] == before
    stage.edit(MAILCHIMP, "FNAME", "Ada")
    settled(stage)
    assert stage.member.person.fields["FNAME"] == "Augusta"


def test_a_question_about_two_values_stays_until_it_is_answered() -> None:
    stage = linked(First="Ada")
    stage.rules = replace(RULES, rows=(replace(RULES.rows[0], owner=Owner.ASK), RULES.rows[1]))
    stage.edit(CRM, "First", "Augusta")
    stage.edit(MAILCHIMP, "FNAME", "Lovelace")
    for _ in range(2):
        assert stage.run().open == (FIRST,)
        assert stage.known().crm.fields[FIRST] == "Ada"


def test_a_consent_that_is_about_to_be_written_moves_no_memory() -> None:
    stage = linked()
    stage.consent(MAILCHIMP, Consent.UNSUBSCRIBED)
    settled(stage)
    stage.consent(CRM, Consent.SUBSCRIBED)
    stage.consent(MAILCHIMP, Consent.SUBSCRIBED, Origin.ADMIN)
    memory = settle(stage.pair(), stage.decide(), RULES)
    assert (memory.crm.consent, memory.mailchimp.consent) == (Consent.UNSUBSCRIBED, Consent.UNSUBSCRIBED)


NOT_DONE = {
    "a label": Patch(add=frozenset({"customer"})),
    "an address": Patch("new@b.example"),
    "a consent": Patch(consent=Consent.UNSUBSCRIBED),
    "the archive": Patch(takes_part=False),
}


@pytest.mark.parametrize("patch", NOT_DONE.values(), ids=NOT_DONE)
def test_what_the_reply_does_not_show_is_not_remembered_as_done(patch: Patch) -> None:
    stage = linked()
    reply = replace(stage.member, person=replace(stage.member.person, fields={}))
    assert wrote(stage.known(), Decision(mailchimp=patch), MAILCHIMP, reply, RULES) == (stage.known(), ())


def test_a_consent_that_came_between_is_not_remembered_as_the_one_we_wrote() -> None:
    stage = linked()
    reply = replace(stage.member, person=replace(stage.member.person, consent=Consent.CLEANED))
    lowering = Decision(mailchimp=Patch(consent=Consent.UNSUBSCRIBED))
    assert wrote(stage.known(), lowering, MAILCHIMP, reply, RULES)[0] == stage.known()


def test_a_row_that_was_not_mapped_for_a_while_starts_as_a_first_meeting() -> None:
    stage = linked(First="Ada", City="Bern")
    stage.rules = replace(RULES, rows=RULES.rows[:1])
    stage.run()
    stage.edit(MAILCHIMP, "CITY", "")
    stage.rules = RULES
    settled(stage)
    assert stage.member.person.fields["CITY"] == "Bern", "an empty does not erase at a first meeting"


def test_a_label_that_was_not_mapped_for_a_while_starts_as_a_first_meeting() -> None:
    """An administrator deletes the tag: the label rests, and nobody has lost it when it is made anew."""
    stage = linked(First="Ada")
    stage.label(CRM, "customers", has=True)
    settled(stage)
    stage.rules = replace(RULES, labels=())
    stage.run()
    stage.label(MAILCHIMP, "customer", has=False)
    stage.rules = RULES
    settled(stage)
    assert stage.crm.person.labels == {"customers"}
    assert stage.member.person.labels == {"customer"}


@pytest.mark.parametrize(("side", "name"), [(CRM, "customers"), (MAILCHIMP, "customer")])
def test_a_label_that_a_side_did_not_list_keeps_its_memory(side: SideName, name: str) -> None:
    stage = linked(First="Ada")
    stage.label(CRM, "customers", has=True)
    settled(stage)
    stage.show(side, replace(stage.record(side), labels_shown=False))
    stage.label(side, name, has=False)
    assert not stage.run().writes
    stage.show(side, replace(stage.record(side), labels_shown=True))
    settled(stage)
    assert stage.record(side.other).person.labels == frozenset()


AWAY = {
    "the flag set to No": lambda stage: stage.take_part(CRM, None if stage.crm.takes_part is False else False),
    "the address cleared": lambda stage: stage.email(CRM, "" if stage.crm.email else "ada@b.example"),
    "the address spoiled": lambda stage: stage.email(CRM, "ada@b.example" if stage.crm.email == "ada" else "ada"),
}


@pytest.mark.parametrize("gone", Gone)
@pytest.mark.parametrize("toggle", AWAY.values(), ids=AWAY)
def test_who_was_away_takes_part_again_and_what_was_edited_meanwhile_crosses(toggle: object, gone: Gone) -> None:
    assert callable(toggle)
    stage = linked(First="Ada", City="Bern")
    stage.rules = replace(RULES, gone=gone)
    toggle(stage)
    settled(stage)
    assert stage.parted
    assert stage.member.takes_part is (gone is Gone.LEAVE)
    stage.edit(CRM, "City", "Genf")
    stage.label(CRM, "customers", has=True)
    settled(stage)
    assert stage.member.person.fields["CITY"] == "Bern", "only a no crosses while parted"
    toggle(stage)
    settled(stage)
    assert not stage.parted
    assert stage.member.takes_part is True
    assert stage.member.person.consent is Consent.SUBSCRIBED
    assert stage.member.person.fields["CITY"] == "Genf"
    assert stage.member.person.labels == {"customer"}


def test_a_corrected_address_moves_the_member_who_was_archived_for_want_of_one() -> None:
    stage = linked(First="Ada")
    stage.email(CRM, "ada at b")
    settled(stage)
    stage.email(CRM, "new@b.example")
    settled(stage)
    assert (stage.member.takes_part, stage.member.email) == (True, "new@b.example")


def test_an_edit_made_along_with_the_flag_is_not_absorbed() -> None:
    stage = linked(First="Ada")
    stage.edit(CRM, "First", "Augusta")
    stage.take_part(CRM, False)
    settled(stage)
    stage.take_part(CRM, True)
    settled(stage)
    assert stage.member.person.fields["FNAME"] == "Augusta"


def test_a_refused_revival_is_tried_again() -> None:
    stage = linked(First="Ada")
    stage.take_part(CRM, False)
    settled(stage)
    stage.take_part(CRM, True)
    for _ in range(2):
        assert stage.run(refuses=[MAILCHIMP]).mailchimp.takes_part is True
    settled(stage)
    assert stage.member.takes_part is True
    assert not stage.parted


def test_a_refused_flag_is_tried_again_when_a_member_was_brought_back_from_the_archive() -> None:
    stage = linked(First="Ada")
    stage.take_part(MAILCHIMP, False)
    settled(stage)
    assert (stage.crm.takes_part, stage.parted) == (False, "archived")
    stage.take_part(MAILCHIMP, True)
    for _ in range(2):
        assert stage.run(refuses=[CRM]).crm.takes_part is True
    settled(stage)
    assert (stage.crm.takes_part, stage.parted) == (True, "")


def test_the_question_whether_a_member_may_come_back_stays_until_it_is_answered() -> None:
    stage = linked(First="Ada")
    stage.take_part(MAILCHIMP, False)
    settled(stage)
    stage.take_part(CRM, True)
    for _ in range(3):
        decision = stage.run()
        assert (decision.standing, decision.rule) == (Standing.WAITING, Rule.REVIVE)
    stage.take_part(CRM, False)
    assert stage.run().standing is Standing.EXCLUDED


def test_what_we_archived_is_remembered_with_the_consent_it_had() -> None:
    stage = linked(First="Ada")
    stage.take_part(CRM, False)
    stage.run()
    assert stage.known().archived_as is Consent.SUBSCRIBED
    stage.take_part(CRM, True)
    settled(stage)
    assert stage.known().archived_as is None


def test_whom_somebody_brought_back_is_no_longer_remembered_as_archived_by_us() -> None:
    stage = linked(First="Ada")
    stage.take_part(CRM, False)
    settled(stage)
    stage.take_part(MAILCHIMP, True)
    settled(stage)
    assert stage.known().archived_as is None


def test_a_no_that_is_written_along_with_the_archive_is_what_the_member_was_archived_as() -> None:
    stage = linked(First="Ada")
    stage.take_part(CRM, False)
    stage.consent(CRM, Consent.UNSUBSCRIBED)
    stage.run()
    assert stage.known().archived_as is Consent.UNSUBSCRIBED


def test_who_was_archived_by_somebody_else_is_remembered_as_nobody_of_ours() -> None:
    stage = linked(First="Ada")
    stage.take_part(MAILCHIMP, False)
    settled(stage)
    assert stage.known().archived_as is None


def test_a_member_that_was_just_created_is_remembered_with_what_it_was_given() -> None:
    here = crm(First="Augusta Ada", City="Bern")
    decision = Decision(Action.NEW_MAILCHIMP, mailchimp=Patch("ada@b.example", {"FNAME": "Augusta", "CITY": "Bern"}))
    memory = created(here, member(FNAME="Augusta", CITY="BERN"), decision, MAILCHIMP, RULES)
    assert memory.crm.fields == {FIRST: "Augusta Ada"}, "what was stored otherwise first meets"
    assert memory.mailchimp.fields == {FIRST: "Augusta"}
    assert (memory.crm.email, memory.mailchimp.email) == ("ada@b.example", "ada@b.example")
    assert (memory.crm.consent, memory.mailchimp.consent) == (Consent.SUBSCRIBED, Consent.SUBSCRIBED)


def test_a_person_who_was_just_created_in_the_crm_first_meets_with_what_was_not_carried() -> None:
    backward = rules(*RULES.rows[:1], row("City", "CITY", direction=Direction.TO_MAILCHIMP))
    decision = Decision(Action.NEW_CRM, crm=Patch("ada@b.example", {"First": "Ada"}))
    memory = created(crm(First="Ada"), member(FNAME="Ada", CITY="Bern"), decision, CRM, backward)
    assert memory.mailchimp.fields == {FIRST: "Ada"}


def test_a_label_that_a_new_record_did_not_take_first_meets() -> None:
    decision = Decision(Action.NEW_MAILCHIMP, mailchimp=Patch("ada@b.example", add=frozenset({"customer"})))
    here = record("p1", "ada@b.example", labels=["customers"])
    assert created(here, member(), decision, MAILCHIMP, RULES).crm.labels == {}
    given = record("m1", "ada@b.example", labels=["customer"])
    assert created(here, given, decision, MAILCHIMP, RULES).crm.labels == {LABEL: True}


def test_a_record_that_stands_alone_has_no_memory_to_move() -> None:
    assert settle(Pair(crm=crm()), Decision(), RULES) == Memory()
    memory = Memory(archived_as=Consent.SUBSCRIBED)
    assert settle(Pair(mailchimp=member(), memory=memory), Decision(), RULES) == memory
