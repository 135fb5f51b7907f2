"""A yes to a part of a plan: what is approved is exactly what is written, and the rest waits on its own."""

from dataclasses import replace

import pytest

from listloop.core.errors import NeedsAttention
from listloop.core.people import SideName
from listloop.core.plan import Rule
from listloop.store import inbox
from listloop.store.holding import Chosen
from listloop.store.runs import REST, RunRow, runs_in
from listloop.sync.approval import ASIDE, drop, say_yes
from listloop.sync.run import approve, run_once
from tests.sync.stage import RULES, Stage

NAMES = ("ann", "bob", "cem", "dao", "eva", "fox")


@pytest.fixture
def many(stage: Stage) -> Stage:
    """Six linked people, of whom two of one kind may go without a yes."""
    stage.rules(replace(RULES, guard_least=2))
    for name in NAMES:
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    stage.settle()
    stage.clock.move(3600)
    return stage


def archived(stage: Stage) -> set[str]:
    return {one.email[:3] for one in stage.audience.records() if one.takes_part is False}


def waiting(stage: Stage) -> list[RunRow]:
    with stage.engine.begin() as db:
        return runs_in(db, stage.sync.connection_id, ("waiting",))


def chosen(stage: Stage, *names: str) -> Chosen:
    return Chosen(people=frozenset(stage.people()[f"{name}@x.example"].id for name in names))


def four_are_taken_out(stage: Stage) -> RunRow:
    for one in stage.crm.records()[:4]:
        stage.crm.flag(one.key, takes_part=False)
    return run_once(stage.sync, "schedule")


def test_a_yes_to_two_people_writes_these_two_and_the_others_wait(many: Stage) -> None:
    plan = four_are_taken_out(many)
    done = approve(many.sync, plan.id, "Ada", chosen(many, "ann", "cem"))
    assert (done.state, done.counts["people"], done.approved_by) == ("done", 2, "Ada")
    assert archived(many) == {"ann", "cem"}
    (rest,) = waiting(many)
    assert (rest.trigger, rest.counts["held"]) == (REST, 2)
    assert f"run {plan.number}" in rest.wait


def test_what_waits_is_not_written_by_later_runs_although_it_would_be_few_enough(many: Stage) -> None:
    approve(many.sync, four_are_taken_out(many).id, "Ada", chosen(many, "ann", "cem", "dao"))
    for _ in range(3):
        many.clock.move(86_400)
        run_once(many.sync, "schedule")
    assert archived(many) == {"ann", "cem", "dao"}
    assert many.people()["bob@x.example"].rule == Rule.HELD
    (rest,) = waiting(many)
    approve(many.sync, rest.id, "Ada")
    assert archived(many) == {"ann", "bob", "cem", "dao"}


def test_a_no_to_the_rest_keeps_it_as_it_is_until_somebody_edits_the_person(many: Stage) -> None:
    approve(many.sync, four_are_taken_out(many).id, "Ada", chosen(many, "ann", "cem", "dao"))
    (rest,) = waiting(many)
    drop(many.engine, rest.id, many.clock())
    many.clock.move(86_400)
    run_once(many.sync, "schedule")
    assert archived(many) == {"ann", "cem", "dao"}
    assert many.people()["bob@x.example"].reason == ASIDE
    many.crm.flag(many.crm.records()[1].key, takes_part=True)
    many.settle()
    assert many.people()["bob@x.example"].standing == "in_sync"


def test_who_moves_meanwhile_is_decided_anew_and_no_longer_part_of_the_rest(many: Stage) -> None:
    approve(many.sync, four_are_taken_out(many).id, "Ada", chosen(many, "ann", "cem", "dao"))
    many.crm.flag(many.crm.records()[1].key, takes_part=True)
    many.clock.move(3600)
    run_once(many.sync, "schedule")
    (rest,) = waiting(many)
    approve(many.sync, rest.id, "Ada")
    assert archived(many) == {"ann", "cem", "dao"}


def test_a_yes_to_one_kind_writes_that_kind(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Ann"}, takes_part=True)
    stage.audience.sign_up("bob@x.example", {"LNAME": "Bob"})
    plan = run_once(stage.sync, "first")
    approve(stage.sync, plan.id, "Ada", Chosen(kinds=frozenset({"new_crm"})))
    assert {one.email for one in stage.crm.records()} == {"ann@x.example", "bob@x.example"}
    assert {one.email for one in stage.audience.records()} == {"bob@x.example"}
    again = run_once(stage.sync, "schedule")
    assert (again.state, again.trigger, again.counts["held"]) == ("waiting", REST, 1)
    approve(stage.sync, again.id, "Ada")
    assert len(stage.audience.records()) == 2
    assert run_once(stage.sync, "schedule").state == "done"


def test_nobody_chosen_approves_nothing(many: Stage) -> None:
    plan = four_are_taken_out(many)
    with pytest.raises(NeedsAttention, match="nothing was approved"):
        say_yes(many.engine, plan.id, "Ada", many.clock(), chosen(many, "fox"))
    assert [one.id for one in waiting(many)] == [plan.id]
    assert archived(many) == set()


def test_everybody_chosen_leaves_no_rest(many: Stage) -> None:
    plan = four_are_taken_out(many)
    approve(many.sync, plan.id, "Ada", Chosen(kinds=frozenset({"part"})))
    assert archived(many) == {"ann", "bob", "cem", "dao"}
    assert waiting(many) == []


def test_what_waits_is_announced_at_once_and_once(many: Stage) -> None:
    said: list[str] = []
    many.sync.announce = said.append
    four_are_taken_out(many)
    assert len(said) == 1
    assert "4 × archive" in said[0]


def test_a_yes_to_a_part_of_the_first_plan_is_none_for_who_is_heard_of_meanwhile(stage: Stage) -> None:
    for name in NAMES:
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    first = run_once(stage.sync, "schedule")
    assert first.state == "waiting"
    bob = stage.crm.records()[1].key
    stage.crm.edit(bob, {"City": "Rome"})
    with stage.engine.begin() as db:
        inbox.put(db, stage.sync.connection_id, side=SideName.CRM, source="webhook", key=bob, at=stage.clock())
    approve(stage.sync, first.id, "Ada", chosen(stage, "ann"))
    assert {one.email for one in stage.audience.records()} == {"ann@x.example"}
