"""An address that moves to where somebody is already: the address does not move, the link does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.core.rules import Gone
from listloop.store.people import everybody
from listloop.sync.run import approve, run_once
from tests.sync.stage import RULES, Stage, make_stage, writes

NAMES = ("ann", "bob", "cem", "dao", "eva", "fox")


def at(name: str) -> str:
    return f"{name}@x.example"


def linked(stage: Stage, *names: str) -> list[tuple[str, str]]:
    """Linked people with these names, as (CRM key, member key)."""
    keys = [stage.crm.add(at(one), {"Last": one, "City": f"{one} city"}, takes_part=True) for one in names]
    stage.settle()
    return [(key, stage.crm.record(key).mailchimp_id) for key in keys]


def shown(stage: Stage) -> dict[str, tuple[str, str]]:
    """By address, the last name in the CRM and in Mailchimp."""
    here = {one.email: one.person.fields["Last"] for one in stage.crm.records()}
    there = {one.email: one.person.fields["LNAME"] for one in stage.audience.records() if one.takes_part}
    return {email: (here.get(email, ""), there.get(email, "")) for email in {*here, *there}}


def swap(stage: Stage, one: str, two: str) -> None:
    first, second = stage.crm.record(one).email, stage.crm.record(two).email
    stage.crm.change_address(one, second)
    stage.crm.change_address(two, first)


def test_who_signed_up_with_the_new_address_is_linked_and_the_old_member_is_archived(stage: Stage) -> None:
    ((crm, member),) = linked(stage, "ann")
    new = stage.audience.sign_up(at("anna"), {"COMPANY": "Acme"}).key
    stage.crm.change_address(crm, at("anna"))
    stage.settle()
    assert stage.crm.record(crm).mailchimp_id == new
    assert len(stage.crm.records()) == 1
    assert (stage.audience.record(member).takes_part, stage.audience.record(new).takes_part) == (False, True)
    assert stage.audience.record(new).person.fields["LNAME"] == "ann"
    assert stage.crm.record(crm).person.fields["Company"] == "Acme"  # what the new member alone knew fills an empty
    assert stage.standings() == {"in_sync": 1, "waiting": 0, "excluded": 0, "failed": 0}


def test_a_member_left_behind_and_left_in_the_audience_never_becomes_a_new_person(stage: Stage) -> None:
    stage.rules(replace(RULES, gone=Gone.LEAVE))
    ((crm, member),) = linked(stage, "ann")
    stage.audience.sign_up(at("anna"))
    stage.crm.change_address(crm, at("anna"))
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert len(stage.crm.records()) == 1
    assert stage.people()[at("ann")].rule == Rule.MOVED


def test_a_swap_in_the_crm_moves_the_links_and_the_values_of_the_crm(stage: Stage) -> None:
    (ann, ann_member), (bob, bob_member) = linked(stage, "ann", "bob")
    swap(stage, ann, bob)
    done = stage.run()
    assert (stage.crm.record(ann).mailchimp_id, stage.crm.record(bob).mailchimp_id) == (bob_member, ann_member)
    assert shown(stage) == {at("bob"): ("ann", "ann"), at("ann"): ("bob", "bob")}
    assert stage.audience.record(bob_member).person.fields["CITY"] == "ann city"
    assert done.state == "done"
    assert writes(stage.run()) == 0


def test_a_value_that_only_the_other_person_has_does_not_stay_at_the_moved_address(stage: Stage) -> None:
    (ann, _), (bob, bob_member) = linked(stage, "ann", "bob")
    stage.crm.edit(ann, {"City": ""})
    stage.crm.edit(bob, labels=frozenset({"customers"}))
    stage.settle()
    swap(stage, ann, bob)
    stage.settle()
    assert stage.audience.record(bob_member).person.fields["CITY"] == ""
    assert stage.audience.record(bob_member).person.labels == frozenset()
    assert stage.crm.record(bob).person.labels == {"customers"}


def test_a_swap_in_mailchimp_moves_the_addresses_in_the_crm(stage: Stage) -> None:
    (ann, ann_member), (bob, bob_member) = linked(stage, "ann", "bob")
    stage.audience.change_address(ann_member, at("between"))
    stage.audience.change_address(bob_member, at("ann"))
    stage.audience.change_address(ann_member, at("bob"))
    stage.settle()
    assert (stage.crm.record(ann).email, stage.crm.record(bob).email) == (at("bob"), at("ann"))
    assert stage.crm.record(ann).mailchimp_id == ann_member


def test_the_mailbox_keeps_its_consent_and_a_no_of_either_counts_for_both(stage: Stage) -> None:
    (ann, _), (bob, bob_member) = linked(stage, "ann", "bob")
    stage.audience.unsubscribe(bob_member)
    stage.settle()
    swap(stage, ann, bob)
    stage.settle()
    assert {one.person.consent for one in (*stage.crm.records(), *stage.audience.records())} == {Consent.UNSUBSCRIBED}


def test_an_address_that_somebody_keeps_is_held_and_explained(stage: Stage) -> None:
    (ann, _), _ = linked(stage, "ann", "bob")
    stage.crm.change_address(ann, at("bob"))
    stage.settle()
    with stage.engine.begin() as db:
        (held,) = [one for one in everybody(db, stage.sync.connection_id) if one.crm and one.crm.key == ann]
    assert (held.standing, held.rule) == (Standing.WAITING, Rule.QUESTION)
    assert "which bob has already" in held.reason
    assert len(stage.audience.records()) == 2


def test_a_chain_goes_through_from_its_free_end(stage: Stage) -> None:
    people = linked(stage, *NAMES)
    for (crm, _), new in zip(people, [*NAMES[1:], "gil"], strict=True):
        stage.crm.change_address(crm, at(new))
    for _ in NAMES:
        stage.run()
    assert writes(stage.run()) == 0
    assert [stage.crm.record(crm).mailchimp_id for crm, _ in people] == [member for _, member in people]
    assert shown(stage) == {at(new): (old, old) for old, new in zip(NAMES, [*NAMES[1:], "gil"], strict=True)}


def test_a_chain_that_ends_at_an_unlinked_member_moves_all_links_at_once(stage: Stage) -> None:
    people = linked(stage, "ann", "bob")
    stage.audience.sign_up(at("gil"))
    for (crm, _), new in zip(people, ("bob", "gil"), strict=True):
        stage.crm.change_address(crm, at(new))
    stage.settle()
    assert shown(stage) == {at("bob"): ("ann", "ann"), at("gil"): ("bob", "bob")}
    assert len(stage.audience.records()) == 3  # the first one's member, archived, is nobody new


def test_an_address_archived_in_mailchimp_is_not_taken_without_a_person(stage: Stage) -> None:
    ((ann, member),) = linked(stage, "ann")
    stage.audience.archive(stage.audience.add(at("old")))
    stage.crm.change_address(ann, at("old"))
    stage.settle()
    person = stage.people()[at("old")]
    assert (person.rule, stage.crm.record(ann).mailchimp_id) == (Rule.QUESTION, member)
    assert "which is archived in Mailchimp" in person.reason


def test_a_moved_link_counts_in_the_guard_as_a_kind_of_its_own(stage: Stage) -> None:
    stage.rules(replace(RULES, guard_least=1, guard_share=0))
    people = linked(stage, *NAMES[:4])
    swap(stage, people[0][0], people[1][0])
    stage.clock.move(25 * 3600)
    done = run_once(stage.sync, "schedule")
    assert done.state == "waiting"
    assert "2 × moved link" in done.wait
    assert stage.crm.record(people[0][0]).mailchimp_id == people[0][1]
    approve(stage.sync, done.id, "test")
    stage.settle()
    assert stage.crm.record(people[0][0]).mailchimp_id == people[1][1]


def test_a_mailchimp_id_changed_by_hand_links_the_member_of_that_id(stage: Stage) -> None:
    ((ann, member),) = linked(stage, "ann")
    stage.crm.add_address(ann, at("home"))
    other = stage.audience.add(at("home"), {"LNAME": "Ann", "FNAME": "A."}, consent=Consent.UNKNOWN)
    stage.settle()
    stage.crm.edit(ann, mailchimp_id=other)
    stage.settle()
    assert stage.crm.record(ann).mailchimp_id == other
    assert stage.crm.record(ann).person.fields["First"] == "A."  # the two meet for the first time
    assert stage.audience.record(member).takes_part is True  # nobody said that it may go
    assert len(stage.crm.records()) == 1


def test_an_id_whose_member_has_another_address_is_asked_about_where_the_old_member_keeps_the_own(
    stage: Stage,
) -> None:
    ((ann, _),) = linked(stage, "ann")
    other = stage.audience.add(at("other"), consent=Consent.UNKNOWN)
    stage.settle()
    stage.crm.edit(ann, mailchimp_id=other)
    stage.settle()
    assert stage.crm.record(ann).mailchimp_id == other
    assert stage.people()[at("ann")].rule in (Rule.QUESTION, Rule.DUPLICATE)
    assert len(stage.crm.records()) == 1


def test_an_id_written_into_two_records_belongs_to_the_linked_one(stage: Stage) -> None:
    (ann, ann_member), (bob, bob_member) = linked(stage, "ann", "bob")
    stage.crm.edit(ann, mailchimp_id=bob_member)
    stage.settle()
    assert (stage.crm.record(ann).mailchimp_id, stage.crm.record(bob).mailchimp_id) == (ann_member, bob_member)


orders = st.permutations(range(6))


@given(here=orders, there=orders, runs_between=st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_permutation_of_addresses_on_either_or_both_sides_converges_with_nobody_made(
    tmp_path_factory: pytest.TempPathFactory, here: list[int], there: list[int], runs_between: bool
) -> None:
    stage = make_stage(Path(tmp_path_factory.mktemp("moves")))
    people = linked(stage, *NAMES)
    for (crm, _), new in zip(people, here, strict=True):
        stage.crm.change_address(crm, at(NAMES[new]))
    if runs_between:
        stage.run()
    members = {one.key: one.email for one in stage.audience.records()}
    for member, email in members.items():
        stage.audience.change_address(member, f"between-{email}")
    for (member, _), new in zip(members.items(), there, strict=True):
        stage.audience.change_address(member, at(NAMES[new]))
    seen = {one.email for one in stage.audience.records()}
    for _ in range(5):
        stage.run()
        assert {one.email for one in stage.audience.records()} == seen, "no temporary address"
    assert writes(stage.run()) == 0
    assert len(stage.crm.records()) == len(stage.audience.records()) == 6
    assert stage.standings() == {"in_sync": 6, "waiting": 0, "excluded": 0, "failed": 0}
    linked_now = {stage.crm.record(crm).mailchimp_id for crm, _ in people}
    assert linked_now == {member for _, member in people}
    for crm, _ in people:
        record = stage.crm.record(crm)
        member_now = stage.audience.record(record.mailchimp_id)
        assert (record.email, record.person.fields["Last"]) == (member_now.email, member_now.person.fields["LNAME"])
    stage.engine.dispose()


def test_a_bounced_address_that_is_corrected_starts_as_a_new_member_with_the_consent_from_before(
    stage: Stage,
) -> None:
    ((ann, member),) = linked(stage, "ann")
    stage.audience.clean(member)
    stage.settle()
    assert stage.crm.record(ann).person.consent is Consent.CLEANED
    stage.crm.change_address(ann, at("anna"))
    stage.settle()
    new = stage.crm.record(ann).mailchimp_id
    assert new != member
    assert stage.audience.record(new).email == at("anna")
    assert stage.audience.record(new).person.consent is Consent.SUBSCRIBED
    assert stage.crm.record(ann).person.consent is Consent.SUBSCRIBED
    assert stage.audience.record(member).person.consent is Consent.CLEANED
    assert stage.audience.record(member).takes_part is True  # cleaned ones can't be archived
    assert stage.people()[at("ann")].rule == Rule.MOVED
    assert len(stage.crm.records()) == 1


def test_a_bounced_address_of_somebody_who_said_no_starts_as_nobody(stage: Stage) -> None:
    ((ann, member),) = linked(stage, "ann")
    stage.crm.opt_out(ann)
    stage.settle()
    stage.audience.edit(member, consent=Consent.CLEANED)
    stage.settle()
    stage.crm.change_address(ann, at("anna"))
    stage.settle()
    assert len(stage.audience.records()) == 1
    assert stage.crm.record(ann).person.consent is Consent.UNSUBSCRIBED
