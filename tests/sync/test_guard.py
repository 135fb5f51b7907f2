"""More destructive changes of one kind than usual wait for a yes; the rest goes on."""

from dataclasses import replace

import pytest

from listloop.core.people import Consent
from listloop.core.plan import Rule
from listloop.sync.run import approve, run_once
from tests.sync.stage import RULES, Stage


@pytest.fixture
def many(stage: Stage) -> Stage:
    """Six linked people, of whom two of one kind may go without a yes."""
    stage.rules(replace(RULES, guard_least=2))
    for name in ("ann", "bob", "cem", "dao", "eva", "fox"):
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    stage.settle()
    stage.clock.move(3600)
    return stage


def archived(stage: Stage) -> int:
    return sum(one.takes_part is False for one in stage.audience.records())


def test_a_mass_of_one_kind_waits_and_everything_else_goes_on(many: Stage) -> None:
    people = many.crm.records()
    for one in people[:4]:
        many.crm.flag(one.key, takes_part=False)
    many.crm.edit(people[4].key, {"First": "Eva"})
    run = run_once(many.sync, "schedule")
    assert (run.state, run.counts["held"]) == ("waiting", 4)
    assert "archive" in run.wait
    assert archived(many) == 0
    assert [one.person.fields["FNAME"] for one in many.audience.records() if one.email == "eva@x.example"] == ["Eva"]


def test_what_waits_is_written_after_a_yes(many: Stage) -> None:
    for one in many.crm.records()[:4]:
        many.crm.flag(one.key, takes_part=False)
    approve(many.sync, run_once(many.sync, "schedule").id, "Ada")
    assert archived(many) == 4


def test_few_of_one_kind_pass_without_a_yes(many: Stage) -> None:
    for one in many.crm.records()[:2]:
        many.crm.flag(one.key, takes_part=False)
    assert run_once(many.sync, "schedule").state == "done"
    assert archived(many) == 2


def test_drips_within_a_day_add_up(many: Stage) -> None:
    people = many.crm.records()
    for one in people[:2]:
        many.crm.flag(one.key, takes_part=False)
    run_once(many.sync, "schedule")
    many.clock.move(3600)
    many.crm.flag(people[2].key, takes_part=False)
    assert run_once(many.sync, "schedule").state == "waiting"
    assert archived(many) == 2


def test_a_day_later_as_many_pass_again(many: Stage) -> None:
    people = many.crm.records()
    for one in people[:2]:
        many.crm.flag(one.key, takes_part=False)
    run_once(many.sync, "schedule")
    many.clock.move(25 * 3600)
    many.crm.flag(people[2].key, takes_part=False)
    assert run_once(many.sync, "schedule").state == "done"
    assert archived(many) == 3


def test_a_mass_of_nos_said_in_mailchimp_is_never_held(many: Stage) -> None:
    for one in many.audience.records():
        many.audience.unsubscribe(one.key)
    assert run_once(many.sync, "schedule").state == "done"
    assert {one.person.consent for one in many.crm.records()} == {Consent.UNSUBSCRIBED}


def test_a_mass_of_nos_from_the_crm_waits(many: Stage) -> None:
    for one in many.crm.records()[:4]:
        many.crm.opt_out(one.key)
    assert run_once(many.sync, "schedule").state == "waiting"
    assert {one.person.consent for one in many.audience.records()} == {Consent.SUBSCRIBED}
    assert [one.rule for one in many.people().values()].count(Rule.HELD) == 4


@pytest.mark.parametrize("what", ["cleared fields", "removed labels"])
def test_clears_and_removed_labels_are_destructive_too(many: Stage, what: str) -> None:
    for one in many.crm.records():
        many.crm.edit(one.key, labels={"customers"})
    many.settle()
    many.clock.move(3600)
    for one in many.crm.records():
        if what == "cleared fields":
            many.crm.edit(one.key, {"City": ""})
        else:
            many.crm.edit(one.key, labels=set())
    assert run_once(many.sync, "schedule").counts["held"] == 6
