"""Runs are numbered within their connection, and say how far they came and what they did."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from listloop.core.errors import NeedsAttention
from listloop.store.codec import decode
from listloop.store.runs import Progress, change_run, latest_runs, run, runs_in, save_counts, save_progress, start_run
from listloop.store.tables import runs
from tests.store.conftest import NOON, add_connection

MINUTE = timedelta(minutes=1)


def test_a_run_begins_reading_and_is_numbered_within_its_connection(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    with engine.begin() as db:
        made = [start_run(db, one, "schedule", NOON) for one in (connection_id, other, connection_id)]
        rows = [run(db, one) for one in made]
    assert [one.number for one in rows] == [1, 1, 2]
    assert {(one.state, one.trigger, one.started_at, one.finished_at) for one in rows} == {
        ("reading", "schedule", NOON, None)
    }
    assert (rows[0].counts, rows[0].wait, rows[0].problem, rows[0].approved_at) == ({}, "", "", None)


def test_a_run_that_is_not_there_is_told_so(engine: Engine) -> None:
    with engine.begin() as db, pytest.raises(NeedsAttention, match="There is no run 99"):
        run(db, 99)


def test_what_became_of_a_run_is_kept(engine: Engine, connection_id: int) -> None:
    later = NOON + timedelta(minutes=1)
    with engine.begin() as db:
        made = start_run(db, connection_id, "button", NOON)
        save_counts(db, made, {"crm_done": 3, "held": 0})
        change_run(db, made, state="failed", finished_at=later, problem="No answer.", fix="Wait.", approved_by="Ada")
        row = run(db, made)
    assert (row.state, row.finished_at, row.problem, row.fix) == ("failed", later, "No answer.", "Wait.")
    assert (row.counts, row.approved_by) == ({"crm_done": 3, "held": 0}, "Ada")


def test_how_far_a_run_is_is_kept_for_the_pages(engine: Engine, connection_id: int) -> None:
    with engine.begin() as db:
        made = start_run(db, connection_id, "button", NOON)
        at = Progress().then("read", 500, None, "the CRM", NOON)
        save_progress(db, made, at)
        shown = db.scalar(select(runs.c.progress).where(runs.c.id == made))
    assert decode(Progress, str(shown)) == at == Progress("read", 500, None, "the CRM", 500, NOON, NOON)


def test_the_pace_is_that_of_what_a_run_is_at_now() -> None:
    crm = Progress().then("read", 100, 900, "the CRM", NOON).then("read", 300, 900, "the CRM", NOON + MINUTE)
    assert (crm.began, crm.since, crm.at) == (100, NOON, NOON + MINUTE)
    other = crm.then("read", 400, 900, "the audience", NOON + 2 * MINUTE)
    assert (other.began, other.since) == (400, NOON + 2 * MINUTE)
    assert other.then("write", 0, 10, "", NOON + 3 * MINUTE).since == NOON + 3 * MINUTE


def test_runs_are_listed_newest_first_by_connection_and_state(engine: Engine, connection_id: int) -> None:
    other = add_connection(engine, "Brewery")
    with engine.begin() as db:
        first, second, third = (start_run(db, connection_id, "schedule", NOON) for _ in range(3))
        start_run(db, other, "schedule", NOON)
        change_run(db, second, state="done")
        assert [one.id for one in latest_runs(db, connection_id)] == [third, second, first]
        assert [one.id for one in latest_runs(db, connection_id, limit=1)] == [third]
        assert [one.id for one in runs_in(db, connection_id, ("reading",))] == [third, first]
        assert [one.id for one in runs_in(db, connection_id, ("reading", "done"))] == [third, second, first]
        assert runs_in(db, connection_id, ("waiting",)) == []
