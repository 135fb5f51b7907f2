"""What the pages read of people, runs and plans, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, update

from listloop.core.people import Patch
from listloop.store.database import create_all, open_database
from listloop.store.dossier import dossier, past, run_changes
from listloop.store.plans import connection_lines, decision_lines, open_runs, run_line, run_lines, tally
from listloop.store.runs import Progress
from listloop.store.tables import runs
from listloop.web.needs import needs_person
from tests.web.world import NOW, World, add_decision, add_person, add_run, fill


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    made = open_database(database_url)
    create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine) -> World:
    """The small world of the pages."""
    return fill(engine)


def test_a_dossier_holds_both_sides_the_link_and_the_refusals(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        found = dossier(db, world.elena)
        alone = dossier(db, world.only_crm)
        assert dossier(db, 10**6) is None
    assert found is not None
    assert found.crm is not None
    assert found.mailchimp is not None
    assert found.crm.record.person.fields["phone"] == "+49 761 555 01 82"
    assert found.mailchimp.record.person.fields["PHONE"] == "+49 761 555 01 28"
    assert (found.linked_by, found.crm_name) == ("id", "local")
    assert [(no.origin, no.lifted_by) for no in found.nos] == [("person", "signed up again in a Mailchimp form")]
    assert alone is not None
    assert alone.mailchimp is None


def test_a_refusal_is_found_by_the_address_when_the_person_is_another_record(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        again = add_person(db, world.customers, "Elena Again", email="ELENA.kowalczyk@meridian-optik.example")
        elsewhere = add_person(db, world.news, "Elena There", email="elena.kowalczyk@meridian-optik.example")
        found, other = dossier(db, again), dossier(db, elsewhere)
    assert found is not None
    assert other is not None
    assert len(found.nos) == 1
    assert other.nos == ()


def test_the_history_comes_newest_first_page_by_page_with_the_runs_number(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        whole = past(db, world.elena)
        first = past(db, world.elena, limit=1)
        rest = past(db, world.elena, before=first[0].id)
        written = run_changes(db, world.receipt, [world.elena, world.only_crm])
    assert first + rest == whole
    assert [(one.what, one.run) for one in whole] == [("field", 41), ("lost", None)]
    assert [one.new for one in written] == ["Kowalczyk-Brandt"]


def test_runs_come_newest_first_of_one_connection_or_all(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        numbers = [one.number for one in run_lines(db)]
        first = run_lines(db, limit=2)
        rest = run_lines(db, before=first[-1].id)
        news = run_lines(db, connection_id=world.news)
        running = run_line(db, world.running)
    assert [one.number for one in first + rest] == numbers == [7, 99, 42, 41]
    assert [one.number for one in news] == [7]
    assert running is not None
    assert running.progress == Progress("write", 125, 214)


def test_a_run_that_cannot_know_how_many_people_it_reads_says_so(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        text = '{"stage":"read","done":3,"of":null,"note":""}'
        db.execute(update(runs).where(runs.c.id == world.running).values(progress=text))
        running = run_line(db, world.running)
    assert running is not None
    assert running.progress.of is None


def test_a_plan_waits_until_its_yes(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        assert [(one.id, one.waits, one.active) for one in open_runs(db)] == [
            (world.plan, True, False),
            (world.running, False, True),
        ]
        db.execute(update(runs).where(runs.c.id == world.plan).values(wait="", approved_at=NOW))
        agreed = run_line(db, world.plan)
    assert agreed is not None
    assert (agreed.waits, agreed.active, agreed.phase) == (False, True, "agreed")


def test_a_plan_is_read_page_by_page_with_what_both_sides_hold(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        whole = decision_lines(db, world.plan)
        first = decision_lines(db, world.plan, limit=2)
        rest = decision_lines(db, world.plan, after=first[-1].id)
        kinds = {kind: len(decision_lines(db, world.plan, kind=kind)) for kind in ("update", "opt_out", "held", "x")}
    assert first + rest == whole
    assert whole[0].mailchimp_patch == Patch(fields={"PHONE": "+49 761 555 01 82"})
    assert whole[0].mailchimp is not None
    assert whole[0].mailchimp.person.fields["PHONE"] == "+49 761 555 01 28"
    assert whole[0].reasons == ("Changed in the CRM only.",)
    assert kinds == {"update": 2, "opt_out": 1, "held": 3, "x": 0}


def test_people_of_a_plan_are_counted_once_however_many_rows_they_have(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        plan = add_run(db, world.customers, 50, "waiting", wait="Look.")
        for first in (True, False):
            add_decision(db, plan, world.elena, "update", held=True, first=first)
        line, noted = run_line(db, plan), run_line(db, world.plan)
        assert line is not None
        assert noted is not None
        counted = tally(db, line)
        kept = tally(db, noted)
    assert (counted["update"], counted["held"], counted["opt_out"]) == (1, 1, 1)
    assert (kept["new_mailchimp"], kept["opt_out"]) == (1, 1)


def test_what_needs_a_person_is_all_that_stands_still(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        found = needs_person(db)
    assert [one.id for one in found.paused] == [world.news]
    assert found.broken == (), "a failed run of a paused connection is told once"
    assert [one.id for one in found.waiting] == [world.plan]
    assert [(one.people, one.alike) for one in found.failures] == [(1, True)]
    assert len(found) == 3


def test_connections_are_listed_by_name_without_anything_secret(engine: Engine, world: World) -> None:
    with engine.begin() as db:
        lines = connection_lines(db)
    assert [line.name for line in lines] == ["Customers", "Service news"]
    assert lines[1].paused_fix.startswith("Make a new key")
