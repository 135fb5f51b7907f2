"""What both products do two ways: who is found, who is made, who stays out, and edits in both directions."""

from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.core.plan import Rule, Standing
from listloop.store.history import history_of
from listloop.store.people import everybody
from listloop.sync.context import Scope
from tests.sync.stage import RULES, Stage, make_stage


def test_new_in_the_crm_becomes_a_member_whose_id_the_record_stores(stage: Stage) -> None:
    key = stage.crm.add("ann@x.example", {"First": "Ann", "Last": "Lee"}, {"customers"}, takes_part=True)
    stage.settle()
    (member,) = stage.audience.records()
    assert (member.email, member.person.fields["FNAME"], member.person.labels) == (
        "ann@x.example",
        "Ann",
        frozenset({"customer"}),
    )
    assert stage.crm.record(key).mailchimp_id == member.key


def test_new_in_mailchimp_becomes_an_individual_with_flag_and_id(stage: Stage) -> None:
    member = stage.audience.sign_up("ann@x.example", {"FNAME": "Ann", "LNAME": "Lee"})
    stage.settle()
    (record,) = stage.crm.records()
    assert (record.kind, record.takes_part, record.mailchimp_id) == ("Individual", True, member.key)


def test_new_in_mailchimp_with_a_company_becomes_a_contact_of_the_one_company_of_that_name(stage: Stage) -> None:
    for name in ("ann", "bob"):
        stage.audience.sign_up(f"{name}@x.example", {"LNAME": name, "COMPANY": "Acme"})
    stage.settle()
    assert [one.kind for one in stage.crm.records()] == ["Contact", "Contact"]
    assert list(stage.crm.companies) == ["Acme"]


def test_the_last_name_that_the_crm_requires_gets_the_fallback(stage: Stage) -> None:
    stage.audience.sign_up("ann@x.example")
    stage.settle()
    assert stage.crm.records()[0].person.fields["Last"] == "-"
    assert stage.audience.records()[0].person.fields["LNAME"] == ""


def test_the_stored_id_goes_before_the_address(stage: Stage) -> None:
    member = stage.audience.sign_up("ann@x.example", {"LNAME": "Lee"}).key
    by_mail = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    by_id = stage.crm.add("ann.lee@x.example", {"Last": "Lee"}, takes_part=True, mailchimp_id=member)
    stage.settle()
    assert stage.crm.record(by_id).mailchimp_id == member
    assert stage.crm.record(by_mail).mailchimp_id != member


def test_any_address_of_a_crm_record_matches(stage: Stage) -> None:
    key = stage.crm.add("ann@work.example", {"Last": "Lee"}, takes_part=True)
    stage.crm.add_address(key, "ann@home.example")
    member = stage.audience.sign_up("Ann@Home.example", {"LNAME": "Lee"})
    stage.settle()
    assert stage.crm.record(key).mailchimp_id == member.key
    assert len(stage.crm.records()) == len(stage.audience.records()) == 1


@pytest.mark.parametrize(
    ("email", "flag", "rule"),
    [
        ("", True, Rule.NO_EMAIL),
        ("nonsense", True, Rule.BAD_EMAIL),
        ("ann@x.example", False, Rule.FLAG_NO),
        ("ann@x.example", None, Rule.FLAG_BLANK),
    ],
)
def test_who_stays_out_is_excluded_with_the_rule(stage: Stage, email: str, flag: bool | None, rule: Rule) -> None:
    key = stage.crm.add(email, {"Last": "Lee"}, takes_part=flag)
    stage.settle()
    person = stage.people()[email or key]
    assert (person.standing, person.rule) == (Standing.EXCLUDED, rule)
    assert stage.audience.records() == ()


def test_a_duplicate_address_is_the_first_linked_one_s_and_free_again_when_that_lets_go(stage: Stage) -> None:
    first = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    second = stage.crm.add("ann@x.example", {"Last": "Li"}, takes_part=True)
    stage.settle()
    with stage.engine.begin() as db:
        rules = {one.crm.key: one.rule for one in everybody(db, stage.sync.connection_id) if one.crm}
    assert rules[second] == Rule.DUPLICATE
    stage.crm.change_address(first, "lee@x.example")
    stage.settle()
    assert {one.email: one.person.fields["LNAME"] for one in stage.audience.records()} == {
        "lee@x.example": "Lee",
        "ann@x.example": "Li",
    }


def test_edits_cross_both_ways_and_edits_of_different_fields_both_survive(stage: Stage) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    member = stage.crm.record(key).mailchimp_id
    stage.crm.edit(key, {"City": "Bern"})
    stage.audience.edit(member, {"FNAME": "Ann"})
    stage.settle()
    assert stage.audience.record(member).person.fields["CITY"] == "Bern"
    assert stage.crm.record(key).person.fields["First"] == "Ann"


def test_a_field_changed_on_both_sides_goes_by_the_owner_rule_and_the_loser_is_kept(stage: Stage) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, takes_part=True)
    stage.settle()
    member = stage.crm.record(key).mailchimp_id
    stage.crm.edit(key, {"City": "Graz"})
    stage.audience.edit(member, {"CITY": "Kyiv"})
    stage.settle()
    assert stage.audience.record(member).person.fields["CITY"] == "Graz"
    person = stage.people()["ann@x.example"]
    with stage.engine.begin() as db:
        lines = history_of(db, person.id)
    assert [line.old for line in lines if line.what == "lost"] == ["Kyiv"]


@pytest.mark.parametrize("side", ["crm", "audience"])
def test_a_changed_address_crosses_and_makes_nobody(stage: Stage, side: str) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    member = stage.crm.record(key).mailchimp_id
    if side == "crm":
        stage.crm.change_address(key, "anna@x.example")
    else:
        stage.audience.change_address(member, "anna@x.example")
    stage.settle()
    assert [one.email for one in (*stage.crm.records(), *stage.audience.records())] == ["anna@x.example"] * 2


def test_a_record_that_was_merged_into_another_hands_its_link_on(stage: Stage) -> None:
    key = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    member = stage.crm.record(key).mailchimp_id
    other = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True, mailchimp_id=member)
    stage.crm.delete(key)
    for _ in range(3):
        stage.run()
    stage.settle()
    assert stage.audience.record(member).takes_part is True
    assert stage.people()["ann@x.example"].standing == Standing.IN_SYNC
    assert stage.crm.record(other).takes_part is True


def test_a_second_run_over_everybody_writes_nothing(stage: Stage) -> None:
    for name in ("ann", "bob"):
        stage.crm.add(f"{name}@x.example", {"Last": name}, takes_part=True)
        stage.audience.sign_up(f"{name}.two@x.example", {"LNAME": name})
    stage.settle()
    run = stage.run(Scope(full=True, sweep=True))
    assert run.counts["people"] == 0


def test_one_long_story_ends_alike_on_every_database(database_url: str, tmp_path: Path) -> None:
    stage = make_stage(tmp_path, RULES, database_url)
    try:
        ann = stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, {"customers"}, takes_part=True)
        stage.crm.add("ann@x.example", {"Last": "Li"}, takes_part=True)
        stage.crm.add("", {"Last": "Doe"}, takes_part=True)
        bob = stage.audience.sign_up("bob@x.example", {"LNAME": "Ray", "COMPANY": "Acme"}).key
        stage.settle()
        stage.crm.edit(ann, {"City": "Graz"}, email="anna@x.example")
        stage.audience.unsubscribe(bob)
        stage.settle()
        stage.crm.flag(ann, takes_part=False)
        stage.settle()
        stage.crm.flag(ann, takes_part=True)
        stage.settle()
        members = {one.email: one for one in stage.audience.records()}
        assert {email: one.person.consent for email, one in members.items()} == {
            "anna@x.example": Consent.SUBSCRIBED,
            "ann@x.example": Consent.SUBSCRIBED,
            "bob@x.example": Consent.UNSUBSCRIBED,
        }
        assert members["anna@x.example"].person.fields["CITY"] == "Graz"
        assert stage.standings() == {"in_sync": 3, "waiting": 0, "excluded": 1, "failed": 0}
    finally:
        stage.engine.dispose()
