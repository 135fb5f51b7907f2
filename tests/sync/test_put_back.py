"""A side that shows an older state was put back from a backup: one question, and nothing is overwritten."""

import pytest

from listloop.core.people import SideName
from listloop.core.plan import Rule, Standing
from listloop.store.database import reading
from listloop.store.stale import count_stale
from listloop.sync.context import Scope
from listloop.sync.restored import believe
from listloop.sync.run import approve, run_once
from tests.sync.stage import Stage, writes


@pytest.fixture
def put_back(stage: Stage) -> Stage:
    """Three linked people; the CRM is put back to before two of them were edited and a fourth was made."""
    for name in ("ann", "bob", "cem"):
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    stage.settle()
    backup = stage.crm.backup()
    stage.clock.move(3600)
    stage.crm.edit("p000001", {"City": "Graz"})
    stage.crm.edit("p000002", {"City": "Kyiv"})
    stage.crm.add("dao@x.example", {"Last": "Xu"}, takes_part=True)
    stage.settle()
    stage.crm.restore(backup)
    return stage


def asked(stage: Stage) -> dict[SideName, int]:
    with reading(stage.engine).begin() as db:
        return {side: count for (_, side), count in count_stale(db).items()}


def cities(stage: Stage) -> list[str]:
    return [one.person.fields["CITY"] for one in stage.audience.records()[:3]]


def test_nothing_is_overwritten_and_one_question_is_asked(put_back: Stage) -> None:
    for _ in range(3):
        assert writes(put_back.run(Scope(full=True))) == 0
    assert cities(put_back) == ["Graz", "Kyiv", "Bern"]
    assert asked(put_back) == {SideName.CRM: 2}
    person = put_back.people()["ann@x.example"]
    assert (person.standing, person.rule) == (Standing.WAITING, Rule.OLDER)


def test_who_came_since_the_backup_is_not_taken_for_deleted(put_back: Stage) -> None:
    for _ in range(3):
        put_back.run(Scope(full=True))
    assert {one.takes_part for one in put_back.audience.records()} == {True}


def test_a_no_crosses_all_the_same(put_back: Stage) -> None:
    put_back.run(Scope(full=True))
    put_back.audience.unsubscribe("m000001")
    put_back.run()
    assert put_back.crm.record("p000001").person.consent == "unsubscribed"


def test_a_side_that_comes_back_by_itself_needs_no_answer(put_back: Stage) -> None:
    put_back.run(Scope(full=True))
    put_back.clock.move(60)
    for key, city in (("p000001", "Rome"), ("p000002", "Oslo")):
        put_back.crm.edit(key, {"City": city})
    put_back.settle()
    assert asked(put_back) == {}
    assert cities(put_back) == ["Rome", "Oslo", "Bern"]


def test_after_a_yes_they_meet_anew_and_the_plan_waits(put_back: Stage) -> None:
    put_back.run(Scope(full=True))
    assert believe(put_back.engine, put_back.sync.connection_id, SideName.CRM, put_back.clock()) == 2
    put_back.clock.move(60)
    plan = run_once(put_back.sync, "schedule")
    assert plan.state == "waiting"
    assert cities(put_back) == ["Graz", "Kyiv", "Bern"]
    approve(put_back.sync, plan.id, "Ada")
    put_back.settle()
    assert cities(put_back) == ["Bern", "Bern", "Bern"]  # the CRM owns the field; the audience's values are kept
    assert asked(put_back) == {}
