"""Our database put back from a backup is noticed: everybody meets anew, the plan waits, nos and erasures come back."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from listloop.core.people import Consent
from listloop.core.plan import Rule
from listloop.store.database import open_database
from listloop.store.orders import What, add_order
from listloop.store.outside import KeptNo, Outside
from listloop.sync.context import Scope
from listloop.sync.forget import wish_of
from listloop.sync.orders import carry_out
from listloop.sync.restored import RESTORED
from listloop.sync.run import approve, run_once
from tests.sync.stage import Stage, writes


@pytest.fixture
def town(stage: Stage, tmp_path: Path) -> Stage:
    """Three linked people; what is kept outside is in a folder of its own."""
    stage.sync.outside = Outside(tmp_path / "outside")
    for name in ("ann", "bob", "cem"):
        stage.crm.add(f"{name}@x.example", {"Last": name, "City": "Bern"}, takes_part=True)
    stage.settle()
    return stage


def back_up(stage: Stage) -> Path:
    stage.engine.dispose()
    file = Path(str(stage.engine.url.database))
    shutil.copy(file, file.with_suffix(".backup"))
    return file


def put_back(stage: Stage) -> None:
    """The administrator copies the backup over the database."""
    stage.engine.dispose()
    file = Path(str(stage.engine.url.database))
    shutil.copy(file.with_suffix(".backup"), file)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    stage.engine = open_database(file)
    stage.sync = replace(stage.sync, engine=stage.engine)


def member(stage: Stage, email: str) -> dict[str, str]:
    return next(dict(one.person.fields) for one in stage.audience.records() if one.email == email)


def test_a_value_typed_anew_is_not_taken_for_untouched(town: Stage) -> None:
    back_up(town)
    town.crm.edit("p000001", {"City": "Graz"})
    town.run()
    town.audience.edit("m000001", {"CITY": "Bern"})  # as the backup remembers it
    town.crm.edit("p000001", {"City": "Basel"})
    put_back(town)
    town.clock.move(3600)
    plan = run_once(town.sync, "schedule")
    assert (plan.state, plan.wait) == ("waiting", RESTORED)
    assert member(town, "ann@x.example")["CITY"] == "Bern"
    done = approve(town.sync, plan.id, "Ada")
    assert member(town, "ann@x.example")["CITY"] == "Basel"
    assert done.state == "done"
    town.settle()


def test_a_database_that_was_not_put_back_meets_nobody_anew(town: Stage) -> None:
    for _ in range(3):
        assert (town.run().state, writes(town.run())) == ("done", 0)


def test_links_are_found_again_and_nobody_is_made_twice(town: Stage) -> None:
    back_up(town)
    town.crm.add("dao@x.example", {"Last": "Xu"}, takes_part=True)
    town.crm.change_address("p000001", "anna@x.example")
    town.settle()
    before = town.crm.state(), town.audience.state()
    put_back(town)
    town.clock.move(3600)
    plan = run_once(town.sync, "schedule")
    if plan.state == "waiting":
        approve(town.sync, plan.id, "Ada")
    town.settle()
    assert (town.crm.state(), town.audience.state()) == before
    assert len(town.people()) == 4


def test_a_no_said_since_the_backup_stands(town: Stage) -> None:
    back_up(town)
    town.crm.opt_out("p000001")
    town.run()
    town.crm.opt_in("p000001")  # cleared by a user, while the database is put back
    put_back(town)
    town.clock.move(3600)
    run_once(town.sync, "schedule")
    assert town.crm.record("p000001").person.consent is Consent.UNSUBSCRIBED
    assert town.audience.record("m000001").person.consent is Consent.UNSUBSCRIBED


def test_a_no_is_written_although_the_plan_waits(town: Stage) -> None:
    back_up(town)
    town.run()
    put_back(town)
    town.audience.unsubscribe("m000002")
    town.crm.edit("p000001", {"City": "Graz"})
    town.clock.move(3600)
    plan = run_once(town.sync, "schedule")
    assert plan.state == "waiting"
    assert town.crm.record("p000002").person.consent is Consent.UNSUBSCRIBED
    assert member(town, "ann@x.example")["CITY"] == "Bern"


def test_who_was_forgotten_since_the_backup_stays_forgotten(town: Stage) -> None:
    file = back_up(town)
    ann = town.people()["ann@x.example"]
    with town.engine.begin() as db:
        add_order(db, town.sync.connection_id, What.FORGET, wish_of(ann.id, ann), "Ada", town.clock())
    carry_out(town.sync)
    put_back(town)
    assert b"ann@x.example" in file.read_bytes()
    town.crm.add("ann@x.example", {"Last": "Again"}, takes_part=True)
    town.clock.move(3600)
    plan = run_once(town.sync, "schedule")
    if plan.state == "waiting":
        approve(town.sync, plan.id, "Ada")
    town.run()
    assert "ann@x.example" not in {one.email for one in town.audience.records()}
    assert town.people()["ann@x.example"].rule == Rule.ERASED


def test_numbers_of_runs_are_not_given_twice(town: Stage) -> None:
    back_up(town)
    last = [town.run() for _ in range(3)][-1]
    put_back(town)
    assert town.run().number > last.number


def test_an_interrupted_line_outside_is_left_out_and_the_next_one_is_read(tmp_path: Path) -> None:
    outside = Outside(tmp_path / "outside")
    outside.add([])
    (tmp_path / "outside").write_bytes(b'{"type":"no","mark":"x","addr')
    stage_no = KeptNo("x", "a@x.example", "crm", "crm", "", "", datetime(2026, 1, 1, tzinfo=UTC))
    outside.add([stage_no])
    assert list(outside.lines()) == [stage_no]


def test_a_full_reading_is_made_after_it(town: Stage) -> None:
    back_up(town)
    town.run(Scope(full=True))
    put_back(town)
    town.crm.delete("p000003")
    plan = run_once(town.sync, "schedule")
    assert plan.state in ("waiting", "done")
    assert {one.takes_part for one in town.audience.records()} == {True}
