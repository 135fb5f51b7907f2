"""The first plan waits, and a yes writes what it shows, less the people who moved since."""

from dataclasses import replace
from typing import cast

from sqlalchemy import select

from listloop.core.people import Patch
from listloop.core.side import Audience, Crm
from listloop.store.codec import decode_patch
from listloop.store.connections import save_rules
from listloop.store.tables import decisions
from listloop.sync.approval import drop
from listloop.sync.context import Sync
from listloop.sync.run import approve, run_once
from listloop.testing.simulation.line import Line, Schedule
from tests.sync.stage import RULES, Stage


def listen(stage: Stage) -> dict[str, Line]:
    """Write down every request that reaches a side."""
    lines = {}
    for name, side in (("crm", stage.crm), ("mailchimp", stage.audience)):
        lines[name] = Line(name, side, Schedule(), lambda: None)
    stage.sync = Sync(
        stage.engine,
        stage.sync.connection_id,
        cast("Crm", lines["crm"]),
        cast("Audience", lines["mailchimp"]),
        now=stage.clock,
    )
    return lines


def planned(stage: Stage, run_id: int) -> dict[str, Patch]:
    """What a plan shows, by side and decision."""
    with stage.engine.begin() as db:
        rows = list(db.execute(select(decisions).where(decisions.c.run_id == run_id)))
    found = {f"crm {row.id}": decode_patch(row.crm_patch) for row in rows if row.crm_patch}
    return found | {f"mailchimp {row.id}": decode_patch(row.mailchimp_patch) for row in rows if row.mailchimp_patch}


def test_nothing_is_written_before_the_first_yes(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    run = run_once(stage.sync, "schedule")
    assert run.state == "waiting"
    assert stage.audience.records() == ()


def test_while_the_first_plan_waits_a_run_changes_nothing_of_it(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    first = run_once(stage.sync, "schedule")
    assert run_once(stage.sync, "schedule").id == first.id


def test_a_yes_writes_exactly_what_the_plan_shows(stage: Stage) -> None:
    lines = listen(stage)
    crm = stage.crm.add("ann@x.example", {"Last": "Lee", "City": "Bern"}, {"customers"}, takes_part=True)
    stage.audience.sign_up("ann@x.example", {"FNAME": "Ann"})
    run = run_once(stage.sync, "schedule")
    shown = planned(stage, run.id)
    approve(stage.sync, run.id, "Ada")
    written = {f"{name} {one.ref}": one.patch for name, line in lines.items() for one in line.requests}
    assert written == shown
    assert stage.crm.record(crm).person.fields["First"] == "Ann"


def test_who_moved_since_the_plan_was_shown_is_left_to_the_next(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.crm.add("bob@x.example", {"Last": "Ray"}, takes_part=True)
    run = run_once(stage.sync, "schedule")
    stage.clock.move(60)
    stage.crm.edit(ann, {"Last": "Li"})
    approve(stage.sync, run.id, "Ada")
    assert [one.email for one in stage.audience.records()] == ["bob@x.example"]
    stage.run()
    assert {one.person.fields["LNAME"] for one in stage.audience.records()} == {"Li", "Ray"}


def test_who_opted_out_since_the_plan_was_shown_is_not_created(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    run = run_once(stage.sync, "schedule")
    stage.clock.move(60)
    stage.crm.opt_out(ann)
    approve(stage.sync, run.id, "Ada")
    stage.settle()
    assert stage.audience.records() == ()


def test_a_plan_that_got_a_no_writes_nothing_and_the_next_waits_again(stage: Stage) -> None:
    stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    drop(stage.engine, run_once(stage.sync, "schedule").id, stage.clock())
    again = run_once(stage.sync, "schedule")
    assert again.state == "waiting"
    assert again.counts["new_mailchimp"] == 1
    assert stage.audience.records() == ()


def test_a_preview_of_a_later_run_waits_whole(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    stage.clock.move(60)
    stage.crm.edit(ann, {"City": "Bern"})
    preview = run_once(stage.sync, "button", hold=True)
    assert (preview.state, preview.counts["held"]) == ("waiting", 1)
    assert stage.audience.records()[0].person.fields["CITY"] == ""


def test_changed_rules_wait_for_a_yes_again(stage: Stage) -> None:
    ann = stage.crm.add("ann@x.example", {"Last": "Lee"}, takes_part=True)
    stage.settle()
    with stage.engine.begin() as db:
        save_rules(db, stage.sync.connection_id, replace(RULES, rows=RULES.rows[:2]))
    stage.clock.move(60)
    stage.crm.edit(ann, {"First": "Ann"})
    assert run_once(stage.sync, "schedule").state == "waiting"
    assert stage.audience.records()[0].person.fields["FNAME"] == ""
